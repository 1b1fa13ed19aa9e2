"""mount(2) and umount(2), for what must be mounted before anything else is there to do it."""

import ctypes
import os
from enum import IntFlag
from pathlib import Path


class Flag(IntFlag):
    """Flags of mount(2)."""

    READ_ONLY = 1
    NO_SETUID = 2
    NO_DEVICES = 4
    NO_EXECUTION = 8
    REMOUNT = 32
    NO_SYMLINKS = 256
    NO_ACCESS_TIMES = 1024
    BIND = 4096


def mount(source: str, target: Path, kind: str, flags: Flag, options: str = "") -> None:
    """Mount, or change what is mounted. Raises OSError."""
    texts = (source.encode(), os.fsencode(target), kind.encode())
    failed = _library().mount(*texts, ctypes.c_ulong(flags), options.encode())
    _demand(not failed, target)


def unmount(target: Path) -> None:
    """Take away what is mounted. Raises OSError."""
    _demand(not _library().umount2(os.fsencode(target), 0), target)


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _demand(done: bool, target: Path) -> None:  # noqa: FBT001 - what was asked of the kernel
    if not done:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
