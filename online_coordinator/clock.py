"""The coordinator's clock: read once, at the command line, and handed on as an argument."""

import time
from datetime import UTC, datetime


def unix_time() -> int:
    """Return seconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000_000_000


def iso_time(seconds: int) -> str:
    """Write a Unix time as `2026-11-25T08:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
