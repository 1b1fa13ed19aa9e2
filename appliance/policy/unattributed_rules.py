"""Rules about a request in a public format: nobody signed it, so that the bytes are all there is.

There is no withdrawal request to compare with. What holds instead is the policy, which names the
wallets that sign such requests at all, and the container, which must say what its bytes say.
"""

from collections.abc import Callable, Iterator

from appliance.model.batch import Unattributed, names_of
from appliance.model.rule import Rule, attention, refusal
from appliance.policy.container import MESSAGE_KINDS, disagreements
from appliance.policy.origin import says_of_message
from appliance.policy.request_rules import Case
from appliance.wire.messages import Finding

NOBODY = "Nobody online vouches for this request: no maker, no checker"

UnattributedRule = Callable[[Case, Unattributed], Iterator[Finding]]


def unattributed(case: Case, _: Unattributed) -> Iterator[Finding]:
    """Only a wallet that the policy names signs what nobody vouches for; people are told."""
    policy = case.standing.policy
    listed = policy.unattributed if policy else ()
    payers = {item.transaction.account for item in case.decoded}
    if not payers or not payers <= set(listed):
        message = "the policy does not let this wallet sign what has no maker and no checker"
        yield refusal(Rule.UNATTRIBUTED, message)
    else:
        yield attention(Rule.UNATTRIBUTED, NOBODY)


def answered_before(case: Case, _: Unattributed) -> Iterator[Finding]:
    """The very same bytes are answered once; they have no sequence number to tell it by."""
    if case.batch.received.digest in case.history.answered:
        yield refusal(Rule.SEQUENCE_REPLAYED, "this very request was answered before")


def message_forbidden(_: Case, origin: Unattributed) -> Iterator[Finding]:
    """Messages and typed data are never signed."""
    kind = MESSAGE_KINDS.get(origin.asked.kind) if origin.asked and origin.asked.kind else None
    if kind is not None:
        yield refusal(Rule.MESSAGE_FORBIDDEN, f"it asks for a signature over {kind}")


def container_mismatch(case: Case, origin: Unattributed) -> Iterator[Finding]:
    """What a wallet says beside the bytes is what the bytes say."""
    says = says_of_message(origin)
    for item in case.decoded:
        yield from disagreements(says, item.transaction, item.unsigned.payload)


def transaction_repeated(case: Case, _: Unattributed) -> Iterator[Finding]:
    """A transaction is asked for once in its life, and burnt for ever, however it is wrapped."""
    for name in names_of(case.batch.received, case.batch.items):
        state = case.history.withdrawals.get(name)
        if state == "burnt":
            yield refusal(Rule.WITHDRAWAL_BURNT, "this transaction was rejected or burnt")
        elif state is not None:
            yield refusal(Rule.WITHDRAWAL_REPEATED, "this transaction was signed before")


UNATTRIBUTED_RULES: tuple[UnattributedRule, ...] = (
    unattributed,
    answered_before,
    message_forbidden,
    container_mismatch,
    transaction_repeated,
)
