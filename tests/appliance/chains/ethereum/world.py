"""The accounts, tokens and transactions that these tests are about.

Transactions are written with the `rlp` package, so that what the appliance reads was not written by
the appliance.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rlp
from coincurve import PrivateKey
from eth_utils.address import to_canonical_address

from appliance.chains.ethereum.room import ROOM
from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import EthereumAccount, Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

Given = TypeVar("Given")
Read = TypeVar("Read")
VECTORS = Path(__file__).parents[3] / "vectors" / "ethereum"

PRIVATE_KEY = PrivateKey(b"\x46" * 32)
"""The key of EIP-155's example."""
PUBLIC_KEY = PRIVATE_KEY.public_key.format()
SOURCE = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
CLIENT = "0x2640973731783953f3d45CdEb982b783aCd7F87C"
USDT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
STRANGER = "0xb2B3ac3D90eC4e3d893Ec2293325B1e6E5cA6315"

ACCOUNT = EthereumAccount("hot", "1", SOURCE, PUBLIC_KEY, 7)
TOKENS = (
    Token(Chain.ETHEREUM, "1", USDT, "USDT", 6),
    Token(Chain.ETHEREUM, "1", USDC, "USDC", 6),
)
GWEI = 10**9
ETHER = 10**18

FEE_MARKET: dict[str, Any] = {
    "chain_id": 1,
    "nonce": 7,
    "max_priority_fee_per_gas": 2 * GWEI,
    "max_fee_per_gas": 30 * GWEI,
    "gas_limit": 21000,
    "to": CLIENT,
    "value": 3 * ETHER // 2,
    "data": b"",
    "access_list": [],
}
LEGACY: dict[str, Any] = {
    "nonce": 7,
    "gas_price": 30 * GWEI,
    "gas_limit": 21000,
    "to": CLIENT,
    "value": 3 * ETHER // 2,
    "data": b"",
    "chain_id": 1,
    "r": b"",
    "s": b"",
}


def own_vectors(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


def address(text: str) -> bytes:
    return to_canonical_address(text)


def item(value: object) -> object:
    match value:
        case int():
            return value.to_bytes((value.bit_length() + 7) // 8, "big")
        case str():
            return address(value)
        case list() | tuple():
            return [item(each) for each in value]
        case _:
            return value


def encode(*fields: object, prefix: bytes = b"") -> bytes:
    data: bytes = prefix + rlp.encode([item(field) for field in fields])
    return data


def fee_market(**changes: object) -> bytes:
    """An EIP-1559 transfer of 1.5 ether to the client, with some fields changed."""
    return encode(*{**FEE_MARKET, **changes}.values(), prefix=b"\x02")


def access_list(**changes: object) -> bytes:
    """The same transfer as EIP-2930."""
    fields = {**LEGACY, "access_list": [], **changes}
    names = ("chain_id", "nonce", "gas_price", "gas_limit", "to", "value", "data", "access_list")
    return encode(*(fields[name] for name in names), prefix=b"\x01")


def legacy(**changes: object) -> bytes:
    """The same transfer as EIP-155."""
    return encode(*{**LEGACY, **changes}.values())


def blob(hashes: list[bytes], **changes: object) -> bytes:
    """The same transfer as EIP-4844."""
    return encode(*{**FEE_MARKET, **changes}.values(), GWEI, hashes, prefix=b"\x03")


def set_code(authorizations: list[object], **changes: object) -> bytes:
    """The same transfer as EIP-7702."""
    return encode(*{**FEE_MARKET, **changes}.values(), authorizations, prefix=b"\x04")


def transfer(to: str, amount: int) -> bytes:
    """ERC-20 calldata of a transfer."""
    return bytes.fromhex("a9059cbb") + bytes(12) + address(to) + amount.to_bytes(32, "big")


def token_transfer(amount: int = 10**9, **changes: object) -> bytes:
    """An EIP-1559 transfer of 1,000 USDT to the client, with some fields changed."""
    call = {"to": USDT, "value": 0, "gas_limit": 65000, "data": transfer(CLIENT, amount)}
    return fee_market(**{**call, **changes})


decode_with = ROOM.decoder
decoder = ROOM.decoder(Registered((ACCOUNT,), TOKENS))


def decode(data: bytes) -> DecodedTransaction:
    """Decode as the registered account's."""
    return decoder(data, ACCOUNT.name)


def attempt(read: Callable[[Given], Read], data: Given) -> Read | DecodeError:
    """Return what was read, or the error that said why not."""
    try:
        return read(data)
    except DecodeError as error:
        return error


def refusals(transaction: DecodedTransaction) -> list[Finding]:
    return [each for each in transaction.findings if each.severity is Severity.REFUSE]


def rules(transaction: DecodedTransaction) -> set[str]:
    return {each.rule for each in refusals(transaction)}


def says(transaction: DecodedTransaction) -> str:
    return "; ".join(each.message for each in transaction.findings)
