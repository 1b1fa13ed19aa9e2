"""From a PSBT to what it pays, from where and at what cost, by the registered wallets."""

from dataclasses import replace

import pytest
from coincurve import PublicKey
from embit.script import Witness

from appliance.chains.bitcoin.room import ROOM
from appliance.chains.interface import Registered
from appliance.model.money import native_asset
from appliance.model.transaction import (
    BitcoinFee,
    Change,
    DecodedTransaction,
    Fact,
    Reservation,
    SigningDigest,
    Transfer,
)
from appliance.wire.epochs import Account, BitcoinAccount, EthereumAccount
from appliance.wire.terms import Chain
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import (
    ACCOUNTS,
    CLIENT,
    CLIENT_SCRIPT,
    HOT,
    HOT_RECEIVE_1,
    STRANGER,
    VAULT,
    Payment,
    Proposal,
    coin,
    cosign,
    decode,
    facts,
    finding,
    hot_coin,
    hot_payment,
    multisig,
    private_key,
    public_key,
    refusals,
    vault_payment,
)

BTC = native_asset(Chain.BITCOIN, "regtest")
SOURCE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
CHANGE = "bcrt1qq6hag67dl53wl99vzg42z8eyzfz2xlkvwk6f7m"
HOT_CODE = b"\x76\xa9\x14" + hot_payment().coins[0].output.script_pubkey.data[2:] + b"\x88\xac"


def test_reads_a_payment_whole() -> None:
    proposal = hot_payment()
    outpoint = proposal.coins[0].previous.txid().hex()
    assert decode(proposal.psbt) == DecodedTransaction(
        chain=Chain.BITCOIN,
        network="regtest",
        format="psbt-v0",
        account="hot",
        source=SOURCE,
        transfers=(Transfer(BTC, 60_000_000, CLIENT, "output 0"),),
        change=(Change(39_990_000, CHANGE, "pair 0, change", "output 1"),),
        fee=BitcoinFee(10_000, 141),
        reserves=(Reservation(Chain.BITCOIN, "regtest", outpoint, 0),),
        signing=(SigningDigest(0, public_key(1), proposal.sighash(0, HOT_CODE)),),
        digest=proposal.transaction.txid(),
        calldata_digest=None,
        facts=(
            Fact("Inputs", "1, 1 BTC (100,000,000 base units) in total"),
            Fact("Replaceable", "yes (BIP-125)"),
            Fact("Sequence number", "0xfffffffd on every input"),
            Fact("Transaction version", "2"),
            Fact(
                "Fee in proportion",
                "70.92 sat/vB over about 141 vB, 0.0166 % of what is paid out",
            ),
        ),
        findings=(),
    )


def test_a_refused_payment_is_still_read_whole() -> None:
    proposal = hot_payment()
    asks_none = proposal.coins[0].adding((b"\x03", b"\x02\0\0\0"))
    refused, cleared = decode(replace(proposal, coins=(asks_none,)).psbt), decode(proposal.psbt)
    assert replace(refused, findings=(), signing=cleared.signing) == cleared


def test_asks_for_a_signature_by_every_key_of_a_multisig_over_the_right_digest() -> None:
    """Sign what it asks for, put the witnesses together, and compare with the estimates."""
    proposal = vault_payment()
    transaction, final = decode(proposal.psbt), proposal.transaction
    for index, coin_spent in enumerate(proposal.coins):
        keys = sorted(public_key(number) for number in (11, 12, 13))
        wanted = {each.public_key: each for each in transaction.signing if each.index == index}
        assert list(wanted) == keys
        numbers = {public_key(number): number for number in (11, 12, 13)}
        signatures = [
            private_key(numbers[key]).sign(wanted[key].digest, hasher=None) + b"\x01"
            for key in keys[:2]
        ]
        script = multisig(2, 11, 12, 13)
        final.vin[index].witness = Witness([b"", *signatures, script])
        digest = proposal.sighash(index, script)
        assert all(each.digest == digest for each in wanted.values())
        assert PublicKey(keys[0]).verify(signatures[0][:-1], digest, hasher=None)
        assert coin_spent.output.value
    size = wallycore.tx_get_vsize(wallycore.tx_from_bytes(final.serialize(), 1))
    assert isinstance(transaction.fee, BitcoinFee)
    assert size <= transaction.fee.virtual_size <= size + 2


@pytest.mark.parametrize("count", [1, 2, 300])
def test_estimates_the_size_from_above_and_closely(count: int) -> None:
    coins = tuple(hot_coin(1_000_000, salt=number) for number in range(count))
    proposal = Proposal(coins, (Payment(CLIENT_SCRIPT, 900_000 * count),))
    transaction, final = decode(proposal.psbt), proposal.transaction
    for index, spent in enumerate(final.vin):
        signature = private_key(1).sign(transaction.signing[index].digest, hasher=None)
        spent.witness = Witness([signature + b"\x01", public_key(1)])
    size = wallycore.tx_get_vsize(wallycore.tx_from_bytes(final.serialize(), 1))
    assert isinstance(transaction.fee, BitcoinFee)
    assert size <= transaction.fee.virtual_size <= size + count


def test_reads_without_any_wallet_and_makes_nothing_signable() -> None:
    for accounts in ((), (EthereumAccount("eth", "1", "0x" + "00" * 20, None, None),)):
        transaction = decode(hot_payment().psbt, accounts)
        assert (transaction.account, transaction.network) == (None, "mainnet")
        assert transaction.source == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
        assert [each.amount for each in transaction.transfers] == [60_000_000, 39_990_000]
        assert (transaction.change, transaction.signing, transaction.findings) == ((), (), ())
        assert transaction.fee.maximum == 10_000
        assert "not told by the bytes" in facts(transaction, "Network")[0]


def test_never_asks_the_name_of_a_wallet() -> None:
    decoder = ROOM.decoder(Registered(ACCOUNTS, ()))
    readings = [decoder(hot_payment().psbt, name) for name in (None, "hot", "vault", "nobody")]
    assert all(reading == readings[0] for reading in readings)


def test_needs_no_derivation() -> None:
    """The same scripts with everything said about keys taken away."""
    proposal = hot_payment()
    silent = replace(
        proposal,
        coins=(proposal.coins[0].without(6),),
        payments=tuple(replace(each, pairs=()) for each in proposal.payments),
    )
    assert decode(silent.psbt) == decode(proposal.psbt)


def test_change_is_only_what_the_paying_wallets_change_descriptor_has() -> None:
    proposal = hot_payment()
    to_receive = replace(proposal.payments[1], script=HOT_RECEIVE_1, pairs=())
    to_vault = replace(proposal.payments[1], script=bytes(VAULT_SCRIPT), pairs=())
    for payment, words in (
        (to_receive, "a receive address of our own wallet hot (pair 1, receive)"),
        (to_vault, "a change address of our own wallet vault (pair 0, change)"),
    ):
        transaction = decode(replace(proposal, payments=(proposal.payments[0], payment)).psbt)
        assert transaction.change == ()
        assert [each.where for each in transaction.transfers] == ["output 0", "output 1"]
        assert facts(transaction, "Our own address") == [f"output 1 pays to {words}"]
        assert refusals(transaction) == []


VAULT_SCRIPT = vault_payment().payments[1].script


def test_a_cosigners_signature_changes_nothing_but_a_fact() -> None:
    proposal = vault_payment()
    before, after = decode(proposal.psbt), decode(cosign(proposal, 1, 13).psbt)
    assert facts(after, "Cosigners' signatures") == ["1"]
    kept = tuple(each for each in after.facts if each.label != "Cosigners' signatures")
    assert replace(after, facts=kept) == before


def test_pays_from_the_account_even_where_an_input_is_not_ours() -> None:
    proposal = hot_payment()
    mixed = replace(proposal, coins=(coin(STRANGER, 5_000, salt=8), *proposal.coins))
    transaction = decode(mixed.psbt)
    assert (transaction.account, len(transaction.change)) == ("hot", 1)
    assert refusals(transaction) == [("INPUT-NOT-OURS", "input 0")]
    assert len(transaction.reserves) == 2


def test_an_unknown_amount_is_never_a_fee() -> None:
    proposal = hot_payment()
    silent = replace(proposal.coins[0], pairs=())
    transaction = decode(replace(proposal, coins=(silent,)).psbt)
    assert transaction.fee.maximum == 0
    assert transaction.source is None
    assert facts(transaction, "Inputs") == [
        "1, 0 BTC (0 base units) in total, and 1 of unknown amount"
    ]
    assert refusals(transaction) == [("PREVIOUS-TRANSACTION", "input 0")]


def test_spells_out_a_script_that_has_no_address() -> None:
    proposal = hot_payment()
    for script, destination in (
        (b"\x6a\x04data", "script 6a0464617461"),
        (b"", "script empty"),
        (b"\x6a" * 300, "script " + "6a" * 100 + " and 200 bytes more"),
    ):
        payment = Payment(script, 5)
        transaction = decode(replace(proposal, payments=(*proposal.payments, payment)).psbt)
        assert transaction.transfers[1].destination == destination


def test_objects_to_the_amount_before_anybody_computes_with_it() -> None:
    """CVE-2020-14199: two requests, each with one true and one false amount, are both refused."""
    coins = [hot_coin(100_000_000, salt=number) for number in (1, 2)]
    lie = (
        coins[0]
        .previous.vout[0]
        .serialize()
        .replace((100_000_000).to_bytes(8, "little"), (1_000_000).to_bytes(8, "little"))
    )
    for liar in (0, 1):
        pair = list(coins)
        pair[liar] = pair[liar].setting(b"\x01", lie)
        for each in (tuple(pair), tuple(c.without(0) if c is pair[liar] else c for c in pair)):
            transaction = decode(Proposal(each, (Payment(CLIENT_SCRIPT, 90_000_000),)).psbt)
            assert refusals(transaction) == [("PREVIOUS-TRANSACTION", f"input {liar}")]
            assert transaction.signing == ()


def test_messages_stay_short_however_much_is_sent() -> None:
    names = tuple(
        BitcoinAccount("w" * 60 + str(number), "regtest", pair.pairs, 0)
        for number, pair in enumerate((HOT, VAULT))
    )
    accounts: tuple[Account, ...] = names
    mixed = replace(hot_payment(), coins=(*hot_payment().coins, *vault_payment().coins))
    message = finding(decode(mixed.psbt, accounts), "SEVERAL-WALLETS").message
    assert len(message) <= 512
