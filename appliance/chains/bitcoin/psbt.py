"""Partially signed Bitcoin transactions, versions 0 and 2 (BIP-174, BIP-370): one structure.

Refused as malformed: a key that stands twice in a map, a compact size that is not minimal, a field
of another version, key data or values of the wrong shape, bytes behind the last map.
"""

from collections.abc import Iterable

from appliance.chains.bitcoin.psbt_fields import GLOBAL, INPUT, OUTPUT, GlobalField, Scope
from appliance.chains.bitcoin.psbt_maps import (
    Field,
    Fields,
    Psbt,
    input_of,
    output_of,
    serialize_field,
    values_of,
)
from appliance.chains.bitcoin.psbt_version2 import build, counts
from appliance.chains.bitcoin.transaction import Transaction
from appliance.chains.bitcoin.walk import bytes_at, expect_end, size_at, whole
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.wire.messages import MAX_TRANSACTION

MAGIC = b"psbt\xff"

_SEPARATOR = b"\x00"
_VERSIONS = (0, 2)

Pair = tuple[int, bytes, bytes]
"""A field's type, key data and value, before anybody asked what they mean."""


def parse(data: bytes) -> Psbt:
    """Read a PSBT.

    Raises MalformedTransaction for what breaks the encoding, and UnsupportedTransaction for a
    version that is neither 0 nor 2.
    """
    if len(data) > MAX_TRANSACTION:
        raise UnsupportedTransaction(f"a PSBT of {len(data):,} bytes is over {MAX_TRANSACTION:,}")
    if not data.startswith(MAGIC):
        raise MalformedTransaction("the bytes are not a PSBT")
    return whole(_parse, data)


def serialize(psbt: Psbt) -> bytes:
    """Return the bytes of a PSBT, every field from what it says, in the order they came."""
    maps = (b"".join(map(serialize_field, fields)) for fields in psbt.maps)
    return MAGIC + b"".join(each + _SEPARATOR for each in maps)


def _parse(data: bytes) -> Psbt:
    pairs, at = _pairs_at(data, len(MAGIC))
    version = _version(pairs)
    fields = _typed(GLOBAL, version, pairs)
    unsigned = values_of(fields).get(GlobalField.UNSIGNED_TX)
    input_count, output_count = _counts(version, fields, unsigned)
    inputs, at = _maps_at(data, at, input_count, (INPUT, version))
    outputs, at = _maps_at(data, at, output_count, (OUTPUT, version))
    expect_end(data, at, "the PSBT")
    transaction = unsigned if isinstance(unsigned, Transaction) else build(fields, inputs, outputs)
    return Psbt(
        version, fields, transaction, tuple(map(input_of, inputs)), tuple(map(output_of, outputs))
    )


def _version(pairs: Iterable[Pair]) -> int:
    """Return the version. A version field of the wrong shape is told later, by its shape."""
    for field_type, key_data, value in pairs:
        if field_type == GlobalField.VERSION and not key_data and len(value) == 4:
            version = int.from_bytes(value, "little")
            if version not in _VERSIONS:
                raise UnsupportedTransaction(f"a PSBT of version {version} is not known")
            return version
    return 0


def _counts(version: int, fields: Fields, unsigned: object) -> tuple[int, int]:
    if version:
        return counts(fields)
    if not isinstance(unsigned, Transaction):
        raise MalformedTransaction("the PSBT has no unsigned transaction")
    return len(unsigned.inputs), len(unsigned.outputs)


def _maps_at(
    data: bytes, at: int, count: int, kind: tuple[Scope, int]
) -> tuple[tuple[Fields, ...], int]:
    """Read maps, each of at least one byte."""
    if count > len(data) - at:
        raise MalformedTransaction(f"the bytes end where {count:,} maps more should stand")
    maps = []
    for _ in range(count):
        pairs, at = _pairs_at(data, at)
        maps.append(_typed(*kind, pairs))
    return tuple(maps), at


def _pairs_at(data: bytes, at: int) -> tuple[list[Pair], int]:
    pairs: list[Pair] = []
    keys = set()
    while True:
        key, at = bytes_at(data, at)
        if not key:
            break
        value, at = bytes_at(data, at)
        if at > len(data):
            raise MalformedTransaction("the bytes end where more should stand")
        keys.add(key)
        field_type, behind = (key[0], 1) if key[0] < 0xFD else whole(_long_type, key)
        pairs.append((field_type, key[behind:], value))
    if len(keys) != len(pairs):
        raise MalformedTransaction("a key stands twice in a PSBT map")
    return pairs, at


def _long_type(key: bytes) -> tuple[int, int]:
    return size_at(key, 0)


def _typed(scope: Scope, version: int, pairs: Iterable[Pair]) -> Fields:
    return tuple(
        Field(field_type, key_data, scope.shape(version, field_type)(key_data, value))
        for field_type, key_data, value in pairs
    )
