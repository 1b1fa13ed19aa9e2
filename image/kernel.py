"""The kernel: locked source, locked compiler, no network, no privilege.

The locked packages are laid out as a root of their own, entered through an unprivileged user
namespace that has no network interface. What is built is kept under the hash of everything that
went in, so that it is built once a machine.
"""

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from image.commands import run
from image.errors import PartError
from image.inputs import deb
from image.inputs.lock import Lock

_PRODUCTS = {
    "vmlinuz": "arch/x86/boot/bzImage",
    "config": ".config",
    "symbols": "System.map",
    "release": "include/config/kernel.release",
}
NOT_BUILT = "not built"
_OPTION = re.compile(r"^(?:# )?(?P<name>CONFIG_\w+)(?:=(?P<value>.*)| is not set)$")

# Runs on the host's side of the namespace, which still sees the host's tools.
_ENTER = 'mount --rbind /dev "$1/dev" && exec unshare --root="$1" /bin/sh /build/recipe'

# A compiler does not outlive the build that wanted it, however that ends.
_WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "KILL")

# Runs inside. The path is always the same, so that none of the builder's machine reaches an object;
# the first line gives the one link that a maintainer script would have made.
_RECIPE = """\
set -eu
ln -sf mawk /usr/bin/awk
mkdir /build/linux
tar -xf /usr/src/linux-source-*.tar.xz -C /build/linux --strip-components=1
cd /build/linux
make -s allnoconfig
cat /build/fragment >> .config
make -s olddefconfig
make -s -j"$JOBS" bzImage
"""
_FIXED = {
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "airlock",
    "KBUILD_BUILD_HOST": "airlock",
    "KBUILD_BUILD_VERSION": "1",
}

# The ways into a network, and into other kernel code: none of them may be in the symbol table.
FORBIDDEN_SYMBOLS = frozenset({
    "bt_sock_create", "e1000_probe", "e1000e_probe", "ieee80211_register_hw", "inet6_create",
    "inet_create", "ip_rcv", "ipv6_rcv", "kexec_load", "load_module", "packet_create", "tcp_v4_rcv",
    "tcp_v6_rcv", "udp_rcv", "usbnet_probe", "virtnet_probe", "vsock_create", "wiphy_register",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kernel:
    """A built kernel: its files, its release name, and the key it is kept under."""

    image: Path
    config: Path
    symbols: Path
    release: str
    key: str


def key_of(lock: Lock, fragment: str) -> str:
    """Return the hash of everything a kernel is a function of."""
    inputs = [package.sha256 for package in lock.members("kernel")]
    asked = [f"{name}={value}" for name, value in options(fragment).items()]
    return sha256("\n".join([_RECIPE, repr(_FIXED), *asked, *inputs]).encode()).hexdigest()


def options(text: str) -> dict[str, str]:
    """Read a kernel configuration; an option that is not set reads as "n"."""
    found = (_OPTION.match(line) for line in text.splitlines())
    return {option["name"]: option["value"] or "n" for option in found if option}


def verify_configuration(fragment: str, built: str) -> None:
    """Raise PartError unless every line of the fragment holds in what was built."""
    held = options(built)
    lost = [
        f"{name}={value}, not {held.get(name, 'n')}"
        for name, value in options(fragment).items()
        if held.get(name, "n") != value
    ]
    if lost:
        raise PartError("\n".join(["the kernel was not configured as asked:", *lost]))


def forbidden(symbols: str) -> list[str]:
    """Return the ways into a network or a module loader that a symbol table holds."""
    names = {line.rsplit(" ", 1)[-1] for line in symbols.splitlines()}
    return sorted(names & FORBIDDEN_SYMBOLS)


def verify_symbols(symbols: str) -> None:
    """Raise PartError if a symbol table holds a way into a network or a module loader."""
    if held := forbidden(symbols):
        raise PartError(f"the kernel holds {', '.join(held)}")


def cached(key: str, kernels: Path) -> Kernel | None:
    """Return the kernel kept under a key, or None."""
    folder = kernels / key
    if not all((folder / name).is_file() for name in _PRODUCTS):
        return None
    release = (folder / "release").read_text().strip()
    return Kernel(folder / "vmlinuz", folder / "config", folder / "symbols", release, key)


def stand_in(folder: Path) -> Kernel:
    """Return empty files in place of a kernel, for what can be compared without one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PRODUCTS:
        (folder / name).write_bytes(b"no kernel was built\n")
    return Kernel(folder / "vmlinuz", folder / "config", folder / "symbols", NOT_BUILT, NOT_BUILT)


def build(lock: Lock, fragment: str, files: Path, kernels: Path, jobs: int) -> Kernel:
    """Build the kernel, or return the one that is kept. It takes ten minutes of processor time.

    Raises CommandError if the namespace or the compiler fails, PartError if what was built is not
    what the fragment says.
    """
    key = key_of(lock, fragment)
    if (kept := cached(key, kernels)) is not None:
        return kept
    kernels.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(kernels / f"{key}.lock"):
        if cached(key, kernels) is None:
            _build(lock, fragment, files, kernels / key, jobs)
    built = cached(key, kernels)
    if built is None:
        raise PartError("the built kernel was not kept")
    return built


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until nobody else on this machine builds the same."""
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("this kernel is being built by somebody else: waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(lock: Lock, fragment: str, files: Path, at: Path, jobs: int) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="building-", dir=at.parent))
    try:
        root = scratch / "root"
        deb.unpack(tuple(files / package.sha256 for package in lock.members("kernel")), root)
        _compile(root, fragment, jobs)
        keep(root / "build/linux", fragment, scratch / "kept")
        shutil.rmtree(at, ignore_errors=True)
        (scratch / "kept").rename(at)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compile(root: Path, fragment: str, jobs: int) -> None:
    for folder in ("build", "dev", "proc", "tmp"):
        (root / folder).mkdir(exist_ok=True)
    (root / "build/recipe").write_text(_RECIPE)
    (root / "build/fragment").write_text(fragment)
    namespaces = [
        "--user",
        "--map-root-user",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
    ]
    run(
        [*_WITH_ITS_PARENT, "unshare", *namespaces, "/bin/sh", "-c", _ENTER, "enter", root],
        environment={**_FIXED, "JOBS": str(jobs), "LC_ALL": "C"},
    )


def keep(linux: Path, fragment: str, kept: Path) -> None:
    """Keep what a build left in a folder of sources. Raises PartError if it is not as asked."""
    verify_configuration(fragment, (linux / ".config").read_text())
    verify_symbols((linux / "System.map").read_text())
    kept.mkdir()
    for name, product in _PRODUCTS.items():
        shutil.copyfile(linux / product, kept / name)
