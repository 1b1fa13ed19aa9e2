"""A vendor of HSMs that stands in for a real one: a module made here, by the locked compiler.

It holds no key and signs nothing; all that it has is a token to be found.
"""

from pathlib import Path

from image.commands import run
from image.inputs import deb, lock
from image.inputs.lock import Lock
from image.places import Cache
from image.vendor import lock as vendor_locks

NAME = "stand-in"
MODULE = "lib/libstandin.so"
_SOURCE = Path(__file__).with_name("stand_in.c")
_ENTER = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork")
_COMPILE = ("/usr/bin/gcc", "-pipe", "-shared", "-fPIC", "-O2", "-Wall", "-Werror")


def order(locked: Path, cache: Cache, scratch: Path) -> tuple[str, ...]:
    """Return the words by which an image is built with the module. Raises ImageError."""
    folder, written = scratch / "files", scratch / "vendor.lock.json"
    _compile(lock.read(locked)[0], cache, scratch / "compiler", folder / MODULE)
    made = vendor_locks.made(folder, NAME, "1", "that of Airlock", MODULE)
    written.write_text(vendor_locks.serialize(made), "ascii")
    return ("--vendor", str(written), "--vendor-files", str(folder))


def _compile(current: Lock, cache: Cache, root: Path, module: Path) -> None:
    """Compile in a root of the locked packages, as the kernel is, but without its source."""
    packages = (p for p in current.members("kernel") if not p.name.startswith("linux-source"))
    deb.unpack(tuple(cache.files / package.sha256 for package in packages), root)
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp" / _SOURCE.name).write_bytes(_SOURCE.read_bytes())
    inside = ("-o", "/tmp/module.so", f"/tmp/{_SOURCE.name}")  # noqa: S108 - of that root
    run([*_ENTER, f"--root={root}", *_COMPILE, *inside])
    module.parent.mkdir(parents=True)
    module.write_bytes((root / "tmp/module.so").read_bytes())
