"""What is objected to in one output, by itself."""

from collections.abc import Iterator

from appliance.chains.bitcoin.derivations import (
    derivation_contradictions,
    derivation_text,
    first_derivation,
)
from appliance.chains.bitcoin.psbt_maps import PsbtOutput
from appliance.chains.bitcoin.script import (
    Kind,
    Template,
    contradiction,
    template_of,
    unpayable_kind,
)
from appliance.chains.bitcoin.transaction import Output, serialize_output
from appliance.chains.bitcoin.wallet import Book, Owned
from appliance.model.rule import Rule, attention, refusal
from appliance.wire.messages import Finding

_DUST_RATE = 3
"""sat/vB that spending an output must not cost more than it is worth (Bitcoin Core, policy)."""
_SPENDING_SIZE = {Kind.P2PKH: 148, Kind.P2SH: 148}
_SPENDING_WITNESS_SIZE = 67


def objections(
    where: str, output: Output, scope: PsbtOutput, owned: Owned | None, book: Book
) -> Iterator[Finding]:
    """Object to an output that is not payable, is worth nothing, or claims to be what it is not."""
    template = template_of(output.script)
    if template is None:
        yield refusal(Rule.OUTPUT_TYPE, f"it pays to {unpayable_kind(output.script)}", where)
    elif output.amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it pays nothing", where)
    else:
        yield from _dust(where, output, template)
    claims = scope.claims
    wrong = contradiction(output.script, claims.redeem_script, claims.witness_script)
    if wrong:
        yield refusal(Rule.CHANGE_NOT_OURS, f"it carries {wrong}", where)
    elif claims.is_taproot and template and template.kind is not Kind.P2TR:
        message = "it carries taproot fields, but is not taproot"
        yield refusal(Rule.CHANGE_NOT_OURS, message, where)
    elif owned is not None:
        for message in derivation_contradictions(owned, claims):
            yield refusal(Rule.CHANGE_NOT_OURS, f"it {message}", where)
    elif scope.claims_ownership and not book.is_empty:
        yield _not_ours(where, scope)


def _dust(where: str, output: Output, template: Template) -> Iterator[Finding]:
    spending = _SPENDING_SIZE.get(template.kind, _SPENDING_WITNESS_SIZE)
    least = _DUST_RATE * (len(serialize_output(output)) + spending)
    if output.amount < least:
        message = f"it pays {output.amount:,} sat, under the {least:,} sat that nodes relay (dust)"
        yield attention(Rule.OUTPUT_TYPE, message, where)


def _not_ours(where: str, scope: PsbtOutput) -> Finding:
    stated = first_derivation(scope.claims)
    at = f" (at {derivation_text(stated)})" if stated else ""
    message = f"it comes with keys or scripts{at} as ours do, but is of no registered wallet"
    return refusal(Rule.CHANGE_NOT_OURS, message, where)
