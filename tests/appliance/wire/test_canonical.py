"""One value, one encoding; any other encoding is refused."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire import canonical
from appliance.wire.canonical import MAX_DEPTH, Value
from appliance.wire.errors import NotCanonical
from tests.shared_vectors import need, shared

U64 = 1 << 64
scalars = st.integers(-U64, U64 - 1) | st.binary(max_size=40) | st.text(max_size=40) | st.booleans()
values: st.SearchStrategy[Value] = st.recursive(
    scalars | st.none(),
    lambda inner: (
        st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.integers(-U64, U64 - 1), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(values)
def test_decodes_what_it_encodes(value: Value) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(values)
def test_agrees_with_an_independent_encoder(value: Value) -> None:
    assert cbor2.loads(canonical.encode(value)) == _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value


@given(st.binary(max_size=60))
def test_whatever_decodes_re_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except NotCanonical:
        return
    assert canonical.encode(value) == data


@given(values, st.data())
def test_a_flipped_bit_is_refused_or_is_another_value(value: Value, data: st.DataObject) -> None:
    encoded = bytearray(canonical.encode(value))
    at = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[at // 8] ^= 1 << at % 8
    try:
        assert canonical.encode(canonical.decode(bytes(encoded))) == encoded
    except NotCanonical:
        return


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "missing"),
        ("0000", "follow"),
        ("1817", "longer than it needs"),
        ("190018", "longer than it needs"),
        ("1a00000100", "longer than it needs"),
        ("1b0000000000000001", "longer than it needs"),
        ("5f4100ff", "not used here"),
        ("9fff", "not used here"),
        ("c000", "tags"),
        ("f90000", "not used here"),
        ("f7", "simple value"),
        ("f818", "not used here"),
        ("a2010102", "announced"),
        ("a201010102", "ascending"),
        ("a202010102", "ascending"),
        ("a1616100", "not an integer"),
        ("a1f500", "not an integer"),
        ("62c328", "UTF-8"),
        ("5b7fffffffffffffff", "missing"),
        ("9b7fffffffffffffff", "announced"),
        ("bb7fffffffffffffff", "announced"),
    ],
)
def test_refuses_every_second_spelling(data: str, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        canonical.decode(bytes.fromhex(data))


def test_refuses_nesting_beyond_the_limit_and_allows_it_up_to_there() -> None:
    canonical.decode(b"\x81" * MAX_DEPTH + b"\x00")
    with pytest.raises(NotCanonical, match="deeper"):
        canonical.decode(b"\x81" * (MAX_DEPTH + 1) + b"\x00")


def test_map_keys_of_both_signs_have_one_order() -> None:
    assert canonical.encode({-7: 1, 4: 2, 1: 3}).hex() == "a30103040226" + "01"


def test_refuses_an_integer_over_64_bits() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        canonical.encode(U64)


@pytest.mark.parametrize("case", shared("cbor/malformed.jsonl"), ids=lambda case: case["id"])
def test_refuses_the_malformed_vectors(case: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(bytes.fromhex(case["hex"]))


def test_rfc_8949_examples_decode_to_their_value_or_are_outside_the_profile() -> None:
    read = 0
    for case in need(shared("cbor/rfc8949_appendix_a.jsonl")):
        try:
            value = canonical.decode(bytes.fromhex(case["hex"]))
        except NotCanonical:
            continue
        read += 1
        if "decoded" in case:
            assert _plain(value) == case["decoded"], case["id"]
    assert read >= 10
