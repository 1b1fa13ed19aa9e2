"""What explanations are made of: a contract that is called, and a call that another passes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from appliance.chains.ethereum.address import parse_address, spell_address
from appliance.codecs import abi
from appliance.model.money import Asset, format_amount, native_asset
from appliance.wire.epochs import Token
from appliance.wire.terms import Chain

Tokens: TypeAlias = Mapping[tuple[str, bytes], Asset]
"""The pinned tokens, by network and contract."""
UNLIMITED = 1 << 159
"""Base units beyond any token's supply: half of the narrowest type that allowances are kept in."""
NEVER = 1 << 47
"""Seconds since 1970 beyond any calendar: half of the narrowest type that deadlines are kept in."""


def pinned(tokens: tuple[Token, ...]) -> Tokens:
    """Index the pinned tokens of this chain. One that is pinned in two ways is not pinned.

    Raises DecodeError for an address that is none.
    """
    pins: dict[tuple[str, bytes], set[Asset]] = {}
    for token in tokens:
        if token.chain is Chain.ETHEREUM:
            contract = parse_address(token.contract)
            asset = Asset(
                token.chain, token.network, spell_address(contract), token.symbol, token.decimals
            )
            pins.setdefault((token.network, contract), set()).add(asset)
    return {key: next(iter(assets)) for key, assets in pins.items() if len(assets) == 1}


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract that is called."""

    address: bytes
    network: str
    tokens: Tokens

    @property
    def token(self) -> Asset | None:
        """What the contract is pinned as, None where it is not pinned."""
        return self.tokens.get((self.network, self.address))

    @property
    def symbol(self) -> str:
        """The token's symbol, or words that say that there is none."""
        return self.token.symbol if self.token else "this contract's token"

    @property
    def named(self) -> str:
        """Its address, and what it is pinned as."""
        return name_token(self, self.address)

    def amount(self, units: int) -> str:
        """Write an amount of the contract's token."""
        if units >= UNLIMITED:
            return f"an unlimited amount of {self.symbol}"
        token = self.token or Asset(Chain.ETHEREUM, self.network, None, self.symbol, None)
        return format_amount(units, token)

    def coins(self, wei: int) -> str:
        """Write an amount of the chain's own coin."""
        return format_amount(wei, native_asset(Chain.ETHEREUM, self.network))

    def at(self, address: bytes) -> "Contract":
        """Return another contract of the same chain."""
        return Contract(address, self.network, self.tokens)


def name_token(contract: Contract, address: bytes) -> str:
    """Write a contract's address, with the symbol that it is pinned under."""
    token = contract.tokens.get((contract.network, address))
    return f"{token.symbol} at {spell_address(address)}" if token else spell_address(address)


def amount_of_token(contract: Contract, token: bytes, units: int) -> str:
    """Write an amount of any token of the contract's chain."""
    other = contract.at(token)
    if other.token:
        return other.amount(units)
    extent = "an unlimited amount" if units >= UNLIMITED else f"{units:,} base units"
    return f"{extent} of token {spell_address(token)}"


def until(deadline: int) -> str:
    """Write how long a consent is valid, by its deadline in Unix seconds."""
    return "never expires" if deadline >= NEVER else f"valid until Unix time {deadline}"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a contract is told to make. `delegated` runs foreign code as the caller's own."""

    to: bytes
    value: int
    data: bytes
    delegated: bool = False


Explanation: TypeAlias = Callable[..., str]
"""The contract, and the function's arguments as `abi.decode` reads them, to one clause."""
PassedOn: TypeAlias = Callable[..., tuple[Call, ...]]
"""The same, to the calls that the contract makes of it."""
Known: TypeAlias = tuple[str, Explanation | str]
"""A function's canonical signature, and what a call of it does: in words for its arguments, or as
a gloss before them."""


def show(value: abi.Value) -> str:
    """Write an argument without quoting text or bytes that anybody could have chosen."""
    match value:
        case bytes() if len(value) == 20:
            return spell_address(value)
        case bytes() if len(value) <= 32:
            return f"0x{value.hex()}"
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return f"a text of {len(value)} characters"
        case tuple():
            return f"[{', '.join(map(show, value))}]"
        case _:
            return str(value)
