"""Minimal Bytewords: one spelling a message, closed by a checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire import bytewords
from appliance.wire.errors import PartRefused
from tests.appliance.wire.uniform_resources import published


def test_the_published_message_is_written_as_published() -> None:
    assert bytewords.encode(bytes.fromhex("00010280ff")) == "aeadaolazmjendeoti"
    assert bytewords.decode("AEADAOLAZMJENDEOTI") == bytes.fromhex("00010280ff")


@given(st.binary(min_size=1, max_size=300))
def test_letters_of_either_case_give_the_message_back(message: bytes) -> None:
    letters = bytewords.encode(message)
    assert bytewords.decode(letters) == message
    assert bytewords.decode(letters.upper()) == message


@given(st.binary(min_size=1, max_size=40), st.data())
def test_no_other_letter_is_accepted_anywhere(message: bytes, data: st.DataObject) -> None:
    letters = bytewords.encode(message)
    at = data.draw(st.integers(0, len(letters) - 1))
    other = data.draw(
        st.sampled_from("abcdefghijklmnopqrstuvwxyz").filter(lambda x: x != letters[at])
    )
    with pytest.raises(PartRefused):
        bytewords.decode(letters[:at] + other + letters[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        *published().get("bytewords_invalid", ()),
        "",
        "aeaeaeae",
        "aeadaolazmjendeot",
        "aeadaolazmjendeo",
        "aeadaolazmjendeot\N{LATIN SMALL LETTER DOTLESS I}",
        "aeadaolazmjendeo\N{KELVIN SIGN}i",
        "ae-adaolazmjendeoti",
    ],
)
def test_what_is_not_bytewords_is_refused(text: str) -> None:
    with pytest.raises(PartRefused):
        bytewords.decode(text)
