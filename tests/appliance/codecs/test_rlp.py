"""RLP: every item has one encoding, and every other spelling is refused by name."""

import pytest
import rlp as oracle
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import rlp
from appliance.codecs.rlp import Item
from appliance.errors import MalformedTransaction
from tests.shared_vectors import need, shared

ITEMS = st.recursive(
    st.binary(max_size=70), lambda items: st.lists(items, max_size=6).map(tuple), max_leaves=20
)
NOT_CANONICAL = {
    "nothing": ("", "ends where an item should begin"),
    "trailing byte": ("8000", "1 bytes follow"),
    "trailing list": ("c0c0", "1 bytes follow"),
    "single byte with a prefix": ("8105", "written with an RLP prefix"),
    "long form of a short string": ("b801ff", "below 56 is written in the long form"),
    "long form of a short list": ("f803112233", "below 56 is written in the long form"),
    "length with a leading zero": ("b90038" + "11" * 56, "leading zeros"),
    "list length with a leading zero": ("f90038" + "11" * 56, "leading zeros"),
    "length cut off": ("b9", "ends within a length"),
    "string cut off": ("83646f", "more bytes than there are"),
    "list cut off": ("c50102", "more bytes than there are"),
    "string that leaves its list": ("c383646f67", "1 bytes beyond its list"),
    "list that leaves its list": ("c2c20102", "1 bytes beyond its list"),
    "length of 2^64 - 1": ("bf" + "ff" * 8, "more bytes than there are"),
    "list length of 2^64 - 1": ("ff" + "ff" * 8, "more bytes than there are"),
}


def as_oracle(item: Item) -> object:
    return item if isinstance(item, bytes) else [as_oracle(each) for each in item]


@pytest.mark.parametrize("name", NOT_CANONICAL)
def test_refuses_every_other_spelling_by_its_name(name: str) -> None:
    data, says = NOT_CANONICAL[name]
    with pytest.raises(MalformedTransaction, match=says):
        rlp.decode(bytes.fromhex(data))


def test_reads_lists_as_deep_as_the_bound_and_no_deeper() -> None:
    item: Item = ()
    for _ in range(rlp.MAX_DEPTH - 1):
        item = (item,)
    assert rlp.decode(rlp.encode(item)) == item
    with pytest.raises(MalformedTransaction, match="nested deeper"):
        rlp.decode(rlp.encode((item,)))


def test_ends_on_twenty_thousand_nested_lists() -> None:
    data = b""
    for _ in range(20_000):
        size = len(data)
        width = (size.bit_length() + 7) // 8
        head = bytes([0xC0 + size]) if size < 56 else bytes([0xF7 + width])
        data = head + (size.to_bytes(width, "big") if size >= 56 else b"") + data
    with pytest.raises(MalformedTransaction, match="nested deeper"):
        rlp.decode(data)


@given(ITEMS)
def test_reads_back_what_it_writes_as_the_oracle_does(item: Item) -> None:
    data = rlp.encode(item)
    assert rlp.decode(data) == item
    assert data == oracle.encode(as_oracle(item))


@given(st.binary(max_size=80))
def test_accepts_exactly_what_the_oracle_accepts(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except MalformedTransaction:
        with pytest.raises(oracle.exceptions.DecodingError):
            oracle.decode(data)
    else:
        assert as_oracle(item) == oracle.decode(data)
        assert rlp.encode(item) == data


@given(ITEMS, st.data())
def test_a_changed_byte_is_refused_or_read_as_another_item(item: Item, data: st.DataObject) -> None:
    encoded = bytearray(rlp.encode(item))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = rlp.decode(bytes(encoded))
    except MalformedTransaction:
        return
    assert changed != item
    assert rlp.encode(changed) == encoded


def test_agrees_with_the_public_vectors() -> None:
    for case in need(shared("eth-tx/rlp.jsonl")):
        data = bytes.fromhex(case["out"].removeprefix("0x"))
        if case["expect"] == "valid":
            assert rlp.encode(rlp.decode(data)) == data, case["id"]
            assert as_oracle(rlp.decode(data)) == oracle.decode(data), case["id"]
        else:
            with pytest.raises(MalformedTransaction):
                rlp.decode(data)
