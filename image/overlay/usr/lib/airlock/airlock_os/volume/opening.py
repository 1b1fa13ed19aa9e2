"""The screen that people see at every start: what this machine is, and the volume's passphrase."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from airlock_os.identity import told_identity
from airlock_os.screen import ask, show
from airlock_os.tpm import commands
from airlock_os.tpm.commands import Exchange
from airlock_os.volume import luks
from airlock_os.volume.protection import PROTECTION, Protection

HEADING = "Open the data volume"
PLAIN_SLOT = 0
NO_FLOOR = "Rollback floor: not active for this data volume. An older image opens it, too."


@dataclass(frozen=True, slots=True)
class Machine:
    """What a program reaches of the machine it runs on: its TPM, and how volumes are made there."""

    open_tpm: Callable[[], AbstractContextManager[Exchange]] = commands.opened
    unlock: Callable[[Path, str, int, Protection], bool] = luks.unlock
    protection: Protection = PROTECTION

    def has_tpm(self) -> bool:
        """Tell whether there is a TPM to talk to."""
        try:
            with self.open_tpm():
                return True
        except commands.TpmError:
            return False


def open_plain(device: Path, machine: Machine) -> None:
    """Have a volume opened by its passphrase alone. Raises VolumeFailed."""
    unlock(device, machine, PLAIN_SLOT, NO_FLOOR, lambda passphrase: passphrase)


def unlock(
    device: Path, machine: Machine, slot: int, told: str, key_of: Callable[[str], str]
) -> None:
    """Ask for the passphrase until it is the right one. Raises VolumeFailed.

    Enter alone leads to what the machine's TPM says of it, where there is one, and back.
    """
    said = ""
    hint = ("Enter alone: the TPM says, as a QR code, which image runs.",) * machine.has_tpm()
    while True:
        request = f"{said}Its custodian types the passphrase."
        show(HEADING, *told_identity(), told, request, *hint)
        typed = ask("Passphrase: ", mask="*")
        if not typed and hint:
            _say_which_image(machine)
            said = ""
        elif machine.unlock(device, key_of(typed), slot, machine.protection):
            return
        else:
            said = "That is not the passphrase of this data volume. "


def _say_which_image(machine: Machine) -> None:
    from airlock_os.volume import quoting  # noqa: PLC0415 - loads what draws codes, which no start needs

    quoting.answer(machine.open_tpm)
