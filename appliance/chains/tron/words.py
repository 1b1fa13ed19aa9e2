"""How what the bytes hold is written for people, when a refusal is explained.

Bytes that anybody could have chosen are spelled out literally and cut to 64 characters.
"""

from appliance.chains.tron.address import is_address, spell_address
from appliance.model.money import format_amount, native_asset
from appliance.model.text import literal
from appliance.wire.terms import Chain

MAX_WORDS = 64
_RESOURCES = {0: "bandwidth", 1: "energy", 2: "voting power"}
_TRX = native_asset(Chain.TRON, "mainnet")


def trx(sun: int) -> str:
    """Write an amount of TRX; the symbol is the same on every network."""
    return format_amount(sun, _TRX)


def number(value: int) -> str:
    """Write a plain number."""
    return f"{value:,}"


def account(address: bytes) -> str:
    """Write a whole address, or what stands in its place."""
    if is_address(address):
        return spell_address(address)
    if not address:
        return "no address"
    return f"{len(address)} bytes that are no address ({code(address)})"


def beneficiary(address: bytes) -> str:
    """Write whom a resource goes to: nobody named means the account itself."""
    return account(address) if address else "the account itself"


def resource(which: int) -> str:
    """Name a resource (java-tron, ResourceCode)."""
    return _RESOURCES.get(which, f"unknown resource {which}")


def token(identifier: bytes) -> str:
    """Name a TRC-10 token by its number; exchanges write `_` for TRX."""
    return "TRX" if identifier == b"_" else f"TRC-10 token {words(identifier)}"


def words(content: bytes) -> str:
    """Write foreign text between quotation marks."""
    try:
        text = literal(content.decode())
    except UnicodeDecodeError:
        return code(content)
    return f'"{text}"' if len(text) <= MAX_WORDS else f'"{text[:MAX_WORDS]}…"'


def code(content: bytes) -> str:
    """Write bytes in hex."""
    digits = content.hex()
    return digits if len(digits) <= MAX_WORDS else f"{digits[:MAX_WORDS]}…"
