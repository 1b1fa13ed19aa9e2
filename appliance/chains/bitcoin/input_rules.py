"""What is objected to in one input, by itself."""

from collections.abc import Iterator

from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.derivations import derivation_contradictions
from appliance.chains.bitcoin.digest import SIGHASH_ALL, SIGHASH_DEFAULT
from appliance.chains.bitcoin.psbt_maps import PsbtInput
from appliance.chains.bitcoin.script import Kind, contradiction, template_of
from appliance.chains.bitcoin.transaction import Output
from appliance.chains.bitcoin.wallet import Book, Owned
from appliance.model.rule import Rule, refusal
from appliance.wire.messages import Finding

_SIGHASH_NAMES = {0: "DEFAULT", 1: "ALL", 2: "NONE", 3: "SINGLE"}
_ANYONE_CAN_PAY = 0x80
_TAPROOT = b"\x51\x20"


def is_taproot(script: bytes) -> bool:
    """Tell whether a script is a taproot output that somebody can spend."""
    if not script.startswith(_TAPROOT):
        return False
    template = template_of(script)
    return template is not None and template.kind is Kind.P2TR


def ownership_objections(
    output: Output | None, owned: Owned | None, book: Book, where: str
) -> Iterator[Finding]:
    """Object to an input that is of no registered wallet."""
    if output and owned is None and not book.is_empty:
        address = address_of(output.script, book.network(None)) or "a script without an address"
        message = f"it is locked by {address}, which is of no registered wallet"
        yield refusal(Rule.INPUT_NOT_OURS, message, where)


def sighash_objections(scope: PsbtInput, output: Output | None, where: str) -> Iterator[Finding]:
    """Object to every signature type but ALL and, in taproot, DEFAULT."""
    asked = scope.sighash_type
    is_default = asked == SIGHASH_DEFAULT and output is not None and is_taproot(output.script)
    if asked not in (None, SIGHASH_ALL) and not is_default:
        message = f"signature type {_sighash_name(asked)} is asked for, only ALL is signed"
        yield refusal(Rule.SIGHASH_TYPE, message, where)
    for _, signature in scope.partial_signatures:
        if signature[-1] != SIGHASH_ALL:
            message = f"it carries a signature of type {_sighash_name(signature[-1])}, not ALL"
            yield refusal(Rule.SIGHASH_TYPE, message, where)


def _sighash_name(sighash_type: int) -> str:
    kind = _SIGHASH_NAMES.get(sighash_type & ~_ANYONE_CAN_PAY)
    if kind is None:
        return f"0x{sighash_type:x}"
    anyone = "|ANYONECANPAY" if sighash_type & _ANYONE_CAN_PAY else ""
    return f"0x{sighash_type:x} ({kind}{anyone})"


def scope_objections(
    scope: PsbtInput, output: Output | None, owned: Owned | None, where: str
) -> Iterator[Finding]:
    """Object to what is said about an input that does not belong to it."""
    if scope.is_final:
        yield refusal(Rule.UNSUPPORTED, "it is final already: nothing is left to sign", where)
    if output is None:
        return
    claims = scope.claims
    wrong = contradiction(output.script, claims.redeem_script, claims.witness_script)
    if wrong:
        yield refusal(Rule.INPUT_NOT_OURS, f"it carries {wrong}", where)
    yield from _taproot_objections(scope, output, where)
    if scope.claimed_output and _is_legacy(output.script):
        message = "it carries a witness output, but its script has no witness (BIP-174)"
        yield refusal(Rule.PREVIOUS_TRANSACTION, message, where)
    if owned is None:
        return
    for message in derivation_contradictions(owned, claims):
        yield refusal(Rule.INPUT_NOT_OURS, f"it {message}", where)


def _is_legacy(script: bytes) -> bool:
    template = template_of(script)
    return template is not None and template.kind is Kind.P2PKH


def _taproot_objections(scope: PsbtInput, output: Output, where: str) -> Iterator[Finding]:
    says_taproot = (
        scope.claims.is_taproot
        or scope.taproot_signature is not None
        or scope.taproot_merkle_root is not None
    )
    if not says_taproot:
        return
    if not is_taproot(output.script):
        yield refusal(Rule.UNSUPPORTED, "it carries taproot fields, but is not taproot", where)
        return
    if scope.taproot_merkle_root is not None:
        message = "it names a tree of taproot scripts, of which ours has none"
        yield refusal(Rule.UNSUPPORTED, message, where)
    if scope.taproot_signature is not None:
        message = "it carries a taproot signature: nothing is left to sign"
        yield refusal(Rule.UNSUPPORTED, message, where)
