"""Opens the data volume: LUKS2, encrypted and authenticated, so that a changed block reads as one.

Runs before the terminal, on the same screen. It asks for the volume's passphrase; a blank medium
is formatted once the word is typed. Nothing goes on until the volume is open. Each way loads only
what it needs: what people wait for at every start is the plainest of them.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import assert_never

from airlock_os.mounts import Flag, mount, unmount
from airlock_os.screen import Notice, show_notice, wait_for_enter
from airlock_os.tpm.rollback_floor import Policy
from airlock_os.volume import data_folder, luks, media, release_policy
from airlock_os.volume.data_folder import FOLDER
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.media import LABEL, Format, Open
from airlock_os.volume.opening import Machine, open_plain

MAPPED = Path("/dev/mapper") / LABEL
SECONDS_FOR_MEDIA = 10
FLAGS = (
    Flag.NO_SETUID | Flag.NO_DEVICES | Flag.NO_EXECUTION | Flag.NO_SYMLINKS | Flag.NO_ACCESS_TIMES
)


def main(_arguments: Sequence[str]) -> int:
    """Have the data volume opened and mounted, whatever it takes."""
    machine = Machine()
    while (problem := attempt(machine)) is not None:
        show_notice(problem)
        wait_for_enter("to look again")
    return 0


def attempt(machine: Machine) -> Notice | None:
    """Do what the connected media call for; what stands in the way, if anything.

    Then nothing is mounted or open, so that whoever looks again sees the medium as it is.
    """
    match media.plan(_media()):
        case Open() | Format() as wanted:
            try:
                return _with_volume(wanted, machine)
            except VolumeFailed:
                _take_back()
                return media.DAMAGED
        case Notice() as problem:
            return problem
        case unknown:
            assert_never(unknown)


def _take_back() -> None:
    with suppress(OSError):
        unmount(FOLDER)
    luks.close()


def _media() -> tuple[media.Medium, ...]:
    """The media, as soon as one is there that matters: USB takes a moment."""
    deadline = time.monotonic() + SECONDS_FOR_MEDIA
    while True:
        found = tuple(media.connected())
        if media.plan(found) is not media.MISSING or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _with_volume(wanted: Open | Format, machine: Machine) -> Notice | None:
    """Open or make the volume, mount it, and only then raise the floor. Raises VolumeFailed."""
    opened = _opened(wanted, machine) if isinstance(wanted, Open) else _formatted(wanted, machine)
    if isinstance(opened, Notice):
        return opened
    _mount()
    if opened is not None:
        _raise_floor(machine, opened)
    return None


def _opened(volume: Open, machine: Machine) -> Policy | Notice | None:
    token = luks.read_token(volume.device, machine.protection)
    if token is None:
        open_plain(volume.device, machine)
        return None
    from airlock_os.volume import header_token, sealed_opening  # noqa: PLC0415 - only for sealed ones

    held = header_token.decoded(token)
    return sealed_opening.open_sealed(volume.device, held, machine, release_policy.connected)


def _formatted(blank: Format, machine: Machine) -> Policy | Notice | None:
    from airlock_os.volume import formatting  # noqa: PLC0415 - for a first start only

    made = formatting.formatted(blank.device, blank.size, machine, release_policy.connected)
    if not isinstance(made, Notice):
        _make_filesystem()
    return made


def _raise_floor(machine: Machine, policy: Policy) -> None:
    """Go on only once earlier releases are shut out: a floor that does not rise is none."""
    from airlock_os.volume import sealed_opening  # noqa: PLC0415 - only for sealed ones

    while (problem := sealed_opening.raised(machine, policy)) is not None:
        show_notice(problem)
        wait_for_enter("to try again")


def _make_filesystem() -> None:
    options = ("-q", "-m", "0", "-L", LABEL, "-E", "lazy_itable_init=0,lazy_journal_init=0")
    if luks.run(("/usr/sbin/mkfs.ext4", *options, str(MAPPED))).returncode:
        raise VolumeFailed("the volume takes no file system")


def _mount() -> None:
    try:
        FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        mount(str(MAPPED), FOLDER, "ext4", FLAGS, "errors=remount-ro")
        data_folder.lay_out()
    except OSError as problem:
        raise VolumeFailed("the volume's file system is none, or damaged") from problem
