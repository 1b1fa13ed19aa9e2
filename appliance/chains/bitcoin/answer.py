"""A PSBT with our signatures in it, for whoever made it to finalise."""

from collections import defaultdict
from dataclasses import replace

from appliance.chains.bitcoin.digest import SIGHASH_ALL
from appliance.chains.bitcoin.psbt import parse, serialize
from appliance.chains.bitcoin.psbt_fields import InputField
from appliance.chains.bitcoin.psbt_maps import Field, PsbtInput
from appliance.signatures import der_signature
from appliance.wire.messages import InputSignature
from appliance.wire.terms import Curve


def signed_psbt(data: bytes, signatures: tuple[InputSignature, ...]) -> bytes:
    """Return the PSBT with a PARTIAL_SIG for each signature, all else byte for byte as it came.

    Either version (BIP-174, BIP-370). Raises DecodeError if the bytes are no PSBT, and IndexError
    for a signature of an input that it does not have: a caller's mistake.
    """
    psbt = parse(data)
    added: defaultdict[int, tuple[Field, ...]] = defaultdict(tuple)
    for each in signatures:
        encoded = der_signature(Curve.SECP256K1, each.signature) + bytes((SIGHASH_ALL,))
        added[each.index] += (Field(InputField.PARTIAL_SIG, each.public_key, encoded),)
    if any(index >= len(psbt.inputs) for index in added):
        raise IndexError("a signature is of an input that the PSBT does not have")
    inputs = tuple(_with(each, added[index]) for index, each in enumerate(psbt.inputs))
    return serialize(replace(psbt, inputs=inputs))


def _with(scope: PsbtInput, signatures: tuple[Field, ...]) -> PsbtInput:
    return replace(scope, fields=(*scope.fields, *signatures))
