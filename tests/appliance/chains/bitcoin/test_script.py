"""Scripts: five kinds can be paid to, everything else is told by its name."""

import pytest
from embit.hashes import hash160
from embit.script import Script
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.script import (
    Kind,
    Template,
    contradiction,
    multisig_script,
    script_of,
    template_of,
    unpayable_kind,
)
from appliance.chains.bitcoin.spendable import spend_witness_key_hash, spend_witness_multisig
from tests.appliance.chains.bitcoin.world import (
    HOT_RECEIVE,
    VAULT_RECEIVE,
    multisig,
    multisig_lock,
    public_key,
)
from tests.shared_vectors import need, shared

POINT = public_key(5)[1:]
SIZES = {Kind.P2PKH: 20, Kind.P2SH: 20, Kind.P2WPKH: 20, Kind.P2WSH: 32}


@given(st.sampled_from(list(SIZES)), st.binary(min_size=32, max_size=32))
def test_recognises_what_it_writes(kind: Kind, payload: bytes) -> None:
    template = Template(kind, payload[: SIZES[kind]])
    script = script_of(template)
    assert template_of(script) == template
    assert Script(script).script_type() == kind.value.lower()


def test_recognises_a_taproot_key_that_is_a_point_and_no_other() -> None:
    assert template_of(b"\x51\x20" + POINT) == Template(Kind.P2TR, POINT)
    assert template_of(b"\x51\x20" + b"\xff" * 32) is None
    assert "not a point" in unpayable_kind(b"\x51\x20" + b"\xff" * 32)


@given(st.binary(max_size=50))
def test_any_script_is_of_a_kind_or_told_by_words(script: bytes) -> None:
    template = template_of(script)
    if template is None:
        assert unpayable_kind(script)
    else:
        assert script_of(template) == script


@pytest.mark.parametrize(
    "script",
    [HOT_RECEIVE + b"\0", HOT_RECEIVE[:-1], VAULT_RECEIVE + b"\0", b"\x00\x15" + bytes(20)],
)
def test_a_byte_more_or_less_is_another_script(script: bytes) -> None:
    assert template_of(script) is None


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16, 17, 20])
def test_writes_a_multisig_with_minimal_numbers(count: int) -> None:
    keys = tuple(public_key(number + 1) for number in range(count))
    script = multisig_script(count, keys)
    number = bytes((0x50 + count,)) if count <= 16 else bytes((1, count))
    assert script == number + b"".join(b"\x21" + key for key in keys) + number + b"\xae"


def test_a_multisig_is_paid_as_another_library_pays_it() -> None:
    keys = tuple(sorted(public_key(number) for number in (11, 12, 13)))
    spendable = spend_witness_multisig(2, keys, is_sorted=True)
    assert spendable.script == multisig_lock(2, 11, 12, 13)
    assert spendable.script_code == spendable.witness_script == multisig(2, 11, 12, 13)
    assert spendable.public_keys == keys


def test_estimates_the_witness_from_above() -> None:
    single = spend_witness_key_hash(public_key(1))
    assert single.witness_size == 1 + (1 + 72) + (1 + 33)
    double = spend_witness_multisig(2, tuple(public_key(n) for n in (1, 2, 3)), is_sorted=False)
    assert double.witness_size == 1 + 1 + 2 * (1 + 72) + (1 + 105)
    large = spend_witness_multisig(1, tuple(public_key(n + 1) for n in range(20)), is_sorted=False)
    assert large.witness_size == 1 + 1 + (1 + 72) + (3 + 684)


NESTED = b"\x00\x20" + VAULT_RECEIVE[2:]


def test_accepts_the_scripts_that_a_script_commits_to() -> None:
    witness = multisig(2, 11, 12, 13)
    wrapped = Script(NESTED)
    lock = bytes.fromhex("a914") + hash160(wrapped.data) + b"\x87"
    assert contradiction(VAULT_RECEIVE, None, None) is None
    assert contradiction(VAULT_RECEIVE, None, witness) is None
    assert contradiction(lock, NESTED, None) is None
    assert contradiction(lock, NESTED, witness) is None


def test_tells_scripts_that_a_script_does_not_commit_to() -> None:
    other = multisig(1, 11, 12, 13)
    lock = bytes.fromhex("a914") + hash160(NESTED) + b"\x87"
    assert "witness script" in (contradiction(VAULT_RECEIVE, None, other) or "")
    assert "witness script" in (contradiction(HOT_RECEIVE, None, other) or "")
    assert "redeem script" in (contradiction(VAULT_RECEIVE, NESTED, None) or "")
    assert "redeem script" in (contradiction(lock, HOT_RECEIVE, None) or "")
    assert "witness script" in (contradiction(lock, NESTED, other) or "")


def test_agrees_with_the_public_multisig_cases() -> None:
    for case in need(shared("btc-descriptor/bip67.jsonl")):
        keys = [bytes.fromhex(key) for key in case["case"]["keys"]]
        assert [key.hex() for key in sorted(keys)] == case["case"]["sorted_keys"]
        assert multisig_script(2, tuple(sorted(keys))).hex() == case["case"]["script"]
