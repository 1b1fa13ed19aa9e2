"""What cryptsetup is asked for, on a volume in a file: keys in slots, and the header's token."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from airlock_os.volume import luks
from airlock_os.volume.luks import LARGEST_TOKEN, VolumeFailed
from airlock_os.volume.protection import PROTECTION, is_held

from tests.image.runtime.cheap_volume import CHEAP, forge

FIRST, SECOND = "the custodian's passphrase", "the officers' key"
SIZE = 32 << 20
TOKEN = b'{"type":"airlock-volume","keyslots":["0"],"held":"%s"}'

pytestmark = pytest.mark.needs("cryptsetup")


@pytest.fixture(scope="module")
def formatted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("volume") / "image"
    with path.open("wb") as file:
        file.truncate(SIZE)
    luks.create(path, FIRST, 0, CHEAP)
    luks.add_key(path, FIRST, SECOND, 1, CHEAP)
    return path


@pytest.fixture
def volume(formatted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(formatted, tmp_path / "image"))


def test_each_key_opens_its_own_slot_and_no_other(volume: Path) -> None:
    assert luks.is_key(volume, FIRST, 0, CHEAP)
    assert luks.is_key(volume, SECOND, 1, CHEAP)
    assert not luks.is_key(volume, SECOND, 0, CHEAP)


def test_a_key_that_was_taken_away_opens_nothing(volume: Path) -> None:
    assert luks.empty_slot(volume, 0)
    assert not luks.empty_slot(volume, 0)
    assert luks.is_key(volume, SECOND, 1, CHEAP)
    with pytest.raises(VolumeFailed):
        luks.is_key(volume, FIRST, 0, CHEAP)


def test_a_key_is_added_only_by_one_that_opens_the_volume(volume: Path) -> None:
    with pytest.raises(VolumeFailed):
        luks.add_key(volume, "somebody's guess", "their key", 2, CHEAP)


def test_a_token_travels_in_the_header_and_is_replaced(volume: Path) -> None:
    assert luks.read_token(volume, CHEAP) is None
    for held in (b"aa", b"bb"):
        luks.write_token(volume, TOKEN % held)
        assert json.loads(luks.read_token(volume, CHEAP) or b"") == json.loads(TOKEN % held)


def test_a_token_that_is_no_token_or_does_not_fit_is_refused(volume: Path) -> None:
    for token in (b"no json", TOKEN % (b"aa" * LARGEST_TOKEN)):
        with pytest.raises(VolumeFailed):
            luks.write_token(volume, token)
    assert luks.read_token(volume, CHEAP) is None


def test_a_medium_that_is_no_volume_opens_by_nothing(tmp_path: Path) -> None:
    blank = tmp_path / "blank"
    blank.write_bytes(bytes(1 << 20))
    with pytest.raises(VolumeFailed):
        luks.read_token(blank, CHEAP)
    with pytest.raises(VolumeFailed):
        luks.is_key(blank, FIRST, 0, CHEAP)


def of_slot(said: dict[str, Any], **change: object) -> None:
    said["keyslots"]["0"].update(change)


def of_derivation(said: dict[str, Any], **change: object) -> None:
    said["keyslots"]["0"]["kdf"].update(change)


def of_blocks(said: dict[str, Any], **change: object) -> None:
    said["segments"]["0"].update(change)


def rename_slot(said: dict[str, Any], old: str, new: str) -> None:
    said["keyslots"][new] = said["keyslots"].pop(old)
    said["digests"]["0"]["keyslots"] = list(said["keyslots"])


SALT = "c2FsdCBvZiBhIG1lZGl1bSB0aGF0IGlzIG5vdCBvdXJz"
WEAKER = {
    "blocks in the clear": lambda said: of_blocks(said, encryption="cipher_null-ecb"),
    "blocks under another mode": lambda said: of_blocks(said, encryption="aes-cbc-plain"),
    "smaller sectors": lambda said: of_blocks(said, sector_size=512),
    "blocks whose flags are not ours": lambda said: of_blocks(said, flags=["in-reencryption"]),
    "integrity that is none": lambda said: of_blocks(said, integrity={"type": "crc32c"}),
    "a key that lies in the clear": lambda said: said["keyslots"]["0"]["area"].update(
        encryption="cipher_null-ecb"
    ),
    "one pass over the passphrase": lambda said: of_derivation(said, iterations=1),
    "more passes than a day has time for": lambda said: of_derivation(said, iterations=1 << 31),
    "all the memory there is": lambda said: of_slot(
        said, kdf={"type": "argon2id", "time": 4, "memory": 4 << 20, "cpus": 4, "salt": SALT}
    ),
    "a digest that takes for ever": lambda said: said["digests"]["0"].update(iterations=1 << 31),
    "a fifth slot": lambda said: rename_slot(said, "1", "4"),
    "a second token": lambda said: said["tokens"].update({"1": {"type": "x", "keyslots": []}}),
    "a volume that is not written safely": lambda said: said["config"].update(flags=["no-journal"]),
    "what only a later tool understands": lambda said: said["config"].update(
        requirements={"mandatory": ["something-new"]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WEAKER)
def test_a_header_that_weakens_the_volume_is_refused_before_a_key_is_tried(
    volume: Path, case: str
) -> None:
    forge(volume, dict.copy)
    assert luks.is_key(volume, FIRST, 0, CHEAP)
    forge(volume, WEAKER[case])
    with pytest.raises(VolumeFailed):
        luks.read_token(volume, CHEAP)
    with pytest.raises(VolumeFailed):
        luks.is_key(volume, FIRST, 0, CHEAP)


def test_what_a_volume_costs_here_is_no_protection_for_the_image(volume: Path) -> None:
    """What is quick enough for a test is refused where it counts: cheap slots, no integrity."""
    with pytest.raises(VolumeFailed):
        luks.read_token(volume, PROTECTION)


def header_of_the_image() -> dict[str, Any]:
    """What cryptsetup wrote into the header of a volume on the image itself, shortened."""
    area = {"type": "raw", "offset": "32768", "size": "385024", "encryption": "aes-xts-plain64"}
    stripes = {"type": "luks1", "stripes": 4000, "hash": "sha256"}
    cost = {"type": "argon2id", "time": 4, "memory": 65536, "cpus": 2, "salt": SALT}
    slot = {"type": "luks2", "key_size": 96, "af": stripes, "area": {**area, "key_size": 64}}
    integrity = {"type": "hmac(sha256)", "journal_encryption": "none", "journal_integrity": "none"}
    where = {"type": "crypt", "offset": "16777216", "size": "dynamic", "iv_tweak": "0"}
    how = {"encryption": "aes-xts-random", "sector_size": 4096, "integrity": integrity}
    told = {"type": "pbkdf2", "keyslots": ["0"], "segments": ["0"], "hash": "sha256"}
    return {
        "keyslots": {"0": {**slot, "kdf": cost}},
        "tokens": {},
        "segments": {"0": where | how},
        "digests": {"0": {**told, "iterations": 1000, "salt": SALT, "digest": SALT}},
        "config": {"json_size": "12288", "keyslots_size": "16744448"},
    }


def test_the_image_takes_its_own_header_and_none_without_integrity() -> None:
    said = header_of_the_image()
    assert is_held(said, PROTECTION)
    del said["segments"]["0"]["integrity"]
    assert not is_held(said, PROTECTION)


@pytest.mark.parametrize("change", [{"memory": 64}, {"time": 1}, {"type": "argon2i"}, {"cpus": 0}])
def test_the_image_takes_no_slot_that_is_cheaper_to_guess(change: dict[str, object]) -> None:
    said = header_of_the_image()
    of_derivation(said, **change)
    assert not is_held(said, PROTECTION)


def test_a_medium_that_answers_otherwise_the_second_time_is_opened_by_its_first_answer(
    volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header is gone from the medium before cryptsetup is asked to open it."""
    ran = luks.run

    def run_on_a_changed_medium(*arguments: Any) -> Any:
        with volume.open("r+b") as medium:
            medium.write(bytes(2 << 20))
        return ran(*arguments)

    monkeypatch.setattr(luks, "run", run_on_a_changed_medium)
    assert luks.is_key(volume, FIRST, 0, CHEAP)
