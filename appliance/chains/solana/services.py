"""The instructions that go with a payment: token accounts, compute budget, memos.

Sources: spl-associated-token-account, solana-compute-budget-interface, spl-memo.
"""

from collections.abc import Iterator

from appliance.chains.solana.programs import (
    ASSOCIATED_TOKEN,
    RENT,
    SYSTEM,
    TOKEN,
    TOKEN_PROGRAMS,
)
from appliance.chains.solana.surroundings import (
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
from appliance.model.rule import Rule, refusal
from appliance.model.text import judge_memo, memo_text
from appliance.model.transaction import Fact
from appliance.wire.messages import Finding

_CREATIONS = (b"", b"\0", b"\1")
"""Create as it was written before it had a number, Create, CreateIdempotent."""
_CREATION_PROGRAMS = tuple((program, *rent) for program in TOKEN_PROGRAMS for rent in ((), (RENT,)))
"""What follows the System program; older forms have the sysvar of rent too."""
_RENT = {TOKEN: "rent up to 2,039,280 lamports"}
_RENT_2022 = "rent of 2,074,080 lamports, or more where the token has extensions"
_SETTINGS = {
    2: ("SetComputeUnitLimit", 4, "Compute unit limit", "{:,}"),
    3: ("SetComputeUnitPrice", 8, "Compute unit price", "{:,} micro-lamports"),
    4: ("SetLoadedAccountsDataSizeLimit", 4, "Loaded accounts at the most", "{:,} bytes"),
}
"""By their number: name, bytes of the value, and how it is shown. RequestHeapFrame is not among
them, since no transfer needs memory, nor is RequestUnits, which could add to the fee."""


def read_token_account(step: Step, around: Surroundings) -> Iterator[Outcome]:
    """Read the creation of an associated token account: for who is listed, ours, or paid here."""
    if not is_creation(step):
        yield forbidden(step, around)
        return
    payer, account, owner, mint, _, program = step.accounts[:6]
    yield Creation()
    yield Fact(
        "Creates token account",
        f"{spell_account(account)} of {around.asset(mint).symbol} for {spell_account(owner)};"
        f" {_RENT.get(program, _RENT_2022)}",
    )
    if payer != around.payer:
        message = f"the rent is taken from {spell_account(payer)}, not from the fee payer"
        yield refusal(Rule.SIGNER_NOT_OURS, message, step.where)
    if mint not in around.tokens:
        message = f"the token {spell_account(mint)} is not pinned"
        yield refusal(Rule.TOKEN_UNKNOWN, message, step.where)
    yield from _account_objections(step, around)
    yield from around.read_only(step, (1,))


def is_creation(step: Step) -> bool:
    """Return whether an instruction of the Associated Token Account program makes an account."""
    if step.program != ASSOCIATED_TOKEN or step.data not in _CREATIONS:
        return False
    programs = step.accounts[4:]
    return programs[:1] == (SYSTEM,) and programs[1:] in _CREATION_PROGRAMS


def _account_objections(step: Step, around: Surroundings) -> Iterator[Finding]:
    _, account, owner, mint, _, program = step.accounts[:6]
    derived = token_account_of(owner, mint, program)
    if derived is not None and account != derived:
        yield refusal(
            Rule.TOKEN_ACCOUNT,
            f"{spell_account(account)} is not the token account of {spell_account(owner)}: that"
            f" is {spell_account(derived)}",
            step.where,
        )
    listed = around.owners.lists(owner) or around.owners.lists(account)
    if not listed and owner != around.payer and account not in around.paid:
        message = f"it pays for a token account of {spell_account(owner)}, who is neither listed"
        yield refusal(Rule.TOKEN_ACCOUNT, f"{message} nor paid here", step.where)


def read_compute_budget(step: Step, around: Surroundings) -> Iterator[Outcome]:
    """Read a setting of the compute budget: the unit limit, its price, the accounts' size."""
    setting = _SETTINGS.get(step.data[0]) if step.data else None
    if setting is None or step.accounts or len(step.data) != 1 + setting[1]:
        yield forbidden(step, around)
        return
    operation, _, label, form = setting
    value = int.from_bytes(step.data[1:], "little")
    yield Budget(operation, value, step.where)
    yield Fact(label, form.format(value))


def read_memo(step: Step, around: Surroundings) -> Iterator[Outcome]:
    """Read a memo, which is shown whole."""
    yield Memo()
    yield from judge_memo(step.data, step.where)
    yield Fact("Memo", memo_text(step.data))
    foreign = [spell_account(each) for each in step.accounts if each != around.payer]
    if foreign:
        message = f"the memo is signed by {', '.join(foreign)}"
        yield refusal(Rule.SIGNER_NOT_OURS, message, step.where)
