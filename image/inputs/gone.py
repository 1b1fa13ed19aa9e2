"""Which locked packages have left the mirrors: a lock that nobody else can build from any more."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from image.inputs import mirrors as mirror_addresses
from image.inputs.lock import Lock, Package

_AT_A_TIME = 8
_TIMEOUT_SECONDS = 30
_LEFT = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def gone(lock: Lock, mirrors: dict[str, str]) -> tuple[str, ...]:
    """Return the locked packages that their mirrors do not have, a line each.

    A mirror that does not answer, or none, says nothing about a package.
    """
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        has_left = pool.map(lambda package: _has_left(package, mirrors), lock.packages)
        return tuple(
            f"{package.name} {package.version} has left the mirror"
            for package, is_gone in zip(lock.packages, has_left, strict=True)
            if is_gone
        )


def _has_left(package: Package, mirrors: dict[str, str]) -> bool:
    if package.archive not in mirrors:
        return False
    address = mirror_addresses.address_of(mirrors, package.archive, package.path)
    if address.startswith("file:"):
        return not Path(urllib.request.url2pathname(urlsplit(address).path)).is_file()
    try:
        # The address is a mirror of the builder's choice; nothing of the answer is read.
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310
        urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError as problem:
        problem.close()
        return problem.code in _LEFT
    except (OSError, HTTPException, ValueError):
        return False
    return False
