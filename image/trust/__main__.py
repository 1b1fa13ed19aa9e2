"""`python3 -m image.trust`: the owner's keys and signatures, builders' attestations, TPM quotes.

Needs the commands `openssl`, `ssh-keygen` and, to sign a program, `sbsign`.
"""

import argparse
import os
import sys

from image.errors import ImageError
from image.trust import owning, quoting, releasing


def main(words: list[str] | None = None) -> int:
    """Run one command.

    Return its status: 0 done, 1 not done or not to be trusted, 130 interrupted.
    """
    os.umask(0o022)
    parser = argparse.ArgumentParser("image.trust", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for room in (owning, releasing, quoting):
        room.add_commands(commands)
    options = parser.parse_args(words)
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        print("image.trust: interrupted", file=sys.stderr)
        return 130
    except (ImageError, OSError) as problem:
        print(f"image.trust: {problem}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
