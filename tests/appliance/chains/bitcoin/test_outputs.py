"""What is paid: addresses, data for all to read, dust, and what nobody can be paid by."""

from dataclasses import replace

import pytest

from appliance.model.transaction import DecodedTransaction
from appliance.wire.terms import Severity
from tests.appliance.chains.bitcoin.world import (
    CLIENT_SCRIPT,
    HOT_CHANGE,
    Payment,
    decode,
    facts,
    finding,
    hot_payment,
    lock_of,
    refusals,
)
from tests.appliance.chains.bitcoin.world_forms import legacy_lock, taproot_lock, wrapped_lock


def paying(*payments: Payment) -> DecodedTransaction:
    proposal = hot_payment()
    return decode(replace(proposal, payments=(*proposal.payments, *payments)).psbt)


def push(data: bytes) -> bytes:
    head = bytes((len(data),)) if len(data) <= 75 else bytes((0x4C, len(data)))
    return head + data


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"hello", "68656c6c6f, as text 'hello'"),
        (b"\x1b[2J", "1b5b324a"),
        ("ж".encode(), "d0b6"),
        (b"'\"", "2722, as text '\\'\"'"),
        (bytes(75), "00" * 75),
        (b"x" * 76, "78" * 76 + ", as text '" + "x" * 76 + "'"),
        (b"y" * 80, "79" * 80 + ", as text '" + "y" * 80 + "'"),
        (b"\x11", "11"),
    ],
)
def test_shows_data_whole_and_leaves_it_to_the_policy(data: bytes, told: str) -> None:
    transaction = paying(Payment(b"\x6a" + push(data), 0))
    assert refusals(transaction) == []
    noted = finding(transaction, "DATA-OUTPUT")
    assert noted.severity is Severity.ATTENTION
    assert noted.where == "output 2"
    assert noted.message.endswith(told)
    assert facts(transaction, "Data for all to read") == [f"{told} in output 2"]
    assert len(transaction.transfers) == 1
    assert transaction.signing


@pytest.mark.parametrize(
    "script",
    [
        b"\x6a",
        b"\x6a\x00",
        b"\x6a\x51",
        b"\x6a" + push(b"z" * 81),
        b"\x6a\x4c\x00",
        b"\x6a\x4d\x05\x00hello",
        b"\x6a\x05hell",
        b"\x6a\x05hello\x05there",
        b"\x6a\x05hello\xac",
        b"\x6a\x5d\x05hello",
    ],
)
def test_refuses_data_of_any_other_form(script: bytes) -> None:
    transaction = paying(Payment(script, 0))
    assert refusals(transaction) == [("OUTPUT-TYPE", "output 2")]
    assert transaction.transfers[1].destination.startswith("script 6a")


def test_shows_data_however_the_length_of_its_push_is_written() -> None:
    for script in (b"\x6a\x05hello", b"\x6a\x4c\x05hello"):
        message = finding(paying(Payment(script, 0)), "DATA-OUTPUT").message
        assert message.endswith("68656c6c6f, as text 'hello'")


def test_refuses_to_burn_coins() -> None:
    transaction = paying(Payment(b"\x6a\x05hello", 5))
    assert refusals(transaction) == [("OUTPUT-TYPE", "output 2")]
    assert "nobody can spend" in finding(transaction, "OUTPUT-TYPE").message


def test_refuses_data_twice() -> None:
    transaction = paying(Payment(b"\x6a\x05hello", 0), Payment(b"\x6a\x05there", 0))
    assert refusals(transaction) == [("OUTPUT-TYPE", "")]


ORDINARY = {
    "P2PKH": (legacy_lock(99), 546),
    "P2SH": (wrapped_lock(1, 99), 540),
    "P2WPKH": (CLIENT_SCRIPT, 294),
    "P2WSH": (b"\x00\x20" + bytes(32), 330),
    "P2TR": (taproot_lock(99), 330),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_tells_dust_from_the_amount_that_nodes_relay(kind: str) -> None:
    script, least = ORDINARY[kind]
    assert paying(Payment(script, least)).findings == ()
    transaction = paying(Payment(script, least - 1))
    assert refusals(transaction) == []
    assert "dust" in finding(transaction, "OUTPUT-TYPE").message


def test_change_of_nothing_is_shown_and_refused() -> None:
    transaction = paying(Payment(HOT_CHANGE, 0))
    assert refusals(transaction) == [("TRANSFER-ZERO", "output 2")]
    assert len(transaction.change) == 2


def test_explains_what_looks_like_a_message() -> None:
    proposal = replace(hot_payment(), payments=(Payment(b"\x6a", 0),))
    assert ("MESSAGE-FORBIDDEN", "") in refusals(decode(proposal.psbt))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (bytes.fromhex("51024e73"), "anchor"),
        (b"\x52\x20" + bytes(32), "witness version 2 with 32 bytes"),
        (b"\x51\x21" + bytes(33), "witness version 1 with 33 bytes"),
        (b"\x51", "bare script of 1 bytes"),
    ],
)
def test_names_what_cannot_be_paid(script: bytes, words: str) -> None:
    transaction = paying(Payment(script, 1_000))
    assert refusals(transaction) == [("OUTPUT-TYPE", "output 2")]
    assert words in finding(transaction, "OUTPUT-TYPE").message


def test_spells_an_address_of_every_kind() -> None:
    for script, _ in ORDINARY.values():
        destination = paying(Payment(script, 1_000)).transfers[1].destination
        assert lock_of(destination) == script
