"""The journal: what is written follows, what is altered is named, what is cut off is noticed."""

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance import signing
from appliance.errors import HsmError, JournalBroken, JournalError
from appliance.journal.file import MAGIC, JournalFile, read_entries, read_history
from appliance.journal.fold import fold
from appliance.journal.verify import Consistent, Verified, verify_journal
from appliance.model.entry import Noted, ResponseShown, SessionEnded, SignaturesRecorded
from appliance.wire.messages import Audience
from appliance.wire.words import words_of
from tests.appliance.software import SoftwareAppliance, found
from tests.hostile_coordinator import NOW


@pytest.fixture
def appliance(tmp_path: Path) -> SoftwareAppliance:
    return found(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def signed_journal(appliance: SoftwareAppliance, path: Path) -> bytes:
    appliance.sign(appliance.coordinator.honest())
    return path.read_bytes()


def test_what_another_process_reads_is_what_was_written(
    appliance: SoftwareAppliance, path: Path
) -> None:
    signed_journal(appliance, path)
    assert read_history(path) == appliance.journal.history()
    assert fold(read_entries(path.read_bytes())) == appliance.journal.history()


def test_a_journal_opened_again_goes_on(appliance: SoftwareAppliance, path: Path) -> None:
    signed_journal(appliance, path)
    before = appliance.journal.history()
    appliance.journal.close()
    again = JournalFile(path, lambda: NOW + 1)
    assert again.history() == before
    again.append(SessionEnded())
    assert again.head.index == before.head.index + 1
    assert read_history(path).head == again.head


def test_only_one_process_may_write(appliance: SoftwareAppliance, path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be opened"):
        JournalFile(path, lambda: NOW)


def test_verifies_against_an_hsm_signed_head(appliance: SoftwareAppliance, path: Path) -> None:
    data = signed_journal(appliance, path)
    assert isinstance(verify_journal(data, deep=True), Verified)


def test_is_only_consistent_behind_the_last_signed_head(
    appliance: SoftwareAppliance, path: Path
) -> None:
    signed_journal(appliance, path)
    appliance.journal.append(ResponseShown(bytes(32), "qr"))
    found_so = verify_journal(path.read_bytes())
    assert isinstance(found_so, Consistent)
    assert found_so.unsigned == 1
    audience = Audience.of(appliance.genesis)
    signing.anchor(audience, appliance.hsm, appliance.journal)
    assert isinstance(verify_journal(path.read_bytes()), Verified)


def test_verifies_against_an_expected_head_in_hex_or_words(
    appliance: SoftwareAppliance, path: Path
) -> None:
    signed_journal(appliance, path)
    appliance.journal.append(SessionEnded())
    data, head = path.read_bytes(), appliance.journal.head
    assert isinstance(verify_journal(data, head.digest.hex()), Verified)
    assert isinstance(verify_journal(data, " ".join(words_of(head.digest))), Verified)
    for wrong in ("00" * 32, " ".join(words_of(bytes(32))), " ".join(words_of(head.digest, 4))):
        with pytest.raises(JournalBroken, match="expected head"):
            verify_journal(data, wrong)


def test_a_cut_tail_is_consistent_and_never_verified_against_the_real_head(
    appliance: SoftwareAppliance, path: Path
) -> None:
    data = signed_journal(appliance, path)
    head = appliance.journal.head.digest.hex()
    ends = [len(MAGIC) + at for at in _ends(data)]
    for end in ends[:-1]:
        assert not isinstance(verify_journal(data[:end]), Verified) or end == ends[-1]
        with pytest.raises(JournalBroken):
            verify_journal(data[:end], head)


def _ends(data: bytes) -> list[int]:
    ends, at = [], 0
    body = data[len(MAGIC) :]
    while at < len(body):
        at += 4 + int.from_bytes(body[at : at + 4], "big")
        ends.append(at)
    return ends


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(choice=st.data())
def test_a_flipped_bit_anywhere_is_named(
    tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    data = bytearray(_finished(tmp_path_factory))
    at = choice.draw(st.integers(0, 8 * len(data) - 1))
    data[at // 8] ^= 1 << at % 8
    with pytest.raises(JournalBroken):
        verify_journal(bytes(data), deep=True)


_DONE: list[bytes] = []


def _finished(factory: pytest.TempPathFactory) -> bytes:
    if not _DONE:
        folder = factory.mktemp("finished")
        _DONE.append(signed_journal(found(folder), folder / "journal"))
    return _DONE[0]


def test_dropped_and_swapped_entries_are_named(appliance: SoftwareAppliance, path: Path) -> None:
    data = signed_journal(appliance, path)
    starts = [0, *_ends(data)]
    entries = [data[len(MAGIC) :][a:b] for a, b in pairwise(starts)]
    for n in range(1, len(entries) - 1):
        dropped = MAGIC + b"".join(entries[:n] + entries[n + 1 :])
        with pytest.raises(JournalBroken, match=f"entry {n} "):
            verify_journal(dropped)
        swapped = [*entries[:n], entries[n + 1], entries[n], *entries[n + 2 :]]
        with pytest.raises(JournalBroken, match=f"entry {n} "):
            verify_journal(MAGIC + b"".join(swapped))


def test_a_torn_last_entry_is_cut_off_and_noted(appliance: SoftwareAppliance, path: Path) -> None:
    data = signed_journal(appliance, path)
    head = appliance.journal.head
    appliance.journal.append(SessionEnded())
    appliance.journal.close()
    whole = path.read_bytes()
    for kept in range(len(data) + 1, len(whole)):
        path.write_bytes(whole[:kept])
        assert read_history(path).head == head
        with pytest.raises(JournalBroken, match="cut short"):
            verify_journal(whole[:kept])
        opened = JournalFile(path, lambda: NOW)
        assert opened.holds(head)
        assert opened.head.index == head.index + 1
        opened.close()
        noted = list(read_entries(path.read_bytes()))[-1].body
        assert isinstance(noted, Noted)
        assert noted.rule == "JOURNAL-TAIL"


def test_an_unfinished_beginning_is_begun_again(path: Path) -> None:
    for kept in range(len(MAGIC)):
        path.write_bytes(MAGIC[:kept])
        JournalFile(path, lambda: NOW).close()
        assert path.read_bytes() == MAGIC


def test_a_file_that_is_no_journal_is_left_alone(path: Path) -> None:
    path.write_bytes(b"something else entirely")
    with pytest.raises(JournalBroken, match="does not begin"):
        JournalFile(path, lambda: NOW)
    assert path.read_bytes() == b"something else entirely"


def test_an_announced_length_is_never_allocated() -> None:
    with pytest.raises(JournalBroken, match="announces"):
        list(read_entries(MAGIC + b"\xff\xff\xff\xff"))


def test_a_full_disk_loses_nothing_and_says_so(
    appliance: SoftwareAppliance, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signed_journal(appliance, path)
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, text: real(file, text[: len(text) // 2]))
    with pytest.raises(JournalError, match="full"):
        appliance.journal.append(SessionEnded())
    monkeypatch.undo()
    assert path.read_bytes() == data
    appliance.journal.append(SessionEnded())
    verify_journal(path.read_bytes())


def test_signatures_that_nobody_intended_break_the_journal(
    appliance: SoftwareAppliance, path: Path
) -> None:
    data = signed_journal(appliance, path)
    entries = list(read_entries(data))
    at = next(n for n, entry in enumerate(entries) if isinstance(entry.body, SignaturesRecorded))
    body = entries[at].body
    assert isinstance(body, SignaturesRecorded)
    forged = replace(body, transactions=body.transactions[:-1])
    with pytest.raises(JournalBroken, match="other digests"):
        fold([*entries[:at], replace(entries[at], body=forged)])
    unplanned = replace(entries[at], index=1, previous=entries[0].digest)
    with pytest.raises(JournalBroken, match="nobody intended"):
        fold([entries[0], unplanned])


def test_time_never_goes_back(appliance: SoftwareAppliance, path: Path) -> None:
    appliance.journal.close()
    opened = JournalFile(path, lambda: NOW - 1000)
    opened.append(SessionEnded())
    assert read_history(path).time == NOW


def test_an_interrupted_batch_is_told_from_a_finished_one(
    appliance: SoftwareAppliance, path: Path
) -> None:
    appliance.hsm.fail_after = 1
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    unfinished = read_history(path).unfinished
    assert unfinished is not None
    assert unfinished.intent.batch == "B1"
    assert not unfinished.signatures
