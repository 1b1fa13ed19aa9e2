"""Signatures that a PSBT already carries: a cosigner's is welcome, if it is over these very bytes.

A multisig input may carry signatures of some of its keys, as long as one is still missing. One that
has all it needs, or that is final, is refused: there is nothing left to sign, and whoever sends it
wants something else.
"""

from collections.abc import Iterator

from coincurve import PublicKey

from appliance.chains.bitcoin.inputs import ReadInput
from appliance.model.rule import Rule, refusal
from appliance.wire.messages import Finding


def signature_objections(read: ReadInput, digest: bytes) -> Iterator[Finding]:
    """Object to signatures by foreign keys, over other digests, or one too many."""
    signatures = read.scope.partial_signatures
    if not signatures or read.owned is None:
        return
    spendable = read.owned.spendable
    for public_key, signature in signatures:
        if public_key not in spendable.public_keys:
            message = "it carries a signature by a key that its script does not have"
            yield refusal(Rule.UNSUPPORTED, message, read.where)
        elif not _is_valid(public_key, signature[:-1], digest):
            message = "it carries a signature that is not over this transaction"
            yield refusal(Rule.UNSUPPORTED, message, read.where)
    if len(signatures) >= spendable.threshold:
        message = f"it has all the signatures it needs ({len(signatures)} of {spendable.threshold})"
        yield refusal(Rule.UNSUPPORTED, message, read.where)


def _is_valid(public_key: bytes, encoded: bytes, digest: bytes) -> bool:
    """Tell whether a DER signature with low s verifies (BIP-146)."""
    try:
        return PublicKey(public_key).verify(encoded, digest, hasher=None)
    except ValueError:
        return False
