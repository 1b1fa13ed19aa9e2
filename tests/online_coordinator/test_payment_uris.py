"""Payment URIs as requests: exact amounts, one destination, and nothing that was not understood."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire import registry, ur
from appliance.wire.terms import Chain
from online_coordinator.addresses import normalise_address
from online_coordinator.errors import AddressInvalid, PaymentUriInvalid, RequestsRefused
from online_coordinator.requests.models import RequestFile, Withdrawal
from online_coordinator.requests.payment_uri import BitcoinPayment, EthereumPayment
from online_coordinator.requests.payments import payment_of
from online_coordinator.requests.uri_import import Naming, import_uris
from tests.online_coordinator.desk import (
    CLIENTS,
    CONTRACT,
    NOW,
    POLICY,
    STRANGER,
    Desk,
    found,
    networks,
)
from tests.shared_vectors import folder as shared

ADDRESS = "175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W"
SEGWIT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
OWN = Path(__file__).parents[1] / "vectors" / "online_coordinator" / "payment_uris.jsonl"


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def bitcoin(text: str) -> BitcoinPayment:
    payment = payment_of(text)
    assert isinstance(payment, BitcoinPayment)
    return payment


def ethereum(text: str) -> EthereumPayment:
    payment = payment_of(text)
    assert isinstance(payment, EthereumPayment)
    return payment


# The public vectors, and our own


def test_reads_and_refuses_the_public_bitcoin_uris() -> None:
    path = shared() / "btc-uri-labels" / "bitcoin_uri.jsonl"
    if not path.exists():
        pytest.skip("the shared vectors are not here (AIRLOCK_VECTORS)")
    cases = list(lines_of(path))
    assert len(cases) == 16
    for case in cases:
        if case["expect"] == "invalid":
            with pytest.raises(PaymentUriInvalid):
                payment_of(case["uri"])
        else:
            assert isinstance(payment_of(case["uri"]), BitcoinPayment)


def test_a_good_uri_does_not_make_its_address_good() -> None:
    with pytest.raises(AddressInvalid):  # the sample address of BIP-21 has a wrong checksum
        normalise_address(Chain.BITCOIN, "mainnet", ADDRESS)


@pytest.mark.parametrize("case", lines_of(OWN), ids=lambda case: str(case["id"]))
def test_our_own_vectors(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(PaymentUriInvalid, match=case["refused"]):
            payment_of(case["uri"])
        return
    payment = payment_of(case["uri"])
    amount = payment.satoshis if isinstance(payment, BitcoinPayment) else payment.amount
    assert str(amount) == case["amount"]


def test_words_of_the_payee_are_taken_out_of_their_encoding() -> None:
    payment = bitcoin(f"bitcoin:{ADDRESS}?label=Luke%2DJr&message=Donation%20for%20project+xyz")
    assert payment.reference == "Luke-Jr: Donation for project+xyz"


def test_a_qr_code_in_capitals_reads_the_same() -> None:
    text = f"bitcoin:{SEGWIT}?amount=0.5&label=CLIENT"
    assert bitcoin(text.upper()).satoshis == bitcoin(text).satoshis == 50_000_000
    assert bitcoin(text.upper()).addresses == (SEGWIT.upper(),)


def test_a_uri_within_a_ur_reads_the_same() -> None:
    text = f"bitcoin:{SEGWIT}?amount=0.5"
    body = registry.body_of_bytes(text.encode())
    part = next(ur.Encoder("bytes", body, len(body)).parts())
    assert payment_of(part) == payment_of(part.upper()) == payment_of(text)


@pytest.mark.parametrize("text", ["ur:bytes/aeae", "ur:psbt/hdosjojk", "UR:"])
def test_refuses_a_ur_without_a_uri(text: str) -> None:
    with pytest.raises(PaymentUriInvalid):
        payment_of(text)


@given(st.integers(1, 21_000_000 * 10**8))
def test_every_amount_of_bitcoin_is_exact(satoshis: int) -> None:
    text = f"{satoshis // 10**8}.{satoshis % 10**8:08d}"
    assert bitcoin(f"bitcoin:{ADDRESS}?amount={text}").satoshis == satoshis


@given(st.integers(1, (1 << 256) - 1), st.integers(0, 77))
def test_every_amount_of_wei_is_exact_in_scientific_notation(wei: int, exponent: int) -> None:
    digits = str(wei).rjust(exponent + 1, "0")
    point = len(digits) - exponent
    mantissa = f"{digits[:point]}.{digits[point:]}" if exponent else digits
    assert ethereum(f"ethereum:{CLIENTS[0]}?value={mantissa}e{exponent}").amount == wei


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for scheme in ("", "bitcoin:", "ethereum:", f"bitcoin:{ADDRESS}?", f"ethereum:{CLIENTS[0]}?"):
        try:
            payment_of(scheme + text)
        except PaymentUriInvalid as refusal:
            assert len(refusal.what) < 300  # noqa: PT017 - whatever is raised


# As requests


pytestmark = pytest.mark.usefixtures("database")


def take(*uris: str, wallet: str | None = None) -> list[Withdrawal]:
    import_uris("\n".join(uris).encode(), Naming("W-7", wallet), NOW)
    return list(Withdrawal.objects.order_by("identifier"))


def refused(*uris: str, wallet: str | None = None) -> str:
    with pytest.raises(RequestsRefused) as refusal:
        take(*uris, wallet=wallet)
    assert not Withdrawal.objects.exists()
    assert not RequestFile.objects.exists()
    return "\n".join(refusal.value.details)


@pytest.fixture
def paying(nodes: object) -> Desk:
    """Open a desk that pays anyone."""
    policy = replace(POLICY, require_whitelist=False)
    return Desk.opened(networks(), found("open", (), policy=policy))


def test_ether_is_asked_for(desk: Desk) -> None:
    (request,) = take(f"ethereum:{CLIENTS[0]}@31337?value=2.014e18")
    assert (request.identifier, request.wallet.name) == ("W-7", "desk-eth")
    assert (request.asset, request.amount) == ("ETH", 2_014_000_000_000_000_000)
    assert request.destination == CLIENTS[0]


def test_a_pinned_token_is_asked_for(desk: Desk) -> None:
    (request,) = take(f"ethereum:{CONTRACT}/transfer?address={CLIENTS[1]}&uint256=1.5e6")
    assert (request.asset, request.token, request.amount) == ("USDT", CONTRACT, 1_500_000)
    assert request.destination == CLIENTS[1]


def test_bitcoin_is_asked_for_from_the_wallet_that_is_named(paying: Desk) -> None:
    uri = f"BITCOIN:{SEGWIT.upper()}?AMOUNT=0.25&LABEL=CLIENT"
    assert "several wallets could pay" in refused(uri)
    (request,) = take(uri, wallet="open-btc")
    assert (request.amount, request.destination) == (25_000_000, SEGWIT)
    assert request.reference == "CLIENT"


def test_several_uris_are_numbered_and_taken_whole_or_not_at_all(desk: Desk) -> None:
    good = f"ethereum:{CLIENTS[0]}?value=1"
    faults = refused(good, "", "ethereum:vitalik.eth?value=1", f"ethereum:{CLIENTS[0]}")
    assert faults.startswith("line 3: ")
    assert "names are not resolved" in faults
    assert "line 4: the URI states no amount" in faults
    assert [each.identifier for each in take(good, good + "e1")] == ["W-7-1", "W-7-2"]


def test_the_same_uri_again_changes_nothing(desk: Desk) -> None:
    uri = f"ethereum:{CLIENTS[0]}?value=1"
    assert len(take(uri)) == len(take(uri)) == 1
    with pytest.raises(RequestsRefused):
        take(uri + "0")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (f"ethereum:{STRANGER}?value=1", "not on the whitelist"),
        (f"ethereum:{CLIENTS[0]}@1?value=1", "no wallet is on the network"),
        (f"ethereum:{CLIENTS[0][:-1]}d?value=1", "checksum"),
        (f"ethereum:{CLIENTS[2]}/transfer?address={CLIENTS[0]}&uint256=1", "pays no token"),
        (f"bitcoin:{ADDRESS}?amount=1", "no wallet is on the network"),
        (f"bitcoin:{SEGWIT[:-1]}?amount=1", "no wallet is on the network"),
        (f"bitcoin:B{SEGWIT[1:]}?amount=1", "no wallet is on the network"),
        ("bitcoin:?lightning=lnbc420bogusinvoice&amount=1", "no address"),
        (f"bitcoin:{SEGWIT}?bcrt=bcrt1p0&amount=1", "offers 2 addresses"),
        (f"bitcoin:{SEGWIT}?amount=1&label=a%E2%80%AEb", "printable"),
        (f"bitcoin:{SEGWIT}?amount=1&label=a%0Ab", "printable"),
        (f"bitcoin:{SEGWIT}?amount=1&label={'x' * 257}", "at most 256 bytes"),
    ],
)
def test_refuses_what_cannot_be_paid_from_here(desk: Desk, uri: str, reason: str) -> None:
    wallet = "desk-btc" if "label" in uri else None
    assert reason in refused(uri, wallet=wallet)


def test_refuses_an_id_that_was_given_before(desk: Desk) -> None:
    take(f"ethereum:{CLIENTS[0]}?value=1")
    with pytest.raises(RequestsRefused) as refusal:
        take(f"ethereum:{CLIENTS[0]}?value=2")
    assert "duplicate" in refusal.value.details[0]


def test_refuses_no_uris_and_too_many(desk: Desk) -> None:
    with pytest.raises(RequestsRefused):
        import_uris(b"\n \n", Naming("W", None), NOW)
    with pytest.raises(RequestsRefused):
        import_uris(b"bitcoin:x\n" * 10_001, Naming("W", None), NOW)
    with pytest.raises(RequestsRefused):
        import_uris(b"bitcoin:\xff", Naming("W", None), NOW)


def test_a_mixed_case_segwit_address_is_none() -> None:
    with pytest.raises(AddressInvalid):
        normalise_address(Chain.BITCOIN, "regtest", "B" + SEGWIT[1:])
