"""Other people's wallets and this appliance: requests in the public formats, on real parts.

They watch the appliance's accounts by what it exports, ask in their own formats, and finish what
comes back with their own libraries; the nodes have the last word.
"""

import base64
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
import rlp
from embit import finalizer
from embit.descriptor import Descriptor
from embit.networks import NETWORKS
from embit.psbt import PSBT
from embit.transaction import Transaction, TransactionInput, TransactionOutput
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction

from appliance.processes.desk import ApplianceDesk
from appliance.settings import load_settings
from appliance.tui.desk import AlreadyAnswered, Medium, Outgoing, RefusalToShow, SheetToReview
from appliance.wire.formats import Carried, Format, Gatherer
from appliance.wire.outgoing import texts
from tests import hostile_coordinator as hostile
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.processes.conftest import Device, clock
from tests.hostile_coordinator import BTC_CLIENT, ETH_CLIENT
from tests.journeys import foreign_formats as formats
from tests.journeys import signers
from tests.journeys.optics import photograph
from tests.journeys.terminal import ROOT, Terminal
from tests.real_parts.bitcoin_node import BitcoinNode
from tests.real_parts.evm_node import CHAIN_ID, EvmNode
from tests.real_parts.soft_hsm import TRANSPORT_PIN, SoftHsm, module

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

UUID = bytes.fromhex("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d")
SAT = 100_000_000


@dataclass(frozen=True)
class Site(Device):
    """A founded appliance whose camera films whatever lies at `camera`."""

    @property
    def camera(self) -> Path:
        return self.folder / "camera.avi"

    def write_settings(self) -> None:
        self.settings.write_text(
            f'[device]\ndata = "{self.folder}/data"\n'
            f'[hsm]\nmodule = "{module()}"\ntoken = "{self.hsm.serial}"\n'
            f'[links]\ncamera = "{self.camera}"\n'
        )

    def terminal(self) -> Terminal:
        kept = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        environment = {**own, **self.hsm.environment, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "appliance", "run", "--settings", str(self.settings)]
        return Terminal(command, environment, self.folder, 160, 50)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    made = Site(SoftHsm.from_the_factory(folder))
    (folder / "data").mkdir()
    made.write_settings()
    proposed = hostile.proposal()
    policy = replace(proposed.policy, unattributed=("btc-cold", "eth-cold"))
    os.environ.update(made.hsm.environment)
    desk = ApplianceDesk(load_settings(made.settings), made.settings, clock)
    try:
        sealed = hostile.sealed_proposal(replace(proposed, policy=policy))
        for name, passphrase in signers.PEOPLE.items():
            desk.enrol(name, passphrase)
        desk.commission(desk.read_proposal(sealed), TRANSPORT_PIN)
    finally:
        desk.end()
    return made


@pytest.fixture(scope="module")
def bitcoin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BitcoinNode]:
    with BitcoinNode(tmp_path_factory.mktemp("bitcoin")) as node:
        yield node


@pytest.fixture(scope="module")
def evm() -> Iterator[EvmNode]:
    with EvmNode() as node:
        yield node


@pytest.fixture
def desk(site: Site) -> Iterator[ApplianceDesk]:
    os.environ.update(site.hsm.environment)
    made = ApplianceDesk(load_settings(site.settings), site.settings, clock)
    for name in list(signers.PEOPLE)[:2]:
        made.open_session(name, signers.PEOPLE[name])
    yield made
    made.close_session()
    made.end()


def unsigned_psbt(site: Site, node: BitcoinNode) -> bytes:
    """A payment by a watch-only wallet of the appliance's own descriptors."""
    pair = site.coordinator.bitcoin.pairs[0]
    receive, change = (Descriptor.from_string(t.split("#")[0]) for t in (pair.receive, pair.change))
    address = receive.address(NETWORKS["regtest"])
    txid = node.pay(address, "1.0")
    funding = Transaction.from_string(node.rpc("gettransaction", txid, wallet="miner")["hex"])
    script = receive.script_pubkey()
    index = next(n for n, out in enumerate(funding.vout) if out.script_pubkey == script)
    outputs = [
        TransactionOutput(60_000_000, hostile.address_script(BTC_CLIENT)),
        TransactionOutput(SAT - 60_000_000 - 2_000, change.script_pubkey()),
    ]
    spent = TransactionInput(bytes.fromhex(txid), index, sequence=0xFFFFFFFD)
    made = PSBT(Transaction(2, [spent], outputs, 0))
    made.inputs[0].non_witness_utxo = funding
    made.inputs[0].witness_utxo = funding.vout[index]
    return bytes(made.serialize())


def mined(node: BitcoinNode, raw: str) -> bool:
    """Whether the node accepts a transaction and mines it."""
    (verdict,) = node.rpc("testmempoolaccept", [raw])
    assert verdict["allowed"], verdict
    txid = node.rpc("sendrawtransaction", raw)
    node.mine()
    return txid in node.rpc("getblock", node.rpc("getbestblockhash"))["tx"]


def received(desk: ApplianceDesk, site: Site, parts: list[str]) -> bytes:
    """Show parts to the appliance's camera; what its link process hands up."""
    formats.film(parts, site.camera)
    message = desk.receive(Medium.QR, lambda _: None)
    assert message is not None
    desk.received(message, Medium.QR)
    return message


def signed(desk: ApplianceDesk, message: bytes) -> Outgoing:
    """Review, approve by two signers, sign."""
    sheet = desk.read(message)
    assert isinstance(sheet, SheetToReview), sheet
    assert "Nobody online vouches" in sheet.sheet.sections[0].lines[0].value
    given = tuple(desk.approve(sheet, n, signers.PEOPLE[n]) for n in list(signers.PEOPLE)[:2])
    outgoing = desk.sign(sheet, given, lambda *_: None)
    again = desk.read(message)
    assert isinstance(again, AlreadyAnswered)
    assert desk.show(again.response, Medium.QR) == replace(outgoing, title="Recorded response")
    return outgoing


def filmed(terminal: Terminal) -> Carried:
    """Film the code on the screen until all of its message was seen."""
    gatherer, deadline = Gatherer(frozenset({Format.UR})), time.monotonic() + 60
    while (carried := gatherer.message) is None:
        assert time.monotonic() < deadline, gatherer.progress
        for text in formats.read_symbols([photograph(terminal)]):
            gatherer.add(text.encode())
    return carried


def shown(outgoing: Outgoing, capacity: int = 400) -> list[str]:
    """The texts of the symbols that an answer is shown in."""
    assert outgoing.answer is not None
    needed, text = texts(outgoing.answer, capacity)
    return [text(number) for number in range(needed)]


def test_a_psbt_as_an_animated_ur_through_the_terminal(site: Site, bitcoin: BitcoinNode) -> None:
    asked = unsigned_psbt(site, bitcoin)
    formats.film(formats.ur_parts("crypto-psbt", cbor2.dumps(asked)), site.camera)
    with site.terminal() as terminal:
        terminal.wait_for("Open the session", 60)
        signers.open_session(terminal)
        terminal.press("f3")
        terminal.wait_for("Review batch", 60)
        terminal.wait_for("Nobody online vouches for this request")
        signers.read_all(terminal)
        signers.approve_and_sign(terminal)
        carried = filmed(terminal)
        signers.done(terminal)
        signers.close_and_quit(terminal)
    assert carried.type == "crypto-psbt"
    final = finalizer.finalize_psbt(PSBT.parse(cbor2.loads(carried.data)))
    assert final is not None
    assert mined(bitcoin, final.serialize().hex())


@pytest.mark.parametrize("encoding", ["Z"])
def test_a_psbt_as_a_bbqr(
    site: Site, bitcoin: BitcoinNode, desk: ApplianceDesk, encoding: str
) -> None:
    asked = unsigned_psbt(site, bitcoin)
    outgoing = signed(desk, received(desk, site, formats.bbqr_parts(asked, encoding)))
    parts = shown(outgoing)
    assert all(part.startswith(f"B${encoding}P") for part in parts)
    whole = wallycore.psbt_from_base64(base64.b64encode(formats.bbqr_file(parts)).decode(), 0)
    wallycore.psbt_finalize(whole, 0)
    raw = wallycore.tx_to_hex(wallycore.psbt_extract(whole, 0), wallycore.WALLY_TX_FLAG_USE_WITNESS)
    assert mined(bitcoin, raw)


def test_an_ethereum_request(site: Site, evm: EvmNode, desk: ApplianceDesk) -> None:
    sender = site.coordinator.ethereum.address
    evm.fund(sender, 5 * 10**18)
    fields: dict[str, Any] = {
        "chainId": CHAIN_ID,
        "nonce": 0,
        "maxPriorityFeePerGas": 10**9,
        "maxFeePerGas": 5 * 10**9,
        "gas": 21_000,
        "to": ETH_CLIENT,
        "value": 10**18,
        "data": "0x",
        "accessList": (),
        "type": 2,
    }
    items = [CHAIN_ID, 0, 10**9, 5 * 10**9, 21_000, bytes.fromhex(ETH_CLIENT[2:]), 10**18, b"", []]
    path = cbor2.CBORTag(304, {1: [44, True, 60, True, 0, True, 0, False, 0, False], 2: 1})
    body = {
        1: cbor2.CBORTag(37, UUID),
        2: b"\x02" + rlp.encode(items),
        3: 4,
        4: CHAIN_ID,
        5: path,
        6: bytes.fromhex(sender[2:]),
        7: "a browser's wallet",
    }
    parts = formats.ur_parts("eth-sign-request", cbor2.dumps(body))
    outgoing = signed(desk, received(desk, site, parts))
    ur_type, answer = formats.ur_body(shown(outgoing))
    said = cbor2.loads(answer)
    assert (ur_type, said[1].bytes) == ("eth-signature", UUID)
    r, s, v = (int.from_bytes(p, "big") for p in (said[2][:32], said[2][32:64], said[2][64:]))
    made = TypedTransaction.from_dict({**fields, "v": v, "r": r, "s": s}).encode()
    assert Account.recover_transaction(made) == sender
    before = evm.balance(ETH_CLIENT)
    sent = evm.rpc("eth_sendRawTransaction", "0x" + made.hex())
    evm.mine()
    assert evm.rpc("eth_getTransactionReceipt", sent)["status"] == "0x1"
    assert evm.balance(ETH_CLIENT) == before + 10**18


def test_what_is_refused_is_on_record_and_said_in_words(site: Site, desk: ApplianceDesk) -> None:
    wrong = {2: hostile.ethereum_transfer(0, chain_id=1), 3: 4, 4: 1, 6: bytes(20)}
    path = cbor2.CBORTag(304, {1: [44, True, 60, True], 2: 1})
    body = cbor2.dumps({**wrong, 5: path}, canonical=True)
    message = received(desk, site, formats.ur_parts("eth-sign-request", body))
    refusal = desk.read(message)
    assert isinstance(refusal, RefusalToShow)
    outgoing = desk.refuse(refusal)
    assert outgoing.answer is None
    assert any(line.startswith("ACCOUNT-UNKNOWN") for line in outgoing.unspoken)
