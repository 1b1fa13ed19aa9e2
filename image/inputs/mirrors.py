"""Where this machine gets Debian's archives from: its own apt sources, or what it is told.

No address is written anywhere in the project. An archive is recognised by the last part of its
address, `debian` or `debian-security`, which every mirror keeps.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from image.errors import FetchError

_APT = Path("/etc/apt")
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s")
_STANZA_URIS = re.compile(r"^URIs:\s*(?P<uris>.+)$", re.IGNORECASE)


def _addresses(apt: Path) -> Iterator[str]:
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if path.suffix not in {".list", ".sources"} or not path.is_file():
            continue
        for line in path.read_text("utf-8", errors="replace").splitlines():
            if found := _ONE_LINE.match(line):
                yield found["uri"]
            elif found := _STANZA_URIS.match(line):
                yield from found["uris"].split()


def from_apt(apt: Path = _APT) -> dict[str, str]:
    """Return the address of each Debian archive the machine's apt knows, without a final slash."""
    found: dict[str, str] = {}
    for address in _addresses(apt):
        archive = address.rstrip("/").rsplit("/", 1)[-1]
        if archive in {"debian", "debian-security"} and address.startswith(("http:", "https:")):
            found.setdefault(archive, address.rstrip("/"))
    return found


def from_words(words: tuple[str, ...]) -> dict[str, str]:
    """Read `archive=address` words, as given on the command line. Raises FetchError."""
    found: dict[str, str] = {}
    for word in words:
        archive, equals, address = word.partition("=")
        if not equals or not address.startswith(("http://", "https://", "file:///")):
            raise FetchError("a mirror is given as ARCHIVE=ADDRESS, with an http or file address")
        found[archive] = address.rstrip("/")
    return found


def address_of(mirrors: dict[str, str], archive: str, path: str) -> str:
    """Return where a file of an archive lies. Raises FetchError if the archive has no mirror."""
    if archive not in mirrors:
        raise FetchError(
            f"no mirror of the archive {archive} is known: give --mirror {archive}=..."
        )
    return f"{mirrors[archive]}/{quote(path)}"
