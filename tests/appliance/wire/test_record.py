"""Records: bounds are part of the type, and whatever decodes re-encodes to the same bytes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

import pycddl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire import canonical, record
from appliance.wire.errors import NotCanonical
from appliance.wire.record import Amount, Name
from appliance.wire.shapes import Below, Length


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Left:
    TAG: ClassVar[int] = 0
    amount: Amount


@dataclass(frozen=True, slots=True)
class Right:
    TAG: ClassVar[int] = 1
    colour: Colour
    flag: bool


@dataclass(frozen=True, slots=True)
class Sample:
    name: Name
    small: Annotated[int, Below(10)]
    blob: Annotated[bytes, Length(2, 4)]
    items: Annotated[tuple[Left | Right, ...], Length(0, 3)]
    maybe: Left | None


lefts = st.builds(Left, st.integers(0, 2**256 - 1))
rights = st.builds(Right, st.sampled_from(Colour), st.booleans())
samples = st.builds(
    Sample,
    st.text(min_size=1, max_size=16),
    st.integers(0, 9),
    st.binary(min_size=2, max_size=4),
    st.lists(lefts | rights, max_size=3).map(tuple),
    st.none() | lefts,
)
GOOD = Sample("a", 1, b"xy", (Left(0), Right(Colour.RED, flag=True)), None)


@given(samples)
def test_decodes_what_it_encodes(sample: Sample) -> None:
    assert record.decode(Sample, record.encode(sample)) == sample


@given(samples, st.data())
def test_mutated_bytes_are_refused_or_have_one_encoding(
    sample: Sample, data: st.DataObject
) -> None:
    encoded = bytearray(record.encode(sample))
    for _ in range(data.draw(st.integers(1, 3))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert record.encode(record.decode(Sample, bytes(encoded))) == encoded
    except NotCanonical:
        return


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        (0, "", "length 0"),
        (0, "x" * 65, "length 65"),
        (0, b"a", "not a text"),
        (1, 10, "below 10"),
        (1, -1, "below 10"),
        (1, True, "below 10"),
        (2, b"x", "length 1"),
        (2, "xy", "not a byte string"),
        (3, ((0, {0: b""}),) * 4, "length 4"),
        (3, ((2, {0: b""}),), "known here"),
        (3, ((True, {0: b""}),), "known here"),
        (3, ((0, {0: b"\x00\x01"}),), "minimal"),
        (3, ((0, {0: b"\x01" * 33}),), "minimal"),
        (3, ((1, {0: "green", 1: True}),), "Colour"),
        (3, ((1, {0: "red", 1: 1}),), "true or false"),
        (4, {0: b"", 1: b""}, "not a Left"),
        (4, {1: b""}, "lacks key 0"),
    ],
)
def test_refuses_what_is_out_of_bounds(key: int, value: canonical.Value, why: str) -> None:
    content = canonical.decode(record.encode(GOOD))
    assert isinstance(content, dict)
    content[key] = value
    with pytest.raises(NotCanonical, match=why):
        record.decode(Sample, canonical.encode(content))


def test_refuses_to_write_what_it_would_not_read() -> None:
    with pytest.raises(NotCanonical):
        record.encode(Sample("", 1, b"xy", (), None))
    with pytest.raises(OverflowError):
        record.encode(Left(-1))


def test_an_unbounded_type_has_no_place_on_the_wire() -> None:
    with pytest.raises(TypeError, match="no place"):
        record.shape_of(str)


def test_describes_itself_in_cddl() -> None:
    rules = "\n".join(f"{kind.__name__} = {record.cddl_of(kind)}" for kind in (Sample, Left, Right))
    schema = pycddl.Schema(rules)
    schema.validate_cbor(record.encode(GOOD))
    with pytest.raises(pycddl.ValidationError):
        schema.validate_cbor(canonical.encode({0: "a"}))
