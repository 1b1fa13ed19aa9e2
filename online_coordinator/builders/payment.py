"""What goes into a builder, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payment:
    """One withdrawal request: base units of a token contract, or of the native coin (None)."""

    request: str
    token: str | None
    amount: int
    destination: str


@dataclass(frozen=True, slots=True)
class Consumed:
    """The exclusive thing that a transaction uses: (txid, output index) or (address, nonce)."""

    subject: str
    position: int


@dataclass(frozen=True, slots=True)
class BuiltTransaction:
    """Unsigned bytes and what the builder knows of them.

    `digest` (hex) identifies the transaction before signing: the txid of segwit Bitcoin, the
    signing hash of Ethereum. `maximum_fee` is in base units of the native coin. `facts` are for
    people and bind nothing.
    """

    payload: bytes
    covers: tuple[str, ...]
    consumes: tuple[Consumed, ...]
    digest: str
    maximum_fee: int
    facts: Mapping[str, str]
