"""Addresses: twenty bytes, and the one way to spell them (EIP-55)."""

import re
from functools import lru_cache

from coincurve import PublicKey

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import keccak256

ADDRESS_BYTES = 20

_SPELLING = re.compile("0x[0-9a-fA-F]{40}", re.ASCII)
_CHAIN_ID = re.compile("[1-9][0-9]{0,19}", re.ASCII)


def normalise_address(text: str, network: str) -> str:
    """Return the checksummed spelling of an address on `network`, a chain id in decimal.

    Accepted are all-lower-case hex digits, which carry no checksum, and the right checksum (EIP-55;
    it is the same on every chain). Raises MalformedTransaction for anything else, and
    UnsupportedTransaction where the network is not a chain id.
    """
    if not _CHAIN_ID.fullmatch(network):
        raise UnsupportedTransaction("an Ethereum network is named by its chain id in decimal")
    return spell_address(parse_address(text))


def parse_address(text: str) -> bytes:
    """Return the twenty bytes of an address. Raises MalformedTransaction as `normalise_address`."""
    if not _SPELLING.fullmatch(text):
        raise MalformedTransaction("an Ethereum address is 0x and 40 hexadecimal digits")
    address = bytes.fromhex(text[2:])
    if text not in (text.lower(), spell_address(address)):
        raise MalformedTransaction("the address's checksum is wrong (EIP-55): a digit was changed")
    return address


@lru_cache(maxsize=4096)
def spell_address(address: bytes) -> str:
    """Return the checksummed spelling of twenty bytes: 0x and 40 hexadecimal digits (EIP-55)."""
    digits = address.hex()
    checksum = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble > "7" else digit
        for digit, nibble in zip(digits, checksum, strict=False)
    )


def address_of_public_key(public_key: bytes) -> str:
    """Return the checksummed address of a compressed public key (SEC 1, 33 bytes).

    It is the last twenty bytes of Keccak-256 over the coordinates (yellow paper, appendix F).
    Raises MalformedTransaction for what is not a compressed point of secp256k1.
    """
    if len(public_key) != 33:
        raise MalformedTransaction("a compressed public key has 33 bytes")
    try:
        point = PublicKey(public_key).format(compressed=False)
    except ValueError:
        raise MalformedTransaction("the public key is not a point of secp256k1") from None
    return spell_address(keccak256(point[1:])[-ADDRESS_BYTES:])
