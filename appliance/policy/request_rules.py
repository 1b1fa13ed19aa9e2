"""Rules about any request as a whole: what was signed before, and when it is."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.model.batch import Decoded, DecodedBatch
from appliance.model.history import History
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction, Reservation
from appliance.policy.standing import StandingRules
from appliance.wire.epochs import EthereumAccount
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what it is judged by. `now` is the appliance's clock in Unix seconds."""

    batch: DecodedBatch
    standing: StandingRules
    history: History
    now: int

    @property
    def decoded(self) -> Iterator[Decoded]:
        """The transactions whose bytes could be explained."""
        return (item for item in self.batch.items if isinstance(item, Decoded))


RequestRule = Callable[[Case], Iterator[Finding]]


def policy_empty(case: Case) -> Iterator[Finding]:
    """A policy that limits nothing refuses everything."""
    policy = case.standing.policy
    if policy is None or not (policy.require_whitelist or policy.limits):
        yield refusal(Rule.POLICY_EMPTY, "there is no policy that limits anything")


def clock(case: Case) -> Iterator[Finding]:
    """Time only goes forward: this is after the journal's last entry."""
    if case.now < case.history.time:
        late = case.history.time - case.now
        message = f"the clock stands {late:,} seconds before the journal's last entry"
        yield refusal(Rule.CLOCK, message)


def batch_unfinished(case: Case) -> Iterator[Finding]:
    """An interrupted batch comes first."""
    if case.history.unfinished is not None:
        batch = case.history.unfinished.intent.batch
        yield refusal(Rule.BATCH_UNFINISHED, f"batch {batch} was interrupted")


def reserved_before(case: Case) -> Iterator[Finding]:
    """No outpoint and no nonce is ever signed away twice (R-45)."""
    in_batch = Counter(held for item in case.decoded for held in item.transaction.reserves)
    for item in case.decoded:
        for held in item.transaction.reserves:
            if held in case.history.reservations or in_batch[held] > 1:
                yield _reuse(item, held)


def _reuse(item: Decoded, held: Reservation) -> Finding:
    what = f"{held.subject}:{held.position}"
    match held.chain:
        case Chain.BITCOIN:
            message = f"output {what} was signed away before"
            return refusal(Rule.OUTPOINT_REUSED, message, item.unsigned.id)
        case Chain.ETHEREUM:
            message = f"nonce {held.position} of {held.subject} was signed before"
            return refusal(Rule.NONCE_REUSED, message, item.unsigned.id)
        case Chain.TRON | Chain.SOLANA:
            message = f"{held.subject} was signed away before"
            return refusal(Rule.NONCE_REUSED, message, item.unsigned.id)


def nonce_gap(case: Case) -> Iterator[Finding]:
    """Nonces follow each other with no gap, in the order of the batch (attack: held signature)."""
    expected = dict(case.history.next_nonces)
    for item in case.decoded:
        yield from lane_gap(item.transaction, case.standing, expected, item.unsigned.id)


def lane_gap(
    transaction: DecodedTransaction,
    standing: StandingRules,
    expected: dict[tuple[str, str], int],
    where: str,
) -> Iterator[Finding]:
    """Compare a transaction's nonce with the next expected one, and move that on."""
    account = (standing.accounts or {}).get(transaction.account or "")
    if not isinstance(account, EthereumAccount) or account.next_nonce is None:
        return
    for held in transaction.reserves:
        lane = (held.network, held.subject)
        due = expected.get(lane, account.next_nonce)
        expected[lane] = max(due, held.position + 1)
        if held.position > due:
            message = f"nonce {held.position} leaves a gap: {due} is next"
            yield refusal(Rule.NONCE_GAP, message, where)
        elif held.position < account.next_nonce:
            message = f"nonce {held.position} was used before this account was registered"
            yield refusal(Rule.NONCE_REUSED, message, where)


REQUEST_RULES: tuple[RequestRule, ...] = (
    policy_empty,
    clock,
    batch_unfinished,
    reserved_before,
    nonce_gap,
)
