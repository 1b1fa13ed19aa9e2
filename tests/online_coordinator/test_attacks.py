"""What a stolen console, or somebody with the database in hand, must not achieve."""

from dataclasses import replace

import pytest

from appliance.wire import record
from appliance.wire.messages import (
    BatchContent,
    OperatorApproval,
)
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Role
from online_coordinator.batches.approvals import approve_as_maker, take_checker_approval
from online_coordinator.batches.broadcast import broadcast
from online_coordinator.batches.content import transactions_of
from online_coordinator.batches.models import Approval, Batch
from online_coordinator.batches.responses import import_response
from online_coordinator.errors import (
    ApprovalSignature,
    BatchAltered,
    FinalMismatch,
    FourEyes,
    OperatorUnknown,
)
from online_coordinator.keys import SigningKey
from online_coordinator.requests.models import Withdrawal
from online_coordinator.settings.networks import Networks
from online_coordinator.workflow import BatchState
from tests.online_coordinator.desk import (
    CHECKER,
    CLIENTS,
    MAKER,
    NOW,
    OPERATORS,
    Desk,
    eth_row,
    found,
)
from tests.online_coordinator.ethereum_simulator import EthereumSimulator
from tests.online_coordinator.stand_in import ed25519


def approval(content: BatchContent, role: Role, kind: StatementType, key: SigningKey) -> bytes:
    """Return an approval in a role, signed over any statement."""
    signed = statement(content.audience.realm, kind, content.digest)
    return record.encode(OperatorApproval(role, key.public, key.sign(signed)))


def given(data: bytes) -> OperatorApproval:
    return record.decode(OperatorApproval, data)


def content_of(batch: Batch) -> BatchContent:
    return record.decode(BatchContent, bytes(batch.content))


class TestApprovals:
    """Four eyes, by keys, roles, names and digests."""

    def test_the_maker_cannot_be_the_checker(self, desk: Desk) -> None:
        batch = desk.made(desk.built(eth_row(1)))
        with pytest.raises(FourEyes):
            take_checker_approval(batch, desk.checker_approval(batch, MAKER), NOW)

    def test_a_makers_approval_is_not_a_checkers(self, desk: Desk) -> None:
        batch = desk.made(desk.built(eth_row(1)))
        stored = Approval.objects.get()
        signature = bytes.fromhex(stored.signature)
        replayed = OperatorApproval(Role.MAKER, MAKER.public, signature)
        with pytest.raises(ApprovalSignature):
            take_checker_approval(batch, replayed, NOW)
        with pytest.raises(FourEyes):
            take_checker_approval(batch, replace(replayed, role=Role.CHECKER), NOW)

    def test_a_checkers_key_over_the_makers_statement_is_refused(self, desk: Desk) -> None:
        batch = desk.made(desk.built(eth_row(1)))
        data = approval(content_of(batch), Role.CHECKER, StatementType.MAKER_APPROVAL, CHECKER)
        with pytest.raises(ApprovalSignature):
            take_checker_approval(batch, given(data), NOW)

    def test_an_approval_of_another_batch_is_refused(self, desk: Desk) -> None:
        first, second = desk.built(eth_row(1)), desk.made(desk.built(eth_row(2)))
        with pytest.raises(ApprovalSignature):
            take_checker_approval(second, desk.checker_approval(first), NOW)

    def test_a_key_outside_the_roster_or_role_is_refused(self, desk: Desk) -> None:
        batch = desk.built(eth_row(1))
        for key in (SigningKey(ed25519("stranger")), CHECKER):
            with pytest.raises(OperatorUnknown):
                approve_as_maker(batch, key, NOW)
        desk.made(batch)
        stranger = SigningKey(ed25519("stranger"))
        with pytest.raises(OperatorUnknown):
            take_checker_approval(batch, desk.checker_approval(batch, stranger), NOW)
        assert Approval.objects.count() == 1

    def test_one_name_with_two_keys_is_one_person(self, nodes: Networks) -> None:
        twice = (OPERATORS[0], replace(OPERATORS[1], name="Mia"))
        own = Desk.opened(nodes, found(operators=twice))
        batch = own.made(own.built(eth_row(1)))
        with pytest.raises(FourEyes, match="Mia"):
            take_checker_approval(batch, own.checker_approval(batch), NOW)


class TestDatabase:
    """Somebody with the database in hand changes a batch after it was approved."""

    def test_a_changed_request_is_noticed(self, desk: Desk) -> None:
        batch = desk.checked(desk.built(eth_row(1)))
        for change in ({"amount": 9 * 10**18}, {"destination": CLIENTS[1]}, {"reference": "x"}):
            Withdrawal.objects.filter(identifier="W-1").update(**change)
            with pytest.raises(BatchAltered):
                desk.export(batch)

    def test_a_changed_transaction_is_noticed(self, desk: Desk) -> None:
        batch = desk.checked(desk.built(eth_row(1)))
        transactions_of(batch).update(payload=b"\x02\xc0")
        with pytest.raises(BatchAltered):
            desk.export(batch)

    def test_changed_content_is_noticed(self, desk: Desk) -> None:
        batch = desk.checked(desk.built(eth_row(1)))
        for damaged in (b"", bytes(batch.content)[:-1], bytes(batch.content) + b"\0"):
            Batch.objects.update(content=damaged)
            batch.refresh_from_db()
            with pytest.raises(BatchAltered):
                desk.export(batch)

    def test_a_consistent_change_voids_the_approvals(self, desk: Desk) -> None:
        batch = desk.checked(desk.built(eth_row(1)))
        Withdrawal.objects.update(reference="other")
        content = content_of(batch)
        withdrawals = (replace(content.withdrawals[0], reference="other"),)
        forged = replace(content, withdrawals=withdrawals)
        Batch.objects.update(content=record.encode(forged), digest=forged.digest.hex())
        batch.refresh_from_db()
        with pytest.raises(ApprovalSignature):
            desk.export(batch)

    def test_a_state_set_by_hand_does_not_replace_an_approval(self, desk: Desk) -> None:
        batch = desk.made(desk.built(eth_row(1)))
        Batch.objects.update(state=BatchState.CHECKED.value)
        batch.refresh_from_db()
        with pytest.raises(ApprovalSignature, match="lacks an approval"):
            desk.export(batch)

    def test_another_raw_transaction_is_never_broadcast(
        self, desk: Desk, simulator: EthereumSimulator
    ) -> None:
        batch, request = desk.exported(eth_row(1), eth_row(2))
        import_response(desk.stand_in.sign(request), None, NOW)
        batch.refresh_from_db()
        first, second = transactions_of(batch)
        for raw, txid in ((bytes(second.raw or b""), second.txid), (b"\xc0", first.txid)):
            transactions_of(batch).filter(pk=first.pk).update(raw=raw, txid=txid)
            with pytest.raises(FinalMismatch):
                broadcast(batch, desk.networks, NOW)
        assert not simulator.sent
