"""Importing withdrawal requests: a whole file or nothing."""

from dataclasses import replace

import pytest

from online_coordinator.errors import RequestsRefused
from online_coordinator.requests.models import RequestFile, Withdrawal
from online_coordinator.requests.services import import_requests
from tests.online_coordinator.desk import (
    CLIENTS,
    CONTRACT,
    HEADER,
    NOW,
    POLICY,
    STRANGER,
    Desk,
    eth_row,
    found,
    networks,
)

pytestmark = pytest.mark.usefixtures("desk")


def refused(*rows: str) -> tuple[str, ...]:
    """Import rows that must be refused, and return the faults."""
    with pytest.raises(RequestsRefused) as refusal:
        import_requests((HEADER + "".join(row + "\n" for row in rows)).encode(), NOW)
    assert not Withdrawal.objects.exists()
    assert not RequestFile.objects.exists()
    return refusal.value.details


def test_amounts_are_exact_to_the_last_base_unit(desk: Desk) -> None:
    desk.ask(
        eth_row(1, "0.123456789012345678"),
        eth_row(2, "1234567890123456789.000000000000000001"),
        eth_row(3, "125.000001", "USDT"),
    )
    stored = {each.identifier: each for each in Withdrawal.objects.all()}
    assert stored["W-1"].amount == 123456789012345678
    assert stored["W-2"].amount == 1234567890123456789 * 10**18 + 1
    assert (stored["W-3"].amount, stored["W-3"].token) == (125_000_001, CONTRACT)
    assert stored["W-1"].token == ""


def test_addresses_are_stored_in_their_one_spelling(desk: Desk) -> None:
    desk.ask(eth_row(1, to=CLIENTS[1].lower()))
    assert Withdrawal.objects.get().destination == CLIENTS[1]


def test_every_bad_row_is_named_with_its_line_and_reason() -> None:
    faults = refused(
        eth_row(1),
        eth_row(2, "1,000").replace("1,000", '"1,000"'),
        eth_row(3, to=STRANGER),
        "W-4,nowhere,ETH,1,0x00,",
        eth_row(1),
        "W-5,desk-eth,ETH,1",
        eth_row(6, "1", "DOGE"),
    )
    expected = (
        (2, "duplicate"),
        (3, "thousands separators"),
        (4, "not on the whitelist"),
        (5, "no wallet 'nowhere'"),
        (6, "duplicate"),
        (7, "4 columns, not 6"),
        (8, "pays no asset 'DOGE'"),
    )
    assert len(faults) == len(expected)
    for fault, (line, reason) in zip(faults, expected, strict=True):
        assert fault.startswith(f"line {line}: ")
        assert reason in fault


def test_one_row_may_have_several_faults() -> None:
    assert len(refused("bad id,desk-eth,ETH,-1,0x12,\x07")) == 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (eth_row(1, "0"), "zero"),
        (eth_row(1, "-2"), "negative"),
        (eth_row(1, "1e18"), "exponent"),
        (eth_row(1, "0.0000001", "USDT"), "7 decimals"),
        (eth_row(1, "0.1234567890123456789"), "19 decimals"),
        (eth_row(1, to="bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"), "not an address"),
        (eth_row(1, to=CLIENTS[0][:-1] + "7"), "checksum"),
        (eth_row(1, to="0x" + "0" * 40), "not an address"),
        ("W-1,desk-btc,BTC,1,bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4,", "not an address"),
        ("W-1,desk-btc,ETH,1,bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080,", "pays no asset"),
        ("W-1,desk-btc,BTC,0.000000001,bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080,", "decimals"),
        (f"W-1,desk-eth,ETH,1,{CLIENTS[0]},a\u202eb", "reference"),
        (f"W-1,desk-eth,ETH,1,{CLIENTS[0]},{'x' * 257}", "reference"),
        (f"W\u00b9,desk-eth,ETH,1,{CLIENTS[0]},", "visible ASCII"),
    ],
)
def test_refuses_a_row_that_cannot_be_paid_exactly(row: str, reason: str) -> None:
    faults = refused(row)
    assert any(reason in fault for fault in faults)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "first line"),
        (HEADER.encode(), "no requests"),
        (b"id,wallet,asset,amount,destination\n", "first line"),
        (b"wallet,id,asset,amount,destination,reference\n", "first line"),
        (HEADER.encode() + b"\xff\xfe", "UTF-8"),
        (HEADER.encode() + b'"W-1,desk-eth', "line 2"),
        (HEADER.encode() + b"x" * (33 << 20), "at most"),
    ],
)
def test_refuses_a_file_that_is_no_list_of_requests(data: bytes, reason: str) -> None:
    with pytest.raises(RequestsRefused, match=reason):
        import_requests(data, NOW)


def test_importing_the_same_file_again_changes_nothing(desk: Desk) -> None:
    desk.ask(eth_row(1))
    desk.ask(eth_row(1))
    assert Withdrawal.objects.count() == 1


def test_refuses_an_id_of_an_earlier_file(desk: Desk) -> None:
    desk.ask(eth_row(1))
    with pytest.raises(RequestsRefused):
        desk.ask(eth_row(2), eth_row(1, "9"))
    assert Withdrawal.objects.count() == 1


def test_pays_anyone_where_the_policy_asks_for_no_whitelist() -> None:
    policy = replace(POLICY, require_whitelist=False)
    open_desk = Desk.opened(networks(), found("open", (), policy=policy))
    open_desk.ask(f"W-1,open-eth,ETH,1,{STRANGER},")
    assert Withdrawal.objects.get().destination == STRANGER


def test_a_request_keeps_quotes_and_commas_of_its_reference(desk: Desk) -> None:
    desk.ask(f'W-1,desk-eth,ETH,1,{CLIENTS[0]},"invoice ""7"", part 1"')
    assert Withdrawal.objects.get().reference == 'invoice "7", part 1'
