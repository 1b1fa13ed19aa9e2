"""Opens the data volume: LUKS2, encrypted and authenticated, so that a changed block reads as one.

Runs before the terminal, on the same screen. It asks for the volume's passphrase; a blank medium
is formatted once the word is typed. Nothing goes on until the volume is open.
"""

import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from airlock_os import media
from airlock_os.identity import told_identity
from airlock_os.media import LABEL, Format, Open
from airlock_os.mounts import Flag, mount
from airlock_os.screen import Notice, ask, show, show_notice, wait_for_enter

MAPPED = Path("/dev/mapper") / LABEL
FOLDER = Path("/var/lib/airlock")
JOURNAL = FOLDER / "journal"
OWNER, READER = "signer", "terminal"
SHORTEST = 16
WRONG_PASSPHRASE = 2
SECONDS_FOR_MEDIA = 10
FLAGS = Flag.NO_SETUID | Flag.NO_DEVICES | Flag.NO_EXECUTION | Flag.NO_ACCESS_TIMES

CIPHER = ("--cipher", "aes-xts-random", "--key-size", "512", "--integrity", "hmac-sha256")
# Fixed costs: a benchmark would choose by how busy the machine is at its first start.
DERIVATION = ("--pbkdf", "argon2id", "--pbkdf-memory", "131072", "--pbkdf-parallel", "1")
COSTS = ("--pbkdf-force-iterations", "4")


def main(_arguments: Sequence[str]) -> int:
    """Have the data volume opened and mounted, whatever it takes."""
    while not FOLDER.is_mount() and (problem := _attempt()) is not None:
        show_notice(problem)
        wait_for_enter("to look again")
    return 0


def _attempt() -> Notice | None:
    """Do what the connected media call for; what stands in the way, if anything."""
    match media.plan(_media()):
        case Open(device=device):
            return _open(device)
        case Format(device=device, size=size):
            return _found(device, size)
        case Notice() as problem:
            return problem
        case unknown:
            assert_never(unknown)


def _media() -> tuple[media.Medium, ...]:
    """The media, as soon as one is there that matters: USB takes a moment."""
    deadline = time.monotonic() + SECONDS_FOR_MEDIA
    while True:
        found = tuple(media.connected())
        if media.plan(found) is not media.MISSING or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _open(device: Path) -> Notice | None:
    said = ""
    while True:
        show("Open the data volume", *told_identity(), f"{said}Its custodian types the passphrase.")
        status = _unlock(device, ask("Passphrase: ", mask="*"))
        if status == 0:
            return _mount()
        if status != WRONG_PASSPHRASE:
            return media.DAMAGED
        said = "That is not the passphrase of this data volume. "


def _found(device: Path, size: int) -> Notice | None:
    """Make a blank medium the data volume, if people say so."""
    offer = (
        f"The medium {device.name}, {size >> 20:,} MiB, is blank. It can become the data volume: "
        "the journal and the sealed shares will be on it, encrypted."
    )
    warning = (
        "If this appliance has worked before, its data volume is not the one that is connected: "
        "switch the machine off and find it."
    )
    show("First start", *told_identity(), offer, warning)
    if ask("Type the word format and press Enter: ").strip() != "format":
        return media.MISSING
    passphrase = _new_passphrase()
    show("First start", "Formatting: every block is written once. This takes a while.")
    if _format(device, passphrase) or _unlock(device, passphrase) or _make_filesystem():
        return media.DAMAGED
    return _mount()


def _new_passphrase() -> str:
    said = ""
    while True:
        rule = f"Its passphrase has at least {SHORTEST} characters, and opens no key of the HSM."
        show("First start", f"{said}{rule}", "Its custodian types it; nobody watches.")
        first = ask("New passphrase: ", mask="*")
        if len(first) < SHORTEST:
            said = "That was too short. "
        elif first != ask("The same again: ", mask="*"):
            said = "The two were not the same. "
        else:
            return first


def _format(device: Path, passphrase: str) -> int:
    options = ("--batch-mode", "--type", "luks2", "--label", LABEL, "--sector-size", "4096")
    return _cryptsetup(
        ("luksFormat", *options, *CIPHER, *DERIVATION, *COSTS, str(device)), passphrase
    )


def _unlock(device: Path, passphrase: str) -> int:
    return _cryptsetup(("open", "--type", "luks2", str(device), LABEL), passphrase)


def _cryptsetup(arguments: Sequence[str], passphrase: str) -> int:
    return _run(("/usr/sbin/cryptsetup", "--key-file", "-", *arguments), passphrase)


def _make_filesystem() -> int:
    options = ("-q", "-m", "0", "-L", LABEL, "-E", "lazy_itable_init=0,lazy_journal_init=0")
    return _run(("/usr/sbin/mkfs.ext4", *options, str(MAPPED)))


def _run(command: Sequence[str], typed: str = "") -> int:
    # No rules for mapped devices are on the image, so the library makes their nodes itself.
    environment = {"DM_DISABLE_UDEV": "1", "PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    ran = subprocess.run(  # noqa: S603 - fixed programs of the image
        command, input=typed.encode("ascii"), capture_output=True, env=environment, check=False
    )
    return ran.returncode


def _mount() -> Notice | None:
    try:
        FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        mount(str(MAPPED), FOLDER, "ext4", FLAGS, "errors=remount-ro")
        _lay_out()
    except OSError:
        return media.DAMAGED
    return None


def _lay_out() -> None:
    """Give the folder to the signer process; of its files the terminal reads the journal alone."""
    owner, reader = pwd.getpwnam(OWNER).pw_uid, pwd.getpwnam(READER).pw_gid
    if not JOURNAL.exists():
        descriptor = os.open(JOURNAL, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
        os.fchown(descriptor, owner, reader)
        os.fchmod(descriptor, 0o640)
        os.fsync(descriptor)
        os.close(descriptor)
    os.chown(FOLDER, owner, reader)
    FOLDER.chmod(0o750)
