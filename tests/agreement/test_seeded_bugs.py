"""Each reader is broken on purpose: the other one must notice (law 2)."""

from collections import Counter

import pytest

from appliance.chains.agreement import agreeing
from appliance.errors import DecodeError
from tests.agreement.bitcoin_bugs import SUBJECT as BITCOIN
from tests.agreement.ethereum_bugs import SUBJECT as ETHEREUM
from tests.agreement.seeded import (
    SAID,
    Bug,
    Kind,
    Subject,
    honest,
    network_of,
    noticed,
    refusing,
)
from tests.agreement.solana_bugs import SUBJECT as SOLANA
from tests.agreement.tron_bugs import SUBJECT as TRON

SUBJECTS = (BITCOIN, ETHEREUM, TRON, SOLANA)
BROKEN = [
    pytest.param(subject, bug, id=f"{reader} {subject.chain}: {bug.what}")
    for subject in SUBJECTS
    for reader, bugs in (("first", subject.first), ("second", subject.second))
    for bug in bugs
]
HARMLESS = [
    pytest.param(subject, bug, id=f"{subject.chain}: {bug.what}")
    for subject in SUBJECTS
    for bug in subject.missed
]
CHAINS = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.chain)


@pytest.mark.parametrize(("subject", "bug"), BROKEN)
def test_the_other_reader_notices(subject: Subject, bug: Bug) -> None:
    assert noticed(subject, bug) is not None


@pytest.mark.parametrize(("subject", "bug"), HARMLESS)
def test_nobody_notices_what_only_one_reader_states(subject: Subject, bug: Bug) -> None:
    """Where this fails, the bug has moved up among those that are noticed."""
    assert noticed(subject, bug) is None


@CHAINS
def test_each_reader_has_fifty_bugs_and_ten_misreadings(subject: Subject) -> None:
    for bugs in (subject.first, subject.second):
        assert len(bugs) >= 50
        assert sum(bug.kind is Kind.MISREADING for bug in bugs) >= 10
        assert max(Counter(bug.what for bug in bugs).values()) == 1


@CHAINS
def test_most_bugs_show_in_what_the_two_readers_say(subject: Subject) -> None:
    """Not by an accident: at most one in five merely stops its own reader."""
    for bugs in (subject.first, subject.second):
        said = (noticed(subject, bug) for bug in bugs)
        shown = sum(each in SAID for each in said)
        assert shown >= len(bugs) * 4 // 5


@CHAINS
def test_honest_readers_agree_on_every_item(subject: Subject) -> None:
    readers = honest(subject)
    for item in subject.corpus:
        both = agreeing(readers.decoder(item.registered), readers.second)
        if item.cleared:
            assert refusing(both(item.data, item.wallet)) == set(), item.name
            continue
        with pytest.raises(DecodeError):
            readers.second(item.data, network_of(item))
        try:
            assert refusing(both(item.data, item.wallet)), item.name
        except DecodeError:
            continue
