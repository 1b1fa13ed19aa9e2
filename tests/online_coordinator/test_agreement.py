"""What the coordinator builds, the appliance's own reader reads back as the same payments."""

import sys
import tomllib
from pathlib import Path

import pytest

from appliance import signing
from appliance.ceremonies.commissioning import read_proposal
from appliance.model.batch import ClearedBatch, RefusedBatch
from appliance.model.history import History
from appliance.policy.standing import standing_rules
from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.statement import StatementType
from online_coordinator.appliances.proposal import EXAMPLE, parse_proposal
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.models import Batch
from online_coordinator.station.inspector import inspect
from online_coordinator.station.judgement import verify_readings
from online_coordinator.station.reading import Reading
from tests.online_coordinator.bitcoin_desk import BitcoinDesk
from tests.online_coordinator.desk import CLIENTS, NOW, OPERATORS, TRANSPORT, Desk, eth_row

ROOT = Path(__file__).parents[2]
READER = (sys.executable, "-m", "appliance", "inspect")


@pytest.fixture(autouse=True)
def _found_by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def read(desk: Desk, batch: Batch) -> tuple[Reading, ...]:
    """Return the readings of a batch, which must be cleared and serve the requests."""
    content = verified_content(batch)
    readings = inspect(content, desk.stand_in.genesis, READER, NOW)
    verify_readings(content, desk.stand_in.genesis, readings)
    for reading, stored in zip(readings, transactions_of(batch), strict=True):
        assert reading.digest == stored.digest
        assert reading.fee_maximum == stored.maximum_fee
        assert reading.account == stored.wallet.name
    asked = sorted(
        (each.token or "", each.amount, each.destination) for each in content.withdrawals
    )
    paid = sorted(
        (each.token or "", each.amount, each.destination)
        for reading in readings
        for each in reading.transfers
    )
    assert paid == asked
    return readings


def test_ethereum_batches_read_back(desk: Desk) -> None:
    batch = desk.built(
        eth_row(1, "0.000000000000000001"),
        eth_row(2, "12.345678901234567891", "ETH", CLIENTS[1]),
        eth_row(3, "0.000001", "USDT", CLIENTS[2]),
        eth_row(4, "999999", "USDT", CLIENTS[0]),
    )
    readings = read(desk, batch)
    assert [each.nonce for each in readings] == [0, 1, 2, 3]


def test_bitcoin_batches_read_back(funded_bitcoin: BitcoinDesk) -> None:
    batch = funded_bitcoin.desk.built(
        *(funded_bitcoin.row(n, f"0.{n + 1}2345678", n) for n in range(4)),
        funded_bitcoin.row(8, "0.12345678", 0),
        funded_bitcoin.row(9, "1.5", 1, "multi"),
    )
    readings = read(funded_bitcoin.desk, batch)
    assert [len(each.transfers) for each in readings] == [5, 1]
    assert all(each.change for each in readings)


def judged(desk: Desk, batch: Batch) -> ClearedBatch | RefusedBatch:
    """Return what the appliance's own flow makes of a batch's signing request."""
    genesis = desk.stand_in.genesis
    standing = standing_rules(genesis)
    received = signing.receive(bytes(desk.export(desk.checked(batch)).envelope), genesis)
    return signing.judge(signing.decode(received, standing), standing, History(), NOW)


def test_the_appliance_clears_what_both_approved(desk: Desk) -> None:
    batch = desk.built(eth_row(1), eth_row(2, "3", "USDT", CLIENTS[1]))
    assert isinstance(judged(desk, batch), ClearedBatch)


def test_the_appliance_clears_bitcoin_batches(funded_bitcoin: BitcoinDesk) -> None:
    desk = funded_bitcoin.desk
    batch = desk.built(funded_bitcoin.row(1, "1"), funded_bitcoin.row(2, "2", 2, "multi"))
    assert isinstance(judged(desk, batch), ClearedBatch)


def test_officers_read_the_proposal_that_operations_made() -> None:
    key = TRANSPORT
    proposal = parse_proposal(tomllib.loads(EXAMPLE), OPERATORS, key.public, NOW)
    purpose = (proposal.realm, StatementType.PROPOSAL)
    sealed = Envelope.seal(
        Algorithm.EDDSA, key.public, record.encode(proposal), purpose, key.sign
    ).serialize()
    assert read_proposal(sealed) == proposal
