"""A token's attribute values never raise, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st
from pkcs11 import Attribute, ObjectClass

from appliance.hsm.attributes import MAX_LABEL, TokenAttributes, printable

MAPPER = TokenAttributes()
READ = (
    Attribute.CLASS,
    Attribute.KEY_TYPE,
    Attribute.ID,
    Attribute.LABEL,
    Attribute.APPLICATION,
    Attribute.VALUE,
    Attribute.EC_PARAMS,
    Attribute.EC_POINT,
    Attribute.EXTRACTABLE,
    Attribute.MODIFIABLE,
)


@given(st.sampled_from(READ), st.binary(max_size=100))
def test_any_bytes_are_read_without_an_exception(attribute: Attribute, data: bytes) -> None:
    MAPPER.unpack_attributes(attribute, data)


@given(st.binary(max_size=3))
def test_a_boolean_is_one_byte_of_zero_or_one_or_unknown(data: bytes) -> None:
    value = MAPPER.unpack_attributes(Attribute.EXTRACTABLE, data)
    assert value is {b"\0": False, b"\1": True}.get(data)


@given(st.booleans(), st.sampled_from(ObjectClass))
def test_what_is_packed_reads_back(boolean: object, object_class: ObjectClass) -> None:
    packed = MAPPER.pack_attribute(Attribute.SIGN, boolean)
    assert MAPPER.unpack_attributes(Attribute.SIGN, packed) is boolean
    number = MAPPER.pack_attribute(Attribute.CLASS, object_class)
    assert MAPPER.unpack_attributes(Attribute.CLASS, number) == object_class


@given(st.binary(max_size=300))
def test_foreign_text_is_short_and_printable(data: bytes) -> None:
    text = printable(data)
    assert len(text) <= MAX_LABEL
    assert text.isprintable()
