"""What is spent: each input's output, proven by its previous transaction, and whose it is."""

from dataclasses import dataclass

from appliance.chains.bitcoin.digest import SIGHASH_ALL, SIGHASH_DEFAULT
from appliance.chains.bitcoin.input_rules import (
    is_taproot,
    ownership_objections,
    scope_objections,
    sighash_objections,
)
from appliance.chains.bitcoin.psbt_maps import Psbt, PsbtInput
from appliance.chains.bitcoin.spendable import Form
from appliance.chains.bitcoin.transaction import Input, Outpoint, Output
from appliance.chains.bitcoin.wallet import Book, Owned
from appliance.model.rule import Rule, refusal
from appliance.wire.messages import Finding


@dataclass(frozen=True, slots=True)
class ReadInput:
    """One input as it was read.

    `output` is what it spends: proven by the previous transaction, or, where that is missing, only
    claimed, which is refused outside taproot; None where nothing tells. `owned` is whose it is, by
    its script.
    """

    index: int
    spent: Input
    scope: PsbtInput
    output: Output | None
    owned: Owned | None
    findings: tuple[Finding, ...]

    @property
    def where(self) -> str:
        """The words that findings call this input by."""
        return place(self.index)

    @property
    def sighash_type(self) -> int:
        """What its signature is to commit to: DEFAULT in taproot where nothing else is said."""
        if self.owned and self.owned.spendable.form is Form.P2TR:
            return self.scope.sighash_type or SIGHASH_DEFAULT
        return SIGHASH_ALL


def place(index: int) -> str:
    """Return the words that findings call an input by."""
    return f"input {index}"


def read_inputs(psbt: Psbt, book: Book) -> tuple[ReadInput, ...]:
    """Read every input, with every objection to it that needs no digest."""
    first: dict[Outpoint, int] = {}
    for index, spent in enumerate(psbt.transaction.inputs):
        first.setdefault(spent.outpoint, index)
    return tuple(
        _read(index, spent, scope, first[spent.outpoint], book)
        for index, (spent, scope) in enumerate(
            zip(psbt.transaction.inputs, psbt.inputs, strict=True)
        )
    )


def _spent_output(outpoint: Outpoint, scope: PsbtInput) -> tuple[Output | None, str | None]:
    """Return what is spent, and what is wrong with the proof of it.

    A taproot input may go without proof: its signature commits to the amounts and scripts of all
    inputs (BIP-341), so it is worthless if anything was claimed wrongly.
    """
    previous, claimed = scope.previous, scope.claimed_output
    if previous is None:
        missing = "its previous transaction is missing, so its amount is only claimed"
        return claimed, None if claimed and is_taproot(claimed.script) else missing
    if previous.txid != outpoint.txid:
        return claimed, "its previous transaction is another than the one it names"
    if outpoint.index >= len(previous.outputs):
        return claimed, f"its previous transaction has no output {outpoint.index}"
    proven = previous.outputs[outpoint.index]
    return proven, _false_claim(claimed or proven, proven)


def _false_claim(claimed: Output, proven: Output) -> str | None:
    if claimed.amount != proven.amount:
        return f"it claims {claimed.amount:,} sat where there are {proven.amount:,}"
    if claimed.script != proven.script:
        return "it claims another script than its previous transaction has"
    return None


def _read(index: int, spent: Input, scope: PsbtInput, first: int, book: Book) -> ReadInput:
    where = place(index)
    output, objection = _spent_output(spent.outpoint, scope)
    owned = book.owner(output.script) if output else None
    findings: list[Finding] = []
    if first != index:
        message = f"it spends the same output as {place(first)}"
        findings.append(refusal(Rule.OUTPOINT_REUSED, message, where))
    if objection:
        findings.append(refusal(Rule.PREVIOUS_TRANSACTION, objection, where))
    findings.extend(ownership_objections(output, owned, book, where))
    findings.extend(sighash_objections(scope, output, where))
    findings.extend(scope_objections(scope, output, owned, where))
    return ReadInput(index, spent, scope, output, owned, tuple(findings))
