"""A batch on its way: built, approved twice, exported, answered, broadcast, confirmed."""

import pytest

from appliance.wire.messages import (
    BatchBurnt,
    BatchRefused,
    BatchRejected,
    BatchSigned,
    Finding,
    message_digest,
)
from appliance.wire.terms import Role, Severity
from online_coordinator.appliances.models import Appliance
from online_coordinator.batches.approvals import approve_as_maker, take_checker_approval
from online_coordinator.batches.broadcast import broadcast, reconcile
from online_coordinator.batches.build import rebuild
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.flow import advance
from online_coordinator.batches.models import Approval, Batch, Reservation, Response
from online_coordinator.batches.responses import import_response
from online_coordinator.batches.show import batch_report
from online_coordinator.errors import (
    ApprovalSignature,
    NodeRefused,
    NothingToDo,
    OutOfOrder,
)
from online_coordinator.requests.models import Withdrawal
from online_coordinator.workflow import BatchState, Step
from tests.online_coordinator.desk import CLIENTS, DAY, MAKER, NOW, Desk, eth_row
from tests.online_coordinator.ethereum_simulator import TRANSFER_EVENT, EthereumSimulator

FINDING = Finding("WHITELIST", Severity.REFUSE, "not on the whitelist", "tx-1")


def states() -> set[str]:
    return set(Withdrawal.objects.values_list("state", flat=True))


def nonces(batch: Batch) -> list[int]:
    held = Reservation.objects.filter(transaction__batch=batch).order_by("position")
    return list(held.values_list("position", flat=True))


def transfer_log(batch: Batch, number: int) -> dict[str, object]:
    """Return the event of a batch's n-th token transfer as a node reports it."""
    report = batch_report(batch)["transactions"][number]["transfers"][0]
    source = Reservation.objects.filter(transaction__batch=batch)[0].subject
    topics = [
        TRANSFER_EVENT,
        "0x" + source[2:].lower().rjust(64, "0"),
        "0x" + report["destination"][2:].lower().rjust(64, "0"),
    ]
    amount = f"{int(report['amount']):064x}"
    return {"address": report["token"], "topics": topics, "data": "0x" + amount}


def test_a_batch_pays_what_was_requested_and_nothing_else(
    desk: Desk, simulator: EthereumSimulator
) -> None:
    batch = desk.built(eth_row(1, "1.5"), eth_row(2, "20.25", "USDT", CLIENTS[1]))
    content = verified_content(batch)
    assert [each.covers for each in content.transactions] == [("W-1",), ("W-2",)]
    assert nonces(batch) == [simulator.nonce, simulator.nonce + 1]
    assert content.audience == desk.stand_in.audience
    assert states() == {"batched"}
    assert content.digest.hex() == batch.digest


def test_the_whole_way_to_a_receipt(desk: Desk, simulator: EthereumSimulator) -> None:
    batch, request = desk.exported(eth_row(1), eth_row(2, "3", "USDT", CLIENTS[2]))
    import_response(desk.stand_in.sign(request), None, NOW)
    batch.refresh_from_db()
    assert batch.state == BatchState.FINALISED.value
    broadcast(batch, desk.networks, NOW)
    assert set(simulator.sent) == {each.txid for each in transactions_of(batch)}
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.BROADCAST.value
    first, second = transactions_of(batch)
    simulator.mine(first.txid)
    simulator.mine(second.txid, logs=(transfer_log(batch, 1),))
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.BROADCAST.value, "one block is not enough"
    simulator.height += 1
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.CONFIRMED.value
    assert states() == {"paid"}
    receipts = batch_report(batch)["transactions"]
    assert [each["confirmations"] for each in receipts] == [2, 2]
    assert [each["txid"] for each in receipts] == [first.txid, second.txid]
    assert [each["digest"] for each in receipts] == [first.digest, second.digest]
    assert receipts[1]["transfers"][0]["amount"] == "3000000"


def test_a_mined_transaction_that_did_not_pay_is_not_paid(
    desk: Desk, simulator: EthereumSimulator
) -> None:
    batch, request = desk.exported(eth_row(1), eth_row(2, "3", "USDT"), eth_row(3, "4", "USDT"))
    import_response(desk.stand_in.sign(request), None, NOW)
    batch.refresh_from_db()
    broadcast(batch, desk.networks, NOW)
    reverted, silent, paid = transactions_of(batch)
    simulator.mine(reverted.txid, succeeds=False)
    simulator.mine(silent.txid)
    simulator.mine(paid.txid, logs=(transfer_log(batch, 2),))
    simulator.height += 5
    reconcile(batch, desk.networks, NOW)
    assert batch.state == BatchState.FAILED.value
    by_id = dict(Withdrawal.objects.values_list("identifier", "state"))
    assert by_id == {"W-1": "failed", "W-2": "failed", "W-3": "paid"}


def test_broadcasting_goes_on_where_a_node_stopped_it(
    desk: Desk, simulator: EthereumSimulator
) -> None:
    batch, request = desk.exported(eth_row(1), eth_row(2))
    import_response(desk.stand_in.sign(request), None, NOW)
    batch.refresh_from_db()
    simulator.failures["eth_sendRawTransaction"] = "nonce too low"
    with pytest.raises(NodeRefused, match="nonce too low"):
        broadcast(batch, desk.networks, NOW)
    assert batch.state == BatchState.FINALISED.value
    simulator.failures.clear()
    broadcast(batch, desk.networks, NOW)
    broadcast(batch, desk.networks, NOW)
    assert batch.state == BatchState.BROADCAST.value
    simulator.failures["eth_sendRawTransaction"] = "already known"
    broadcast(batch, desk.networks, NOW)


def test_exporting_again_gives_the_same_bytes_until_they_expire(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    assert bytes(desk.export(batch).envelope) == request
    later = desk.export(batch, NOW + DAY + 1)
    first, second = desk.stand_in.read(request), desk.stand_in.read(bytes(later.envelope))
    assert second.content == first.content
    assert (first.sequence, second.sequence) == (0, 1)
    assert (first.created, first.expires) == (NOW, NOW + DAY)


def test_sequence_numbers_never_repeat_and_the_last_response_is_named(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    assert desk.stand_in.read(request).last_response is None
    response = desk.stand_in.sign(request)
    import_response(response, None, NOW)
    _, another = desk.exported(eth_row(2))
    asked = desk.stand_in.read(another)
    assert asked.sequence == 1
    assert asked.last_response == message_digest(response)
    assert Appliance.objects.get().next_sequence == 2
    batch.refresh_from_db()


def test_a_request_carries_approvals_and_evidence(desk: Desk) -> None:
    _, request = desk.exported(eth_row(1))
    asked = desk.stand_in.read(request)
    assert [each.role for each in asked.approvals] == [Role.MAKER, Role.CHECKER]
    assert [(each.network, each.height) for each in asked.evidence] == [("31337", 100)]


def test_importing_a_response_again_changes_nothing(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    response = desk.stand_in.sign(request)
    assert import_response(response, batch, NOW).pk == import_response(response, batch, NOW).pk
    assert Response.objects.count() == 1


def test_a_refused_batch_gives_its_requests_and_nonces_back(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    import_response(desk.stand_in.answer(request, BatchRefused((FINDING,))), None, NOW)
    batch.refresh_from_db()
    assert batch.state == BatchState.REFUSED.value
    assert states() == {"pending"}
    (response,) = batch_report(batch)["responses"]
    assert response["detail"]["findings"][0]["rule"] == "WHITELIST"
    assert nonces(desk.build()) == nonces(batch)


def test_a_rejected_batch_closes_its_requests(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    outcome = BatchRejected("desk-signer-1", "the client called")
    import_response(desk.stand_in.answer(request, outcome), None, NOW)
    batch.refresh_from_db()
    assert (batch.state, states()) == (BatchState.REJECTED.value, {"rejected"})
    with pytest.raises(NothingToDo):
        desk.build()


def test_a_burnt_batch_keeps_its_nonces_reserved(desk: Desk) -> None:
    batch, request = desk.exported(eth_row(1))
    import_response(desk.stand_in.answer(request, BatchBurnt(("desk-signer-1",))), None, NOW)
    batch.refresh_from_db()
    assert (batch.state, states()) == (BatchState.BURNT.value, {"burnt"})
    assert nonces(desk.built(eth_row(2))) == [nonces(batch)[0] + 1]


def test_a_rebuild_voids_both_approvals(desk: Desk, simulator: EthereumSimulator) -> None:
    batch = desk.checked(desk.built(eth_row(1)))
    before = batch.digest
    old = desk.checker_approval(batch)
    simulator.base_fee *= 2
    rebuild(batch, desk.networks, NOW)
    assert batch.state == BatchState.BUILT.value
    assert batch.digest != before
    assert not Approval.objects.exists()
    assert nonces(batch) == [simulator.nonce]
    with pytest.raises(OutOfOrder):
        desk.export(batch)
    desk.made(batch)
    with pytest.raises(ApprovalSignature):
        take_checker_approval(batch, old, NOW)


def test_nothing_is_taken_back_once_it_was_exported(desk: Desk) -> None:
    batch, _ = desk.exported(eth_row(1))
    for step in (Step.DISCARD, Step.REBUILD, Step.MAKE, Step.BROADCAST):
        with pytest.raises(OutOfOrder):
            advance(batch, step, NOW)
    with pytest.raises(OutOfOrder):
        rebuild(batch, desk.networks, NOW)
    with pytest.raises(OutOfOrder):
        broadcast(batch, desk.networks, NOW)


def test_steps_come_in_their_order(desk: Desk) -> None:
    batch = desk.built(eth_row(1))
    with pytest.raises(OutOfOrder):
        desk.export(batch)
    with pytest.raises(OutOfOrder):
        take_checker_approval(batch, desk.checker_approval(batch), NOW)
    desk.checked(batch)
    approve_as_maker(batch, MAKER, NOW)
    take_checker_approval(batch, desk.checker_approval(batch), NOW)
    assert batch.state == BatchState.CHECKED.value, "giving an approval again changes nothing"


def test_remembers_which_signers_approved(desk: Desk) -> None:
    _, request = desk.exported(eth_row(1))
    content = desk.stand_in.read(request).content
    outcome = BatchSigned(
        tuple(desk.stand_in.signatures(each) for each in content.transactions),
        desk.stand_in.approvals(bytes(32)),
    )
    response = import_response(desk.stand_in.answer(request, outcome), None, NOW)
    assert response.detail == {"approved_by": ["desk-signer-0", "desk-signer-1"]}
