"""Bitcoin on a real regtest node: coins, fees, change, locks, signatures, confirmations."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import wallycore
from coincurve import PrivateKey
from embit.ec import PrivateKey as EmbitKey
from embit.psbt import PSBT

from appliance.wire.epochs import BitcoinAccount, WhitelistEntry
from appliance.wire.messages import BatchSigned, InputSignature
from appliance.wire.terms import Chain
from online_coordinator.batches.broadcast import broadcast, reconcile
from online_coordinator.batches.build import Selection, rebuild
from online_coordinator.batches.content import transactions_of
from online_coordinator.batches.final import add_cosigner
from online_coordinator.batches.flow import advance
from online_coordinator.batches.models import Batch, Reservation
from online_coordinator.batches.responses import import_response
from online_coordinator.batches.show import batch_report
from online_coordinator.builders import bitcoin
from online_coordinator.errors import (
    FundsShort,
    ResponseSignature,
    WalletNotWatched,
)
from online_coordinator.requests.models import Withdrawal
from online_coordinator.wallets.services import bitcoin_node
from online_coordinator.workflow import BatchState, Step
from tests.online_coordinator.bitcoin_desk import BitcoinDesk
from tests.online_coordinator.desk import NOW, Desk, found, networks
from tests.online_coordinator.regtest import Regtest
from tests.online_coordinator.stand_in import (
    high_s,
    input_signature,
    multisig_wallet,
    secp256k1,
)

COIN = 100_000_000


def coins(batch: Batch) -> set[tuple[str, int]]:
    held = Reservation.objects.filter(transaction__batch=batch)
    return set(held.values_list("subject", "position"))


def psbts(batch: Batch) -> list[PSBT]:
    return [PSBT.parse(bytes(each.payload)) for each in transactions_of(batch)]


def test_one_transaction_pays_many_requests(funded_bitcoin: BitcoinDesk) -> None:
    rows = [funded_bitcoin.row(n, f"0.{n + 1}", n) for n in range(4)]
    batch = funded_bitcoin.desk.built(*rows, funded_bitcoin.row(9, "0.1", 0))
    (stored,), (psbt,) = transactions_of(batch), psbts(batch)
    paid = sorted(out.value for out in psbt.tx.vout)
    spent = sum(each.witness_utxo.value for each in psbt.inputs)
    change = spent - sum(paid[:-1] if paid[-1] > COIN // 2 else paid) - stored.maximum_fee
    assert paid[:5] == [10_000_000, 10_000_000, 20_000_000, 30_000_000, 40_000_000]
    assert paid[5:] == [change]
    assert stored.digest == psbt.tx.txid().hex()
    assert batch_report(batch)["transactions"][0]["fee"]["maximum"] == str(stored.maximum_fee)


def test_every_input_carries_its_previous_transaction(funded_bitcoin: BitcoinDesk) -> None:
    (psbt,) = psbts(funded_bitcoin.desk.built(funded_bitcoin.row(1, "3")))
    assert len(psbt.inputs) == 2
    for scope in psbt.inputs:
        assert scope.non_witness_utxo.txid() == scope.txid
        previous = scope.non_witness_utxo.vout[scope.vout]
        assert previous.value == scope.witness_utxo.value
    assert psbt.verify()


def test_a_psbt_has_one_spelling_and_no_more_than_it_needs(funded_bitcoin: BitcoinDesk) -> None:
    batch = funded_bitcoin.desk.built(
        funded_bitcoin.row(1, "1"), funded_bitcoin.row(2, "1", 1, "multi")
    )
    for stored, psbt in zip(transactions_of(batch), psbts(batch), strict=True):
        payload = bytes(stored.payload)
        assert psbt.serialize() == payload
        parsed = wallycore.psbt_from_bytes(payload, wallycore.WALLY_PSBT_PARSE_FLAG_STRICT)
        assert bytes(wallycore.psbt_to_bytes(parsed, 0)) == payload
        for scope in psbt.inputs:
            assert not scope.bip32_derivations
            assert not scope.unknown
            assert not scope.partial_sigs


def test_change_goes_to_the_change_descriptors_in_turn(funded_bitcoin: BitcoinDesk) -> None:
    node = bitcoin_node(funded_bitcoin.wallet, funded_bitcoin.desk.networks)
    account = funded_bitcoin.desk.stand_in.genesis.manifest.accounts[0]
    assert isinstance(account, BitcoinAccount)
    own = [node.address_of(pair.change) for pair in account.pairs]
    seen = []
    funded_bitcoin.add_coins(6, "1")
    for number in range(2):
        batch = funded_bitcoin.desk.built(funded_bitcoin.row(number, "1"))
        seen.append(batch_report(batch)["transactions"][0]["facts"]["change address"])
    assert seen == own


def test_batches_in_flight_never_share_a_coin(funded_bitcoin: BitcoinDesk) -> None:
    funded_bitcoin.add_coins(6, "1")
    first, second = (
        funded_bitcoin.desk.built(funded_bitcoin.row(number, "0.5")) for number in (1, 2)
    )
    assert not coins(first) & coins(second)
    funded_bitcoin.desk.ask(funded_bitcoin.row(3, "9.5"))
    with pytest.raises(FundsShort):
        funded_bitcoin.desk.build()
    advance(first, Step.DISCARD, NOW)
    third = funded_bitcoin.desk.build(Selection(requests=("B-1",)))
    assert not coins(third) & coins(second)


def test_locks_lost_by_the_node_are_restored_before_the_next_build(
    funded_bitcoin: BitcoinDesk,
) -> None:
    funded_bitcoin.add_coins(6, "1")
    first = funded_bitcoin.desk.built(funded_bitcoin.row(1, "0.5"))
    node = bitcoin_node(funded_bitcoin.wallet, funded_bitcoin.desk.networks)
    assert not coins(first) & {(coin.txid, coin.index) for coin in node.unspent(1)}
    node.hold_exactly(())
    assert coins(first) < {(coin.txid, coin.index) for coin in node.unspent(1)}
    second = funded_bitcoin.desk.built(funded_bitcoin.row(2, "0.5"))
    assert not coins(first) & coins(second)


def test_a_failed_build_locks_nothing(funded_bitcoin: BitcoinDesk) -> None:
    node = bitcoin_node(funded_bitcoin.wallet, funded_bitcoin.desk.networks)
    funded_bitcoin.desk.ask(funded_bitcoin.row(1, "50"))
    with pytest.raises(FundsShort, match="4 BTC"):
        funded_bitcoin.desk.build()
    assert len(node.unspent(1)) == 2
    assert not Batch.objects.exists()


def test_a_rebuild_may_use_the_same_coins(funded_bitcoin: BitcoinDesk) -> None:
    batch = funded_bitcoin.desk.checked(funded_bitcoin.desk.built(funded_bitcoin.row(1, "3")))
    before, digest = coins(batch), batch.digest
    dearer = replace(funded_bitcoin.chain.network, fee_rate_sat_vb=20)
    rebuild(batch, networks(bitcoin=dearer), NOW)
    assert coins(batch) == before
    assert batch.digest != digest
    assert batch.state == BatchState.BUILT.value


def test_many_requests_are_split_into_transactions_people_can_review(
    funded_bitcoin: BitcoinDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bitcoin, "MAX_OUTPUTS", 2)
    funded_bitcoin.add_coins(6, "1")
    batch = funded_bitcoin.desk.built(*(funded_bitcoin.row(n, "0.5", n) for n in range(4)))
    first, second = psbts(batch)
    assert (len(first.tx.vout), len(second.tx.vout)) == (3, 3)
    spent = [(each.txid, each.vout) for psbt in (first, second) for each in psbt.tx.vin]
    assert len(set(spent)) == len(spent)


def test_says_when_the_node_does_not_watch_the_wallet(
    database: None,  # emptied first
    regtest: Regtest,
) -> None:
    client = regtest.address()
    entry = WhitelistEntry(Chain.BITCOIN, "regtest", client, "Client")
    label = "unwatched" + client[-6:]
    desk = Desk.opened(networks(bitcoin=regtest.network), found(label, whitelist=(entry,)))
    desk.ask(f"B-1,{label}-btc,BTC,1,{client},")
    with pytest.raises(WalletNotWatched):
        desk.build()


def test_the_whole_way_to_a_receipt(funded_bitcoin: BitcoinDesk) -> None:
    desk, chain = funded_bitcoin.desk, funded_bitcoin.chain
    batch = funded_bitcoin.signed(desk.built(*(funded_bitcoin.row(n, "0.7", n) for n in range(4))))
    assert batch.state == BatchState.FINALISED.value
    (stored,) = transactions_of(batch)
    node = bitcoin_node(funded_bitcoin.wallet, desk.networks)
    assert node.refusal_of(bytes(stored.raw or b"")) is None
    broadcast(batch, desk.networks, NOW)
    broadcast(batch, desk.networks, NOW)
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.BROADCAST.value
    chain.mine(2)
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.CONFIRMED.value
    (receipt,) = batch_report(batch)["transactions"]
    assert (receipt["txid"], receipt["digest"]) == (stored.digest, stored.digest)
    assert receipt["confirmations"] == 2
    assert set(Withdrawal.objects.values_list("state", flat=True)) == {"paid"}
    for client in funded_bitcoin.clients:
        assert chain.call("getreceivedbyaddress", client, wallet="miner") == pytest.approx(0.7)
    assert node.previous_transaction(stored.txid) == bytes(stored.raw or b"")


def test_a_multisig_waits_for_its_cosigners(funded_bitcoin: BitcoinDesk) -> None:
    desk = funded_bitcoin.desk
    batch = funded_bitcoin.signed(desk.built(funded_bitcoin.row(1, "3", 1, "multi")))
    assert batch.state == BatchState.SIGNED.value
    (stored,) = transactions_of(batch)
    assert stored.state == "partly-signed"
    partial = bytes(stored.partial or b"")
    label = funded_bitcoin.label
    _, _, theirs = multisig_wallet(f"{label}-multi", "regtest", 2, 2)
    for stranger in (secp256k1("thief"), None):
        with pytest.raises(ResponseSignature):
            add_cosigner(batch, stored.identifier, cosigned(partial, stranger, theirs[0]), NOW)
    add_cosigner(batch, stored.identifier, cosigned(partial, theirs[0], theirs[0]), NOW)
    assert batch.state == BatchState.FINALISED.value
    broadcast(batch, desk.networks, NOW)
    funded_bitcoin.chain.mine(2)
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.CONFIRMED.value


def cosigned(partial: bytes, signer: PrivateKey | None, named: PrivateKey) -> bytes:
    """Return the PSBT with a signature of `signer` in the name of `named`; of nobody: damaged."""
    psbt = PSBT.parse(partial)
    public = EmbitKey(named.secret).get_public_key()
    for index, scope in enumerate(psbt.inputs):
        der = (signer or named).sign(psbt.sighash(index), hasher=None)
        scope.partial_sigs[public] = der + (b"\x01" if signer else b"\x02")
    return bytes(psbt.serialize())


Forgery = Callable[[tuple[InputSignature, ...]], tuple[InputSignature, ...]]

FORGERIES: dict[str, Forgery] = {
    "altered": lambda s: (
        replace(s[0], signature=s[0].signature[:9] + b"\0" + s[0].signature[10:]),
        *s[1:],
    ),
    "high s": lambda s: (high_s(s[0]), *s[1:]),
    "another digest": lambda s: (replace(s[0], digest=bytes(32)), *s[1:]),
    "one missing": lambda s: s[:1],
    "one twice": lambda s: (s[0], s[0]),
    "swapped": lambda s: (replace(s[0], index=1), replace(s[1], index=0)),
    "another key": lambda s: (input_signature(secp256k1("thief"), 0, s[0].digest), *s[1:]),
    "no point": lambda s: (replace(s[0], public_key=b"\x05" + bytes(32)), *s[1:]),
    "index out of range": lambda s: (s[0], replace(s[1], index=2)),
}


def test_refuses_forged_signatures(funded_bitcoin: BitcoinDesk) -> None:
    desk = funded_bitcoin.desk
    batch = desk.built(funded_bitcoin.row(1, "3"))
    request = bytes(desk.export(desk.checked(batch)).envelope)
    (unsigned,) = desk.stand_in.read(request).content.transactions
    good = desk.stand_in.signatures(unsigned)
    for name, forge in FORGERIES.items():
        forged = replace(good, signatures=forge(good.signatures))
        outcome = BatchSigned((forged,), desk.stand_in.approvals(bytes(32)))
        with pytest.raises(ResponseSignature):
            import_response(desk.stand_in.answer(request, outcome), batch, NOW)
        batch.refresh_from_db()
        assert batch.state == BatchState.EXPORTED.value, name
