"""What the maps of a PSBT say, once their fields have been read."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.chains.bitcoin.field_shapes import Value
from appliance.chains.bitcoin.psbt_fields import GlobalField, InputField, OutputField
from appliance.chains.bitcoin.transaction import (
    Output,
    Previous,
    Transaction,
    serialize_output,
    serialize_stripped,
)
from appliance.codecs import compact_size


@dataclass(frozen=True, slots=True)
class Field:
    """One key and value of a map, in the order they came."""

    type: int
    key_data: bytes
    value: Value


Fields = tuple[Field, ...]

Keyed = tuple[tuple[bytes, bytes], ...]
"""Fields of one type: what each key names, and what is said about it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Which keys and scripts an input or output is said to have.

    `derivations` are public keys with fingerprint and path; `taproot_derivations` x-only keys with
    leaf hashes, fingerprint and path. None of it is believed.
    """

    redeem_script: bytes | None
    witness_script: bytes | None
    derivations: Keyed
    taproot_derivations: Keyed
    taproot_internal_key: bytes | None

    @property
    def names_no_keys(self) -> bool:
        """Whether nothing is said about keys."""
        return not self.derivations and not self.is_taproot

    @property
    def is_taproot(self) -> bool:
        """Whether anything is said that only a taproot output can have."""
        return bool(self.taproot_derivations) or self.taproot_internal_key is not None


@dataclass(frozen=True, slots=True)
class PsbtInput:
    """What a PSBT says about one input. The fields are all there; these are those with meaning.

    `sighash_type` is None where it is left to the default. Everything here is a claim of whoever
    wrote the PSBT, except that a previous transaction proves itself by its txid.
    """

    fields: Fields
    claims: Claims
    previous: Previous | None
    claimed_output: Output | None
    sighash_type: int | None
    partial_signatures: Keyed
    taproot_signature: bytes | None
    taproot_merkle_root: bytes | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class PsbtOutput:
    """What a PSBT says about one output. `claims_ownership` is true where it names keys of it."""

    fields: Fields
    claims: Claims
    claims_ownership: bool


@dataclass(frozen=True, slots=True)
class Psbt:
    """An unsigned transaction, and what a PSBT says about its inputs and outputs, in its order.

    `version` is 0 or 2. In version 2 the transaction is built from the fields (BIP-370).
    """

    version: int
    fields: Fields
    transaction: Transaction
    inputs: tuple[PsbtInput, ...]
    outputs: tuple[PsbtOutput, ...]

    @property
    def modifiable(self) -> int:
        """What others may still change, as the bits of TX_MODIFIABLE (BIP-370); 0 for nothing."""
        flags = values_of(self.fields).get(GlobalField.TX_MODIFIABLE)
        return flags[0] if isinstance(flags, bytes) else 0

    @property
    def maps(self) -> tuple[Fields, ...]:
        """Every map, in the order they are written."""
        inputs = (each.fields for each in self.inputs)
        outputs = (each.fields for each in self.outputs)
        return (self.fields, *inputs, *outputs)


def values_of(fields: Fields) -> dict[int, Value]:
    """Return what the fields say by their types; of one type with several keys, the last."""
    return {field.type: field.value for field in fields}


def input_of(fields: Fields) -> PsbtInput:
    """Return what an input's map says."""
    values = values_of(fields)
    previous = values.get(InputField.NON_WITNESS_UTXO)
    claimed = values.get(InputField.WITNESS_UTXO)
    sighash_type = _bytes(values, InputField.SIGHASH_TYPE)
    return PsbtInput(
        fields=fields,
        claims=_claims(fields, values, _INPUT_CLAIMS),
        previous=previous if isinstance(previous, Previous) else None,
        claimed_output=claimed if isinstance(claimed, Output) else None,
        sighash_type=None if sighash_type is None else int.from_bytes(sighash_type, "little"),
        partial_signatures=_keyed(fields, values, InputField.PARTIAL_SIG),
        taproot_signature=_bytes(values, InputField.TAP_KEY_SIG),
        taproot_merkle_root=_bytes(values, InputField.TAP_MERKLE_ROOT),
        is_final=InputField.FINAL_SCRIPTSIG in values or InputField.FINAL_SCRIPTWITNESS in values,
    )


_INPUT_CLAIMS = (
    InputField.REDEEM_SCRIPT,
    InputField.WITNESS_SCRIPT,
    InputField.BIP32_DERIVATION,
    InputField.TAP_BIP32_DERIVATION,
    InputField.TAP_INTERNAL_KEY,
)
_OUTPUT_CLAIMS = (
    OutputField.REDEEM_SCRIPT,
    OutputField.WITNESS_SCRIPT,
    OutputField.BIP32_DERIVATION,
    OutputField.TAP_BIP32_DERIVATION,
    OutputField.TAP_INTERNAL_KEY,
)
_NO_CLAIMS = Claims(None, None, (), (), None)


def _claims(
    fields: Fields, values: Mapping[int, Value], types: tuple[int, int, int, int, int]
) -> Claims:
    if values.keys().isdisjoint(types):
        return _NO_CLAIMS
    redeem_script, witness_script, derivation, taproot_derivation, internal_key = types
    return Claims(
        _bytes(values, redeem_script),
        _bytes(values, witness_script),
        _keyed(fields, values, derivation),
        _keyed(fields, values, taproot_derivation),
        _bytes(values, internal_key),
    )


_SAY_NOTHING = {OutputField.PROPRIETARY, OutputField.AMOUNT, OutputField.SCRIPT}


def output_of(fields: Fields) -> PsbtOutput:
    """Return what an output's map says."""
    values = values_of(fields)
    return PsbtOutput(
        fields=fields,
        claims=_claims(fields, values, _OUTPUT_CLAIMS),
        claims_ownership=not values.keys() <= _SAY_NOTHING,
    )


def serialize_field(field: Field) -> bytes:
    """Return the bytes of a field, from what it says."""
    key = compact_size.encode(field.type) + field.key_data
    return compact_size.prefixed(key) + compact_size.prefixed(_serialize_value(field.value))


def _serialize_value(value: Value) -> bytes:
    match value:
        case bytes():
            return value
        case Previous(data=data):
            return data
        case Output():
            return serialize_output(value)
        case Transaction():
            return serialize_stripped(value)


def _bytes(values: Mapping[int, Value], field_type: int) -> bytes | None:
    value = values.get(field_type)
    return value if isinstance(value, bytes) else None


def _keyed(fields: Fields, values: Mapping[int, Value], field_type: int) -> Keyed:
    if field_type not in values:
        return ()
    return tuple(
        (field.key_data, field.value)
        for field in fields
        if field.type == field_type and isinstance(field.value, bytes)
    )
