"""Objections against a transaction's fields and type, whatever it pays."""

from collections.abc import Iterator

from coincurve import PublicKey

from appliance.chains.ethereum.address import address_of_public_key
from appliance.chains.ethereum.authorization import preimage_of, says_authorization
from appliance.chains.ethereum.fields import MAX_NONCE, Authorization
from appliance.chains.ethereum.transaction import (
    BlobTransaction,
    FeeMarketTransaction,
    LegacyTransaction,
    SetCodeTransaction,
    Signable,
    Transaction,
)
from appliance.hashes import keccak256
from appliance.model.rule import Rule, attention, refusal
from appliance.wire.messages import Finding

MAX_LISTED = 4
"""Authorizations that get a finding of their own."""
BASE_GAS, CREATION_GAS, ZERO_BYTE_GAS, BYTE_GAS = 21_000, 32_000, 4, 16
"""What any transaction costs (yellow paper, appendix G; EIP-2, EIP-2028)."""


def max_fee_per_gas(transaction: Signable) -> int:
    """Return the most wei per gas that the transaction can pay."""
    if isinstance(transaction, FeeMarketTransaction):
        return transaction.max_fee_per_gas
    return transaction.gas_price


def field_objections(transaction: Signable) -> Iterator[Finding]:
    """Object to a missing chain, an access list, and fees and gas that no node accepts."""
    if transaction.chain_id is None:
        yield refusal(
            Rule.REPLAY_PROTECTION,
            "it names no chain (the form before EIP-155), so that it is valid on every chain",
        )
    elif transaction.chain_id == 0:
        yield refusal(Rule.REPLAY_PROTECTION, "the chain id is 0, which is no chain's", "chain id")
    if not isinstance(transaction, LegacyTransaction) and transaction.access_list:
        keys = sum(len(entry.storage_keys) for entry in transaction.access_list)
        yield refusal(
            Rule.ACCESS_LIST,
            f"the access list names {len(transaction.access_list)} addresses and {keys} keys",
            "access list",
        )
    yield from _fee_objections(transaction)
    yield from _gas_objections(transaction)


def _gas_objections(transaction: Signable) -> Iterator[Finding]:
    """Point out gas that does not suffice to be mined, so that the signature would lie about."""
    data = transaction.data
    zeros = data.count(0)
    needed = BASE_GAS + zeros * ZERO_BYTE_GAS + (len(data) - zeros) * BYTE_GAS
    needed += 0 if transaction.to else CREATION_GAS
    if transaction.gas_limit < needed:
        yield attention(
            Rule.GAS_TOO_LOW,
            f"a gas limit of {transaction.gas_limit:,} is below the {needed:,} that it needs to be"
            " accepted by Ethereum's nodes",
            "gas limit",
        )


def _fee_objections(transaction: Signable) -> Iterator[Finding]:
    """Refuse fees that no node accepts; nothing else is wrong with the encoding."""
    most = max_fee_per_gas(transaction)
    if isinstance(transaction, FeeMarketTransaction) and (
        transaction.max_priority_fee_per_gas > most
    ):
        yield refusal(
            Rule.FEE_INCONSISTENT,
            "the max priority fee per gas is over the max fee per gas (EIP-1559)",
            "max priority fee per gas",
        )
    if transaction.value + transaction.gas_limit * most >= 1 << 256:
        message = "value and fee together are 2^256 wei or more"
        yield refusal(Rule.AMOUNT_INVALID, message, "gas limit")
    if transaction.nonce > MAX_NONCE:
        message = "the nonce of 2^64 - 1 can never be used (EIP-2681)"
        yield refusal(Rule.AMOUNT_INVALID, message, "nonce")


def type_objections(transaction: Transaction) -> Iterator[Finding]:
    """Object to types that are never signed here, saying what they would do."""
    match transaction:
        case BlobTransaction(blob_versioned_hashes=blobs):
            yield refusal(
                Rule.UNSUPPORTED,
                f"it carries {len(blobs)} blobs (EIP-4844), which no transfer needs",
            )
        case SetCodeTransaction(authorizations=authorizations):
            yield refusal(
                Rule.UNSUPPORTED,
                f"it hands {len(authorizations)} accounts to contracts' code (EIP-7702)",
            )
            for number, authorization in enumerate(authorizations[:MAX_LISTED], 1):
                yield _authorization_objection(number, authorization)
        case _:
            return


def _authorization_objection(number: int, authorization: Authorization) -> Finding:
    says = says_authorization(
        _authority(authorization), authorization.chain_id, authorization.address
    )
    return refusal(Rule.CONTRACT_FORBIDDEN, says, f"authorization {number}")


def _authority(authorization: Authorization) -> str:
    """Name the account that signed an authorization, as far as its signature tells."""
    preimage = preimage_of(authorization.chain_id, authorization.address, authorization.nonce)
    r, s = (part.to_bytes(32, "big") for part in (authorization.r, authorization.s))
    try:
        key = PublicKey.from_signature_and_message(
            r + s + bytes([authorization.y_parity]), keccak256(preimage), hasher=None
        )
    except Exception:  # noqa: BLE001
        # The library raises bare Exception for a signature that no key could have made.
        return "an account that its signature does not tell"
    return f"account {address_of_public_key(key.format())}"
