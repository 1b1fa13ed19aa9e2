"""Which digests a signature for each input of ours is over, and whose signature that is."""

from collections import defaultdict
from collections.abc import Iterable

from appliance.chains.bitcoin.digest import (
    SIGHASH_ALL,
    legacy_digests,
    segwit_digest,
    segwit_hashes,
    taproot_digest,
    taproot_hashes,
)
from appliance.chains.bitcoin.inputs import ReadInput
from appliance.chains.bitcoin.spendable import Form, Spendable
from appliance.chains.bitcoin.transaction import Output, Transaction
from appliance.model.transaction import SigningDigest

MAX_LEGACY_INPUTS = 1000
"""Inputs without a witness whose digests are computed: each costs a hash of the transaction."""

_OUTPUT_KEY_SIZE = 32

Digests = dict[int, bytes]
Inputs = tuple[ReadInput, ...]


def digests(transaction: Transaction, inputs: Inputs) -> Digests:
    """Return what a signature is over, for every input of ours where all it commits to is known.

    Of more inputs without a witness than MAX_LEGACY_INPUTS, none has a digest.
    """
    by_form: defaultdict[Form | None, list[ReadInput]] = defaultdict(list)
    for read in inputs:
        by_form[form_of(read)].append(read)
    by_form.pop(None, None)
    legacy, taproot = by_form.pop(Form.P2PKH, []), by_form.pop(Form.P2TR, [])
    return {
        **_legacy(transaction, legacy),
        **_segwit(transaction, by_form.values()),
        **_taproot(transaction, taproot, inputs),
    }


def form_of(read: ReadInput) -> Form | None:
    """Return what kind of script of ours an input spends, None where it is not ours."""
    return read.owned.spendable.form if read.owned else None


def wanted(inputs: Inputs, computed: Digests) -> tuple[SigningDigest, ...]:
    """Return one digest per input and key of its script: whose key is here is not known here.

    A taproot input's key is its output key, x-only (BIP-341): no key of an HSM is ever equal to it,
    so that rule KEY-NOT-ON-TOKEN refuses what takes a Schnorr signature.
    """
    return tuple(
        SigningDigest(read.index, public_key, computed[read.index])
        for read in inputs
        if read.owned
        for public_key in _signing_keys(read.owned.spendable)
    )


def _signing_keys(spendable: Spendable) -> tuple[bytes, ...]:
    if spendable.form is Form.P2TR:
        return (spendable.script[-_OUTPUT_KEY_SIZE:],)
    return spendable.public_keys


def _legacy(transaction: Transaction, reads: list[ReadInput]) -> Digests:
    if len(reads) > MAX_LEGACY_INPUTS:
        return {}
    codes = {read.index: read.owned.spendable.script_code for read in reads if read.owned}
    return dict(legacy_digests(transaction, codes))


def _segwit(transaction: Transaction, groups: Iterable[list[ReadInput]]) -> Digests:
    hashes = segwit_hashes(transaction)
    return {
        read.index: segwit_digest(
            hashes, read.spent, read.owned.spendable.script_code, read.output.amount
        )
        for reads in groups
        for read in reads
        if read.owned and read.output
    }


def _taproot(transaction: Transaction, reads: list[ReadInput], inputs: Inputs) -> Digests:
    outputs: list[Output] = [read.output for read in inputs if read.output]
    if not reads or len(outputs) != len(inputs):
        return {}
    hashes = taproot_hashes(transaction, outputs)
    return {
        read.index: taproot_digest(hashes, read.index, min(read.sighash_type, SIGHASH_ALL))
        for read in reads
    }
