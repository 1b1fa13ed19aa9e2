"""Values as wallets write them in JSON, read strictly: one meaning, nothing coerced."""

import re

from appliance.chains.ethereum.address import spell_address
from appliance.errors import MalformedTransaction

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,79})", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_BYTES = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


def read_integer(value: object, where: str) -> int:
    """Return an integer, written as a number, in decimal, or in hexadecimal behind 0x.

    Raises MalformedTransaction, naming where it stands, for any other value; so do all that follow.
    """
    match value:
        case bool():
            pass
        case int():
            return value
        case str() if _DECIMAL.fullmatch(value):
            return int(value)
        case str() if _HEXADECIMAL.fullmatch(value):
            return int(value, 16)
    raise MalformedTransaction(f"{where} is not an integer")


def address_of(value: object, where: str) -> bytes:
    """Return the twenty bytes of an address, whatever its checksum."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise MalformedTransaction(f"{where} is not an address: 0x and 40 hexadecimal digits")
    return bytes.fromhex(value[2:])


def is_misspelled(value: object) -> bool:
    """Whether an address is written with a wrong checksum (EIP-55)."""
    address = address_of(value, "address")
    return isinstance(value, str) and value not in (value.lower(), spell_address(address))


def bytes_of(value: object, where: str) -> bytes:
    """Return bytes that are written as 0x and pairs of hexadecimal digits."""
    if not isinstance(value, str) or not _BYTES.fullmatch(value):
        raise MalformedTransaction(f"{where} is not 0x and pairs of hexadecimal digits")
    return bytes.fromhex(value[2:])
