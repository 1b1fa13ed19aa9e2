"""What is spent: each input's output, proven by its previous transaction, and whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.digest import SIGHASH_ALL
from appliance.chains.bitcoin.psbt import Psbt, PsbtInput
from appliance.chains.bitcoin.script import Kind, contradiction, template_of
from appliance.chains.bitcoin.transaction import Input, Outpoint, Output, txid
from appliance.chains.bitcoin.wallet import Book, Owned
from appliance.model.rule import Rule, refusal
from appliance.wire.messages import Finding


@dataclass(frozen=True, slots=True)
class ReadInput:
    """One input as it was read.

    `output` is what it spends: proven by the previous transaction, or, where that is missing, only
    claimed and then refused; None where nothing tells. `owned` is whose it is, by its script.
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
    if output and owned is None and not book.is_empty:
        address = address_of(output.script, book.network(None)) or "a script without an address"
        message = f"it is locked by {address}, which is of no registered wallet"
        findings.append(refusal(Rule.INPUT_NOT_OURS, message, where))
    findings.extend(_sighash_objections(scope, where))
    findings.extend(_scope_objections(scope, output, where))
    return ReadInput(index, spent, scope, output, owned, tuple(findings))


def _spent_output(outpoint: Outpoint, scope: PsbtInput) -> tuple[Output | None, str | None]:
    """Return what is spent, and what is wrong with the proof of it."""
    previous, claimed = scope.previous, scope.claimed_output
    if previous is None:
        return claimed, "its previous transaction is missing, so its amount is only claimed"
    if txid(previous) != outpoint.txid:
        return claimed, "its previous transaction is another than the one it names"
    if outpoint.index >= len(previous.outputs):
        return claimed, f"its previous transaction has no output {outpoint.index}"
    proven = previous.outputs[outpoint.index]
    if claimed is None or claimed == proven:
        return proven, None
    if claimed.amount != proven.amount:
        return proven, f"it claims {claimed.amount:,} sat where there are {proven.amount:,}"
    return proven, "it claims another script than its previous transaction has"


def _sighash_objections(scope: PsbtInput, where: str) -> Iterator[Finding]:
    if scope.sighash_type not in (None, SIGHASH_ALL):
        message = f"signature type 0x{scope.sighash_type:x} is asked for, only ALL is signed"
        yield refusal(Rule.SIGHASH_TYPE, message, where)
    for _, signature in scope.partial_signatures:
        if signature[-1] != SIGHASH_ALL:
            message = f"it carries a signature of type 0x{signature[-1]:x}, not ALL"
            yield refusal(Rule.SIGHASH_TYPE, message, where)


def _scope_objections(scope: PsbtInput, output: Output | None, where: str) -> Iterator[Finding]:
    if scope.is_final:
        yield refusal(Rule.UNSUPPORTED, "it is final already: nothing is left to sign", where)
    if output is None:
        return
    wrong = contradiction(output.script, scope.redeem_script, scope.witness_script)
    if wrong:
        yield refusal(Rule.INPUT_NOT_OURS, f"it carries {wrong}", where)
    template = template_of(output.script) if scope.has_taproot_fields else None
    if scope.has_taproot_fields and (template is None or template.kind is not Kind.P2TR):
        yield refusal(Rule.UNSUPPORTED, "it carries taproot fields, but is not taproot", where)
