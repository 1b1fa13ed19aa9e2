"""The one door to other programs: a fixed environment, no shell, an error that says what failed."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from image.errors import CommandError, ProgramAbsent

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_TAIL_LINES = 15


def run(
    argv: Sequence[str | Path],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> bytes:
    """Run a program to its end and return its standard output.

    Only `environment`, added to a fixed base, reaches the program. Raises ProgramAbsent if it
    cannot be started, CommandError with its last lines if it ends with another status than 0.
    """
    words = [str(word) for word in argv]
    try:
        # Every word is the build's own or a path it made; no shell reads them.
        ended = subprocess.run(  # noqa: S603
            words,
            input=stdin,
            env=_ENVIRONMENT | dict(environment or {}),
            cwd=folder,
            capture_output=True,
            check=False,
        )
    except OSError as problem:
        raise ProgramAbsent(f"{words[0]} could not be started: {problem.strerror}") from problem
    if ended.returncode != 0:
        said = (ended.stderr + ended.stdout).decode(errors="replace").splitlines()[-_TAIL_LINES:]
        raise CommandError("\n".join([f"{words[0]} ended with {ended.returncode}", *said]))
    return ended.stdout
