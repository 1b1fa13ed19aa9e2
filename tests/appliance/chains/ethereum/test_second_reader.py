"""The second Ethereum reader states what eth_account would sign, and refuses all else."""

from typing import Any

import pytest
import rlp
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.second_reader import second_reader
from appliance.errors import DecodeError, MalformedTransaction
from appliance.model.testimony import Payment, Testimony
from tests.agreement.ethereum_corpus import (
    CALLS,
    CLIENT,
    PLAIN,
    USDT,
    Fields,
    access_list,
    fee_market,
    hostile,
    legacy,
    transfer,
)
from tests.shared_vectors import need, shared

words = st.integers(0, 2**256 - 1) | st.integers(0, 2**64) | st.integers(0, 300)
numbers = st.integers(0, 2**64 - 2) | st.integers(0, 300)
prices = st.integers(0, 2**180) | st.integers(0, 2**40)
addresses = st.binary(min_size=20, max_size=20)
entries = st.lists(
    st.tuples(addresses, st.lists(st.binary(min_size=32, max_size=32), max_size=3)).map(list),
    max_size=3,
)


@st.composite
def transfers(draw: st.DrawFn) -> tuple[Fields, Payment]:
    """The fields of a plain transfer, and the payment that it makes."""
    price, to, amount = draw(prices), draw(addresses), draw(words)
    fields: Fields = {
        "chain": draw(st.integers(1, 2**64 - 1) | st.integers(1, 300)),
        "nonce": draw(numbers),
        "tip": draw(st.integers(0, price)),
        "price": price,
        "gas": draw(st.integers(0, 2**64 - 1) | st.integers(0, 300)),
        "access": draw(entries),
    }
    if draw(st.booleans()):
        value = amount >> 1
        plain = {"to": to, "value": value, "data": b""}
        return {**fields, **plain}, Payment("", value, to_checksum_address(to))
    contract = draw(addresses)
    call = {"to": contract, "value": 0, "data": transfer(to, amount)}
    payment = Payment(to_checksum_address(contract), amount, to_checksum_address(to))
    return {**fields, **call}, payment


def hash_by_eth_account(form: int, fields: Fields) -> bytes:
    named: dict[str, Any] = {
        "chainId": fields["chain"],
        "nonce": fields["nonce"],
        "gas": fields["gas"],
        "to": fields["to"],
        "value": fields["value"],
        "data": fields["data"],
    }
    if form == 0:
        priced = {**named, "gasPrice": fields["price"]}
        return bytes(serializable_unsigned_transaction_from_dict(priced).hash())
    named["type"] = form
    named["accessList"] = [
        {"address": to_checksum_address(account), "storageKeys": ["0x" + k.hex() for k in keys]}
        for account, keys in fields["access"]
    ]
    if form == 1:
        named["gasPrice"] = fields["price"]
    else:
        named["maxFeePerGas"], named["maxPriorityFeePerGas"] = fields["price"], fields["tip"]
    return bytes(TypedTransaction.from_dict(named).hash())


@pytest.mark.parametrize(("form", "write"), enumerate((legacy, access_list, fee_market)))
@given(transfers())
def test_states_what_eth_account_hashes(
    form: int, write: Any, case: tuple[Fields, Payment]
) -> None:
    fields, payment = case
    stated = Testimony(
        sources=frozenset(),
        payments=(payment,),
        fee=fields["gas"] * fields["price"],
        network=str(fields["chain"]),
        guard=frozenset({str(fields["nonce"])}),
        digest=hash_by_eth_account(form, fields),
    )
    assert second_reader(write(**fields), "whatever") == stated


@pytest.mark.parametrize(("name", "data"), hostile(), ids=lambda each: str(each)[:60])
def test_refuses(name: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        second_reader(data, "1")


@pytest.mark.parametrize(
    "access",
    [
        [[CLIENT, [], b""]],
        [[[], CLIENT]],
        [CLIENT],
        [[CLIENT, b""]],
        [[CLIENT, [b"\x01"]]],
        [[CLIENT, [bytes(32), bytes(33)]]],
        [[CLIENT + b"\0", []]],
    ],
)
def test_refuses_an_access_list_that_is_none(access: object) -> None:
    for write in (access_list, fee_market):
        with pytest.raises(DecodeError):
            second_reader(write(access=access), "1")


@pytest.mark.parametrize("at", range(3))
def test_refuses_an_access_list_with_a_wrong_length_inside(at: int) -> None:
    access = [[CLIENT, [bytes(32), b"\x01" * 32]], [USDT, [bytes(32)]]]
    inner, outer = rlp.encode(access[at % 2][1]), rlp.encode(access)
    good = fee_market(access=access)
    assert second_reader(good, "1").fee
    part = inner if at < 2 else outer
    head, tail = part[:2], part[2:]
    assert good.count(part) == 1
    for delta in (-1, 1):
        wrong = bytes((head[0], head[1] + delta)) + tail
        with pytest.raises(MalformedTransaction):
            second_reader(good.replace(part, wrong), "1")


def test_reads_real_hashes_of_public_wallets() -> None:
    seen = 0
    for case in need(shared("eth-tx/ethers_transactions.jsonl.gz")):
        for form in ("unsignedEip155", "unsignedBerlin", "unsignedLondon"):
            data = bytes.fromhex(case["case"].get(form, "")[2:])
            try:
                stated = second_reader(data, "1")
            except DecodeError:
                continue
            named = case["case"]["transaction"]
            assert stated.network == str(int(str(named["chainId"]), 0))
            assert stated.guard == {str(int(str(named.get("nonce", 0)), 0))}
            assert stated.payments[0].destination == to_checksum_address(named["to"])
            seen += 1
    assert seen > 100


def test_hashes_the_example_of_eip_155() -> None:
    (case,) = need(shared("eth-tx/eip155_example.jsonl"))
    stated = second_reader(bytes.fromhex(case["signing_data"][2:]), "1")
    assert "0x" + stated.digest.hex() == case["signing_hash"]
    assert stated.payments == (Payment("", case["value"], to_checksum_address(case["to"])),)
    assert stated.fee == case["gas"] * case["gasPrice"]


SEEDS = [
    fee_market(),
    legacy(),
    access_list(**CALLS[0]),
    fee_market(access=[[CLIENT, [bytes(32)]]]),
]


@given(st.sampled_from(SEEDS), st.binary(max_size=30), st.data())
def test_only_ever_states_or_refuses(seed: bytes, noise: bytes, data: st.DataObject) -> None:
    at, width = (data.draw(st.integers(0, top)) for top in (len(seed), 40))
    for each in (seed[:at] + noise + seed[at + width :], seed[:at], noise):
        try:
            stated = second_reader(each, "1")
        except DecodeError:
            continue
        assert each == seed or stated != second_reader(seed, "1")


def test_reads_long_noise_in_no_time() -> None:
    """No expression goes back over what it has matched: each item has one way to be read."""
    heads = (b"\x02\xfa\x01\x00\x00", b"\xf9\x10\x00", b"\x01\xfa\x0f\xff\xff", fee_market()[:40])
    for head in heads:
        for filling in (b"\x80", b"\xa0" + bytes(32), b"\xd6\x94" + CLIENT + b"\xc0"):
            with pytest.raises(DecodeError):
                second_reader(head + filling * 4_000, "1")


def test_the_plain_transfer_is_read_for_any_network() -> None:
    assert second_reader(fee_market(), "1") == second_reader(fee_market(), "anything")
    assert second_reader(fee_market(chain=56), "1").network == "56"
    assert PLAIN["chain"] == 1
