"""The officers' shares of the data volume: each opens by its own officer's passphrase alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import pytest
from airlock_os.volume import recovery_quorum
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.recovery_quorum import Recovery

from appliance.custody.shares import Share
from appliance.errors import ApprovalError, QuorumShort, WrongPassphrase

OFFICERS = tuple(f"passphrase of officer {number}" for number in (1, 2, 3))


@dataclass(frozen=True)
class Sharing:
    key: str
    recovery: Recovery
    shares: dict[int, Share]


@pytest.fixture(scope="module")
def sharing() -> Sharing:
    key, recovery = recovery_quorum.shared(OFFICERS, 2)
    shares = {n: recovery_quorum.share_of(recovery, n, OFFICERS[n - 1]) for n in (1, 2, 3)}
    return Sharing(key, recovery, shares)


@pytest.mark.parametrize("officers", list(combinations((1, 2, 3), 2)))
def test_any_quorum_makes_the_key(sharing: Sharing, officers: tuple[int, int]) -> None:
    assert recovery_quorum.key_of({n: sharing.shares[n] for n in officers}) == sharing.key


def test_one_officer_makes_no_key(sharing: Sharing) -> None:
    with pytest.raises(QuorumShort):
        recovery_quorum.key_of({1: sharing.shares[1]})


def test_an_officer_does_not_open_anothers_share(sharing: Sharing) -> None:
    with pytest.raises(WrongPassphrase):
        recovery_quorum.share_of(sharing.recovery, 1, OFFICERS[1])


@pytest.mark.parametrize("number", [-1, 0, 4])
def test_a_number_that_nobody_has_is_refused(sharing: Sharing, number: int) -> None:
    with pytest.raises(ApprovalError):
        recovery_quorum.share_of(sharing.recovery, number, OFFICERS[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda recovery: replace(recovery, shares=recovery.shares[::-1]),
        lambda recovery: replace(recovery, volume=bytes(16)),
    ],
)
def test_a_share_in_anothers_place_or_of_another_volume_is_refused(
    sharing: Sharing, change: Callable[[Recovery], Recovery]
) -> None:
    with pytest.raises(ApprovalError):
        recovery_quorum.share_of(change(sharing.recovery), 1, OFFICERS[0])


def test_a_header_that_names_another_threshold_is_refused(sharing: Sharing) -> None:
    with pytest.raises(VolumeFailed):
        recovery_quorum.share_of(replace(sharing.recovery, threshold=3), 1, OFFICERS[0])


def test_shares_of_two_sharings_make_no_key(sharing: Sharing) -> None:
    _, other = recovery_quorum.shared(OFFICERS, 2)
    foreign = recovery_quorum.share_of(other, 2, OFFICERS[1])
    with pytest.raises(VolumeFailed):
        recovery_quorum.key_of({1: sharing.shares[1], 2: foreign})


@pytest.mark.parametrize("threshold", [0, 1, 4])
def test_numbers_that_make_no_quorum_are_refused(threshold: int) -> None:
    with pytest.raises(ApprovalError):
        recovery_quorum.shared(OFFICERS, threshold)
