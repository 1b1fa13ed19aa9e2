"""A transaction as the appliance decoded it: what it pays, from where, at what cost."""

from dataclasses import dataclass
from typing import Annotated

from appliance.model.money import Asset
from appliance.wire.epochs import Address
from appliance.wire.messages import Finding
from appliance.wire.record import Name
from appliance.wire.shapes import Below
from appliance.wire.terms import Chain


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` base units to a destination. `where` says which part of the bytes says so.

    `token_account` is where the bytes themselves send a token on Solana; `destination` is then its
    owner, where that is known by re-derivation, and otherwise the token account again.
    """

    asset: Asset
    amount: int
    destination: str
    where: str
    token_account: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What comes back to the registered change descriptor, re-derived here."""

    amount: int
    destination: str
    path: str
    where: str


@dataclass(frozen=True, slots=True)
class BitcoinFee:
    """The whole fee in sat, and the virtual size of the signed transaction in vB (estimated up)."""

    total: int
    virtual_size: int

    @property
    def maximum(self) -> int:
        """The most that can be paid, in sat."""
        return self.total


@dataclass(frozen=True, slots=True)
class EthereumFee:
    """Gas, and wei per gas at the most."""

    gas_limit: int
    max_fee_per_gas: int

    @property
    def maximum(self) -> int:
        """The most that can be paid, in wei."""
        return self.gas_limit * self.max_fee_per_gas


@dataclass(frozen=True, slots=True)
class TronFee:
    """The most that a contract call may burn for energy, in sun (`fee_limit`)."""

    fee_limit: int

    @property
    def maximum(self) -> int:
        """The most that can be burnt by the contract call, in sun."""
        return self.fee_limit


@dataclass(frozen=True, slots=True)
class SolanaFee:
    """The fee of the signatures and the priority fee at the most, both in lamports."""

    signatures: int
    priority: int

    @property
    def maximum(self) -> int:
        """The most that can be paid, in lamports."""
        return self.signatures + self.priority


Fee = BitcoinFee | EthereumFee | TronFee | SolanaFee


@dataclass(frozen=True, slots=True)
class Reservation:
    """The exclusive thing a transaction consumes: an outpoint, or a nonce of an account.

    `subject` is a txid in hex with `position` its output index, or an address with its nonce. On
    Solana it is a nonce account and the nonce in it (`account:nonce`), at position 0. Where a chain
    offers nothing exclusive (TRON, Solana with a recent blockhash) it is the transaction's own
    digest in hex, at position 0: then only the very same transaction is held to be a repetition.
    """

    chain: Chain
    network: Name
    subject: Address
    position: Annotated[int, Below(1 << 64)]


@dataclass(frozen=True, slots=True)
class SigningDigest:
    """What the HSM is to sign for input `index`, by the key whose public key this is.

    SEC 1, compressed; or x-only (BIP-340) for a taproot input.
    """

    index: int
    public_key: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """Something else that the bytes say and people should read: locktime, replaceability, memo."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class DecodedTransaction:
    """Everything the bytes say.

    `account` names the registered account that pays, None where none does; `source` its address.
    `digest` is what identifies the transaction before signing: the txid (segwit Bitcoin, TRON), the
    signing hash (Ethereum), or the SHA-256 of the message (Solana). `expires` is when the bytes
    themselves end their validity, in Unix milliseconds, None where they never do. `findings` are
    the decoder's own objections; a transaction with one of severity refuse is well-formed but
    outside the closed grammar, and has no `signing`.
    """

    chain: Chain
    network: str
    format: str
    account: str | None
    source: str | None
    transfers: tuple[Transfer, ...]
    change: tuple[Change, ...]
    fee: Fee
    reserves: tuple[Reservation, ...]
    signing: tuple[SigningDigest, ...]
    digest: bytes
    calldata_digest: bytes | None
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    expires: int | None = None
