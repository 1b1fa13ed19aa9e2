"""A lock whose packages have left the mirrors: the same request resolved anew, for this once."""

from collections.abc import Callable
from pathlib import Path

from image.errors import FetchError
from image.inputs import lock, resolve
from image.inputs.lock import Lock


def usable(
    committed: Path, scratch: Path, have: Callable[[Path], object], anew: Callable[[], Lock] | None
) -> tuple[Path, tuple[str, ...]]:
    """Return a lock whose files can all be had, and what had to change for it: nothing, at best.

    `have` gets what a lock names, or raises FetchError; `anew` resolves the request, where that is
    wanted. The fresh lock is written below `scratch`. Raises LockError, FetchError.
    """
    try:
        have(committed)
    except FetchError as problem:
        if anew is None:
            raise
        print(problem)
    else:
        return committed, ()
    fresh = anew()
    path = scratch / "lock.json"
    path.write_text(lock.serialize(fresh), encoding="utf-8")
    have(path)
    return path, resolve.changes(lock.read(committed)[0], fresh)
