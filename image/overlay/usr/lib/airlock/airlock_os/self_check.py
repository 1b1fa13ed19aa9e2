"""The first thing that runs: closes what can still be closed, then looks whether all is shut.

If anything is not as this image promises, its name goes on the screen and nothing else starts.
"""

import errno
import os
import socket
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from airlock_os.mounts import Flag, mount
from airlock_os.screen import Notice, show_notice

SHUT = Flag.REMOUNT | Flag.NO_SETUID | Flag.NO_DEVICES | Flag.NO_EXECUTION
SCRATCH = {
    Path("/run"): "mode=0755,size=32m",
    Path("/dev/shm"): "mode=1777,size=32m",  # noqa: S108 - the mount itself
}
SHELLS = ("sh", "bash", "dash", "ash", "busybox", "zsh")
PROGRAMS = (Path("/bin"), Path("/sbin"), Path("/usr/bin"), Path("/usr/sbin"))
SYSTEM = (Path("/"), Path("/etc"), Path("/usr/lib/airlock"))
"""Where a file of the system's could be put, or changed, by whoever is root."""
FAMILIES = {"IPv4": 2, "IPv6": 10, "packet": 17, "Bluetooth": 31, "vsock": 40}
NEXT = "Switch the machine off and call security. Start nothing else on it."


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the image; `broken` says how it is broken, or nothing."""

    id: str
    broken: Callable[[], str]


def interfaces(names: Sequence[str]) -> str:
    """There is no network interface but the machine's own loop."""
    foreign = sorted(set(names) - {"lo"})
    return f"There is a network interface: {foreign[0][:16]}." if foreign else ""


def families(refused: Callable[[int], bool]) -> str:
    """The kernel knows no protocol that leaves the machine."""
    known = [name for name, number in FAMILIES.items() if not refused(number)]
    return f"The kernel speaks {', '.join(known)}." if known else ""


def lockdown(text: str) -> str:
    """Not even root may change the kernel or read its memory."""
    return "" if "[confidentiality]" in text else "The kernel is not locked down."


def mounts(table: str) -> str:
    """Nothing that can be written can be executed, and the root can not be written."""
    for line in table.splitlines():
        _, target, kind, options, *_ = line.split(" ")
        allowed = set(options.split(","))
        if target == "/" and "ro" not in allowed:
            return "The system's own files can be written."
        if kind == "tmpfs" and "rw" in allowed and not {"noexec", "nosuid"} <= allowed:
            return f"Programs could be started from {target[:40]}."
    return ""


def writing(refusals: Mapping[Path, str]) -> str:
    """Even root can put no file where the system's own are: it was tried."""
    written = [str(folder) for folder, refusal in refusals.items() if not refusal]
    return f"A file could be written into {written[0]}." if written else ""


def refusals(folders: Sequence[Path]) -> dict[Path, str]:
    """Try to make a file in each folder; by what error it was refused, empty if it was not."""
    return {folder: _refusal(folder / f".airlock-{os.getpid()}") for folder in folders}


def _refusal(path: Path) -> str:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "refused")
    path.unlink()
    return ""


def programs(folders: Sequence[Path]) -> str:
    """There is no shell, and no program that makes its caller somebody else."""
    for folder in folders:
        for name in SHELLS:
            if (folder / name).exists():
                return f"There is a shell: {name}."
    for path, mode in _files(folders):
        if mode & (stat.S_ISUID | stat.S_ISGID):
            return f"A program runs as somebody else than its caller: {path.name[:40]}."
    return ""


def _files(folders: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    for folder in folders:
        for path in folder.iterdir() if folder.is_dir() else ():
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                yield path, mode


def _refused(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_RAW if family == FAMILIES["packet"] else 1).close()
    except OSError:
        return True
    return False


def _interfaces() -> list[str]:
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii", "replace")
    except OSError:
        return ""


CHECKS = (
    Check("NETWORK-INTERFACE", lambda: interfaces(_interfaces())),
    Check("NETWORK-PROTOCOL", lambda: families(_refused)),
    Check(
        "KERNEL-MODULES", lambda: "The kernel takes in modules." * Path("/proc/modules").exists()
    ),
    Check("KERNEL-OPEN", lambda: lockdown(_read("/sys/kernel/security/lockdown"))),
    Check("WRITABLE", lambda: mounts(_read("/proc/self/mounts"))),
    Check("WRITTEN", lambda: writing(refusals(SYSTEM))),
    Check("PROGRAMS", lambda: programs(PROGRAMS)),
)
FACTS = Path("/run/airlock-self-check")
"""What was found, for the first screen that people see."""


def close() -> None:
    """Take away what the start of the machine needed. What does not work, the checks will name."""
    with suppress(OSError):
        mount("none", Path("/"), "", Flag.REMOUNT | Flag.READ_ONLY)
    for folder, options in SCRATCH.items():
        with suppress(OSError):
            mount("none", folder, "", SHUT, options)


def facts() -> str:
    """Say in one line what was looked at and found as promised."""
    found = ", ".join(_interfaces())
    refused = ", ".join(name for name, number in FAMILIES.items() if _refused(number))
    tried = ", ".join(f"{folder} {why or 'written'}" for folder, why in refusals(SYSTEM).items())
    return (
        f"Self-check passed. Interfaces: {found}; refused: {refused}; writing: {tried}; kernel "
        "locked down, without modules; no shell, no setuid."
    )


def main(_arguments: Sequence[str]) -> int:
    """Return 0 if every promise holds; otherwise say on the screen which does not."""
    close()
    try:
        broken = [f"{check.id}: {what}" for check in CHECKS if (what := check.broken())]
        if not broken:
            FACTS.write_text(facts(), "ascii")
            return 0
    except Exception as problem:  # noqa: BLE001 - a check that cannot be made is one that fails
        broken = [f"The check itself could not be made: {type(problem).__name__}."]
    show_notice(Notice("SELF-CHECK", " ".join(broken), NEXT))
    return 1
