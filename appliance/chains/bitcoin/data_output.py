"""Outputs that carry data for everybody to read (OP_RETURN), and what is standard about them."""

from appliance.chains.bitcoin.script import OP_RETURN

MAX_DATA = 80
"""Bytes that every node relays (Bitcoin Core before version 30, policy/policy.h)."""

_LARGEST_SHORT_PUSH = 75
_OP_PUSHDATA1 = 0x4C


def data_of(script: bytes) -> bytes | None:
    """Return what an OP_RETURN script carries, None where it is not of the one form that is read.

    That is one push of 1 to 80 bytes, and nothing else: nodes relay it however its length is
    written, and whatever it is, it is shown.
    """
    if len(script) < 3 or script[0] != OP_RETURN:
        return None
    size, begin = script[1], 2
    if size == _OP_PUSHDATA1:
        size, begin = script[2], 3
    elif size > _LARGEST_SHORT_PUSH:
        return None
    data = script[begin:]
    return data if 0 < len(data) == size <= MAX_DATA else None


def told_data(data: bytes) -> str:
    """Spell out data whole: in hex and, where every byte is printable ASCII, as text."""
    text = data.decode("ascii", "replace")
    is_readable = data.isascii() and text.isprintable()
    return f"{data.hex()}, as text {text!r}" if is_readable else data.hex()
