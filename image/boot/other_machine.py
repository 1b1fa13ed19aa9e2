"""Another machine that the data volume is connected to, where whoever knows its passphrase is root.

It is the image's own kernel and system, started not as the image is but with one program as all
that runs: what an attacker, or a careless custodian, does to a medium between two starts.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from image.boot.bench import PASSPHRASE, PATIENCE, Bench, ScenarioFailed
from image.boot.host import EMULATOR
from image.boot.machine import PROCESSOR
from image.disk import uki

DONE = "the other machine is done"
_PROGRAM = 64 << 10
_BEGINNING = f"""\
import ctypes, os, subprocess, sys
from pathlib import Path
sys.path.insert(0, "/usr/lib/airlock")
from airlock_os.mounts import Flag, mount

def run(*command, **options):
    environment = {{"DM_DISABLE_UDEV": "1", "PATH": "/usr/sbin:/usr/bin"}}
    subprocess.run(command, check=True, env=environment, **options)

def opened(device, name):
    run("cryptsetup", "open", "--type", "luks2", "--key-file", "-", device, name,
        input={PASSPHRASE.encode()!r})
    folder = Path("/tmp", name)
    folder.mkdir()
    mount("/dev/mapper/" + name, folder, "ext4", Flag(0), "")
    return folder

for kind, folder in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"), ("tmpfs", "/tmp")):
    mount(kind, Path(folder), kind, Flag(0), "")
"""
_END = f"""
for folder in Path("/tmp").iterdir():
    run("umount", folder)
    run("cryptsetup", "close", folder.name)
with open("/dev/ttyS0", "w") as line:
    line.write({DONE!r})
os.sync()
ctypes.CDLL(None).reboot(0x4321FEDC)
"""
FILL = """
folder = opened("/dev/vdc", "full")
with open(folder / "something else", "wb", buffering=0) as file:
    try:
        while file.write(bytes(1 << 16)):
            pass
    except OSError:
        os.fsync(file)
"""
"""Leaves no room on the volume /dev/vdc."""
CARRY_OVER = """
older, newer = opened("/dev/vdc", "older"), opened("/dev/vdd", "newer")
import shutil
shutil.rmtree(older / "softhsm")
shutil.copytree(newer / "softhsm", older / "softhsm")
for path in ((older / "softhsm"), *(older / "softhsm").rglob("*")):
    was = (newer / path.relative_to(older)).stat()
    os.chown(path, was.st_uid, was.st_gid)
    path.chmod(was.st_mode & 0o7777)
"""
"""Gives the older copy /dev/vdc of a volume the token of the newer one, /dev/vdd.

A real HSM is on no data volume; that of the demonstration has to be kept apart by hand.
"""


def whole(program: str) -> str:
    """Return a program with its beginning and end, as a disk that the interpreter reads."""
    return (_BEGINNING + program + _END).ljust(_PROGRAM, "\n")


def run(bench: Bench, program: str, volumes: Sequence[Path]) -> None:
    """Run a program with these data volumes as /dev/vdc and so on. Raises ScenarioFailed."""
    sections = {each.name: each.body for each in uki.sections(_efi_program(bench).read_bytes())}
    kernel, script, said = (bench.folder / name for name in ("kernel", "program", "said"))
    kernel.write_bytes(sections[".linux"])
    script.write_text(whole(program), encoding="ascii")
    said.write_bytes(b"")
    words = sections[".cmdline"].decode("ascii").rstrip("\0").split(" ")
    line = [word for word in words if not word.startswith("init=")]
    line += ["console=ttyS0", "init=/usr/bin/python3", "panic=-1", "--", "-I", "/dev/vdb"]
    made = [
        *(EMULATOR, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35,accel=tcg", "-cpu", PROCESSOR, "-smp", "2", "-m", "1024"),
        *("-kernel", str(kernel), "-append", " ".join(line), "-serial", f"file:{said}"),
        *_drive(bench.disk, is_kept=True),
        *_drive(script, is_kept=True),
        *(argument for volume in volumes for argument in _drive(volume, is_kept=False)),
    ]
    ran = subprocess.run(  # noqa: S603 - our own arguments
        made, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    told = said.read_text("utf-8", "replace")
    if DONE not in told:
        raise ScenarioFailed(f"the other machine did not do it: {told[-800:]}{ran.stderr[-300:]}")


def _efi_program(bench: Bench) -> Path:
    return bench.disk.parent / "airlock.efi"


def _drive(path: Path, *, is_kept: bool) -> tuple[str, ...]:
    drive = f"file={path},if=virtio,format=raw"
    return ("-drive", f"{drive},snapshot=on" if is_kept else drive)
