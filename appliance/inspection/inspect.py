"""Read one case and say everything that was understood, with every finding."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from appliance.errors import DecodeError, SettingsError
from appliance.inspection.case import LABEL, MESSAGES, Case, parse_case, unwrap
from appliance.inspection.containers import Unwrapped, unwrap_file
from appliance.inspection.context import Context, parse_context
from appliance.inspection.messages import explain_message
from appliance.inspection.result import failed_result, label_result, message_result, result_of
from appliance.inspection.strict_json import Object, parse_object
from appliance.model.money import native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.text import judge_text
from appliance.model.transaction import DecodedTransaction
from appliance.policy.claims import mismatches
from appliance.policy.container import disagreements
from appliance.policy.judge import judge_transaction
from appliance.policy.request_rules import lane_gap
from appliance.policy.standing import StandingRules
from appliance.policy.transaction_rules import Reading
from appliance.wire.errors import LinkError
from appliance.wire.messages import Finding, WithdrawalRequest
from appliance.wire.terms import Chain

Result = dict[str, Any]
Readings = Mapping[Chain, DecodedTransaction | DecodeError]


class Inspector:
    """Inspects cases under one context; a case's own context is merged over it."""

    def __init__(self, table: Object) -> None:
        """Prepare the context. Raises SettingsError."""
        self._table = table
        self._context = parse_context(table)

    def inspect_line(self, line: bytes) -> Result:
        """Answer one line of a case stream; a line that is no case is answered as refused."""
        case_id: object = None
        try:
            table = parse_object(line)
            case_id = table.get("id")
            return self.inspect(parse_case(table))
        except SettingsError as error:
            return failed_result(case_id, refusal(Rule.MALFORMED, error.what, "case"))

    def inspect(self, case: Case) -> Result:
        """Decode and judge one case. Raises SettingsError for an unreadable context of its own."""
        return _inspect(case.id, lambda: unwrap(case), self._context_of(case), case)

    def inspect_file(self, name: str, data: bytes) -> Result:
        """Decode and judge the bytes of a file."""
        return _inspect(name, lambda: unwrap_file(data), self._context, None)

    def _context_of(self, case: Case) -> Context:
        if case.context is None:
            return self._context
        return parse_context({**self._table, **case.context})


def _inspect(
    case_id: object, opened: Callable[[], Unwrapped], context: Context, case: Case | None
) -> Result:
    """Answer what a case or file carries, by what it is: a label, a message, or a transaction."""
    try:
        unwrapped = opened()
    except DecodeError as error:
        return failed_result(case_id, refusal(Rule(error.id), error.what))
    except LinkError as error:
        return failed_result(case_id, refusal(Rule.CONTAINER_INCOMPLETE, error.what))
    kind = case.kind if case and case.kind in (LABEL, *MESSAGES) else unwrapped.kind
    if kind == LABEL:
        return label_result(case_id, unwrapped.data, judge_text(unwrapped.data))
    if kind in MESSAGES:
        chain = case.chain if case and case.chain else unwrapped.chain
        return message_result(
            case_id, explain_message(kind or "", unwrapped.data, chain, context.tokens)
        )
    return inspect_bytes(case_id, unwrapped, context, case)


def inspect_bytes(
    case_id: object, unwrapped: Unwrapped, context: Context, case: Case | None
) -> Result:
    """Decode and judge a transaction's bytes."""
    standing, data = context.standing, unwrapped.data
    hint = case.chain if case and case.chain else unwrapped.chain
    readings = dict(_readings(data, standing))
    decoded = {chain: r for chain, r in readings.items() if isinstance(r, DecodedTransaction)}
    chosen = decoded.get(hint) if hint else next(iter(decoded.values()), None)
    if chosen is None:
        return failed_result(case_id, _no_reading(readings, decoded, hint))
    findings = (
        *judge_transaction(Reading("", chosen, standing, context.now)),
        *_several(decoded, hint),
        *(_mismatched_hints(case, chosen) if case else ()),
        *(disagreements(unwrapped.says, chosen, data) if unwrapped.says else ()),
        *(_mismatched_claims(case, chosen, context) if case else ()),
        *lane_gap(chosen, standing, {}, ""),
    )
    return result_of(case_id, chosen, standing, findings)


def _readings(
    data: bytes, standing: StandingRules
) -> Iterator[tuple[Chain, DecodedTransaction | DecodeError]]:
    for chain, decoder in standing.decoders.items():
        try:
            yield chain, decoder(data, None)
        except DecodeError as error:
            yield chain, error


def _several(decoded: Mapping[Chain, DecodedTransaction], hint: Chain | None) -> Iterator[Finding]:
    if hint is None and len(decoded) > 1:
        message = f"the bytes are valid in {', '.join(chain.value for chain in decoded)}"
        yield refusal(Rule.AMBIGUOUS, message)


def _mismatched_hints(case: Case, chosen: DecodedTransaction) -> Iterator[Finding]:
    if case.kind == "psbt" and chosen.chain is not Chain.BITCOIN:
        message = f"the bytes are of {chosen.chain.value}, not a PSBT"
        yield refusal(Rule.HINT_MISMATCH, message)


def _mismatched_claims(
    case: Case, chosen: DecodedTransaction, context: Context
) -> Iterator[Finding]:
    if case.claims is not None:
        claims = tuple(_with_token(claim, chosen, context) for claim in case.claims)
        for text in mismatches(chosen, claims):
            yield refusal(Rule.CLAIM_MISMATCH, text)


def _with_token(
    claim: WithdrawalRequest, chosen: DecodedTransaction, context: Context
) -> WithdrawalRequest:
    """Complete a claim that leaves its token's contract out, where the symbol names just one."""
    place = (chosen.chain, chosen.network)
    pinned = {
        token.contract
        for token in context.tokens
        if (token.chain, token.network) == place and token.symbol == claim.asset
    }
    if claim.token is not None or claim.asset == native_asset(*place).symbol or len(pinned) != 1:
        return claim
    return replace(claim, token=pinned.pop())


def _no_reading(
    readings: Readings, decoded: Mapping[Chain, DecodedTransaction], hint: Chain | None
) -> Finding:
    if hint and decoded:
        names = ", ".join(chain.value for chain in decoded)
        return refusal(Rule.HINT_MISMATCH, f"the bytes are of {names}, not of {hint.value}")
    errors = {chain: e for chain, e in readings.items() if isinstance(e, DecodeError)}
    told = errors.get(hint) if hint else _recognised(errors)
    if told is not None:
        return refusal(Rule(told.id), told.what)
    each = "; ".join(f"{chain.value}: {error.what}" for chain, error in errors.items())
    return refusal(Rule.MALFORMED, f"no chain reads these bytes ({each})")


def _recognised(errors: Mapping[Chain, DecodeError]) -> DecodeError | None:
    """A reading that recognised the bytes says more than those that did not."""
    known = (error for error in errors.values() if error.id == Rule.UNSUPPORTED.value)
    return next(known, None)
