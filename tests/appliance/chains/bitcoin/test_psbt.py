"""PSBT maps: strict, and given back byte for byte."""

from dataclasses import replace

import pytest
from embit import psbt as embit_psbt
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.psbt import MAGIC, parse, serialize
from appliance.chains.bitcoin.transaction import display, serialize_stripped
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from appliance.hashes import sha256d
from appliance.wire.messages import MAX_TRANSACTION
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import (
    attempt,
    cosign,
    decode,
    facts,
    hot_payment,
    public_key,
    vault_payment,
    vectors,
    write_map,
    write_psbt,
)

SEEDS = [
    hot_payment().psbt,
    vault_payment().psbt,
    cosign(vault_payment(), 0, 12).psbt,
    *(bytes.fromhex(case["hex"]) for case in vectors("refused.jsonl")),
]
FIELDS = st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=60))
MAPS = st.lists(FIELDS, max_size=4)


@pytest.mark.parametrize("data", SEEDS)
def test_gives_back_what_it_read(data: bytes) -> None:
    assert serialize(parse(data)) == data


@pytest.mark.parametrize("data", SEEDS[:3])
def test_reads_what_other_libraries_read(data: bytes) -> None:
    psbt, oracle = parse(data), embit_psbt.PSBT.parse(data)
    named = sha256d(serialize_stripped(psbt.transaction))
    assert display(named) == oracle.tx.txid()
    for ours, theirs in zip(psbt.inputs, oracle.inputs, strict=True):
        assert ours.previous is not None
        assert display(ours.previous.txid) == theirs.non_witness_utxo.txid()
        assert {key.sec(): value for key, value in theirs.partial_sigs.items()} == dict(
            ours.partial_signatures
        )
    wally = wallycore.psbt_from_bytes(data, wallycore.WALLY_PSBT_PARSE_FLAG_STRICT)
    assert bytes(wallycore.psbt_get_id(wally, 0)) == named


@given(st.sampled_from(SEEDS), st.data())
def test_whatever_it_reads_of_damaged_bytes_it_gives_back(seed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(min_value=1, max_value=3))):
        at = data.draw(st.integers(min_value=0, max_value=len(damaged) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "set"])):
            case "flip":
                damaged[at] ^= 1 << data.draw(st.integers(min_value=0, max_value=7))
            case "cut":
                del damaged[at : at + data.draw(st.integers(min_value=1, max_value=9))]
            case "insert":
                damaged[at:at] = data.draw(st.binary(min_size=1, max_size=9))
            case _:
                damaged[at] = data.draw(st.sampled_from([0, 1, 0xFC, 0xFD, 0xFE, 0xFF]))
    result = attempt(parse, bytes(damaged))
    assert isinstance(result, DecodeError) or serialize(result) == bytes(damaged)


@given(st.binary(max_size=200))
def test_refuses_any_other_bytes_by_a_decode_error(tail: bytes) -> None:
    assert isinstance(attempt(parse, tail), DecodeError)
    assert isinstance(attempt(parse, MAGIC + tail), DecodeError)


@given(MAPS, MAPS, MAPS)
def test_refuses_any_other_maps_by_a_decode_error(
    first: list[tuple[bytes, bytes]],
    of_input: list[tuple[bytes, bytes]],
    of_output: list[tuple[bytes, bytes]],
) -> None:
    unsigned = (b"\x00", hot_payment().transaction.serialize())
    data = write_psbt([unsigned, *first], [of_input], [of_output, []])
    result = attempt(parse, data)
    assert isinstance(result, DecodeError) or serialize(result) == data


@given(st.integers(min_value=0, max_value=400))
def test_every_beginning_of_a_psbt_is_malformed(size: int) -> None:
    whole = SEEDS[0]
    assert isinstance(attempt(parse, whole[: min(size, len(whole) - 1)]), MalformedTransaction)


def test_refuses_more_bytes_than_a_request_may_carry() -> None:
    with pytest.raises(UnsupportedTransaction, match="is over"):
        parse(MAGIC + bytes(MAX_TRANSACTION))


def test_refuses_very_many_fields_without_delay() -> None:
    pairs = [(b"\xfc\x00" + number.to_bytes(3, "big"), b"") for number in range(100_000)]
    result = attempt(parse, MAGIC + write_map(pairs))
    assert isinstance(result, DecodeError)


def test_counts_proprietary_fields_and_gives_them_back() -> None:
    proposal = hot_payment()
    coin = proposal.coins[0].adding((b"\xfc\x04ours\x01", b"x"), (b"\xfc\x04ours\x02", b"y"))
    unsigned = (b"\x00", proposal.transaction.serialize())
    data = write_psbt([unsigned, (b"\xfc\x00\x00", b"")], [coin.pairs], [[], []])
    psbt = parse(data)
    assert facts(decode(data), "Proprietary fields") == ["3, which change nothing that is signed"]
    assert serialize(psbt) == data


R, S = b"\x02\x20" + b"\x11" * 32, b"\x02\x20" + b"\x22" * 32
NOT_STRICT = {
    "nothing": b"",
    "only a type": b"\x01",
    "another tag": b"\x31" + bytes((len(R + S),)) + R + S,
    "a longer length": b"\x30" + bytes((len(R + S) + 1,)) + R + S,
    "a long-form length": b"\x30\x81" + bytes((len(R + S),)) + R + S,
    "one number": b"\x30" + bytes((len(R),)) + R,
    "three numbers": b"\x30" + bytes((len(R + S + S),)) + R + S + S,
    "a number that is no integer": b"\x30\x44" + R + b"\x03" + S[1:],
    "a negative number": b"\x30\x44" + R + b"\x02\x20" + b"\x80" + bytes(31),
    "a padded number": b"\x30\x45" + b"\x02\x21\x00" + R[2:] + S,
    "a number of no bytes": b"\x30\x24" + R + b"\x02\x00",
    "a number of 34 bytes": b"\x30\x46" + R + b"\x02\x22" + b"\x22" * 34,
}


@pytest.mark.parametrize("name", NOT_STRICT)
def test_refuses_a_signature_that_is_not_strict_der(name: str) -> None:
    coin = hot_payment().coins[0].adding((b"\x02" + public_key(1), NOT_STRICT[name] + b"\x01"))
    result = attempt(parse, replace(hot_payment(), coins=(coin,)).psbt)
    assert isinstance(result, MalformedTransaction)


def test_reads_a_signature_that_is_strict_der() -> None:
    for number in (R, b"\x02\x21\x00" + b"\x80" * 32, b"\x02\x01\x00"):
        signature = b"\x30" + bytes((len(number + S),)) + number + S + b"\x01"
        coin = hot_payment().coins[0].adding((b"\x02" + public_key(1), signature))
        psbt = parse(replace(hot_payment(), coins=(coin,)).psbt)
        assert psbt.inputs[0].partial_signatures == ((public_key(1), signature),)
