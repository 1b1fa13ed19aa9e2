"""Descriptors: read with their checksum, derived as others derive them, and nothing else."""

import re

import pytest
from embit.bip32 import HDKey
from embit.descriptor import Descriptor as OracleDescriptor
from embit.descriptor.checksum import checksum as oracle_checksum
from embit.networks import NETWORKS as ORACLE_NETWORKS
from embit.script import Script
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.descriptor import (
    branch_count,
    checksum,
    descriptor_address,
    is_ranged,
    on,
    parse_descriptor,
    path_at,
    sortedmulti_descriptor,
    spendable_at,
    wpkh_descriptor,
)
from appliance.chains.bitcoin.extended_key import child, parse_extended_key
from appliance.chains.bitcoin.key_expression import parse_key
from appliance.chains.bitcoin.network import network_named
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import (
    descriptor,
    multisig_lock,
    private_key,
    public_key,
    wpkh,
    wsh,
)
from tests.shared_vectors import need, shared

MAINNET, TESTNET = network_named("mainnet"), network_named("testnet")
KEY = public_key(1).hex()
MASTER = HDKey.from_seed(bytes(range(64)), version=ORACLE_NETWORKS["main"]["xprv"])
XPUB = MASTER.to_public().to_base58()
TPUB = MASTER.to_public().to_base58(version=ORACLE_NETWORKS["test"]["xpub"])
XPUB_2 = MASTER.derive("m/7").to_public().to_base58()
CHARACTERS = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~`# \\\""
NUMBERS = st.integers(min_value=1, max_value=200)


@given(NUMBERS)
def test_a_single_key_pays_to_the_address_that_others_derive(number: int) -> None:
    text = wpkh_descriptor(public_key(number))
    assert text == wpkh(number)
    for name, oracle in (("mainnet", "main"), ("testnet", "test"), ("regtest", "regtest")):
        expected = OracleDescriptor.from_string(text).address(ORACLE_NETWORKS[oracle])
        assert descriptor_address(text, name) == expected


@given(st.lists(NUMBERS, min_size=1, max_size=16, unique=True), st.data())
def test_a_multisig_pays_to_the_address_that_others_derive(
    numbers: list[int], data: st.DataObject
) -> None:
    threshold = data.draw(st.integers(min_value=1, max_value=len(numbers)))
    text = sortedmulti_descriptor(threshold, tuple(public_key(number) for number in numbers))
    assert text == wsh(threshold, *numbers)
    expected = OracleDescriptor.from_string(text).address(ORACLE_NETWORKS["regtest"])
    assert descriptor_address(text, "regtest") == expected


def test_sorts_keys_only_where_the_descriptor_says_so() -> None:
    keys = sorted((public_key(number) for number in (1, 2, 3)), reverse=True)
    listed = ",".join(key.hex() for key in keys)
    unsorted = parse_descriptor(descriptor(f"wsh(multi(2,{listed}))"), "mainnet")
    in_order = parse_descriptor(descriptor(f"wsh(sortedmulti(2,{listed}))"), "mainnet")
    assert spendable_at(on(unsorted, 0), 0).public_keys == tuple(keys)
    assert spendable_at(on(in_order, 0), 0).public_keys == tuple(sorted(keys))
    assert spendable_at(on(in_order, 0), 0).script == multisig_lock(2, 1, 2, 3)


@given(st.text(CHARACTERS, max_size=80))
def test_the_checksum_is_the_one_that_others_compute(text: str) -> None:
    assert checksum(text) == oracle_checksum(text)


@given(st.data())
def test_notices_every_changed_character(data: st.DataObject) -> None:
    text = wsh(2, 11, 12, 13)
    at = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    other = data.draw(st.sampled_from(CHARACTERS.replace(text[at], "")))
    with pytest.raises(DecodeError):
        parse_descriptor(text[:at] + other + text[at + 1 :], "regtest")


@given(st.text(max_size=60))
def test_refuses_any_other_text_by_a_decode_error(text: str) -> None:
    for candidate in (text, f"wpkh({text})", f"wsh(multi(1,{text}))"):
        try:
            closed = f"{candidate}#{checksum(candidate)}"
        except MalformedTransaction:
            closed = candidate
        with pytest.raises(DecodeError):
            parse_descriptor(closed, "mainnet")


def test_wants_the_checksum() -> None:
    with pytest.raises(MalformedTransaction, match="no checksum"):
        parse_descriptor(f"wpkh({KEY})", "mainnet")
    with pytest.raises(MalformedTransaction, match="checksum is wrong"):
        parse_descriptor(f"wpkh({KEY})#qqqqqqqq", "mainnet")
    with pytest.raises(MalformedTransaction, match="checksum is wrong"):
        parse_descriptor(wpkh(1)[:-1], "mainnet")


UNCOMPRESSED = private_key(1).public_key.format(compressed=False).hex()
OUTSIDE = {
    "bare pk": f"pk({KEY})",
    "bare multisig in sh": f"sh(multi(1,{KEY}))",
    "wrapped key in wsh": f"wsh(wpkh({KEY}))",
    "wrapped pkh": f"sh(pkh({KEY}))",
    "wrapped twice": f"sh(sh(wpkh({KEY})))",
    "witness of a witness": f"wsh(wsh(multi(1,{KEY})))",
    "x-only outside taproot": f"wpkh({KEY[2:]})",
    "taproot with a tree": f"tr({KEY[2:]},pk({KEY[2:]}))",
    "taproot within wsh": f"wsh(tr({KEY[2:]}))",
    "taproot of several keys": f"tr(musig({KEY},{KEY}))",
    "uncompressed in taproot": f"tr({private_key(1).public_key.format(compressed=False).hex()})",
    "raw": "raw(deadbeef)",
    "miniscript": f"wsh(and_v(v:pk({KEY}),older(100)))",
    "key within wsh": f"wsh(pk({KEY}))",
    "two keys in wpkh": f"wpkh({KEY},{KEY})",
    "uncompressed": f"wpkh({UNCOMPRESSED})",
    "WIF": "wpkh(L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1)",
    "private": f"wpkh({MASTER.to_base58()})",
    "hardened child": f"wpkh({XPUB}/0h)",
    "hardened range": f"wpkh({XPUB}/0/*h)",
    "of another network": f"wpkh({TPUB})",
    "threshold of nothing": f"wsh(multi(0,{KEY}))",
    "threshold over the keys": f"wsh(multi(2,{KEY}))",
    "key twice": f"wsh(sortedmulti(2,{KEY},{KEY}))",
    "deep path": f"wpkh({XPUB}{'/0' * 17})",
    "21 keys": "wsh(multi(1," + ",".join(public_key(n + 1).hex() for n in range(21)) + "))",
    "space": f"wpkh( {KEY})",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_refuses_what_is_outside_the_grammar(name: str) -> None:
    with pytest.raises(UnsupportedTransaction):
        parse_descriptor(descriptor(OUTSIDE[name]), "mainnet")


BROKEN = {
    "no point": f"wpkh(02{'ff' * 32})",
    "no x of a point": f"tr({'ff' * 32})",
    "origin without a fingerprint": f"wpkh([/0h]{KEY})",
    "origin with a range": f"wpkh([deadbeef/*]{KEY})",
    "origin with an index of 2^31": f"wpkh([deadbeef/2147483648]{KEY})",
    "index of 2^31": f"wpkh({XPUB}/2147483648)",
    "index with a leading zero": f"wpkh({XPUB}/01)",
    "index that is no number": f"wpkh({XPUB}/a)",
    "range in the middle": f"wpkh({XPUB}/*/0)",
    "several branchings": f"wpkh({XPUB}/<0;1>/<2;3>/*)",
    "one branch": f"wpkh({XPUB}/<0>/*)",
    "no branch": f"wpkh({XPUB}/<>/*)",
    "branch twice": f"wpkh({XPUB}/<1;1>/*)",
    "branches of different number": f"wsh(multi(1,{XPUB}/<0;1>/*,{XPUB_2}/<0;1;2>/*))",
    "changed extended key": f"wpkh({XPUB[:-1]}{'1' if XPUB[-1] != '1' else '2'})",
}


@pytest.mark.parametrize("name", BROKEN)
def test_refuses_what_breaks_the_grammar(name: str) -> None:
    with pytest.raises(MalformedTransaction):
        parse_descriptor(descriptor(BROKEN[name]), "mainnet")


def test_makes_no_descriptor_of_what_is_no_quorum_or_no_key() -> None:
    keys = (public_key(1), public_key(2))
    for threshold, chosen in ((0, keys), (3, keys), (1, ()), (1, (keys[0], keys[0]))):
        with pytest.raises(UnsupportedTransaction):
            sortedmulti_descriptor(threshold, chosen)
    for key in (b"", b"\x02" + bytes(32), b"\x02" + b"\xff" * 32, bytes.fromhex(UNCOMPRESSED)):
        with pytest.raises(MalformedTransaction):
            wpkh_descriptor(key)


@pytest.mark.parametrize("text", [f"wpkh({XPUB}/0/*)", f"wpkh({XPUB}/<0;1>)"])
def test_asks_for_one_address_of_a_descriptor_that_has_one(text: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="more than one address"):
        descriptor_address(descriptor(text), "mainnet")
    assert descriptor_address(descriptor(f"wpkh({XPUB}/0/5)"), "mainnet").startswith("bc1q")


@given(
    st.integers(min_value=0, max_value=(1 << 31) - 1),
    st.integers(min_value=0, max_value=1),
    st.integers(min_value=1, max_value=2),
)
def test_derives_ranged_keys_as_others_do(index: int, branch: int, threshold: int) -> None:
    mixed = f"[deadbeef/48h/0']{XPUB}/<0;1>/*,{XPUB_2}/5/<2;3>/*,{KEY}"
    for text in (f"wpkh({XPUB}/<0;1>/*)", f"wsh(sortedmulti({threshold},{mixed}))"):
        ours = parse_descriptor(descriptor(text), "mainnet")
        oracle = OracleDescriptor.from_string(text).derive(index, branch_index=branch)
        script = spendable_at(on(ours, branch), index).script
        assert (branch_count(ours), is_ranged(ours)) == (2, True)
        assert script == oracle.script_pubkey().data
        assert script == _wally_script(text, branch, index)
        assert path_at(ours, branch, index) == f"{branch}/{index}"


def _wally_script(text: str, branch: int, index: int) -> bytes:
    parsed = wallycore.descriptor_parse(text, None, wallycore.WALLY_NETWORK_BITCOIN_MAINNET, 0)
    return bytes(wallycore.descriptor_to_script(parsed, 0, 0, 0, branch, index, 0))


def test_derives_children_as_the_public_cases_say() -> None:
    cases = need(shared("btc-keys/bip32.jsonl"))
    valid = {case["seed"] + case["path"]: case["xpub"] for case in cases if "seed" in case}
    for name, xpub in valid.items():
        parent, _, step = name.rpartition("/")
        if parent in valid and step.isdigit():
            derived = child(parse_extended_key(valid[parent], MAINNET), int(step))
            assert derived == parse_extended_key(xpub, MAINNET)


def test_refuses_the_public_invalid_extended_keys() -> None:
    for case in need(shared("btc-keys/bip32.jsonl")):
        if case["group"] == "invalid":
            for network in (MAINNET, TESTNET):
                with pytest.raises(DecodeError):
                    parse_extended_key(case["key"], network)


def test_agrees_with_the_public_key_expressions() -> None:
    private = re.compile("xprv|^[5KL]|/[0-9]+h/[^]]*$")
    for case in need(shared("btc-descriptor/bip380_family.jsonl")):
        text = case.get("key_expression")
        if text is None:
            continue
        if case["expect"] == "valid" and not private.search(text):
            parse_key(text, MAINNET)
        else:
            with pytest.raises(DecodeError):
                parse_key(text, MAINNET)


def test_agrees_with_the_public_descriptors() -> None:
    read = 0
    for case in need(shared("btc-descriptor/bip380_family.jsonl")):
        text = case.get("descriptor")
        if text is None:
            continue
        try:
            parsed = parse_descriptor(
                text if "#" in text else f"{text}#{checksum(text)}", "mainnet"
            )
        except DecodeError:
            continue
        assert case["expect"] == "valid", case["id"]
        for position, output in enumerate(case["outputs"]):
            read += 1
            if output.startswith("wpkh("):
                other = parse_descriptor(f"{output}#{checksum(output)}", "mainnet")
                assert on(parsed, position) == on(other, 0), case["id"]
            else:
                script = spendable_at(on(parsed, 0), position).script
                assert script.hex() == output, case["id"]
    assert read


def test_agrees_with_the_addresses_of_other_devices() -> None:
    for case in need(shared("btc-descriptor/ledger_policies.jsonl")):
        about = case["case"]
        if "address" in about:
            text = about["policy"]
            for number, key in enumerate(about["keys"]):
                text = text.replace(f"@{number}/**", f"{key}/{int(about['change'])}/*")
            parsed = parse_descriptor(f"{text}#{checksum(text)}", "testnet")
            script = spendable_at(on(parsed, 0), about["address_index"]).script
            assert _address(script) == about["address"]


def _address(script: bytes) -> str:
    return str(Script(script).address(ORACLE_NETWORKS["test"]))
