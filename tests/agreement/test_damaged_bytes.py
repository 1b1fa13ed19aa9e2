"""Whatever happens to bytes on their way, the two readers never state different things of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.chains.agreement import agreeing
from appliance.errors import DecodeError
from appliance.model.rule import Rule
from tests.agreement.seeded import Item, Subject, honest, refusing
from tests.agreement.test_seeded_bugs import SUBJECTS

SMALL = 1_500
"""Bytes of what is damaged here: in larger ones hardly anything falls on what is read."""


@st.composite
def damages(draw: st.DrawFn, items: tuple[Item, ...]) -> Item:
    """An item with a bit flipped, some bytes replaced, or a piece of another in its place."""
    item, other = draw(st.sampled_from(items)), draw(st.sampled_from(items))
    data = bytearray(item.data)
    at = draw(st.integers(0, len(data)))
    match draw(st.sampled_from(("bit", "bytes", "piece", "nothing"))):
        case "bit" if at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        case "bytes":
            data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
        case "piece":
            begin = draw(st.integers(0, len(other.data)))
            width = draw(st.integers(0, 40))
            data[at : at + width] = other.data[begin : begin + width]
        case _:
            pass
    return Item("damaged", bytes(data), item.registered, item.wallet)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.chain)
@given(data=st.data())
@settings(max_examples=300)
def test_no_damage_makes_the_readers_disagree(subject: Subject, data: st.DataObject) -> None:
    small = tuple(item for item in subject.corpus if len(item.data) < SMALL)
    item = data.draw(damages(small))
    readers = honest(subject)
    try:
        both = agreeing(readers.decoder(item.registered), readers.second)(item.data, item.wallet)
    except DecodeError:
        return
    assert Rule.READERS_DISAGREE.value not in refusing(both)
