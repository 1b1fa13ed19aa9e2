"""The little of DER (X.690) that signatures and keys are wrapped in."""

from image.trust.errors import TrustError

INTEGER, BIT_STRING, OBJECT, SEQUENCE, CONTEXT_0 = 0x02, 0x03, 0x06, 0x30, 0xA0


def encoded(tag: int, body: bytes) -> bytes:
    """Return one element."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def elements(body: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the elements that follow each other in `body` as (tag, content). Raises TrustError."""
    found, at = [], 0
    while at < len(body):
        size, start = _length(body, at + 1)
        content = body[start : start + size]
        if len(content) != size or encoded(body[at], content) != body[at : start + size]:
            raise TrustError("a DER structure is cut off, or not in its one form")
        found.append((body[at], content))
        at = start + size
    return tuple(found)


def content(body: bytes, tag: int) -> bytes:
    """Return what the only element of `body` holds. Raises TrustError if it is of another tag."""
    match elements(body):
        case ((found, held),) if found == tag:
            return held
        case _:
            raise TrustError(f"a DER structure is not one element of tag {tag:#04x}")


def _length(body: bytes, at: int) -> tuple[int, int]:
    """Return the length that is written at `at`, and where the content starts."""
    first = body[at] if at < len(body) else 0
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if not 1 <= size <= 4:
        raise TrustError("a DER structure has a length that nothing here can have")
    return int.from_bytes(body[at + 1 : at + 1 + size], "big"), at + 1 + size
