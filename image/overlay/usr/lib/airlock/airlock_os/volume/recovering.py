"""The day that the TPM is gone: officers open the volume, and it is sealed to this machine anew."""

from pathlib import Path

from airlock_os.screen import Notice, ask, show
from airlock_os.tpm import rollback_floor
from airlock_os.tpm.commands import TpmError
from airlock_os.tpm.rollback_floor import Policy
from airlock_os.volume import asking, luks, recovery_quorum, sealing
from airlock_os.volume.floor_notices import TPM_CHANGED, notice_for
from airlock_os.volume.header_token import Held
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.opening import Machine
from airlock_os.volume.recovery_quorum import Recovery
from airlock_os.volume.sealing import Typed
from appliance.custody.shares import Share
from appliance.errors import ApprovalError

RECOVER = "recover"
HEADING = "Recovery of the data volume"
NOBODY = (
    "Undo what was changed. No recovery officers were named when this volume was made: nothing but "
    "its own machine, as it was, opens it."
)
CLEAR_FIRST = (
    "Undo what was changed; or, if it is meant to stay, switch the machine off, clear the TPM in "
    "the firmware's menu, and switch it on again. Then the recovery officers are asked."
)
SEALING = "Sealing the data volume to this machine. This takes a while."


def recovered(device: Path, held: Held, machine: Machine, policy: Policy) -> Policy | Notice:
    """Have the officers open a volume and seal it to this machine's TPM, if people say so.

    Raises VolumeFailed. Until everything has been typed, nothing is changed.
    """
    if not held.recovery:
        return _changed(NOBODY)
    if not _is_free(machine):
        return _changed(CLEAR_FIRST)
    quorum = recovery_quorum.decoded(held.recovery)
    by = _officers_key(quorum) if _is_wanted(quorum) else None
    if by is None:
        return TPM_CHANGED
    if not luks.is_key(device, by, held.recovery_slot, machine.protection):
        raise VolumeFailed("the officers' shares open another volume")
    typed = typed_anew(HEADING)
    show(HEADING, SEALING)
    try:
        with machine.open_tpm() as exchange:
            slot = sealing.next_slot(held)
            made = sealing.sealed_to(exchange, policy, typed, slot)
    except TpmError as problem:
        return notice_for(problem)
    sealing.replace(device, held, by, made, machine.protection)
    if not machine.unlock(device, made.key, made.held.slot, machine.protection):
        raise VolumeFailed("the volume does not open as it was just sealed")
    return policy


def typed_anew(heading: str) -> Typed:
    """Have the custodian and the officers choose what opens the volume from now on."""
    passphrase = asking.custodians_passphrase(heading)
    quorum = asking.recovery_quorum(heading)
    if quorum is None:
        return Typed(passphrase)
    return Typed(passphrase, asking.officers_passphrases(heading, quorum), quorum.threshold)


def _is_free(machine: Machine) -> bool:
    try:
        with machine.open_tpm() as exchange:
            return rollback_floor.is_free(exchange)
    except TpmError:
        return False


def _is_wanted(quorum: Recovery) -> bool:
    """Say what has changed, and that officers can open the volume; whether people want that."""
    way = (
        f"The recovery officers can open it: {quorum.threshold} of {len(quorum.shares)} type their "
        "passphrases, and it is sealed to this machine's TPM."
    )
    show(TPM_CHANGED.id, TPM_CHANGED.what, f"Next: {TPM_CHANGED.next}", way)
    return ask(f"Type the word {RECOVER} and press Enter: ").strip() == RECOVER


def _changed(more: str) -> Notice:
    return Notice(TPM_CHANGED.id, TPM_CHANGED.what, f"Call security. {more}")


def _officers_key(quorum: Recovery) -> str | None:
    """Have enough officers type their passphrases; None if people give up."""
    shares: dict[int, Share] = {}
    said = ""
    while len(shares) < quorum.threshold:
        given = f"{len(shares)} of {quorum.threshold} officers have typed theirs."
        show(HEADING, f"{said}{given}", "Enter alone gives up.")
        number = ask(f"Officer's number, 1 to {len(quorum.shares)}: ").strip()
        if not number:
            return None
        passphrase = ask("Passphrase: ", mask="*")
        try:
            officer = int(number) if number.isdecimal() else 0
            shares[officer] = recovery_quorum.share_of(quorum, officer, passphrase)
            said = ""
        except ApprovalError as problem:
            said = f"{str(problem)[:1].upper()}{str(problem)[1:]}. "
    return recovery_quorum.key_of(shares)
