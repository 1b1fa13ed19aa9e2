"""What the tests of Uniform Resources share: the published test message, and parts made by hand."""

import json
from typing import Any

from appliance.wire import bytewords, canonical
from appliance.wire.ur_fountain import draws_from
from tests.shared_vectors import folder


def published() -> dict[str, Any]:
    """Return the reference vectors of bc-ur, empty where they are absent."""
    path = folder() / "ur" / "bc_ur_v2_reference.json"
    return dict(json.loads(path.read_bytes())) if path.exists() else {}


def published_message(size: int) -> bytes:
    """Return the CBOR byte string of the reference's message of this size."""
    draws = draws_from(b"Wolf")
    return canonical.encode(bytes(int(next(draws) / 2**64 * 256) for _ in range(size)))


def part_text(number: int, count: int, length: int, checksum: int, fragment: bytes) -> str:
    """Return a part that says whatever one likes, with sound letters."""
    body = canonical.encode((number, count, length, checksum, fragment))
    return f"ur:bytes/{number}-{count}/{bytewords.encode(body)}"
