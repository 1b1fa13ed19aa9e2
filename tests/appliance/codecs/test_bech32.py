"""Bech32 and Bech32m: the public cases, and every change of a character is noticed."""

import pytest
from embit import bech32 as oracle
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import bech32
from appliance.codecs.bech32 import Variant
from appliance.errors import MalformedTransaction
from tests.shared_vectors import need, shared

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
HRPS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).map(
    str.lower
)
GROUPS = st.lists(st.integers(min_value=0, max_value=31), max_size=60).map(bytes)
VARIANTS = {"bech32": Variant.BECH32, "bech32m": Variant.BECH32M}


@given(HRPS, GROUPS, st.sampled_from(Variant))
def test_reads_what_it_writes(hrp: str, groups: bytes, variant: Variant) -> None:
    text = bech32.encode(hrp, groups, variant)
    assert bech32.decode(text) == (hrp, groups, variant)
    assert bech32.decode(text.upper()) == (hrp, groups, variant)


@given(GROUPS, st.sampled_from(Variant))
def test_writes_as_another_library_writes(groups: bytes, variant: Variant) -> None:
    number = oracle.Encoding.BECH32 if variant is Variant.BECH32 else oracle.Encoding.BECH32M
    assert bech32.encode("bc", groups, variant) == oracle.bech32_encode(number, "bc", list(groups))


@given(GROUPS, st.sampled_from(Variant), st.data())
def test_notices_every_changed_character(
    groups: bytes, variant: Variant, data: st.DataObject
) -> None:
    text = bech32.encode("bc", groups, variant)
    at = data.draw(st.integers(min_value=3, max_value=len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(text[at], "")))
    changed = text[:at] + other + text[at + 1 :]
    with pytest.raises(MalformedTransaction, match="checksum"):
        bech32.decode(changed)


@given(st.binary(max_size=40))
def test_turns_bytes_into_groups_and_back(data: bytes) -> None:
    assert bech32.bytes_from_groups(bech32.groups_from_bytes(data)) == data


@pytest.mark.parametrize(
    "groups", [b"\x01", b"\x00\x00\x01", b"\x00\x01", b"\x00" * 3, b"\x00" * 6]
)
def test_refuses_padding_that_is_not_zero_or_is_too_long(groups: bytes) -> None:
    with pytest.raises(MalformedTransaction, match="padded"):
        bech32.bytes_from_groups(groups)


@given(st.text(max_size=100))
def test_refuses_any_other_text_by_a_decode_error(text: str) -> None:
    try:
        hrp, groups, variant = bech32.decode(text)
    except MalformedTransaction:
        return
    assert bech32.encode(hrp, groups, variant) == text.lower()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bc1" + "q" * 88, "longer than 90"),
        ("Bc1qqqqqq", "mixes upper and lower"),
        ("bc1qqq\u0451qqq", "outside printable ASCII"),
        ("bc qqqqqqq", "outside printable ASCII"),
        ("qqqqqqqqq", "lacks its prefix"),
        ("bc1qqqqq", "lacks its prefix"),
        ("bc1qqqqqqb", "alphabet lacks"),
    ],
)
def test_names_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(MalformedTransaction, match=says):
        bech32.decode(text)


def test_writes_no_more_than_ninety_characters() -> None:
    with pytest.raises(MalformedTransaction, match="longer than 90"):
        bech32.encode("bc", bytes(82), Variant.BECH32)


@pytest.mark.parametrize("name", ["bech32", "bech32m"])
def test_agrees_with_the_public_cases(name: str) -> None:
    cases = shared("btc-address/bip173.jsonl") + shared("btc-address/bip350.jsonl")
    for case in need(cases):
        if case["group"] == f"valid_{name}":
            hrp, groups, variant = bech32.decode(case["string"])
            assert variant is VARIANTS[name], case["id"]
            assert bech32.encode(hrp, groups, variant) == case["string"].lower(), case["id"]
        elif case["group"] == f"invalid_{name}":
            with pytest.raises(MalformedTransaction):
                bech32.decode(case["string"])
