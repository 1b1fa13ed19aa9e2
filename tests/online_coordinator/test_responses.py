"""Answers that are not the answer to what was exported, or whose signatures are not valid."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.errors import EnvelopeAudience, EnvelopeSignature, NotCanonical
from appliance.wire.messages import (
    Audience,
    BatchRefused,
    BatchSigned,
    Finding,
    InputSignature,
    SigningResponse,
)
from appliance.wire.statement import StatementType
from appliance.wire.terms import Realm, Severity
from online_coordinator.batches.content import transactions_of
from online_coordinator.batches.models import Batch, Response
from online_coordinator.batches.responses import import_response
from online_coordinator.errors import (
    ResponseConflict,
    ResponseMismatch,
    ResponseRefused,
    ResponseSignature,
)
from online_coordinator.workflow import BatchState
from tests.online_coordinator.desk import (
    DAY,
    NOW,
    TRANSPORT,
    Desk,
    eth_row,
    found,
)
from tests.online_coordinator.stand_in import StandIn, high_s, input_signature, secp256k1

FINDING = Finding("EXPIRED", Severity.REFUSE, "too late", "")


def unanswered(batch: Batch) -> None:
    """Hold that a refused response changed nothing."""
    batch.refresh_from_db()
    assert batch.state == BatchState.EXPORTED.value
    assert not Response.objects.exists()
    assert not any(each.raw for each in transactions_of(batch))


class TestResponses:
    """Answers that are not the answer to what was exported."""

    def test_a_response_for_another_batch(self, desk: Desk) -> None:
        first, request = desk.exported(eth_row(1))
        second, _ = desk.exported(eth_row(2))
        with pytest.raises(ResponseMismatch) as refusal:
            import_response(desk.stand_in.sign(request), second, NOW)
        assert refusal.value.id == "RESPONSE-MISMATCH"
        assert first.name in refusal.value.what
        unanswered(first)
        unanswered(second)

    def test_a_response_that_swaps_the_name_of_its_batch(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        signed = BatchSigned(
            tuple(
                desk.stand_in.signatures(each)
                for each in desk.stand_in.read(request).content.transactions
            ),
            desk.stand_in.approvals(bytes(32)),
        )
        renamed = desk.stand_in.answer(request, signed, lambda each: replace(each, batch="B-x"))
        with pytest.raises(ResponseMismatch):
            import_response(renamed, None, NOW)
        unanswered(batch)

    def test_a_response_to_a_request_never_exported(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        foreign = desk.stand_in.answer(
            request, BatchRefused((FINDING,)), lambda each: replace(each, request=bytes(32))
        )
        with pytest.raises(ResponseMismatch, match="never exported"):
            import_response(foreign, None, NOW)
        unanswered(batch)

    @pytest.mark.parametrize(
        "change",
        [
            lambda audience: replace(audience, appliance=bytes(16)),
            lambda audience: replace(audience, genesis=bytes(32)),
            lambda audience: replace(audience, realm=Realm.PRODUCTION),
        ],
    )
    def test_a_response_for_another_audience(
        self, desk: Desk, change: Callable[[Audience], Audience]
    ) -> None:
        batch, request = desk.exported(eth_row(1))

        def elsewhere(response: SigningResponse) -> SigningResponse:
            return replace(response, audience=change(response.audience))

        message = desk.stand_in.answer(request, BatchRefused((FINDING,)), elsewhere)
        with pytest.raises(EnvelopeAudience):
            import_response(message, None, NOW)
        unanswered(batch)

    def test_a_response_sealed_by_another_key(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        thief = replace(desk.stand_in, attestation=found("thief").attestation)
        with pytest.raises(EnvelopeSignature):
            import_response(thief.sign(request), None, NOW)
        unanswered(batch)

    def test_a_response_sealed_by_the_coordinator_itself(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        payload = Envelope.parse(desk.stand_in.sign(request)).payload
        purpose = (Realm.TEST, StatementType.SIGNING_RESPONSE)
        sealed = Envelope.seal(Algorithm.EDDSA, TRANSPORT.public, payload, purpose, TRANSPORT.sign)
        with pytest.raises(EnvelopeSignature):
            import_response(sealed.serialize(), None, NOW)
        with pytest.raises(EnvelopeSignature):
            import_response(replace(sealed, key_id=bytes(16)).serialize(), None, NOW)
        unanswered(batch)

    def test_a_statement_of_another_type(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        payload = Envelope.parse(desk.stand_in.sign(request)).payload
        with pytest.raises(EnvelopeSignature):
            import_response(desk.stand_in.seal(StatementType.JOURNAL_HEAD, payload), None, NOW)
        unanswered(batch)

    def test_any_flipped_bit(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        message = desk.stand_in.sign(request)
        for at in range(0, len(message), 7):
            damaged = message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
            with pytest.raises((EnvelopeSignature, NotCanonical, ResponseRefused)):
                import_response(damaged, None, NOW)
        unanswered(batch)

    def test_another_answer_after_the_first(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        import_response(desk.stand_in.sign(request), None, NOW)
        with pytest.raises(ResponseConflict):
            import_response(desk.stand_in.answer(request, BatchRefused((FINDING,))), None, NOW)
        batch.refresh_from_db()
        assert batch.state == BatchState.FINALISED.value

    def test_a_refusal_of_an_expired_export_does_not_free_what_a_later_one_may_sign(
        self, desk: Desk
    ) -> None:
        batch, request = desk.exported(eth_row(1))
        later = bytes(desk.export(batch, NOW + DAY + 1).envelope)
        with pytest.raises(ResponseMismatch, match="earlier export"):
            import_response(desk.stand_in.answer(request, BatchRefused((FINDING,))), None, NOW)
        unanswered(batch)
        import_response(desk.stand_in.sign(later), None, NOW)

    def test_a_signed_answer_to_an_earlier_export_counts(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        desk.export(batch, NOW + DAY + 1)
        import_response(desk.stand_in.sign(request), None, NOW)
        batch.refresh_from_db()
        assert batch.state == BatchState.FINALISED.value


Forgery = Callable[[StandIn, InputSignature], InputSignature]


def _foreign_key(_: StandIn, signature: InputSignature) -> InputSignature:
    return input_signature(secp256k1("thief"), signature.index, signature.digest)


FORGERIES: dict[str, Forgery] = {
    "altered signature": lambda _, s: replace(
        s, signature=s.signature[:40] + bytes([s.signature[40] ^ 1]) + s.signature[41:]
    ),
    "zero signature": lambda _, s: replace(s, signature=bytes(64)),
    "high s": lambda _, s: high_s(s),
    "wrong recovery id": lambda _, s: replace(s, recovery_id=s.recovery_id ^ 1),
    "impossible recovery id": lambda _, s: replace(s, recovery_id=s.recovery_id | 2),
    "another digest": lambda _, s: replace(s, digest=bytes(32)),
    "another index": lambda _, s: replace(s, index=1),
    "another key": _foreign_key,
    "another key's name": lambda t, s: replace(s, public_key=next(iter(t.keys))),
}


class TestSignatures:
    """Signatures that do not make the exported bytes valid."""

    @pytest.mark.parametrize("name", FORGERIES)
    def test_a_forged_signature(self, desk: Desk, name: str) -> None:
        batch, request = desk.exported(eth_row(1), eth_row(2))
        content = desk.stand_in.read(request).content
        first, second = (desk.stand_in.signatures(each) for each in content.transactions)
        forged = FORGERIES[name](desk.stand_in, second.signatures[0])
        transactions = (first, replace(second, signatures=(forged,)))
        outcome = BatchSigned(transactions, desk.stand_in.approvals(bytes(32)))
        with pytest.raises(ResponseSignature, match="tx-2"):
            import_response(desk.stand_in.answer(request, outcome), None, NOW)
        unanswered(batch)

    def test_signatures_swapped_between_transactions(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1), eth_row(2))
        content = desk.stand_in.read(request).content
        first, second = (desk.stand_in.signatures(each) for each in content.transactions)
        swapped = (replace(first, id=second.id), replace(second, id=first.id))
        outcome = BatchSigned(swapped, desk.stand_in.approvals(bytes(32)))
        with pytest.raises(ResponseSignature):
            import_response(desk.stand_in.answer(request, outcome), None, NOW)
        unanswered(batch)

    def test_a_transaction_missing_or_twice(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1), eth_row(2))
        content = desk.stand_in.read(request).content
        first, second = (desk.stand_in.signatures(each) for each in content.transactions)
        for transactions in ((first,), (first, first), (first, second, second)):
            outcome = BatchSigned(transactions, desk.stand_in.approvals(bytes(32)))
            with pytest.raises(ResponseSignature, match="exactly"):
                import_response(desk.stand_in.answer(request, outcome), None, NOW)
        unanswered(batch)

    def test_too_few_or_wrong_signers(self, desk: Desk) -> None:
        batch, request = desk.exported(eth_row(1))
        content = desk.stand_in.read(request).content
        signed = tuple(desk.stand_in.signatures(each) for each in content.transactions)
        one, two = desk.stand_in.approvals(bytes(32))
        elsewhere = desk.stand_in.approvals(b"\1" * 32)[1]
        for approvals in (
            (one,),
            (one, one),
            (one, elsewhere),
            (one, replace(two, signature=bytes(64))),
            (one, replace(two, name="nobody")),
            (one, replace(two, key=one.key)),
        ):
            outcome = BatchSigned(signed, approvals)
            with pytest.raises(ResponseSignature):
                import_response(desk.stand_in.answer(request, outcome), None, NOW)
        unanswered(batch)
