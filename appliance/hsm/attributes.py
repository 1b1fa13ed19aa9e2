"""PKCS#11 attribute values to Python values, for a token whose answers may be malformed.

The library's own conversions raise whatever their conversion raises; these never do. What is no
proper value becomes None, which no profile accepts, and text becomes printable.
"""

import struct
import sys
from typing import Any

from pkcs11 import Attribute
from pkcs11.attributes import ATTRIBUTE_TYPES, AttributeMapper, handle_bool

MAX_LABEL = 80


class TokenAttributes(AttributeMapper):
    """The conversions of one session."""

    def __init__(self) -> None:
        super().__init__()
        for attribute, handler in ATTRIBUTE_TYPES.items():
            if handler is handle_bool:
                self.register_handler(attribute, struct.Struct("?").pack, _boolean)
        for attribute in (Attribute.CLASS, Attribute.KEY_TYPE):
            self.register_handler(attribute, struct.Struct("L").pack, _unsigned)
        for attribute in (Attribute.LABEL, Attribute.APPLICATION):
            self.register_handler(attribute, str.encode, printable)


def printable(data: bytes) -> str:
    """Return foreign UTF-8 as at most 80 printable characters."""
    text = data[:MAX_LABEL].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _boolean(data: bytes) -> bool | None:
    return {b"\0": False, b"\1": True}.get(data)


def _unsigned(data: bytes) -> Any:
    return int.from_bytes(data[:8], sys.byteorder)
