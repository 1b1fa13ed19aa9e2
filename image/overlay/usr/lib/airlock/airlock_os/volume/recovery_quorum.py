"""The officers' way to the data volume, for the day its TPM is gone: M of N shares of one secret.

Each share is sealed to its officer's passphrase, as the shares of the HSM's PINs are, and lies in
the volume's own header: it outlives the mainboard and takes no open volume to read. Officers have
numbers there and no names, because a header is read by whoever finds the medium.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from airlock_os.volume.keys import recovery_key, recovery_shares
from airlock_os.volume.luks import VolumeFailed
from appliance.custody.sealing import (
    LEAST_COST,
    NONCE_SIZE,
    SALT_SIZE,
    SealBinding,
    SealedSecret,
    SealPurpose,
    SealRandomness,
    seal,
    unseal,
)
from appliance.custody.shares import MAX_HOLDERS, SECRET_SIZE, Quorum, Share
from appliance.errors import ApprovalError, QuorumShort
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.shapes import Below, Length
from appliance.wire.terms import Realm

SUBJECT = "data volume"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The sealed shares in the officers' order, and how many it takes.

    `volume` is drawn for one sharing and stands for the appliance, which is founded only later.
    """

    volume: Annotated[bytes, Length(16, 16)]
    threshold: Annotated[int, Below(MAX_HOLDERS + 1)]
    shares: Annotated[tuple[SealedSecret, ...], Length(2, MAX_HOLDERS)]


def shared(passphrases: Sequence[str], threshold: int) -> tuple[str, Recovery]:
    """Draw a secret; what the volume's recovery slot takes, and a share sealed to each officer.

    Raises ApprovalError for numbers that make no quorum, or a weak passphrase.
    """
    quorum = Quorum(threshold, len(passphrases))
    volume, sharing = os.urandom(16), os.urandom(8)
    drawn = os.urandom(SECRET_SIZE), os.urandom(quorum.randomness)
    key, shares = recovery_shares(drawn[0], quorum, sharing, drawn[1])
    sealed = tuple(
        _sealed(share, passphrase, volume)
        for share, passphrase in zip(shares, passphrases, strict=True)
    )
    return key, Recovery(volume, threshold, sealed)


def share_of(recovery: Recovery, officer: int, passphrase: str) -> Share:
    """Return an officer's share; they count from 1.

    Raises WrongPassphrase, ApprovalError for a number that nobody has, VolumeFailed for what is
    no share.
    """
    if not 1 <= officer <= len(recovery.shares):
        raise ApprovalError(f"the officers' numbers are 1 to {len(recovery.shares)}")
    held = recovery.shares[officer - 1]
    body = unseal(held, passphrase, _binding(officer, recovery.volume))
    try:
        share = record.decode(Share, body)
    except NotCanonical as problem:
        raise VolumeFailed("what is sealed to an officer is no share") from problem
    if share.index != officer - 1 or share.threshold != recovery.threshold:
        raise VolumeFailed("what is sealed to an officer is another's share")
    return share


def key_of(shares: Mapping[int, Share]) -> str:
    """Return what the recovery slot takes. Raises QuorumShort; VolumeFailed for a wrong share."""
    try:
        return recovery_key(tuple(shares.values()))
    except QuorumShort:
        raise
    except ApprovalError as problem:
        raise VolumeFailed("the officers' shares do not fit together") from problem


def encoded(recovery: Recovery) -> bytes:
    """Return the shares as a volume's token holds them."""
    return record.encode(recovery)


def decoded(body: bytes) -> Recovery:
    """Read what a volume's token holds. Raises VolumeFailed.

    A cost that nobody here has asked for is refused before any of it is paid.
    """
    try:
        recovery = record.decode(Recovery, body)
        Quorum(recovery.threshold, len(recovery.shares))
    except (NotCanonical, ApprovalError) as problem:
        raise VolumeFailed("the volume's token holds no quorum") from problem
    if any(held.cost != LEAST_COST for held in recovery.shares):
        raise VolumeFailed("the volume's token asks for more than a share costs")
    return recovery


def _sealed(share: Share, passphrase: str, volume: bytes) -> SealedSecret:
    randomness = SealRandomness(os.urandom(SALT_SIZE), os.urandom(NONCE_SIZE))
    binding = _binding(share.index + 1, volume)
    return seal(record.encode(share), passphrase, binding, randomness)


def _binding(officer: int, volume: bytes) -> SealBinding:
    purpose = SealPurpose.VOLUME_RECOVERY_SHARE
    return SealBinding(purpose, f"officer {officer}", volume, Realm.PRODUCTION, SUBJECT)
