import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire.words import words_of


def test_first_and_last_word_of_the_list() -> None:
    assert words_of(b"\x00\x3f\xf0", 2) == ("academic", "zero")


def test_thirteen_words_by_default() -> None:
    assert len(words_of(bytes(32))) == 13


@given(st.binary(min_size=32, max_size=32), st.integers(0, 129))
def test_any_of_the_first_130_bits_changes_exactly_one_word(digest: bytes, bit: int) -> None:
    flipped = (int.from_bytes(digest, "big") ^ (1 << (255 - bit))).to_bytes(32, "big")
    changes = [a != b for a, b in zip(words_of(digest), words_of(flipped), strict=True)]
    assert [i for i, changed in enumerate(changes) if changed] == [bit // 10]


@pytest.mark.parametrize("count", [0, -1, 26])
def test_refuses_a_count_that_the_digest_cannot_fill(count: int) -> None:
    with pytest.raises(ValueError, match="do not make"):
        words_of(bytes(32), count)
