"""Makes a blank medium the data volume: sealed to this machine's TPM wherever that can be."""

from pathlib import Path

from airlock_os.identity import told_identity
from airlock_os.screen import Notice, ask, show
from airlock_os.tpm.commands import TpmError
from airlock_os.tpm.rollback_floor import Policy, is_free
from airlock_os.volume import asking, luks, media
from airlock_os.volume.floor_notices import TPM_IN_USE, notice_for
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.opening import PLAIN_SLOT, Machine
from airlock_os.volume.sealed_opening import FindPolicy

HEADING = "First start"
WARNING = (
    "If this appliance has worked before, its data volume is not the one that is connected: switch "
    "the machine off and find it."
)
WRITING = "Formatting: every block is written once. This takes a while."


def formatted(
    device: Path, size: int, machine: Machine, find_policy: FindPolicy
) -> Policy | Notice | None:
    """Have a blank medium become the data volume, open, if people say so.

    The policy that it is sealed under, None for a volume without a floor. Raises VolumeFailed.
    """
    try:
        policy = find_policy() if machine.has_tpm() else None
        if policy is not None:
            with machine.open_tpm() as exchange:
                if not is_free(exchange):
                    return TPM_IN_USE
    except TpmError as problem:
        return notice_for(problem)
    if not _is_wanted(device, size, _floor(machine, policy)):
        return media.LEFT_BLANK
    if policy is not None:
        return _sealed(device, machine, policy)
    _plain(device, machine)
    return None


def _is_wanted(device: Path, size: int, floor: str) -> bool:
    offer = (
        f"The medium {device.name}, {size >> 20:,} MiB, is blank. It can become the data volume: "
        "the journal and the sealed shares will be on it, encrypted."
    )
    show(HEADING, *told_identity(), offer, floor, WARNING)
    return ask("Type the word format and press Enter: ").strip() == "format"


def _floor(machine: Machine, policy: Policy | None) -> str:
    if policy is not None:
        return (
            "Rollback floor: active. The volume is sealed to this machine's TPM; this image is "
            f"release number {policy.number}."
        )
    lacking = "the image comes without its owner's approval"
    if not machine.has_tpm():
        lacking = "no TPM answers"
    return (
        f"Rollback floor: not active on this machine, {lacking}. A passphrase alone will open the "
        "volume, on older images too."
    )


def _plain(device: Path, machine: Machine) -> None:
    passphrase = asking.custodians_passphrase(HEADING)
    show(HEADING, WRITING)
    luks.create(device, passphrase, PLAIN_SLOT, machine.protection)
    _unlock(device, machine, passphrase, PLAIN_SLOT)


def _sealed(device: Path, machine: Machine, policy: Policy) -> Policy | Notice:
    from airlock_os.volume import recovering, sealing  # noqa: PLC0415 - loads ciphers

    typed = recovering.typed_anew(HEADING)
    show(HEADING, WRITING)
    try:
        with machine.open_tpm() as exchange:
            made = sealing.sealed_to(exchange, policy, typed)
    except TpmError as problem:
        return notice_for(problem)
    sealing.create(device, made, machine.protection)
    _unlock(device, machine, made.key, made.held.slot)
    return policy


def _unlock(device: Path, machine: Machine, key: str, slot: int) -> None:
    if not machine.unlock(device, key, slot, machine.protection):
        raise VolumeFailed("the volume does not open as it was just made")
