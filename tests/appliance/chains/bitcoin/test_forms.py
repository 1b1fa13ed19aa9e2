"""Every kind of script of ours: recognised, signed over the right digest, its size known."""

from dataclasses import replace
from typing import Any

import pytest
from embit.script import Script, Witness
from embit.transaction import SIGHASH

from appliance.model.transaction import BitcoinFee, SigningDigest
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import (
    HOT_CHANGE,
    Payment,
    Proposal,
    decode,
    facts,
    finding,
    hot_coin,
    multisig,
    private_key,
    public_key,
    refusals,
)
from tests.appliance.chains.bitcoin.world_forms import (
    FORMS,
    legacy_coin,
    legacy_lock,
    payment_of,
    taproot_coin,
    taproot_derivation,
    taproot_lock,
    tweaked,
    with_change,
    with_coin,
    x_only,
)

KEYS = {"legacy": (41,), "nested": (43,), "wrapped": (61, 62, 63)}
CHANGE = 39_990_000


@pytest.mark.parametrize("form", FORMS)
def test_recognises_coins_and_change_of_every_kind(form: str) -> None:
    transaction = decode(payment_of(form).psbt)
    assert transaction.findings == ()
    assert transaction.account == form
    assert [each.amount for each in transaction.change] == [CHANGE]
    assert [each.amount for each in transaction.transfers] == [60_000_000]


def _key_hash_code(number: int) -> bytes:
    return legacy_lock(number)


@pytest.mark.parametrize("form", KEYS)
def test_asks_for_signatures_over_what_another_library_computes(form: str) -> None:
    proposal = payment_of(form)
    oracle, amount = proposal.transaction, 100_000_000
    expected = {
        "legacy": lambda: oracle.sighash_legacy(0, Script(legacy_lock(41)), SIGHASH.ALL),
        "nested": lambda: oracle.sighash_segwit(0, Script(_key_hash_code(43)), amount),
        "wrapped": lambda: oracle.sighash_segwit(0, Script(multisig(2, 61, 62, 63)), amount),
    }[form]()
    signing = decode(proposal.psbt).signing
    assert {each.digest for each in signing} == {expected}
    assert {each.public_key for each in signing} == set(map(public_key, KEYS[form]))


@pytest.mark.parametrize("sighash_type", [None, 0, 1])
def test_the_digest_of_a_taproot_input_is_for_its_output_key(
    sighash_type: int | None,
) -> None:
    proposal = payment_of("taproot")
    if sighash_type is not None:
        proposal = with_coin(proposal, (b"\x03", sighash_type.to_bytes(4, "little")))
    transaction = decode(proposal.psbt)
    digest = proposal.transaction.sighash_taproot(
        0, [Script(taproot_lock(45))], [100_000_000], sighash_type or 0
    )
    output_key = taproot_lock(45)[2:]
    assert transaction.signing == (SigningDigest(0, output_key, digest),)
    assert transaction.findings == ()


def _signed(form: str, proposal: Proposal) -> Any:
    """The transaction as it will be mined, with the largest signatures there are."""
    final, spent = proposal.transaction, proposal.coins[0]
    digest = decode(proposal.psbt).signing[0].digest if form != "taproot" else bytes(32)
    signatures = [
        private_key(number).sign(digest, hasher=None) + b"\x01" for number in KEYS.get(form, ())
    ]
    scripts = dict(spent.pairs)
    redeem = scripts.get(b"\x04", b"")
    script_sig = bytes((len(redeem),)) + redeem if redeem else b""
    match form:
        case "legacy":
            script_sig = b"".join(
                bytes((len(item),)) + item for item in (signatures[0], public_key(41))
            )
            items: list[bytes] = []
        case "nested":
            items = [signatures[0], public_key(43)]
        case "wrapped":
            items = [b"", *signatures[:2], scripts[b"\x05"]]
        case _:
            items = [tweaked(45).sign_schnorr(digest) + b"\x01"]
    final.vin[0].script_sig, final.vin[0].witness = Script(script_sig), Witness(items)
    return final


@pytest.mark.parametrize("form", FORMS)
def test_estimates_the_size_from_above_and_closely(form: str) -> None:
    proposal = payment_of(form)
    fee = decode(proposal.psbt).fee
    signed = wallycore.tx_from_bytes(_signed(form, proposal).serialize(), 1)
    size = wallycore.tx_get_vsize(signed)
    assert isinstance(fee, BitcoinFee)
    assert size <= fee.virtual_size <= size + 2


def test_a_taproot_input_needs_no_previous_transaction_and_every_other_does() -> None:
    """The signature of a taproot key commits to the amounts and scripts of all inputs."""
    assert refusals(decode(payment_of("taproot").psbt)) == []
    for form in ("legacy", "nested", "wrapped"):
        proposal = payment_of(form)
        coin = proposal.coins[0]
        claimed = (b"\x01", coin.output.serialize())
        alone = replace(coin.without(0, 1), pairs=(claimed, *coin.without(0, 1).pairs))
        found = refusals(decode(replace(proposal, coins=(alone,)).psbt))
        assert ("PREVIOUS-TRANSACTION", "input 0") in found


def test_a_false_amount_of_a_taproot_input_changes_what_is_signed() -> None:
    proposal = payment_of("taproot")
    output = proposal.coins[0].output.serialize()
    lie = (150_000_000).to_bytes(8, "little") + output[8:]
    lying = replace(proposal, coins=(proposal.coins[0].setting(b"\x01", lie),))
    told = [decode(each.psbt).signing for each in (proposal, lying)]
    assert told[0] != told[1]


def test_a_taproot_input_with_a_previous_transaction_must_agree_with_it() -> None:
    proposal = payment_of("taproot")
    coin = proposal.coins[0]
    whole = coin.adding((b"\x00", coin.previous.serialize()))
    assert refusals(decode(replace(proposal, coins=(whole,)).psbt)) == []
    lie = (1).to_bytes(8, "little") + coin.output.serialize()[8:]
    lying = replace(proposal, coins=(whole.setting(b"\x01", lie),))
    assert refusals(decode(lying.psbt)) == [("PREVIOUS-TRANSACTION", "input 0")]
    other = coin.adding((b"\x00", taproot_coin(7, salt=9).previous.serialize()))
    assert refusals(decode(replace(proposal, coins=(other,)).psbt)) == [
        ("PREVIOUS-TRANSACTION", "input 0")
    ]


def test_a_legacy_input_has_no_witness_output_even_a_true_one() -> None:
    proposal = payment_of("legacy")
    both = with_coin(proposal, (b"\x01", proposal.coins[0].output.serialize()))
    transaction = decode(both.psbt)
    assert refusals(transaction) == [("PREVIOUS-TRANSACTION", "input 0")]
    assert "no witness" in finding(transaction, "PREVIOUS-TRANSACTION").message


@pytest.mark.parametrize("sighash_type", [2, 3, 0x80, 0x81, 0x82, 0x83, 4])
def test_taproot_is_signed_as_all_or_default_only(sighash_type: int) -> None:
    proposal = with_coin(payment_of("taproot"), (b"\x03", sighash_type.to_bytes(4, "little")))
    assert refusals(decode(proposal.psbt)) == [("SIGHASH-TYPE", "input 0")]


@pytest.mark.parametrize("form", ["legacy", "nested", "wrapped"])
def test_only_taproot_knows_the_default_type(form: str) -> None:
    proposal = with_coin(payment_of(form), (b"\x03", bytes(4)))
    assert refusals(decode(proposal.psbt)) == [("SIGHASH-TYPE", "input 0")]


def test_refuses_a_taproot_input_that_is_more_than_its_key() -> None:
    proposal = payment_of("taproot")
    signature = (b"\x13", bytes(64))
    for pair, words in (
        ((b"\x18", bytes(32)), "tree of taproot scripts"),
        (signature, "nothing is left to sign"),
        ((b"\x14" + bytes(64), bytes(64)), "taproot script path"),
        ((b"\x15" + b"\xc0" + bytes(32), b"\x51\xc0"), "taproot script path"),
        ((b"\x1a" + public_key(1), public_key(2)), "MuSig2"),
    ):
        transaction = decode(with_coin(proposal, pair).psbt)
        assert refusals(transaction) == [("UNSUPPORTED", "input 0")]
        assert words in finding(transaction, "UNSUPPORTED").message


def test_refuses_another_internal_key_than_ours() -> None:
    proposal = payment_of("taproot")
    foreign = proposal.coins[0].setting(b"\x17", x_only(98))
    transaction = decode(replace(proposal, coins=(foreign,)).psbt)
    assert refusals(transaction) == [("INPUT-NOT-OURS", "input 0")]
    change = with_change(payment_of("taproot"), taproot_derivation(7, 98))
    assert refusals(decode(change.psbt)) == [("CHANGE-NOT-OURS", "output 1")]
    in_scripts = with_coin(
        payment_of("taproot"),
        (b"\x16" + x_only(98), b"\x01" + bytes(32) + b"\x12\x34\x56\x78"),
    )
    assert refusals(decode(in_scripts.psbt)) == [("INPUT-NOT-OURS", "input 0")]


def test_change_is_of_a_kind_that_the_wallet_spends() -> None:
    """A wallet of several kinds of script does not move its change from one to another."""
    from tests.appliance.chains.bitcoin.world import HOT, TAPROOT  # noqa: PLC0415

    both = replace(HOT, pairs=(*HOT.pairs, *TAPROOT.pairs))
    coins = (hot_coin(100_000_000),)
    for script, changes in ((HOT_CHANGE, 1), (taproot_lock(46), 0)):
        transaction = decode(Proposal(coins, (Payment(script, 99_990_000),)).psbt, (both,))
        assert len(transaction.change) == changes
        assert len(facts(transaction, "Our own address")) == 1 - changes


def test_refuses_more_legacy_inputs_than_can_be_hashed_in_good_time() -> None:
    def proposal(count: int) -> Proposal:
        coins = tuple(legacy_coin(10_000, salt=number) for number in range(count))
        return Proposal(coins, (Payment(legacy_lock(42), 9_000 * count),))

    assert len(decode(proposal(500).psbt).signing) == 500
    transaction = decode(proposal(1001).psbt)
    assert refusals(transaction) == [("UNSUPPORTED", "")]
    assert "1,001 inputs without a witness" in finding(transaction, "UNSUPPORTED").message
