"""Bitcoin on a real regtest node: coins, fees, change, locks, signatures, confirmations."""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import bitcoin_node, watch
from online_coordinator.workflow import BatchState, Step
from tests.online_coordinator.desk import NOW, Desk, found, networks
from tests.online_coordinator.regtest import Regtest
from tests.online_coordinator.stand_in import (
    high_s,
    input_signature,
    multisig_wallet,
    secp256k1,
)

COIN = 100_000_000


@dataclass(frozen=True, slots=True)
class BitcoinDesk:
    """A desk whose Bitcoin wallets are watched and funded by a regtest node."""

    desk: Desk
    chain: Regtest
    clients: tuple[str, ...]

    def wallet(self, name: str = "desk-btc") -> Wallet:
        return Wallet.objects.select_related("appliance").get(name=f"{self.label}-{name[5:]}")

    @property
    def label(self) -> str:
        return self.desk.stand_in.genesis.manifest.accounts[0].name.removesuffix("-btc")

    def row(self, number: int, amount: str, client: int = 0, wallet: str = "btc") -> str:
        return f"B-{number},{self.label}-{wallet},BTC,{amount},{self.clients[client]},"

    def signed(self, batch: Batch) -> Batch:
        request = bytes(self.desk.export(self.desk.checked(batch)).envelope)
        import_response(self.desk.stand_in.sign(request), batch, NOW)
        batch.refresh_from_db()
        return batch


_LABELS = iter(f"desk{number}" for number in range(1000))


@pytest.fixture
def funded(database: None, regtest: Regtest) -> BitcoinDesk:  # noqa: ARG001  # emptied first
    """Open a desk of its own on the node: two coins of 2 BTC, and one of 5 in the multisig."""
    kinds = ("bech32", "bech32m", "p2sh-segwit", "legacy")
    clients = tuple(regtest.address(kind) for kind in kinds)
    entries = tuple(
        WhitelistEntry(Chain.BITCOIN, "regtest", address, f"Client-{n}")
        for n, address in enumerate(clients)
    )
    label = next(_LABELS) + regtest.address()[-6:]
    stand_in = found(label, whitelist=entries)
    desk = Desk.opened(networks(bitcoin=regtest.network), stand_in)
    for name, amount in ((f"{label}-btc", "2"), (f"{label}-multi", "2.5")):
        wallet = Wallet.objects.select_related("appliance").get(name=name)
        addresses = watch(wallet, desk.networks, 0)
        for address in (addresses * 2)[:2]:
            regtest.pay(address, amount)
    regtest.mine()
    return BitcoinDesk(desk, regtest, clients)


def coins(batch: Batch) -> set[tuple[str, int]]:
    held = Reservation.objects.filter(transaction__batch=batch)
    return set(held.values_list("subject", "position"))


def psbts(batch: Batch) -> list[PSBT]:
    return [PSBT.parse(bytes(each.payload)) for each in transactions_of(batch)]


def test_one_transaction_pays_many_requests(funded: BitcoinDesk) -> None:
    rows = [funded.row(n, f"0.{n + 1}", n) for n in range(4)]
    batch = funded.desk.built(*rows, funded.row(9, "0.1", 0))
    (stored,), (psbt,) = transactions_of(batch), psbts(batch)
    paid = sorted(out.value for out in psbt.tx.vout)
    spent = sum(each.witness_utxo.value for each in psbt.inputs)
    change = spent - sum(paid[:-1] if paid[-1] > COIN // 2 else paid) - stored.maximum_fee
    assert paid[:5] == [10_000_000, 10_000_000, 20_000_000, 30_000_000, 40_000_000]
    assert paid[5:] == [change]
    assert stored.digest == psbt.tx.txid().hex()
    assert batch_report(batch)["transactions"][0]["fee"]["maximum"] == str(stored.maximum_fee)


def test_every_input_carries_its_previous_transaction(funded: BitcoinDesk) -> None:
    (psbt,) = psbts(funded.desk.built(funded.row(1, "3")))
    assert len(psbt.inputs) == 2
    for scope in psbt.inputs:
        assert scope.non_witness_utxo.txid() == scope.txid
        previous = scope.non_witness_utxo.vout[scope.vout]
        assert previous.value == scope.witness_utxo.value
    assert psbt.verify()


def test_a_psbt_has_one_spelling_and_no_more_than_it_needs(funded: BitcoinDesk) -> None:
    batch = funded.desk.built(funded.row(1, "1"), funded.row(2, "1", 1, "multi"))
    for stored, psbt in zip(transactions_of(batch), psbts(batch), strict=True):
        payload = bytes(stored.payload)
        assert psbt.serialize() == payload
        parsed = wallycore.psbt_from_bytes(payload, wallycore.WALLY_PSBT_PARSE_FLAG_STRICT)
        assert bytes(wallycore.psbt_to_bytes(parsed, 0)) == payload
        for scope in psbt.inputs:
            assert not scope.bip32_derivations
            assert not scope.unknown
            assert not scope.partial_sigs


def test_change_goes_to_the_change_descriptors_in_turn(funded: BitcoinDesk) -> None:
    node = bitcoin_node(funded.wallet(), funded.desk.networks)
    account = funded.desk.stand_in.genesis.manifest.accounts[0]
    assert isinstance(account, BitcoinAccount)
    own = [node.address_of(pair.change) for pair in account.pairs]
    seen = []
    for number in range(2):
        batch = funded.desk.built(funded.row(number, "1"))
        seen.append(batch_report(batch)["transactions"][0]["facts"]["change address"])
    assert seen == own


def test_batches_in_flight_never_share_a_coin(funded: BitcoinDesk) -> None:
    first, second = (
        funded.desk.built(funded.row(1, "1.5")),
        funded.desk.built(funded.row(2, "1.5")),
    )
    assert not coins(first) & coins(second)
    funded.desk.ask(funded.row(3, "0.5"))
    with pytest.raises(FundsShort):
        funded.desk.build()
    advance(first, Step.DISCARD, NOW)
    third = funded.desk.build(Selection(requests=("B-1",)))
    assert coins(third) == coins(first)


def test_locks_lost_by_the_node_are_restored_before_the_next_build(funded: BitcoinDesk) -> None:
    first = funded.desk.built(funded.row(1, "1.5"))
    node = bitcoin_node(funded.wallet(), funded.desk.networks)
    node.hold_exactly(())
    second = funded.desk.built(funded.row(2, "1.5"))
    assert not coins(first) & coins(second)


def test_a_failed_build_locks_nothing(funded: BitcoinDesk) -> None:
    node = bitcoin_node(funded.wallet(), funded.desk.networks)
    funded.desk.ask(funded.row(1, "50"))
    with pytest.raises(FundsShort, match="4 BTC"):
        funded.desk.build()
    assert len(node.unspent(1)) == 2
    assert not Batch.objects.exists()


def test_a_rebuild_may_use_the_same_coins(funded: BitcoinDesk) -> None:
    batch = funded.desk.checked(funded.desk.built(funded.row(1, "3")))
    before, digest = coins(batch), batch.digest
    dearer = replace(funded.chain.network, fee_rate_sat_vb=20)
    rebuild(batch, networks(bitcoin=dearer), NOW)
    assert coins(batch) == before
    assert batch.digest != digest
    assert batch.state == BatchState.BUILT.value


def test_many_requests_are_split_into_transactions_people_can_review(
    funded: BitcoinDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bitcoin, "MAX_OUTPUTS", 2)
    batch = funded.desk.built(*(funded.row(n, "0.5", n) for n in range(4)))
    first, second = psbts(batch)
    assert (len(first.tx.vout), len(second.tx.vout)) == (3, 3)
    spent = [(each.txid, each.vout) for psbt in (first, second) for each in psbt.tx.vin]
    assert len(set(spent)) == len(spent)


def test_says_when_the_node_does_not_watch_the_wallet(
    database: None,  # noqa: ARG001  # emptied first
    regtest: Regtest,
) -> None:
    client = regtest.address()
    entry = WhitelistEntry(Chain.BITCOIN, "regtest", client, "Client")
    label = "unwatched" + client[-6:]
    desk = Desk.opened(networks(bitcoin=regtest.network), found(label, whitelist=(entry,)))
    desk.ask(f"B-1,{label}-btc,BTC,1,{client},")
    with pytest.raises(WalletNotWatched):
        desk.build()


def test_the_whole_way_to_a_receipt(funded: BitcoinDesk) -> None:
    desk, chain = funded.desk, funded.chain
    batch = funded.signed(desk.built(*(funded.row(n, "0.7", n) for n in range(4))))
    assert batch.state == BatchState.FINALISED.value
    (stored,) = transactions_of(batch)
    node = bitcoin_node(funded.wallet(), desk.networks)
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
    for client in funded.clients:
        assert chain.call("getreceivedbyaddress", client, wallet="miner") == pytest.approx(0.7)
    assert node.previous_transaction(stored.txid) == bytes(stored.raw or b"")


def test_a_multisig_waits_for_its_cosigners(funded: BitcoinDesk) -> None:
    desk = funded.desk
    batch = funded.signed(desk.built(funded.row(1, "3", 1, "multi")))
    assert batch.state == BatchState.SIGNED.value
    (stored,) = transactions_of(batch)
    assert stored.state == "partly-signed"
    partial = bytes(stored.partial or b"")
    label = funded.label
    _, _, theirs = multisig_wallet(f"{label}-multi", "regtest", 2, 2)
    for stranger in (secp256k1("thief"), None):
        with pytest.raises(ResponseSignature):
            add_cosigner(batch, stored.identifier, cosigned(partial, stranger, theirs[0]), NOW)
    add_cosigner(batch, stored.identifier, cosigned(partial, theirs[0], theirs[0]), NOW)
    assert batch.state == BatchState.FINALISED.value
    broadcast(batch, desk.networks, NOW)
    funded.chain.mine(2)
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


@pytest.mark.parametrize("name", FORGERIES)
def test_refuses_forged_signatures(funded: BitcoinDesk, name: str) -> None:
    desk = funded.desk
    batch = desk.built(funded.row(1, "3"))
    request = bytes(desk.export(desk.checked(batch)).envelope)
    (unsigned,) = desk.stand_in.read(request).content.transactions
    good = desk.stand_in.signatures(unsigned)
    forged = replace(good, signatures=FORGERIES[name](good.signatures))
    outcome = BatchSigned((forged,), desk.stand_in.approvals(bytes(32)))
    with pytest.raises(ResponseSignature):
        import_response(desk.stand_in.answer(request, outcome), batch, NOW)
    batch.refresh_from_db()
    assert batch.state == BatchState.EXPORTED.value
