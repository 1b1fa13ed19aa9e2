"""A 2-of-3 wallet of which the appliance holds one key: a cosigner finishes, the network mines."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from embit import ec
from embit.descriptor import Descriptor
from embit.networks import NETWORKS
from embit.psbt import PSBT
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from appliance.processes.desk import ApplianceDesk
from appliance.signatures import der_signature
from appliance.tui.desk import SheetToReview
from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import BitcoinMultisigPlan, CosignerPair
from appliance.wire.messages import (
    Audience,
    BatchContent,
    BatchSigned,
    InputSignature,
    SigningResponse,
    UnsignedTransaction,
)
from appliance.wire.statement import StatementType
from appliance.wire.terms import Chain, Curve
from tests import hostile_coordinator as hostile
from tests.appliance.processes.conftest import (
    PASSPHRASES,
    Device,
    clock,
    new_device,
    open_session,
)
from tests.real_parts.bitcoin_node import BitcoinNode
from tests.real_parts.soft_hsm import TRANSPORT_PIN

COSIGNERS = [(ec.PrivateKey(bytes([n]) * 32), ec.PrivateKey(bytes([n + 1]) * 32)) for n in (5, 7)]
SAT = 100_000_000

pytestmark = [pytest.mark.slow]


def cosigner_pair(keys: tuple[ec.PrivateKey, ec.PrivateKey]) -> CosignerPair:
    return CosignerPair(*(key.get_public_key().sec() for key in keys))


@pytest.fixture
def desk(device: Device) -> Iterator[ApplianceDesk]:
    made = device.desk()
    yield made
    made.end()


@pytest.fixture
def device(tmp_path: Path) -> Device:
    plan = BitcoinMultisigPlan("shared", "regtest", 2, tuple(map(cosigner_pair, COSIGNERS)))
    made = new_device(tmp_path)
    desk = made.desk()
    try:
        proposed = replace(hostile.proposal(), wallets=(plan,))
        proposal = desk.read_proposal(hostile.sealed_proposal(proposed))
        for name, passphrase in PASSPHRASES.items():
            desk.enrol(name, passphrase)
        desk.commission(proposal, TRANSPORT_PIN)
    finally:
        desk.end()
    return made


def unsigned(device: Device, node: BitcoinNode) -> PSBT:
    """Pay 0.6 of a coin that the wallet owns; the rest is change."""
    pair = device.coordinator.bitcoin.pairs[0]
    receive, change = (
        Descriptor.from_string(text.split("#")[0]) for text in (pair.receive, pair.change)
    )
    txid = node.pay(receive.address(NETWORKS["regtest"]), "1.0")
    spent = Transaction.from_string(node.rpc("gettransaction", txid, wallet="miner")["hex"])
    script = receive.script_pubkey()
    vout = next(n for n, out in enumerate(spent.vout) if out.script_pubkey == script)
    paid = [
        TransactionOutput(60_000_000, hostile.address_script(hostile.BTC_CLIENT)),
        TransactionOutput(39_998_000, change.script_pubkey()),
    ]
    made = PSBT(Transaction(2, [TransactionInput(spent.txid(), vout)], paid, 0))
    made.inputs[0].non_witness_utxo = spent
    made.inputs[0].witness_utxo = spent.vout[vout]
    made.inputs[0].witness_script = receive.witness_script()
    return made


def sign(device: Device, desk: ApplianceDesk, psbt: PSBT) -> InputSignature:
    coordinator = device.coordinator
    asked = coordinator.withdrawal("W-1", "shared", "BTC", 60_000_000, hostile.BTC_CLIENT)
    transaction = UnsignedTransaction("t", Chain.BITCOIN, "shared", psbt.serialize(), ("W-1",))
    content = BatchContent(Audience.of(device.genesis), "B", (asked,), (transaction,))
    sheet = desk.read(coordinator.seal(coordinator.request(content, 1, clock())))
    assert isinstance(sheet, SheetToReview), sheet
    given = tuple(desk.approve(sheet, name, PASSPHRASES[name]) for name in ("Ada", "Ben"))
    message = desk.sign(sheet, given, lambda *_: None).message
    purpose = (device.genesis.realm, StatementType.SIGNING_RESPONSE)
    payload = Envelope.parse(message).verify(device.genesis.manifest.attestation, purpose)
    outcome = record.decode(SigningResponse, payload).outcome
    assert isinstance(outcome, BatchSigned)
    ((signature,),) = (each.signatures for each in outcome.transactions)
    return signature


def test_the_network_accepts_what_appliance_and_cosigner_signed(
    device: Device, desk: ApplianceDesk, tmp_path: Path
) -> None:
    (tmp_path / "node").mkdir()
    with BitcoinNode(tmp_path / "node") as node:
        psbt = unsigned(device, node)
        open_session(desk)
        ours = sign(device, desk, psbt)
        public_key = ec.PublicKey.parse(ours.public_key)
        der = der_signature(Curve.SECP256K1, ours.signature)
        psbt.inputs[0].partial_sigs[public_key] = der + b"\x01"
        assert psbt.sign_with(COSIGNERS[0][0]) == 1
        text = base64.b64encode(psbt.serialize()).decode()
        final = node.rpc("finalizepsbt", text)
        assert final["complete"]
        txid = node.rpc("sendrawtransaction", final["hex"])
        node.mine()
        block = node.rpc("getblock", node.rpc("getbestblockhash"))
        assert txid in block["tx"]


def test_a_cosigners_signature_in_the_request_is_no_obstacle(
    device: Device, desk: ApplianceDesk, tmp_path: Path
) -> None:
    (tmp_path / "node").mkdir()
    with BitcoinNode(tmp_path / "node") as node:
        psbt = unsigned(device, node)
    assert psbt.sign_with(COSIGNERS[1][0]) == 1
    open_session(desk)
    assert sign(device, desk, psbt).index == 0
