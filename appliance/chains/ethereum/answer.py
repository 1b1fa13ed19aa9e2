"""A signature of an unsigned transaction, in the form in which other wallets attach it."""

from appliance.chains.ethereum.transaction import LegacyTransaction, parse
from appliance.wire.messages import InputSignature

_BEFORE_EIP_155, _EIP_155 = 27, 35


def attached_signature(data: bytes, made: InputSignature) -> bytes:
    """Return r ‖ s ‖ v for an unsigned transaction, v big-endian in as few bytes as it needs.

    v is the recovery id under EIP-2718, 35 + 2 x chain id + recovery id under EIP-155, and 27 +
    recovery id before that. Raises DecodeError if the bytes are no transaction.
    """
    v = _parity(data, made.recovery_id)
    return made.signature + v.to_bytes(max(1, -(-v.bit_length() // 8)), "big")


def _parity(data: bytes, recovery_id: int) -> int:
    match parse(data):
        case LegacyTransaction(chain_id=None):
            return _BEFORE_EIP_155 + recovery_id
        case LegacyTransaction(chain_id=int(chain_id)):
            return _EIP_155 + 2 * chain_id + recovery_id
        case _:
            return recovery_id
