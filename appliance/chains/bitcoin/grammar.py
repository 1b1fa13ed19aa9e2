"""What is objected to in a PSBT as a whole, before anybody asks whose it is."""

from collections.abc import Iterator
from itertools import islice

from appliance.chains.bitcoin.psbt_fields import (
    GLOBAL,
    INPUT,
    OUTPUT,
    UNKNOWN,
    GlobalField,
    Refused,
    Scope,
)
from appliance.chains.bitcoin.psbt_maps import Fields, Psbt
from appliance.chains.bitcoin.script import OP_RETURN
from appliance.chains.bitcoin.transaction import Transaction
from appliance.model.rule import Rule, refusal
from appliance.wire.messages import Finding

MAX_FIELDS_NAMED = 50
"""Refused fields that are named one by one."""

_VERSIONS = (1, 2)
_MODIFIABLE = {
    1: (Rule.UNSUPPORTED, "inputs may still be added or removed"),
    2: (Rule.UNSUPPORTED, "outputs may still be added or removed"),
    4: (Rule.SIGHASH_TYPE, "an input is signed with SIGHASH_SINGLE"),
}
_ALL_BITS = sum(_MODIFIABLE)
_MESSAGE_OUTPUT = bytes((OP_RETURN,))
_PSET = b"\x04pset"
"""How Elements marks its own fields: amounts and assets then stand elsewhere than in Bitcoin."""


def transaction_objections(transaction: Transaction) -> Iterator[Finding]:
    """Object to a transaction that is none of ours to explain."""
    if not transaction.inputs:
        yield refusal(Rule.UNSUPPORTED, "the transaction spends nothing")
    if not transaction.outputs:
        yield refusal(Rule.UNSUPPORTED, "the transaction pays nothing but its fee")
    if [output.script for output in transaction.outputs] == [_MESSAGE_OUTPUT]:
        message = "it pays nothing: it proves control of coins, or signs a message (BIP-322)"
        yield refusal(Rule.MESSAGE_FORBIDDEN, message)
    if transaction.version not in _VERSIONS:
        message = f"transactions of version {transaction.version} are unknown"
        if transaction.version == 3:
            message = "transactions of version 3 (BIP-431) are not signed"
        yield refusal(Rule.UNSUPPORTED, message)


def modifiable_objections(psbt: Psbt) -> Iterator[Finding]:
    """Object to a PSBT that says it may still be changed (BIP-370)."""
    flags = psbt.modifiable
    for bit, (rule, words) in _MODIFIABLE.items():
        if flags & bit:
            yield refusal(rule, f"TX_MODIFIABLE says that {words}")
    if flags & ~_ALL_BITS:
        yield refusal(Rule.UNSUPPORTED, f"TX_MODIFIABLE has the unknown bits 0x{flags:02x}")


def field_objections(psbt: Psbt) -> Iterator[Finding]:
    """Object to every field that is understood and refused, or not understood at all.

    Of very many, the first are named and the others counted.
    """
    objections = _all_fields(psbt)
    yield from islice(objections, MAX_FIELDS_NAMED)
    others = sum(1 for _ in objections)
    if others:
        yield refusal(Rule.UNSUPPORTED, f"{others:,} fields more are refused or unknown")


def _all_fields(psbt: Psbt) -> Iterator[Finding]:
    yield from _fields(psbt, GLOBAL, psbt.fields, "")
    for index, spent in enumerate(psbt.inputs):
        yield from _fields(psbt, INPUT, spent.fields, f"input {index}")
    for index, paid in enumerate(psbt.outputs):
        yield from _fields(psbt, OUTPUT, paid.fields, f"output {index}")


def _fields(psbt: Psbt, scope: Scope, fields: Fields, where: str) -> Iterator[Finding]:
    accepted = scope.accepted[psbt.version]
    for field in fields:
        if field.type not in accepted:
            refused = scope.refused.get(field.type, UNKNOWN)
            yield _refusal(refused, scope.name, field.type, where)
        elif field.type == GlobalField.PROPRIETARY and field.key_data.startswith(_PSET):
            message = "it carries a field of Elements (PSET), which is another chain's format"
            yield refusal(Rule.UNSUPPORTED, message, where)


def _refusal(refused: Refused, name: str, field_type: int, where: str) -> Finding:
    message = f"the {name} map has field 0x{field_type:02x}, {refused.purpose}"
    return refusal(refused.rule, message, where)
