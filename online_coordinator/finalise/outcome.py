"""What a transaction is after a signing response."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Final:
    """Ready for its chain: the raw bytes, and the id under which the chain will know it."""

    raw: bytes
    txid: str


@dataclass(frozen=True, slots=True)
class PartlySigned:
    """A multisig transaction that waits for cosigners: a PSBT with the signatures so far."""

    psbt: bytes
    missing: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What a final transaction pays, read from its raw bytes."""

    token: str | None
    amount: int
    destination: str
