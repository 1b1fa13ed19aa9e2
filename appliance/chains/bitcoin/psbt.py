"""Partially signed Bitcoin transactions, version 0 (BIP-174): strict maps, exactly given back.

Refused as malformed: a key that stands twice in a map, a compact size that is not minimal, a field
of another version, key data or values of the wrong shape, bytes behind the last map.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from appliance.chains.bitcoin.psbt_fields import (
    GLOBAL,
    INPUT,
    OUTPUT,
    GlobalField,
    InputField,
    OutputField,
    Scope,
    Value,
    serialize_value,
)
from appliance.chains.bitcoin.transaction import Output, Transaction
from appliance.codecs import compact_size
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.wire.messages import MAX_TRANSACTION

MAGIC = b"psbt\xff"

_SEPARATOR = b"\x00"


@dataclass(frozen=True, slots=True)
class Field:
    """One key and value of a map, in the order they came."""

    type: int
    key_data: bytes
    value: Value


Fields = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class PsbtInput:
    """What a PSBT says about one input. The fields are all there; these are those with meaning.

    `sighash_type` is None where it is left to the default. Everything here is a claim of whoever
    wrote the PSBT, except that a previous transaction proves itself by its txid.
    """

    fields: Fields
    previous: Transaction | None
    claimed_output: Output | None
    sighash_type: int | None
    redeem_script: bytes | None
    witness_script: bytes | None
    partial_signatures: tuple[tuple[bytes, bytes], ...]
    is_final: bool
    has_taproot_fields: bool


@dataclass(frozen=True, slots=True)
class PsbtOutput:
    """What a PSBT says about one output. `claims_ownership` is true where it names keys of it."""

    fields: Fields
    redeem_script: bytes | None
    witness_script: bytes | None
    claims_ownership: bool


@dataclass(frozen=True, slots=True)
class Psbt:
    """An unsigned transaction, and what a PSBT says about its inputs and outputs, in its order."""

    fields: Fields
    transaction: Transaction
    inputs: tuple[PsbtInput, ...]
    outputs: tuple[PsbtOutput, ...]

    @property
    def carried(self) -> int:
        """How many proprietary fields there are, which have no meaning here."""
        return sum(
            field.type == GlobalField.PROPRIETARY for fields in self.maps for field in fields
        )

    @property
    def maps(self) -> tuple[Fields, ...]:
        """Every map, in the order they are written."""
        inputs = (each.fields for each in self.inputs)
        outputs = (each.fields for each in self.outputs)
        return (self.fields, *inputs, *outputs)


def parse(data: bytes) -> Psbt:
    """Read a PSBT of version 0.

    Raises MalformedTransaction for what breaks the encoding, and UnsupportedTransaction for another
    version and for fields outside the grammar.
    """
    if len(data) > MAX_TRANSACTION:
        raise UnsupportedTransaction(f"a PSBT of {len(data):,} bytes is over {MAX_TRANSACTION:,}")
    reader = Reader(data)
    if reader.peek(len(MAGIC)) != MAGIC:
        raise MalformedTransaction("the bytes are not a PSBT")
    reader.take(len(MAGIC))
    pairs = tuple(_read_pairs(reader))
    _verify_version(pairs)
    fields = _typed(GLOBAL, pairs)
    values = {field.type: field.value for field in fields}
    transaction = values.get(GlobalField.UNSIGNED_TX)
    if not isinstance(transaction, Transaction):
        raise MalformedTransaction("the PSBT has no unsigned transaction")
    inputs = tuple(_read_input(reader) for _ in transaction.inputs)
    outputs = tuple(_read_output(reader) for _ in transaction.outputs)
    reader.expect_end("the PSBT")
    return Psbt(fields, transaction, inputs, outputs)


def serialize(psbt: Psbt) -> bytes:
    """Return the bytes of a PSBT, every field from what it says, in the order they came."""
    maps = (b"".join(map(_serialize_field, fields)) for fields in psbt.maps)
    return MAGIC + b"".join(each + _SEPARATOR for each in maps)


Pair = tuple[int, bytes, bytes]
"""A field's type, key data and value, before anybody asked what they mean."""


def _read_pairs(reader: Reader) -> Iterator[Pair]:
    seen = set()
    while key := compact_size.read_bytes(reader):
        if key in seen:
            raise MalformedTransaction("a key stands twice in a PSBT map")
        seen.add(key)
        field_type, key_data = _split(key)
        yield field_type, key_data, compact_size.read_bytes(reader)


def _split(key: bytes) -> tuple[int, bytes]:
    """Return a key's type, itself a compact size, and its data."""
    if key[0] < 0xFD:
        return key[0], key[1:]
    reader = Reader(key)
    return compact_size.read(reader), reader.take(reader.left)


def _verify_version(pairs: tuple[Pair, ...]) -> None:
    for field_type, key_data, value in pairs:
        if field_type == GlobalField.VERSION and not key_data and len(value) == 4:
            version = int.from_bytes(value, "little")
            if version:
                raise UnsupportedTransaction(f"a PSBT of version {version} is not read here")


def _typed(scope: Scope, pairs: Iterable[Pair]) -> Fields:
    return tuple(
        Field(field_type, key_data, scope.read(field_type, key_data, value))
        for field_type, key_data, value in pairs
    )


def _read_input(reader: Reader) -> PsbtInput:
    fields = _typed(INPUT, _read_pairs(reader))
    values = {field.type: field.value for field in fields}
    previous = values.get(InputField.NON_WITNESS_UTXO)
    claimed = values.get(InputField.WITNESS_UTXO)
    sighash_type = _bytes(values, InputField.SIGHASH_TYPE)
    return PsbtInput(
        fields=fields,
        previous=previous if isinstance(previous, Transaction) else None,
        claimed_output=claimed if isinstance(claimed, Output) else None,
        sighash_type=None if sighash_type is None else int.from_bytes(sighash_type, "little"),
        redeem_script=_bytes(values, InputField.REDEEM_SCRIPT),
        witness_script=_bytes(values, InputField.WITNESS_SCRIPT),
        partial_signatures=tuple(_partial_signatures(fields)),
        is_final=not _FINAL.isdisjoint(values),
        has_taproot_fields=not _TAPROOT.isdisjoint(values),
    )


_FINAL = frozenset({InputField.FINAL_SCRIPTSIG, InputField.FINAL_SCRIPTWITNESS})
_TAPROOT = {
    InputField.TAP_KEY_SIG,
    InputField.TAP_BIP32_DERIVATION,
    InputField.TAP_INTERNAL_KEY,
    InputField.TAP_MERKLE_ROOT,
}


def _partial_signatures(fields: Fields) -> Iterator[tuple[bytes, bytes]]:
    for field in fields:
        if field.type == InputField.PARTIAL_SIG and isinstance(field.value, bytes):
            yield field.key_data, field.value


def _read_output(reader: Reader) -> PsbtOutput:
    fields = _typed(OUTPUT, _read_pairs(reader))
    values = {field.type: field.value for field in fields}
    return PsbtOutput(
        fields=fields,
        redeem_script=_bytes(values, OutputField.REDEEM_SCRIPT),
        witness_script=_bytes(values, OutputField.WITNESS_SCRIPT),
        claims_ownership=any(field.type != OutputField.PROPRIETARY for field in fields),
    )


def _bytes(values: Mapping[int, Value], field_type: int) -> bytes | None:
    value = values.get(field_type)
    return value if isinstance(value, bytes) else None


def _serialize_field(field: Field) -> bytes:
    key = compact_size.encode(field.type) + field.key_data
    return compact_size.prefixed(key) + compact_size.prefixed(serialize_value(field.value))
