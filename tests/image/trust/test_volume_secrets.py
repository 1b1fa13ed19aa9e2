"""The data volume's key slots: machine and custodian every day, a quorum of officers once."""

from itertools import combinations

import pytest
from airlock_os.volume.keys import recovery_key, recovery_shares, volume_key

from appliance.custody.shares import Quorum
from appliance.errors import ApprovalError, QuorumShort

SECRET = bytes(range(32))
QUORUM = Quorum(3, 5)
RANDOMNESS = bytes(range(QUORUM.randomness))
SLOT, SHARES = recovery_shares(SECRET, QUORUM, b"sharing1", RANDOMNESS)


def test_it_takes_the_machine_and_the_custodian() -> None:
    key = volume_key(SECRET, "a passphrase of many words")
    assert len(key) == 64
    assert key == volume_key(SECRET, "a passphrase of many words")
    assert key != volume_key(SECRET, "a passphrase of many word")
    assert key != volume_key(SECRET[::-1], "a passphrase of many words")


@pytest.mark.parametrize("officers", list(combinations(range(5), 3)))
def test_any_quorum_of_officers_opens_the_recovery_slot(officers: tuple[int, ...]) -> None:
    assert recovery_key(tuple(SHARES[officer] for officer in officers)) == SLOT


def test_the_recovery_slot_is_no_everyday_slot() -> None:
    assert volume_key(SECRET, "") != SLOT


def test_refuses_fewer_officers_than_the_quorum() -> None:
    with pytest.raises(QuorumShort):
        recovery_key(SHARES[:2])


def test_refuses_a_share_of_another_sharing() -> None:
    _, others = recovery_shares(SECRET, QUORUM, b"sharing2", RANDOMNESS)
    with pytest.raises(ApprovalError):
        recovery_key((*SHARES[:2], others[2]))


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_refuses_a_secret_of_another_size(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        volume_key(secret, "passphrase")
