"""Seals a volume to this machine's TPM and to what people type, when it is made and anew later."""

import os
from dataclasses import dataclass
from pathlib import Path

from airlock_os.tpm import rollback_floor
from airlock_os.tpm.commands import Exchange
from airlock_os.tpm.rollback_floor import SECRET_SIZE, Policy
from airlock_os.volume import header_token, luks, recovery_quorum
from airlock_os.volume.header_token import SLOTS, Held
from airlock_os.volume.keys import volume_key
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.protection import Protection


@dataclass(frozen=True, slots=True)
class Typed:
    """What people typed: the custodian's passphrase, the officers', and how many it takes."""

    passphrase: str
    officers: tuple[str, ...] = ()
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class Sealing:
    """The everyday key and the officers' key, "" without officers; and what the header holds."""

    key: str
    recovery_key: str
    held: Held


def sealed_to(exchange: Exchange, policy: Policy, typed: Typed, slot: int = SLOTS[0]) -> Sealing:
    """Draw a secret and seal it to a cleared TPM under the policy of the image that runs.

    Raises OtherImage, MachineInUse, TpmError, ApprovalError. Nothing of the volume is touched.
    """
    recovery_key, recovery = "", b""
    if typed.officers:
        recovery_key, shares = recovery_quorum.shared(typed.officers, typed.threshold)
        recovery = recovery_quorum.encoded(shares)
    secret = os.urandom(SECRET_SIZE)
    sealed = rollback_floor.found(exchange, policy, secret)
    held = Held(slot, rollback_floor.encoded(sealed), recovery)
    return Sealing(volume_key(secret, typed.passphrase), recovery_key, held)


def create(device: Path, made: Sealing, protection: Protection) -> None:
    """Format a medium as a volume that is opened in these ways. Raises VolumeFailed."""
    luks.create(device, made.key, made.held.slot, protection)
    _add_recovery_key(device, made.key, made, protection)
    luks.write_token(device, header_token.encoded(made.held))


def replace(device: Path, old: Held, by: str, made: Sealing, protection: Protection) -> None:
    """Have a volume opened in new ways and no longer in the old ones; `by` is the officers' key.

    Whatever ends this halfway, either the old quorum or the new ways open the volume. Raises
    VolumeFailed.
    """
    for slot in (made.held.slot, made.held.recovery_slot):
        luks.empty_slot(device, slot)
    luks.add_key(device, by, made.key, made.held.slot, protection)
    _add_recovery_key(device, by, made, protection)
    luks.write_token(device, header_token.encoded(made.held))
    for slot in (old.recovery_slot, old.slot):
        if not luks.empty_slot(device, slot):
            raise VolumeFailed("an old key of the volume does not go away")


def next_slot(old: Held) -> int:
    """Return where the everyday key goes when a volume is sealed anew."""
    return next(slot for slot in SLOTS if slot != old.slot)


def _add_recovery_key(device: Path, by: str, made: Sealing, protection: Protection) -> None:
    if made.recovery_key:
        luks.add_key(device, by, made.recovery_key, made.held.recovery_slot, protection)
