"""What a second reader states about a transaction's bytes, to be held against the first reading."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Payment:
    """`amount` base units of a token contract, or of the coin (`token` empty), to an address.

    Addresses are in the chain's one spelling, that of the bytes: a Solana token payment names the
    token account, and a Bitcoin payment is any output, ours or not.
    """

    token: str
    amount: int
    destination: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """The second reading.

    `sources` are the addresses that pay; empty where the bytes do not name them (Ethereum).
    `network` is the chain id in decimal where the bytes name one, else None. `fee` is the most that
    the transaction can cost, in the coin's base units. `guard` is what it consumes: outpoints as
    `txid:index` (Bitcoin), the nonce in decimal (Ethereum), `account:nonce` (Solana with a durable
    nonce), and nothing where the bytes consume nothing exclusive. `digest` is as in
    DecodedTransaction.
    """

    sources: frozenset[str]
    payments: tuple[Payment, ...]
    fee: int
    network: str | None
    guard: frozenset[str]
    digest: bytes
