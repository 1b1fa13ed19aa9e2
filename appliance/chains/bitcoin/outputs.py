"""What is paid: change to the wallet that pays, by script; everything else is a transfer."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.bitcoin.address import spell_address
from appliance.chains.bitcoin.data_output import data_of, told_data
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.output_rules import objections
from appliance.chains.bitcoin.psbt_maps import Psbt, PsbtOutput
from appliance.chains.bitcoin.script import template_of
from appliance.chains.bitcoin.spendable import Form
from appliance.chains.bitcoin.transaction import Output
from appliance.chains.bitcoin.wallet import Book, Branch, Owned
from appliance.model.money import native_asset
from appliance.model.rule import Rule, attention, refusal
from appliance.model.transaction import Change, Fact, Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

MAX_SHOWN_SCRIPT = 100
"""Bytes of a script without an address that are spelled out."""


@dataclass(frozen=True, slots=True)
class ReadOutput:
    """One output as it was read: a transfer, change, or data (None); with facts and objections."""

    item: Transfer | Change | None
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """Which account pays (None where none does), on which network, among which wallets.

    `forms` are the kinds of script and thresholds that it spends: change is of one of them.
    """

    account: str | None
    network: Network
    book: Book
    forms: frozenset[tuple[Form, int]]


def read_outputs(psbt: Psbt, payer: Payer) -> tuple[ReadOutput, ...]:
    """Read every output; change is what goes to the change descriptor of the account that pays."""
    outputs = zip(psbt.transaction.outputs, psbt.outputs, strict=True)
    return tuple(
        _read(f"output {index}", output, scope, payer)
        for index, (output, scope) in enumerate(outputs)
    )


def several_data_outputs(psbt: Psbt) -> Iterator[Finding]:
    """Object to more than one output of data."""
    count = sum(_data(output) is not None for output in psbt.transaction.outputs)
    if count > 1:
        yield refusal(Rule.OUTPUT_TYPE, f"{count:,} outputs carry data, where one may")


def _read(where: str, output: Output, scope: PsbtOutput, payer: Payer) -> ReadOutput:
    data = _data(output)
    if data is not None:
        return _read_data(where, data)
    owned = payer.book.owner(output.script)
    destination = _destination(output.script, payer.network)
    findings = tuple(objections(where, output, scope, owned, payer.book))
    if owned and _is_change(owned, payer):
        return ReadOutput(Change(output.amount, destination, owned.path, where), (), findings)
    asset = native_asset(Chain.BITCOIN, payer.network.name)
    facts = (_own_fact(where, owned),) if owned else ()
    return ReadOutput(Transfer(asset, output.amount, destination, where), facts, findings)


def _data(output: Output) -> bytes | None:
    return None if output.amount else data_of(output.script)


def _read_data(where: str, data: bytes) -> ReadOutput:
    told = told_data(data)
    finding = attention(Rule.DATA_OUTPUT, f"it carries {len(data)} bytes for all: {told}", where)
    return ReadOutput(None, (Fact("Data for all to read", f"{told} in {where}"),), (finding,))


def _is_change(owned: Owned, payer: Payer) -> bool:
    form = (owned.spendable.form, owned.spendable.threshold)
    is_payers = owned.account == payer.account and owned.branch is Branch.CHANGE
    return is_payers and form in payer.forms


def _destination(script: bytes, network: Network) -> str:
    """Return the address, or the script itself where it has none."""
    template = template_of(script)
    if template:
        return spell_address(template, network)
    shown = script[:MAX_SHOWN_SCRIPT].hex() or "empty"
    rest = len(script) - MAX_SHOWN_SCRIPT
    return f"script {shown} and {rest:,} bytes more" if rest > 0 else f"script {shown}"


def _own_fact(where: str, owned: Owned) -> Fact:
    purpose = "a receive address" if owned.branch is Branch.RECEIVE else "a change address"
    value = f"{where} pays to {purpose} of our own wallet {owned.account} ({owned.path})"
    return Fact("Our own address", value)
