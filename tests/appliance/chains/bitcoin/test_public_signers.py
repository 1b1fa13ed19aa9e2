"""Signatures that other signers made, in every public PSBT: over the digests computed here."""

from collections import Counter
from collections.abc import Iterator

from coincurve import PublicKey, PublicKeyXOnly

from appliance.chains.bitcoin.digest import (
    legacy_digests,
    segwit_digest,
    segwit_hashes,
    taproot_digest,
    taproot_hashes,
)
from appliance.chains.bitcoin.psbt import parse
from appliance.chains.bitcoin.psbt_maps import Psbt, PsbtInput
from appliance.chains.bitcoin.script import Kind, contradiction, template_of
from appliance.chains.bitcoin.transaction import Output
from appliance.hashes import hash160
from tests.appliance.chains.bitcoin.test_public_cases import payload
from tests.appliance.chains.bitcoin.world import attempt
from tests.shared_vectors import folder, need, shared


def every_psbt() -> Iterator[tuple[str, Psbt]]:
    """Every PSBT anywhere in the public cases that can be read."""
    for path in sorted((folder() / "btc-psbt").glob("*.json*")):
        for number, text in enumerate(_texts(path.read_text())):
            result = attempt(parse, payload(text) or _unhexed(text))
            if isinstance(result, Psbt):
                yield f"{path.stem}-{number}", result


def _texts(document: str) -> Iterator[str]:
    for piece in document.replace("\\n", '"').split('"'):
        if piece.startswith(("cHNidP", "70736274ff")):
            yield piece


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def spent_output(psbt: Psbt, index: int) -> Output | None:
    scope, outpoint = psbt.inputs[index], psbt.transaction.inputs[index].outpoint
    if scope.claimed_output is not None:
        return scope.claimed_output
    previous = scope.previous
    return previous.outputs[outpoint.index] if previous else None


def _digest(psbt: Psbt, index: int, output: Output, key: bytes) -> tuple[str, bytes] | None:
    """The kind of an input, and what a signature of SIGHASH_ALL by a key is over."""
    scope: PsbtInput = psbt.inputs[index]
    transaction, claims = psbt.transaction, scope.claims
    if contradiction(output.script, claims.redeem_script, claims.witness_script):
        return None
    script = claims.redeem_script or output.script
    template = template_of(script)
    kind = "P2SH-" if claims.redeem_script else ""
    if template and template.kind in (Kind.P2WPKH, Kind.P2WSH):
        code = claims.witness_script
        if template.kind is Kind.P2WPKH:
            code = b"\x76\xa9\x14" + hash160(key) + b"\x88\xac"
        spent = transaction.inputs[index]
        digest = segwit_digest(segwit_hashes(transaction), spent, code or b"", output.amount)
        return kind + template.kind.value, digest
    if template and template.kind is Kind.P2TR:
        return None
    return kind + "legacy", dict(legacy_digests(transaction, {index: script}))[index]


def test_other_signers_signed_the_digests_that_are_computed_here() -> None:
    need(shared("btc-psbt/bip174.jsonl"))
    verified: Counter[str] = Counter()
    for name, psbt in every_psbt():
        for index, scope in enumerate(psbt.inputs):
            output = spent_output(psbt, index)
            for key, signature in scope.partial_signatures:
                told = output and _digest(psbt, index, output, key)
                if told and signature[-1] == 1:
                    kind, digest = told
                    assert PublicKey(key).verify(signature[:-1], digest, hasher=None), name
                    verified[kind] += 1
    assert {"P2WPKH", "P2WSH", "P2SH-P2WPKH", "P2SH-P2WSH", "legacy"} <= verified.keys()


def test_other_signers_signed_the_taproot_digests_that_are_computed_here() -> None:
    need(shared("btc-psbt/bip371.jsonl"))
    verified = 0
    for name, psbt in every_psbt():
        outputs = [spent_output(psbt, index) for index in range(len(psbt.inputs))]
        spent = [output for output in outputs if output]
        for index, scope in enumerate(psbt.inputs):
            signature, output = scope.taproot_signature, outputs[index]
            if signature is None or output is None or len(spent) != len(outputs):
                continue
            kind = signature[64] if len(signature) == 65 else 0
            if kind <= 1:
                digest = taproot_digest(taproot_hashes(psbt.transaction, spent), index, kind)
                assert PublicKeyXOnly(output.script[2:]).verify(signature[:64], digest), name
                verified += 1
    assert verified
