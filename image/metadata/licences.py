"""The licences of everything on an image, which the image itself has no room for."""

import re
from collections.abc import Iterator
from pathlib import Path

from image.disk import erofs
from image.inputs import deb, wheel_files
from image.inputs.deb import Entry
from image.inputs.lock import Lock
from image.metadata.sbom import shipped
from image.root.root_tree import Tree

_OF_PACKAGE = re.compile(r"usr/share/(?:doc/[^/]+/copyright|common-licenses/.+)")
_OF_WHEEL = re.compile(r"[^/]+\.dist-info/.*(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS).*", re.IGNORECASE)


def _texts(lock: Lock, files: Path, project: Path, *, is_demo: bool) -> Iterator[Entry]:
    yield Entry("airlock/LICENSE", 0o644, data=(project / "LICENSE").read_bytes())
    for package in shipped(lock, is_demo=is_demo):
        for entry in deb.entries(files / package.sha256):
            if _OF_PACKAGE.fullmatch(entry.name):
                yield Entry(entry.name.removeprefix("usr/share/"), 0o644, entry.data, entry.target)
    for wheel in lock.wheels:
        yield from wheel_files.entries(files / wheel.sha256, "python", _OF_WHEEL.fullmatch)


def archive(lock: Lock, files: Path, project: Path, *, is_demo: bool) -> bytes:
    """Return a tar of the licence texts, as the packages and wheels carry them."""
    texts = {entry.name: entry for entry in _texts(lock, files, project, is_demo=is_demo)}
    tree: Tree = {name: texts[name] for name in sorted(texts)}
    return erofs.as_tar(tree, lock.epoch)
