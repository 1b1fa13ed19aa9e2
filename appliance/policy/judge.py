"""Every rule runs and every finding is reported; one refusal refuses the batch.

The only place that constructs ClearedBatch.
"""

from collections.abc import Iterator

from appliance.model.batch import (
    Attributed,
    ClearedBatch,
    Decoded,
    DecodedBatch,
    RefusedBatch,
    Unattributed,
    Undecodable,
)
from appliance.model.entry import IncidentKept
from appliance.model.history import History
from appliance.model.rule import Rule, refusal, relocated
from appliance.policy.attributed_rules import ATTRIBUTED_RULES
from appliance.policy.request_rules import REQUEST_RULES, Case
from appliance.policy.standing import StandingRules
from appliance.policy.transaction_rules import TRANSACTION_RULES, Reading
from appliance.policy.unattributed_rules import UNATTRIBUTED_RULES
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity


def judge(
    batch: DecodedBatch, standing: StandingRules, history: History, now: int
) -> ClearedBatch | RefusedBatch:
    """Judge a batch at `now` (Unix seconds) by the standing rules and the journal's history."""
    findings = _findings(batch, standing, history, now)
    decoded = tuple(item for item in batch.items if isinstance(item, Decoded))
    if is_refused(findings) or len(decoded) != len(batch.items):
        return RefusedBatch(batch.received, batch.items, findings)
    return ClearedBatch(batch.received, decoded, findings)


def is_refused(findings: tuple[Finding, ...]) -> bool:
    """Return whether any finding refuses."""
    return any(finding.severity is Severity.REFUSE for finding in findings)


def incident_of(refused: RefusedBatch) -> IncidentKept | None:
    """Return what the journal must keep of a refused request, for those who investigate.

    That is the request itself where the two readers disagree about it: then one of them is wrong.
    """
    rule = Rule.READERS_DISAGREE.value
    if all(finding.rule != rule for finding in refused.findings):
        return None
    return IncidentKept(rule, refused.received.message)


def judge_transaction(reading: Reading) -> tuple[Finding, ...]:
    """Return the decoder's and every transaction rule's findings."""
    own = (
        relocated(finding, reading.at(finding.where)) for finding in reading.transaction.findings
    )
    return (*own, *(finding for rule in TRANSACTION_RULES for finding in rule(reading)))


def _findings(
    batch: DecodedBatch, standing: StandingRules, history: History, now: int
) -> tuple[Finding, ...]:
    case = Case(batch, standing, history, now)
    about_request = (finding for rule in REQUEST_RULES for finding in rule(case))
    about_items = (finding for item in batch.items for finding in _item(item, standing, now))
    return (*_about_origin(case), *about_request, *about_items)


def _about_origin(case: Case) -> Iterator[Finding]:
    match case.batch.received.origin:
        case Attributed(request=request):
            for attributed_rule in ATTRIBUTED_RULES:
                yield from attributed_rule(case, request)
        case Unattributed() as origin:
            for unattributed_rule in UNATTRIBUTED_RULES:
                yield from unattributed_rule(case, origin)


def _item(item: Decoded | Undecodable, standing: StandingRules, now: int) -> Iterator[Finding]:
    match item:
        case Decoded(unsigned=unsigned, transaction=transaction):
            yield from judge_transaction(Reading(unsigned.id, transaction, standing, now))
        case Undecodable(unsigned=unsigned, error=error):
            yield refusal(Rule(error.id), error.what, unsigned.id)
