"""Opens a volume that is sealed to this machine's TPM, for an image that is approved."""

from collections.abc import Callable
from pathlib import Path

from airlock_os.screen import Notice
from airlock_os.tpm import rollback_floor
from airlock_os.tpm.commands import Exchange, TpmError
from airlock_os.tpm.rollback_floor import OtherMachine, Policy
from airlock_os.volume.floor_notices import FLOOR_NOT_RAISED, IMAGE_NOT_APPROVED, notice_for
from airlock_os.volume.header_token import Held
from airlock_os.volume.keys import volume_key
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.opening import Machine, unlock

FindPolicy = Callable[[], Policy | None]


def open_sealed(
    device: Path, held: Held, machine: Machine, find_policy: FindPolicy
) -> Policy | Notice:
    """Have a sealed volume opened, or say what stands in the way; the policy it was opened under.

    The TPM is asked before people are: where it keeps its half, no passphrase is typed in vain.
    Raises VolumeFailed.
    """
    try:
        policy = find_policy()
    except TpmError as problem:
        return notice_for(problem)
    if policy is None:
        return IMAGE_NOT_APPROVED
    try:
        with machine.open_tpm() as exchange:
            secret = secret_of(exchange, policy, held)
    except OtherMachine:
        from airlock_os.volume import recovering  # noqa: PLC0415 - loads ciphers, for a rare day only

        return recovering.recovered(device, held, machine, policy)
    except TpmError as problem:
        return notice_for(problem)
    told = f"Rollback floor: active. This image is release number {policy.number}."
    unlock(device, machine, held.slot, told, lambda passphrase: volume_key(secret, passphrase))
    return policy


def secret_of(exchange: Exchange, policy: Policy, held: Held) -> bytes:
    """Return the TPM's half of the everyday key.

    Raises OlderRelease, OtherImage, OtherMachine, TpmError; VolumeFailed for what was never sealed.
    """
    try:
        sealed = rollback_floor.decoded(held.sealed)
    except TpmError as problem:
        raise VolumeFailed("the volume's token holds nothing sealed") from problem
    return rollback_floor.unsealed(exchange, policy, sealed)


def raised(machine: Machine, policy: Policy) -> Notice | None:
    """Shut out every release before this one, now that it has opened the volume."""
    try:
        with machine.open_tpm() as exchange:
            rollback_floor.raise_floor(exchange, policy)
    except TpmError:
        return FLOOR_NOT_RAISED
    return None
