"""PSBT version 2: the same transaction, read the same, and refused while it may change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.psbt import parse, serialize
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import (
    Proposal,
    attempt,
    cosign,
    decode,
    finding,
    hot_coin,
    hot_payment,
    refusals,
    vault_payment,
    write_psbt,
)
from tests.appliance.chains.bitcoin.world_forms import FORMS, payment_of, u32, version_2
from tests.shared_vectors import need, shared

TIME = 1_657_048_460
PROPOSALS = [
    hot_payment(),
    vault_payment(),
    cosign(vault_payment(), 0, 12),
    *map(payment_of, FORMS),
]


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_reads_the_same_from_both_versions(proposal: Proposal) -> None:
    one, two = decode(proposal.psbt), decode(version_2(proposal))
    assert (one.format, two.format) == ("psbt-v0", "psbt-v2")
    assert replace(two, format="psbt-v0") == one


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_gives_back_version_2_and_builds_what_libwally_builds(proposal: Proposal) -> None:
    data = version_2(proposal)
    assert serialize(parse(data)) == data
    psbt = wallycore.psbt_from_bytes(data, 0)
    built = wallycore.psbt_extract(psbt, wallycore.WALLY_PSBT_EXTRACT_NON_FINAL)
    assert decode(data).digest[::-1] == bytes(wallycore.tx_get_txid(built))


@given(st.sampled_from([version_2(each) for each in PROPOSALS]), st.data())
def test_whatever_it_reads_of_damaged_bytes_it_gives_back(seed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(min_value=1, max_value=3))):
        at = data.draw(st.integers(min_value=0, max_value=len(damaged) - 1))
        damaged[at] = data.draw(st.integers(min_value=0, max_value=255))
    result = attempt(parse, bytes(damaged))
    assert isinstance(result, DecodeError) or serialize(result) == bytes(damaged)


def _demand(height: int = 0, time: int = 0) -> list[tuple[bytes, bytes]]:
    heights = [(b"\x12", u32(height))] if height else []
    return heights + ([(b"\x11", u32(time))] if time else [])


LOCKTIMES = {
    "nobody demands one": ([], 7),
    "a height": ([_demand(height=10)], 10),
    "a time": ([_demand(time=TIME)], TIME),
    "the larger height": ([_demand(height=10), _demand(height=9)], 10),
    "the larger time": ([_demand(time=TIME), _demand(time=TIME + 1)], TIME + 1),
    "a height where both would do": ([_demand(10, TIME), _demand(11, TIME + 5)], 11),
    "the height that both accept": ([_demand(10, TIME), _demand(height=3)], 10),
    "the time that both accept": ([_demand(10, TIME), _demand(time=TIME - 9)], TIME),
}


@pytest.mark.parametrize("name", LOCKTIMES)
def test_locks_the_transaction_as_its_inputs_demand(name: str) -> None:
    demands, expected = LOCKTIMES[name]
    proposal = replace(vault_payment(), locktime=7)
    data = version_2(proposal, demands=demands)
    assert parse(data).transaction.locktime == expected
    assert decode(data).digest == replace(proposal, locktime=expected).transaction.txid()


@pytest.mark.parametrize(
    "demands",
    [
        [_demand(height=10), _demand(time=TIME)],
        [[(b"\x12", u32(500_000_000))]],
        [[(b"\x12", u32(0))]],
        [[(b"\x11", u32(499_999_999))]],
        [[(b"\x11", b"\x00")]],
    ],
)
def test_refuses_locktimes_that_no_transaction_has(
    demands: list[list[tuple[bytes, bytes]]],
) -> None:
    with pytest.raises(MalformedTransaction, match=r"locktime|bytes, not 4"):
        decode(version_2(vault_payment(), demands=demands))


@pytest.mark.parametrize(
    ("flags", "rules", "words"),
    [
        (0, [], ""),
        (1, ["UNSUPPORTED"], "inputs may still be added"),
        (2, ["UNSUPPORTED"], "outputs may still be added"),
        (4, ["SIGHASH-TYPE"], "SIGHASH_SINGLE"),
        (3, ["UNSUPPORTED", "UNSUPPORTED"], "inputs may"),
        (8, ["UNSUPPORTED"], "unknown bits 0x08"),
    ],
)
def test_refuses_what_may_still_be_changed(flags: int, rules: list[str], words: str) -> None:
    transaction = decode(version_2(hot_payment(), [(b"\x06", bytes((flags,)))]))
    assert [rule for rule, _ in refusals(transaction)] == rules
    assert not rules or words in finding(transaction, rules[0]).message
    assert transaction.transfers[0].amount == 60_000_000


@pytest.mark.parametrize("missing", [0x02, 0x04, 0x05])
def test_needs_every_global_field_that_is_required(missing: int) -> None:
    with pytest.raises(MalformedTransaction, match=f"without field 0x{missing:02x}"):
        decode(version_2(hot_payment(), without=(missing,)))


def _rewritten(kept: dict[int, bytes]) -> bytes:
    """One input and one output of these fields (inputs from 0x0e on, outputs 0x03 and 0x04)."""
    start = [(b"\x02", u32(2)), (b"\x04", b"\x01"), (b"\x05", b"\x01"), (b"\xfb", u32(2))]
    fields = [(bytes((key,)), value) for key, value in kept.items()]
    return write_psbt(
        start,
        [[pair for pair in fields if pair[0][0] >= 0x0E]],
        [[pair for pair in fields if pair[0][0] < 0x0E]],
    )


WHOLE = {0x0E: bytes(32), 0x0F: u32(0), 0x03: bytes(8), 0x04: b"\x51"}


@pytest.mark.parametrize("missing", WHOLE)
def test_needs_every_field_of_inputs_and_outputs_that_is_required(missing: int) -> None:
    assert parse(_rewritten(WHOLE)).transaction.inputs[0].sequence == 0xFFFFFFFF
    kept = {key: value for key, value in WHOLE.items() if key != missing}
    with pytest.raises(MalformedTransaction, match=f"without field 0x{missing:02x}"):
        parse(_rewritten(kept))


@pytest.mark.parametrize(
    ("field", "value"),
    [(0x0E, bytes(31)), (0x0F, bytes(3)), (0x10, bytes(5)), (0x03, bytes(7)), (0x03, bytes(9))],
)
def test_refuses_values_of_another_size(field: int, value: bytes) -> None:
    with pytest.raises(MalformedTransaction):
        parse(_rewritten({**WHOLE, field: value}))


@pytest.mark.parametrize(
    "count", [b"\x00", b"\x03", b"\xfd\x01\x00", b"\x01\x00", b"", b"\xff" * 9]
)
def test_refuses_counts_that_are_not_exactly_those_of_the_maps(count: bytes) -> None:
    for field in (b"\x04", b"\x05"):
        proposal = hot_payment()
        data = version_2(proposal, [(field, count)], without=(field[0],))
        with pytest.raises(DecodeError):
            parse(data)


def test_refuses_fields_of_the_other_version() -> None:
    unsigned = (b"\x00", hot_payment().transaction.serialize())
    with pytest.raises(MalformedTransaction, match="another version"):
        parse(version_2(hot_payment(), [unsigned]))


def test_refuses_a_transaction_version_under_2() -> None:
    with pytest.raises(MalformedTransaction, match="version 2 and later"):
        parse(version_2(replace(hot_payment(), version=1)))


def test_explains_a_silent_payment() -> None:
    address = bytes(66)
    with pytest.raises(UnsupportedTransaction, match="silent payment"):
        parse(_rewritten({0x0E: bytes(32), 0x0F: u32(0), 0x03: bytes(8), 0x09: address}))
    transaction = decode(_rewritten({**WHOLE, 0x09: address}))
    assert ("UNSUPPORTED", "output 0") in refusals(transaction)
    assert "silent payments" in finding(transaction, "UNSUPPORTED").message


def test_computes_the_public_locktimes() -> None:
    from tests.appliance.chains.bitcoin.test_public_cases import payload  # noqa: PLC0415

    seen = 0
    for case in need(shared("btc-psbt/bip370.jsonl")):
        if case["group"].startswith("timelock="):
            psbt = parse(payload(case["psbt_b64"]))
            assert psbt.transaction.locktime == int(case["group"].partition("=")[2]), case["id"]
            seen += 1
    assert seen


def test_orders_the_fields_as_they_came() -> None:
    coins = tuple(hot_coin(50_000_000, salt=number) for number in range(2))
    data = version_2(replace(hot_payment(), coins=coins), [(b"\xfc\x02us\x00", b"x")])
    assert serialize(parse(data)) == data
