"""Ethereum: payments to sign, and transactions whose fields alone condemn them."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import rlp
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from tests.attacks.case import Case, Expectation, bytes_case
from tests.attacks.world import (
    CHAIN_ID,
    ERC20,
    ETHEREUM_CLIENTS,
    NEXT_NONCE,
    seed,
)

GWEI, ETHER = 10**9, 10**18
NONCE = ("NONCE-GAP", "NONCE-REUSED")
FORBIDDEN = ("CONTRACT-FORBIDDEN",)
FORM = {0: "legacy", 1: "2930", 2: "1559"}


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def integer(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def calldata(signature: str, *arguments: Any) -> bytes:
    """A call by its signature; the types are read from it."""
    types = _types(signature[signature.index("(") + 1 : -1])
    return bytes(keccak(text=signature)[:4]) + abi_encode(types, arguments)


def _types(inner: str) -> list[str]:
    found, depth, current = [], 0, ""
    for letter in inner:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(current)
            current = ""
        else:
            current += letter
    return [*found, current] if current else found


def transaction(
    to: bytes = raw(ETHEREUM_CLIENTS[0]),
    value: int = 0,
    data: bytes = b"",
    *,
    kind: int = 2,
    nonce: int = NEXT_NONCE,
    chain: int = CHAIN_ID,
    gas: int = 65_000,
    price: int = 30 * GWEI,
    priority: int = 2 * GWEI,
    access: Sequence[Any] = (),
) -> bytes:
    """An unsigned transaction in canonical RLP."""
    call = [integer(gas), to, integer(value), data]
    if kind == 0:
        fields: list[Any] = [integer(nonce), integer(price), *call, integer(chain), b"", b""]
        return bytes(rlp.encode(fields))
    prices = [integer(price)] if kind == 1 else [integer(priority), integer(price)]
    fields = [integer(chain), integer(nonce), *prices, *call, list(access)]
    return bytes([kind]) + bytes(rlp.encode(fields))


def token_transfer(symbol: str, amount: int, to: str = ETHEREUM_CLIENTS[0]) -> bytes:
    return calldata("transfer(address,uint256)", to, amount)


case = partial(bytes_case, ("eth", "eth-unsigned-tx"))


def decimal(amount: int, decimals: int) -> str:
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if decimals else str(whole)


def cases() -> Iterator[Case]:
    yield from _native()
    yield from _tokens()
    yield from _asked()


def _native() -> Iterator[Case]:
    fee = 21_000 * 30 * GWEI
    for kind in (0, 1, 2):
        for amount in (1, 15 * 10**17, 123_456_789_012_345_678_901):
            data = transaction(value=amount, kind=kind, gas=21_000)
            told = {
                "tx_type": kind,
                "chain_id": CHAIN_ID,
                "to": ETHEREUM_CLIENTS[0],
                "asset": "ETH",
                "amount": decimal(amount, 18),
                "max_fee_eth": decimal(fee, 18),
                "nonce": NEXT_NONCE,
            }
            name = f"ok-{FORM[kind]}-eth-{len(str(amount))}-digits"
            yield case(name, data, "accept", f"{amount} wei to a client", fields=told)
    for n, client in enumerate(ETHEREUM_CLIENTS[1:], 2):
        data = transaction(raw(client), ETHER, gas=21_000)
        told = {"to": client, "asset": "ETH", "amount": "1"}
        yield case(f"ok-eth-client-{n}", data, "accept", "another client", fields=told)
    edges = {
        "max-fee-at-ceiling": transaction(value=100 * ETHER, gas=21_000, price=400 * GWEI),
        "priority-equals-max": transaction(value=ETHER, gas=21_000, priority=30 * GWEI),
        "priority-zero": transaction(value=ETHER, gas=21_000, priority=0),
        "beyond-2-87": transaction(value=2**89 + 1, gas=21_000),
    }
    for name, data in edges.items():
        also: tuple[Expectation, ...] = ("warn",) if name == "priority-zero" else ()
        told = {"asset": "ETH", "to": ETHEREUM_CLIENTS[0]}
        if name == "beyond-2-87":
            told["amount"] = decimal(2**89 + 1, 18)
        yield case(f"ok-{name}", data, "accept", "at an edge", fields=told, also_ok=also)


def _tokens() -> Iterator[Case]:
    for symbol, (contract, decimals) in ERC20.items():
        for kind in (0, 1, 2):
            amount = 1_234_567 * 10**decimals + 1
            data = transaction(raw(contract), data=token_transfer(symbol, amount), kind=kind)
            told = {
                "tx_type": kind,
                "to": ETHEREUM_CLIENTS[0],
                "asset": symbol,
                "token_contract": contract,
                "amount": decimal(amount, decimals),
                "decimals": decimals,
            }
            name = f"ok-{FORM[kind]}-{symbol.lower()}"
            yield case(name, data, "accept", f"{symbol} to a client", fields=told)
    for name, amount in (("one-unit", 1), ("beyond-2-87", 2**88 + 12_345)):
        data = transaction(raw(ERC20["DAI"][0]), data=token_transfer("DAI", amount))
        told = {"asset": "DAI", "amount": decimal(amount, 18), "to": ETHEREUM_CLIENTS[0]}
        yield case(f"ok-dai-{name}", data, "accept", f"{amount} base units", fields=told)


def _asked() -> Iterator[Case]:
    listed = [[raw(ERC20["USDT"][0]), [seed("slot"), seed("slot 2")]]]
    for kind in (1, 2):
        data = transaction(value=ETHER, kind=kind, access=listed)
        also: tuple[Expectation, ...] = ("reject", "accept")
        yield case(
            f"warn-access-list-{kind}",
            data,
            "warn",
            "an access list",
            ("ACCESS-LIST",),
            also_ok=also,
        )
    data = transaction(value=ETHER, gas=5_000_000)
    yield case(
        "warn-gas-limit",
        data,
        "warn",
        "5 M gas for a transfer",
        ("FEE-CEILING", "GAS-LIMIT"),
        also_ok=("reject", "accept"),
    )
    data = transaction(value=0, gas=21_000)
    yield case("zero-value", data, "reject", "moves nothing", ("TRANSFER-ZERO",), also_ok=("warn",))
    data = transaction(raw(ERC20["USDT"][0]), data=token_transfer("USDT", 0))
    yield case(
        "zero-token",
        data,
        "reject",
        "moves no token: address poisoning",
        ("TRANSFER-ZERO",),
        also_ok=("warn",),
    )
    data = transaction(value=ETHER, gas=20_999)
    yield case(
        "gas-too-low",
        data,
        "reject",
        "fails for lack of gas",
        ("GAS-LIMIT", "FEE-CEILING", "UNSUPPORTED"),
        also_ok=("warn", "accept"),
    )
