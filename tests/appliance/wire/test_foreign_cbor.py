"""CBOR of other wallets: tags and any keys, and no other liberty."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import MalformedTransaction
from appliance.wire import canonical
from appliance.wire.foreign_cbor import Tagged, decode
from tests.shared_vectors import shared


def test_tags_and_texts_as_keys_are_read() -> None:
    assert decode(bytes.fromhex("d82541ff")) == Tagged(37, b"\xff")
    assert decode(bytes.fromhex("a2 01 f5 61 61 82 20 f6")) == {1: True, "a": (-1, None)}


@pytest.mark.parametrize("case", shared("cbor/malformed.jsonl"), ids=lambda case: case["id"])
def test_published_malformed_values_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(MalformedTransaction):
        decode(bytes.fromhex(case["hex"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1801",
        "190001",
        "5800",
        "d81700",
        "9f00ff",
        "5f4100ff",
        "f90000",
        "fa00000000",
        "f7",
        "f0",
        "ff",
        "a201000100",
        "a202000100",
        "a1f500",
        "a1410000",
        "a1820000",
        "0000",
        "61ff",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "5bffffffffffffffff00",
        "81" * 17 + "00",
        "c1" * 17 + "00",
        "992711" + "00" * 10001,
    ],
)
def test_what_is_not_deterministic_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(MalformedTransaction):
        decode(bytes.fromhex(text))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.binary() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.integers(-50, 1 << 20), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_everything_canonical_is_read_the_same(value: canonical.Value) -> None:
    assert decode(canonical.encode(value)) == value


@given(st.binary(max_size=80))
def test_junk_raises_nothing_else(data: bytes) -> None:
    with suppress(MalformedTransaction):
        decode(data)
