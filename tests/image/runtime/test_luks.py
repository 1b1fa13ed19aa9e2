"""What cryptsetup is asked for, on a volume in a file: keys in slots, and the header's token."""

import shutil
from pathlib import Path

import pytest
from airlock_os.volume import luks
from airlock_os.volume.luks import LARGEST_TOKEN, Protection, VolumeFailed

FIRST, SECOND = "the custodian's passphrase", "the officers' key"
SIZE = 32 << 20
CHEAP = Protection(
    ("--cipher", "aes-xts-plain64"), ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
)
TOKEN = b'{"type":"airlock-volume","keyslots":["0"],"held":"%s"}'

pytestmark = pytest.mark.skipif(
    not Path("/usr/sbin/cryptsetup").exists(), reason="cryptsetup is not installed"
)


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
    assert luks.is_key(volume, FIRST, 0)
    assert luks.is_key(volume, SECOND, 1)
    assert not luks.is_key(volume, SECOND, 0)


def test_a_key_that_was_taken_away_opens_nothing(volume: Path) -> None:
    assert luks.empty_slot(volume, 0)
    assert not luks.empty_slot(volume, 0)
    assert luks.is_key(volume, SECOND, 1)
    with pytest.raises(VolumeFailed):
        luks.is_key(volume, FIRST, 0)


def test_a_key_is_added_only_by_one_that_opens_the_volume(volume: Path) -> None:
    with pytest.raises(VolumeFailed):
        luks.add_key(volume, "somebody's guess", "their key", 2, CHEAP)


def test_a_token_travels_in_the_header_and_is_replaced(volume: Path) -> None:
    assert luks.read_token(volume) is None
    for held in (b"aa", b"bb"):
        luks.write_token(volume, TOKEN % held)
        assert luks.read_token(volume) == TOKEN % held


def test_a_token_that_is_no_token_or_does_not_fit_is_refused(volume: Path) -> None:
    for token in (b"no json", TOKEN % (b"aa" * LARGEST_TOKEN)):
        with pytest.raises(VolumeFailed):
            luks.write_token(volume, token)
    assert luks.read_token(volume) is None


def test_a_medium_that_is_no_volume_opens_by_nothing(tmp_path: Path) -> None:
    blank = tmp_path / "blank"
    blank.write_bytes(bytes(1 << 20))
    assert luks.read_token(blank) is None
    with pytest.raises(VolumeFailed):
        luks.is_key(blank, FIRST, 0)
