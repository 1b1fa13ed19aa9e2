"""`python3 -m image`: lock, build, verify, compare, release and flash the OS image.

Needs nothing but Python 3.11 and Linux: no privilege, no container, no installed package. Only
`lock` also needs apt and Debian's keyring, and what asks who vouches for a release `ssh-keygen`.
The owner's keys and signatures, and quotes, are commands of `python3 -m image.trust`.
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from image import building
from image.errors import ImageError
from image.inputs import locking
from image.places import Cache, default_cache
from image.release import bundling, flashing
from image.trust import releasing
from image.vendor import vending
from image.verification import comparing, verifying


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("image", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cache", type=_cache, metavar="FOLDER", help="what outlives a build")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for room in (locking, building, vending, verifying, comparing, bundling, releasing, flashing):
        room.add_commands(commands)
    return parser


def _cache(word: str) -> Cache:
    return Cache(Path(word).absolute())


def _ended(_number: int, _frame: object) -> NoReturn:
    """End as if by hand, so that what was begun is cleared away and no compiler outlives it."""
    raise KeyboardInterrupt


def main() -> int:
    """Run one command.

    Return its status: 0 done, 1 not done or not as it should be, 130 interrupted.
    """
    os.umask(0o022)
    options = _arguments().parse_args()
    options.cache = options.cache or default_cache()
    try:
        status: int = options.run(options)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("image: interrupted", file=sys.stderr)
        return 130
    except (ImageError, OSError) as problem:
        print(f"image: {problem}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    sys.exit(main())
