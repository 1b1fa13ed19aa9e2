"""From a message's structure to what it pays, and to every objection against signing it.

The grammar is closed: SOL, pinned tokens, token accounts for who is known, and what goes with them.
Everything else is refused, and explained as far as it is understood.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from appliance.chains.solana.address import spell_address
from appliance.chains.solana.message import MAX_PACKET, SIGNATURE_BYTES, Message
from appliance.chains.solana.programs import (
    ASSOCIATED_TOKEN,
    COMPUTE_BUDGET,
    MEMO,
    MEMO_1,
    SYSTEM,
    TOKEN,
    TOKEN_2022,
)
from appliance.chains.solana.services import (
    is_creation,
    read_compute_budget,
    read_memo,
    read_token_account,
)
from appliance.chains.solana.surroundings import (
    Advance,
    Budget,
    Creation,
    Memo,
    Outcome,
    Step,
    Surroundings,
    forbidden,
    spell_account,
    token_account_of,
)
from appliance.chains.solana.transfers import is_token_transfer, read_system, read_token
from appliance.model.rule import Rule, attention, refusal
from appliance.model.transaction import Fact, SolanaFee, Transfer
from appliance.wire.messages import Finding

LAMPORTS_PER_SIGNATURE = 5000
UNITS_PER_INSTRUCTION = 200_000
"""Compute units for each instruction, but those of the compute budget, where no limit is set. Nodes
since SIMD-0170 count fewer for built-in programs, so this bounds them from above."""
MAX_UNITS = 1_400_000
"""Compute units of a transaction at the most, whatever it asks for (MAX_COMPUTE_UNIT_LIMIT)."""
MICRO = 1_000_000

Reads: TypeAlias = Callable[[Step, Surroundings], Iterator[Outcome]]

READERS: dict[bytes, Reads] = {
    SYSTEM: read_system,
    TOKEN: read_token,
    TOKEN_2022: read_token,
    ASSOCIATED_TOKEN: read_token_account,
    COMPUTE_BUDGET: read_compute_budget,
    MEMO: read_memo,
    MEMO_1: read_memo,
}
"""The programs of which something is allowed."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message does, and the objections against it; `nonce` is the account that it uses."""

    transfers: tuple[Transfer, ...]
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    fee: SolanaFee
    nonce: bytes | None


def meaning_of(around: Surroundings, size: int) -> Meaning:
    """Return what a message of `size` bytes does, with every objection that it gives cause for."""
    message, steps = around.message, _steps(around.message)
    outcomes = _outcomes(steps, _with_token_accounts(around, steps))
    budgets = [each for each in outcomes if isinstance(each, Budget)]
    nonce = next((each.account for each in outcomes if isinstance(each, Advance)), None)
    objections = (
        *(each for each in outcomes if isinstance(each, Finding)),
        *_repeated_budgets(budgets),
        *_message_objections(message),
        *_account_objections(message),
        *_size_objections(message, size),
    )
    purpose = () if objections else tuple(_purpose(outcomes, nonce))
    return Meaning(
        tuple([each for each in outcomes if isinstance(each, Transfer)]),
        (
            *(each for each in (*outcomes, *purpose) if isinstance(each, Fact)),
            _validity(message, nonce),
        ),
        (*objections, *(each for each in purpose if isinstance(each, Finding))),
        _fee(message, steps, budgets),
        nonce,
    )


def _steps(message: Message) -> tuple[Step, ...]:
    accounts = message.accounts
    return tuple(
        [
            Step(
                number,
                message.keys[each.program],
                tuple([accounts[index] for index in each.accounts]),
                each.data,
            )
            for number, each in enumerate(message.instructions, 1)
        ]
    )


def _with_token_accounts(around: Surroundings, steps: tuple[Step, ...]) -> Surroundings:
    """Add whose token accounts the message creates, and which it pays to."""
    creations = [step.accounts for step in steps if is_creation(step)]
    if not creations:
        return around
    return replace(
        around,
        created={
            account: owner
            for _, account, owner, mint, _, program, *_ in creations
            if account == token_account_of(owner, mint, program)
        },
        paid=frozenset(step.accounts[2] for step in steps if is_token_transfer(step)),
    )


def _outcomes(steps: tuple[Step, ...], around: Surroundings) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for step in steps:
        read = READERS.get(step.program)
        if read is None:
            outcomes.append(forbidden(step, around))
        else:
            outcomes.extend(read(step, around))
    return outcomes


def _repeated_budgets(budgets: list[Budget]) -> Iterator[Finding]:
    if len(budgets) < 2:
        return
    for operation, count in Counter(each.operation for each in budgets).items():
        if count > 1:
            message = f"Compute Budget {operation} stands {count} times"
            yield refusal(Rule.OPERATION_FORBIDDEN, message)


def _purpose(outcomes: list[Outcome], nonce: bytes | None) -> Iterator[Outcome]:
    """Say what a message is for that pays nobody."""
    if any(isinstance(each, Transfer) for each in outcomes):
        return
    if any(isinstance(each, Creation) for each in outcomes):
        message = "it pays nobody: it only creates token accounts, at our cost"
        yield attention(Rule.TRANSFER_ZERO, message)
        return
    if any(isinstance(each, Memo) for each in outcomes):
        message = "it pays nobody, and signs the text of its memo"
        yield refusal(Rule.MESSAGE_FORBIDDEN, message)
    elif nonce is None:
        yield refusal(Rule.TRANSFER_ZERO, "it pays nobody")
    else:
        yield Fact(
            "Cancels",
            f"it only advances the nonce of {spell_address(nonce)}: whatever else was signed with"
            " this nonce can no longer be sent",
        )


def _validity(message: Message, nonce: bytes | None) -> Fact:
    value = spell_address(message.blockhash)
    if nonce is None:
        return Fact("Valid for about a minute", f"recent blockhash {value}")
    return Fact("Valid until used", f"nonce {value} of {spell_account(nonce)}")


def _fee(message: Message, steps: tuple[Step, ...], budgets: list[Budget]) -> SolanaFee:
    """Return the fee at the most; a price per unit is paid for the limit, not for the use."""
    values = {each.operation: each.value for each in budgets}
    units = values.get("SetComputeUnitLimit")
    if units is None:
        counted = sum(step.program != COMPUTE_BUDGET for step in steps)
        units = counted * UNITS_PER_INSTRUCTION
    price = values.get("SetComputeUnitPrice", 0)
    priority = -(-min(units, MAX_UNITS) * price // MICRO)
    return SolanaFee(LAMPORTS_PER_SIGNATURE * message.required_signatures, priority)


def _message_objections(message: Message) -> Iterator[Finding]:
    for lookup in message.lookups:
        yield refusal(
            Rule.LOOKUP_TABLE,
            f"{len(lookup.writable)} writable and {len(lookup.readonly)} read-only accounts come"
            f" from lookup table {spell_address(lookup.table)}, which cannot be seen here",
            "lookup tables",
        )
    if message.readonly_signed == message.required_signatures:
        yield refusal(Rule.MALFORMED, "the fee payer is read-only, so it cannot pay", "header")


def _account_objections(message: Message) -> Iterator[Finding]:
    keys = message.keys
    if len(set(keys)) != len(keys):
        for key, count in Counter(keys).items():
            if count > 1:
                text = f"account {spell_address(key)} is listed {count} times"
                yield refusal(Rule.MALFORMED, text, "accounts")
    used = {0}.union(*((each.program, *each.accounts) for each in message.instructions))
    for index in sorted(set(range(len(keys))) - used):
        text = f"account {spell_address(keys[index])} is passed and used by nothing"
        yield refusal(Rule.OPERATION_FORBIDDEN, text, "accounts")


def _size_objections(message: Message, size: int) -> Iterator[Finding]:
    whole = size + 1 + SIGNATURE_BYTES * message.required_signatures
    if whole > MAX_PACKET:
        text = f"with its signatures it has {whole:,} bytes, over the {MAX_PACKET:,} of a packet"
        yield refusal(Rule.UNSUPPORTED, text)
