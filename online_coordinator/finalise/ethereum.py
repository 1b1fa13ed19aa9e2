"""Ethereum: signature + unsigned bytes → raw transaction; and raw transaction → what it pays."""

import rlp
from coincurve import PublicKey as RecoveredKey
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_keys.datatypes import PublicKey, Signature
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp.exceptions import DecodingError as RlpError

from appliance.wire.messages import InputSignature
from online_coordinator.errors import FinalMismatch, ResponseSignature
from online_coordinator.finalise.outcome import Final, Paid

TYPE_1559 = b"\x02"
TRANSFER = bytes.fromhex("a9059cbb")
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: signatures above it are another spelling (EIP-2)."""

_LEGACY_FIELDS = 9
_SIGNED_1559_FIELDS = 12


def finalise(payload: bytes, address: str, signatures: tuple[InputSignature, ...]) -> Final:
    """Return the raw transaction, signed by `address` over the digest computed here.

    Raises ResponseSignature when there is not exactly one signature, or it does not verify.
    """
    if len(signatures) != 1:
        raise ResponseSignature(f"one signature is needed, {len(signatures)} came")
    signature = signatures[0]
    verify(keccak(payload), address, signature)
    r, s = (
        int.from_bytes(signature.signature[:32], "big"),
        int.from_bytes(signature.signature[32:], "big"),
    )
    if payload[:1] == TYPE_1559:
        fields = rlp.decode(payload[1:])
        raw = TYPE_1559 + bytes(rlp.encode([*fields, signature.recovery_id, r, s]))
    else:
        fields = rlp.decode(payload)
        chain_id = int.from_bytes(fields[6], "big")
        v = 35 + 2 * chain_id + signature.recovery_id
        raw = bytes(rlp.encode([*fields[:6], v, r, s]))
    return Final(raw, "0x" + keccak(raw).hex())


def verify(digest: bytes, address: str, signature: InputSignature) -> None:
    """Raise ResponseSignature unless `address` signed `digest`, in the one low-S spelling."""
    if signature.index != 0 or signature.digest != digest:
        raise ResponseSignature("the signature is over something other than the exported bytes")
    if int.from_bytes(signature.signature[32:], "big") > HALF_ORDER:
        raise ResponseSignature("the signature is not low-S")
    try:
        recoverable = Signature(signature.signature + bytes([signature.recovery_id]))
        public = recoverable.recover_public_key_from_msg_hash(digest)
        claimed = PublicKey.from_compressed_bytes(signature.public_key)
    except (BadSignature, ValidationError, ValueError):
        raise ResponseSignature("the signature is not one of secp256k1") from None
    if public != claimed or public.to_checksum_address() != to_checksum_address(address):
        raise ResponseSignature(f"the signature is not of {address}")


def verify_final(payload: bytes, address: str, final: Final) -> Paid:
    """Read the raw transaction again and return what it pays.

    The sender is recovered by another library than the one that checked the signature. Raises
    FinalMismatch unless it is the exported transaction, signed by `address`.
    """
    if final.raw[:1] == TYPE_1559:
        *fields, y_parity, r, s = _decoded(final.raw[1:], _SIGNED_1559_FIELDS)
        unsigned = TYPE_1559 + bytes(rlp.encode(fields))
        recovery_id = int.from_bytes(y_parity, "big")
        target, value, data = fields[5:8]
    else:
        *fields, v, r, s = _decoded(final.raw, _LEGACY_FIELDS)
        chain_id, recovery_id = divmod(int.from_bytes(v, "big") - 35, 2)
        unsigned = bytes(rlp.encode([*fields, chain_id, 0, 0]))
        target, value, data = fields[3:6]
    if unsigned != payload:
        raise FinalMismatch("the final transaction is not the one that was exported")
    if _sender(unsigned, r, s, recovery_id) != to_checksum_address(address):
        raise FinalMismatch("the final transaction is not sent by the wallet")
    if "0x" + keccak(final.raw).hex() != final.txid:
        raise FinalMismatch("the final transaction has another id than was recorded")
    return _paid(target, int.from_bytes(value, "big"), data)


def _sender(unsigned: bytes, r: bytes, s: bytes, recovery_id: int) -> str:
    try:
        signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([recovery_id])
        point = RecoveredKey.from_signature_and_message(signature, keccak(unsigned), hasher=None)
    except ValueError:
        raise FinalMismatch("the final transaction's signature recovers no key") from None
    return str(to_checksum_address(keccak(point.format(compressed=False)[1:])[12:]))


def _decoded(data: bytes, count: int) -> list[bytes]:
    try:
        fields = list(rlp.decode(data))
    except RlpError:
        raise FinalMismatch("the final transaction does not parse") from None
    if len(fields) != count:
        raise FinalMismatch("the final transaction has not the fields of its kind")
    return fields


def _paid(target: bytes, value: int, data: bytes) -> Paid:
    if not data:
        return Paid(None, value, to_checksum_address(target))
    try:
        destination, amount = decode(["address", "uint256"], data[4:])
    except DecodingError:
        raise FinalMismatch("the final transaction calls something not understood") from None
    if data[:4] != TRANSFER or value or len(data) != 4 + 64:
        raise FinalMismatch("the final transaction is not a plain token transfer")
    return Paid(to_checksum_address(target), amount, to_checksum_address(destination))
