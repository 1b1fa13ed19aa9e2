import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from image import places
from image.errors import LockError
from image.inputs import lock, wanted
from image.inputs.lock import Lock


def test_reads_back_what_it_writes(small_lock: Lock) -> None:
    assert lock.parse(lock.serialize(small_lock)) == small_lock


def test_dates_everything_by_the_newest_release(small_lock: Lock) -> None:
    assert small_lock.snapshot == "2026-11-01T10:20:30Z"
    assert small_lock.epoch == 1793528430


def test_gives_a_package_a_line_of_its_own(small_lock: Lock) -> None:
    lines = lock.serialize(small_lock).splitlines()
    assert sum('"name": "alpha"' in line for line in lines) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"pool/main/a/alpha', '"https://mirror.example/pool/main/a/alpha'),
        ('"pool/main/a/alpha', '"../pool/main/a/alpha'),
        ('"size": 3', '"size": 0'),
        ('"size": 3', '"size": "3"'),
        ('"size": 3', '"size": true'),
        ('"format": 1', '"format": 2'),
        ('"architecture": "amd64"', '"architecture": "arm64"'),
        ('"alpha"', '"Alpha"'),
        ('"root": ["alpha"]', '"root": []'),
        ('"root": ["alpha"]', '"root": ["alpha", "beta"]'),
        ('"snapshot"', '"other"'),
        ("\n}", "\n} "),
        ("[\n", "[ \n"),
        ('"name": "alpha"', '"name": "alpha", "name": "alpha"'),
        ("2026-11-01T10:20:30Z", "yesterday"),
        ("2026-11-01T10:20:30Z", "2026-13-01T10:20:30Z"),
        ("2026-11-01T10:20:30Z", "1979-11-01T10:20:30Z"),
        ("pool/main/a/alpha", "pool/../../a/alpha"),
    ],
)
def test_refuses_any_other_text(small_lock: Lock, old: str, new: str) -> None:
    text = lock.serialize(small_lock)
    changed = text.replace(old, new, 1) if old in text else text + new
    with pytest.raises(LockError):
        lock.parse(changed)


def test_refuses_a_name_twice_of_which_a_review_would_show_one(small_lock: Lock) -> None:
    other = replace(small_lock.packages[0], version="2.0")
    with pytest.raises(LockError, match="twice"):
        lock.parse(lock.serialize(replace(small_lock, packages=(*small_lock.packages, other))))
    wheels = (*small_lock.wheels, replace(small_lock.wheels[0], version="2.0"))
    with pytest.raises(LockError, match="twice"):
        lock.parse(lock.serialize(replace(small_lock, wheels=wheels)))


def test_a_lock_with_other_line_ends_is_another_file(small_lock: Lock, tmp_path: Path) -> None:
    text = lock.serialize(small_lock)
    (tmp_path / "lock").write_bytes(text.encode())
    assert lock.read(tmp_path / "lock") == (small_lock, sha256(text.encode()).hexdigest())
    (tmp_path / "lock").write_bytes(text.replace("\n", "\r\n").encode())
    with pytest.raises(LockError):
        lock.read(tmp_path / "lock")


def test_refuses_what_is_no_lock(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", "null", "{" * 10_000):
        with pytest.raises((LockError, RecursionError)):
            lock.parse(text)
    with pytest.raises(LockError):
        lock.read(tmp_path / "absent")


def test_the_committed_lock_is_what_the_request_asks_for() -> None:
    committed, _ = lock.read(places.LOCK)
    asked = wanted.read(places.WANTED)
    for name, each in asked.sets.items():
        held = set(committed.sets[name]) | set(committed.sets["root"] if name == "demo" else ())
        assert set(each.names) <= held
        assert not each.without & set(committed.sets[name])
    assert {wheel.name for wheel in committed.wheels} == set(asked.wheels)


def test_no_committed_file_names_a_host() -> None:
    for path in places.IMAGE.glob("*"):
        if path.suffix in {".json", ".toml", ".config"}:
            assert "://" not in path.read_text("utf-8")


def test_the_request_is_strict() -> None:
    text = places.WANTED.read_text("utf-8")
    assert wanted.parse(text).sets["fonts"].alone
    for broken in (text.replace("[set.demo]", "[set.other]"), text + "\n[more]\n", "a = ["):
        with pytest.raises(LockError):
            wanted.parse(broken)
    with pytest.raises(LockError, match="sorted"):
        wanted.parse(text.replace('["softhsm2"]', '["softhsm2", "aardvark"]'))


def test_a_lock_is_json_for_whoever_wants_to_read_it(small_lock: Lock) -> None:
    assert json.loads(lock.serialize(small_lock))["sets"]["root"] == ["alpha"]


def test_refuses_brackets_by_the_thousand() -> None:
    with pytest.raises(LockError, match="not JSON"):
        lock.parse("[" * 100_000)
