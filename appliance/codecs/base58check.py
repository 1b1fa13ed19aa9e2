"""Base58Check: bytes behind a version, closed by four bytes of checksum.

Source: the Bitcoin address format. One text per value.
"""

from appliance.codecs.base58 import MAX_LENGTH, decode, encode
from appliance.errors import MalformedTransaction
from appliance.hashes import sha256d

__all__ = ["MAX_LENGTH", "decode", "decode_check", "encode", "encode_check"]

_CHECKSUM_SIZE = 4


def encode_check(payload: bytes) -> str:
    """Return a payload with its checksum in Base58."""
    return encode(payload + sha256d(payload)[:_CHECKSUM_SIZE])


def decode_check(text: str) -> bytes:
    """Return the payload. Raises MalformedTransaction where text or checksum is wrong."""
    data = decode(text)
    payload, checksum = data[:-_CHECKSUM_SIZE], data[-_CHECKSUM_SIZE:]
    if len(data) < _CHECKSUM_SIZE or sha256d(payload)[:_CHECKSUM_SIZE] != checksum:
        raise MalformedTransaction("the Base58 checksum is wrong: a character was changed")
    return payload
