"""What every chain's folder offers, and the only things that are asked of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import Account, Token

Decoder: TypeAlias = Callable[[bytes, str | None], DecodedTransaction]
"""Unsigned bytes and the name of the wallet they are said to be of (None where nothing is said) to
what they say. Raises DecodeError. The name is used only where the bytes themselves cannot tell the
account (Ethereum); it is never believed where they can."""


@dataclass(frozen=True, slots=True)
class Room:
    """A chain's folder.

    `decoder` prepares the registered accounts and pinned tokens once, and returns the decoder.
    `normalise_address` returns the one spelling of an address for a network, or raises DecodeError.
    """

    decoder: Callable[[tuple[Account, ...], tuple[Token, ...]], Decoder]
    normalise_address: Callable[[str, str], str]
