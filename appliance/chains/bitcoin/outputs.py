"""What is paid: change to the wallet that pays, by script; everything else is a transfer."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.bitcoin.address import spell_address
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.psbt import Psbt, PsbtOutput
from appliance.chains.bitcoin.script import contradiction, template_of, unpayable_kind
from appliance.chains.bitcoin.transaction import Output
from appliance.chains.bitcoin.wallet import Book, Branch, Owned
from appliance.model.money import native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Change, Fact, Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

MAX_SHOWN_SCRIPT = 100
"""Bytes of a script without an address that are spelled out."""


@dataclass(frozen=True, slots=True)
class ReadOutput:
    """One output as it was read: a transfer, or change; with facts and objections about it."""

    item: Transfer | Change
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """Which account pays (None where none does), on which network, among which wallets."""

    account: str | None
    network: Network
    book: Book


def read_outputs(psbt: Psbt, payer: Payer) -> tuple[ReadOutput, ...]:
    """Read every output; change is what goes to the change descriptor of the account that pays."""
    outputs = zip(psbt.transaction.outputs, psbt.outputs, strict=True)
    return tuple(
        _read(f"output {index}", output, scope, payer)
        for index, (output, scope) in enumerate(outputs)
    )


def _read(where: str, output: Output, scope: PsbtOutput, payer: Payer) -> ReadOutput:
    owned = payer.book.owner(output.script)
    destination = _destination(output.script, payer.network)
    findings = tuple(_objections(where, output, scope, owned, payer.book))
    if owned and owned.account == payer.account and owned.branch is Branch.CHANGE:
        return ReadOutput(Change(output.amount, destination, owned.path, where), (), findings)
    asset = native_asset(Chain.BITCOIN, payer.network.name)
    facts = (_own_fact(where, owned),) if owned else ()
    return ReadOutput(Transfer(asset, output.amount, destination, where), facts, findings)


def _destination(script: bytes, network: Network) -> str:
    """Return the address, or the script itself where it has none."""
    template = template_of(script)
    if template:
        return spell_address(template, network)
    shown = script[:MAX_SHOWN_SCRIPT].hex() or "empty"
    rest = len(script) - MAX_SHOWN_SCRIPT
    return f"script {shown} and {rest:,} bytes more" if rest > 0 else f"script {shown}"


def _objections(
    where: str, output: Output, scope: PsbtOutput, owned: Owned | None, book: Book
) -> Iterator[Finding]:
    if template_of(output.script) is None:
        message = f"it pays to {unpayable_kind(output.script)}"
        yield refusal(Rule.OUTPUT_TYPE, message, where)
    elif output.amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it pays nothing", where)
    wrong = contradiction(output.script, scope.redeem_script, scope.witness_script)
    if wrong:
        yield refusal(Rule.CHANGE_NOT_OURS, f"it carries {wrong}", where)
    elif scope.claims_ownership and owned is None and not book.is_empty:
        message = "it is presented with keys or scripts of ours, but is of no registered wallet"
        yield refusal(Rule.CHANGE_NOT_OURS, message, where)


def _own_fact(where: str, owned: Owned) -> Fact:
    purpose = "a receive address" if owned.branch is Branch.RECEIVE else "a change address"
    value = f"{where} pays to {purpose} of our own wallet {owned.account} ({owned.path})"
    return Fact("Our own address", value)
