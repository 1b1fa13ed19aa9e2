"""What every chain's folder offers, and the only things that are asked of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from appliance.model.testimony import Testimony
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import Account, Token

Decoder: TypeAlias = Callable[[bytes, str | None], DecodedTransaction]
"""Unsigned bytes and the name of the wallet they are said to be of (None where nothing is said) to
what they say. Raises DecodeError. The name is used only where the bytes themselves cannot tell the
account (Ethereum); it is never believed where they can."""


SecondReader: TypeAlias = Callable[[bytes, str], Testimony]
"""Unsigned bytes and the network they are for, to what they state. Raises DecodeError."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a decoder knows of the standing rules, of every chain.

    `destinations` are addresses that the whitelist holds, in pairs of network and address: only to
    re-derive what an owner's token account is (Solana), never to judge by.
    """

    accounts: tuple[Account, ...] = ()
    tokens: tuple[Token, ...] = ()
    destinations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """A chain's folder.

    `decoder` prepares what is registered once, and returns the decoder. `second_reader` states,
    from the bytes and the network they are for, by code of its own, what a transaction does; it
    raises DecodeError for what it cannot read. `normalise_address` returns the one
    spelling of an address for a network, or raises DecodeError.
    """

    decoder: Callable[[Registered], Decoder]
    normalise_address: Callable[[str, str], str]
    second_reader: SecondReader | None = None
