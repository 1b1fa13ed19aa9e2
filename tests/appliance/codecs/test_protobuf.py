"""The canonical subset of Protocol Buffers, against Google's own encoder."""

from typing import Any

import pytest
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import protobuf
from appliance.codecs.protobuf import Field, Message, Scalar, Values
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction

INNER = Message("Inner", (Field(1, "number", Scalar.INT64), Field(2, "data", Scalar.BYTES)))
SAMPLE = Message(
    "Sample",
    (
        Field(1, "large", Scalar.INT64),
        Field(2, "small", Scalar.INT32),
        Field(3, "flag", Scalar.BOOL),
        Field(4, "data", Scalar.BYTES),
        Field(5, "text", Scalar.STRING),
        Field(17, "inner", INNER),
        Field(18, "several", Scalar.BYTES, repeated=True),
        Field(3000, "inners", INNER, repeated=True),
    ),
)
NOTHING = (0, 0, False, b"", "", None, (), ())

_TYPE = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    Scalar.INT64: _TYPE.TYPE_INT64,
    Scalar.INT32: _TYPE.TYPE_INT32,
    Scalar.BOOL: _TYPE.TYPE_BOOL,
    Scalar.BYTES: _TYPE.TYPE_BYTES,
    Scalar.STRING: _TYPE.TYPE_STRING,
}


def _oracle() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="o.proto", package="o", syntax="proto3")
    for message in (INNER, SAMPLE):
        declared = file.message_type.add(name=message.name)
        for each in message.fields:
            label = _TYPE.LABEL_REPEATED if each.repeated else _TYPE.LABEL_OPTIONAL
            one = declared.field.add(name=each.name, number=each.number, label=label)
            if isinstance(each.kind, Scalar):
                one.type = _TYPES[each.kind]
            else:
                one.type, one.type_name = _TYPE.TYPE_MESSAGE, f".o.{each.kind.name}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("o.Sample"))


ORACLE = _oracle()


def by_oracle(values: Values) -> bytes:
    fields: dict[str, Any] = {}
    for each, value in zip(SAMPLE.fields, values, strict=True):
        if each.kind is INNER and value is not None:
            made = [
                dict(zip(("number", "data"), item, strict=True))
                for item in (value if each.repeated else (value,))
            ]
            fields[each.name] = made if each.repeated else made[0]
        elif value is not None:
            fields[each.name] = value
    data: bytes = ORACLE(**fields).SerializeToString(deterministic=True)
    return data


int64 = st.integers(-(1 << 63), (1 << 63) - 1)
inner = st.tuples(int64, st.binary(max_size=200))
samples = st.tuples(
    int64,
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.booleans(),
    st.binary(max_size=300),
    st.text(max_size=50),
    st.none() | inner,
    st.lists(st.binary(max_size=5), max_size=4).map(tuple),
    st.lists(inner, max_size=3).map(tuple),
)


@given(samples)
def test_writes_and_reads_what_the_common_serializer_writes(values: Values) -> None:
    data = by_oracle(values)
    assert protobuf.encode(SAMPLE, values) == data
    assert protobuf.decode(SAMPLE, data) == values
    assert protobuf.interpret(SAMPLE, data) == values


@given(st.binary(max_size=60))
def test_reads_nothing_that_it_would_not_write(data: bytes) -> None:
    try:
        values = protobuf.decode(SAMPLE, data)
    except DecodeError:
        return
    assert protobuf.encode(SAMPLE, values) == data


@given(samples, st.data())
def test_a_changed_byte_is_refused_or_means_something_else(
    values: Values, data: st.DataObject
) -> None:
    encoded = bytearray(by_oracle(values))
    if not encoded:
        return
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = protobuf.decode(SAMPLE, bytes(encoded))
    except DecodeError:
        return
    assert changed != values
    assert protobuf.encode(SAMPLE, changed) == encoded


@given(st.binary(max_size=60))
def test_takes_loosely_only_what_the_common_parser_takes_too(data: bytes) -> None:
    try:
        values = protobuf.interpret(SAMPLE, data)
    except MalformedTransaction:
        return
    read = ORACLE.FromString(data)
    assert (read.large, read.small, read.flag, read.data, read.text) == values[:5]


def test_nothing_is_a_message_of_defaults() -> None:
    assert protobuf.decode(SAMPLE, b"") == NOTHING
    assert protobuf.encode(SAMPLE, NOTHING) == b""


LOOSE: dict[str, tuple[str, str, dict[int, Any]]] = {
    "a zero written": ("0800", "default value", {}),
    "no bytes written": ("2200", "default value", {}),
    "no text written": ("2a00", "default value", {}),
    "false written": ("1800", "default value", {}),
    "a padded number": ("088100", "more bytes than it needs", {0: 1}),
    "a padded length": ("22810041", "more bytes than it needs", {3: b"A"}),
    "a padded tag": ("888000" + "01", "more bytes than it needs", {0: 1}),
    "fields out of order": ("10010801", "large out of order", {0: 1, 1: 1}),
    "a repeated field out of order": ("920101410801", "large out of order", {0: 1, 6: (b"A",)}),
    "another truth": ("1802", "neither true nor false", {2: True}),
    "32 bits in five bytes": ("10ffffffff0f", "32 bits", {1: -1}),
    "more than 32 bits": ("108080808010", "32 bits", {1: 0}),
}


@pytest.mark.parametrize("name", LOOSE)
def test_refuses_other_encodings_of_the_same(name: str) -> None:
    data, says, changes = LOOSE[name]
    encoded = bytes.fromhex(data)
    with pytest.raises(MalformedTransaction, match=says):
        protobuf.decode(SAMPLE, encoded)
    meant = protobuf.interpret(SAMPLE, encoded)
    assert meant == tuple(changes.get(at, value) for at, value in enumerate(NOTHING))
    read = ORACLE.FromString(encoded)
    assert (read.large, read.small, read.flag, read.data, read.text) == meant[:5]


UNKNOWN = {
    "number": "3001",
    "eight bytes": "31" + "00" * 8,
    "bytes": "320141",
    "four": "3500000000",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_refuses_a_field_that_it_does_not_know(name: str) -> None:
    data = bytes.fromhex("0801" + UNKNOWN[name])
    with pytest.raises(UnsupportedTransaction, match="Sample has field 6"):
        protobuf.decode(SAMPLE, data)
    assert protobuf.interpret(SAMPLE, data)[0] == 1


BROKEN = {
    "a number without end": ("0880", "end within a number"),
    "eleven bytes of number": ("08" + "80" * 10 + "01", "more than ten bytes"),
    "65 bits": ("08" + "ff" * 9 + "02", "more than 64 bits"),
    "bytes beyond the end": ("220541", "reaches beyond"),
    "a huge length": ("22ffffffff7f41", "reaches beyond"),
    "a message beyond the end": ("8a010908", "reaches beyond"),
    "a number beyond its message": ("8a0102088801", "end within a number"),
    "a tag alone": ("08", "end within a number"),
    "not UTF-8": ("2a01ff", "not UTF-8"),
    "twice": ("08010802", "large twice"),
    "a message twice": ("8a01008a0100", "inner twice"),
    "twice, apart": ("0801100108" + "01", "large twice"),
    "bytes for a number": ("0a0141", "another wire type"),
    "a number for bytes": ("2001", "another wire type"),
    "field 0": ("0001", "out of range"),
    "a field beyond 2^29": ("808080801001", "out of range"),
    "a group": ("3334", "group"),
    "the end of a group": ("34", "group"),
    "wire type 6": ("36", "group"),
    "an unknown field beyond the end": ("3205", "reaches beyond"),
    "eight bytes beyond the end": ("3100", "reaches beyond"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_refuses_what_no_parser_agrees_on(name: str) -> None:
    data, says = BROKEN[name]
    for read in (protobuf.decode, protobuf.interpret):
        with pytest.raises(MalformedTransaction, match=says):
            read(SAMPLE, bytes.fromhex(data))


def test_many_repeated_values_cost_their_bytes_only() -> None:
    values = protobuf.decode(SAMPLE, bytes.fromhex("920100") * 50_000)
    assert values[6] == (b"",) * 50_000
