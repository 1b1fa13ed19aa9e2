"""The closed tables of PSBT fields: what each key and value must look like (BIP-174, BIP-371).

Fields that alter what is signed or how it is read are parsed into their meaning. The others are
checked for their shape and carried. A field that is not in the tables is refused by its type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from appliance.chains.bitcoin.transaction import (
    Output,
    Transaction,
    parse,
    parse_output,
    parse_unsigned,
    serialize,
    serialize_output,
)
from appliance.codecs import compact_size
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction, UnsupportedTransaction

Value: TypeAlias = bytes | Transaction | Output
"""What a field says; bytes where its shape is all that matters here."""


class GlobalField(IntEnum):
    """Key types of the global map that mean something here."""

    UNSIGNED_TX = 0x00
    XPUB = 0x01
    VERSION = 0xFB
    PROPRIETARY = 0xFC


class InputField(IntEnum):
    """Key types of an input's map that mean something here."""

    NON_WITNESS_UTXO = 0x00
    WITNESS_UTXO = 0x01
    PARTIAL_SIG = 0x02
    SIGHASH_TYPE = 0x03
    REDEEM_SCRIPT = 0x04
    WITNESS_SCRIPT = 0x05
    BIP32_DERIVATION = 0x06
    FINAL_SCRIPTSIG = 0x07
    FINAL_SCRIPTWITNESS = 0x08
    TAP_KEY_SIG = 0x13
    TAP_BIP32_DERIVATION = 0x16
    TAP_INTERNAL_KEY = 0x17
    TAP_MERKLE_ROOT = 0x18
    PROPRIETARY = 0xFC


class OutputField(IntEnum):
    """Key types of an output's map that mean something here."""

    REDEEM_SCRIPT = 0x00
    WITNESS_SCRIPT = 0x01
    BIP32_DERIVATION = 0x02
    TAP_INTERNAL_KEY = 0x05
    TAP_BIP32_DERIVATION = 0x07
    PROPRIETARY = 0xFC


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field's key data and value must look like. Both functions raise MalformedTransaction.

    `check_key` sees the key data and the value, since an extended key and its path belong together.
    """

    check_key: Callable[[bytes, bytes], None]
    parse_value: Callable[[bytes], Value]


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the three kinds of map: its fields, and the fields that are named but refused."""

    name: str
    shapes: Mapping[int, Shape]
    misplaced: frozenset[int]
    unsupported: Mapping[int, str]

    def read(self, field_type: int, key_data: bytes, value: bytes) -> Value:
        """Return what a field says.

        Raises MalformedTransaction for a wrong shape or a field of another PSBT version, and
        UnsupportedTransaction for a field outside the grammar.
        """
        shape = self.shapes.get(field_type)
        if shape is None:
            raise self._refusal(field_type)
        shape.check_key(key_data, value)
        return shape.parse_value(value)

    def _refusal(self, field_type: int) -> MalformedTransaction | UnsupportedTransaction:
        if field_type in self.misplaced:
            return MalformedTransaction(
                f"a PSBT {self.name} map has field 0x{field_type:02x} of another version"
            )
        name = self.unsupported.get(field_type, "which is unknown")
        return UnsupportedTransaction(
            f"a PSBT {self.name} map has field 0x{field_type:02x}, {name}"
        )


def serialize_value(value: Value) -> bytes:
    """Return a field's value from what it says."""
    match value:
        case bytes():
            return value
        case Transaction():
            return serialize(value)
        case Output():
            return serialize_output(value)


def _no_key(key_data: bytes, _: bytes) -> None:
    if key_data:
        raise MalformedTransaction("a PSBT field has key data where none belongs")


def _public_key(key_data: bytes, _: bytes) -> None:
    """Accept SEC 1 by shape alone: whether it is a point is asked where it is used."""
    if (len(key_data), key_data[:1]) not in ((33, b"\x02"), (33, b"\x03"), (65, b"\x04")):
        raise MalformedTransaction("a PSBT field's key data is not a public key")


def _x_only_key(key_data: bytes, _: bytes) -> None:
    if len(key_data) != 32:
        raise MalformedTransaction("a PSBT field's key data is not an x-only public key")


def _extended_key(key_data: bytes, value: bytes) -> None:
    if len(key_data) != 78 or len(value) != 4 + 4 * key_data[4]:
        raise MalformedTransaction("a PSBT's extended key and its path do not belong together")


def _proprietary(key_data: bytes, _: bytes) -> None:
    reader = Reader(key_data)
    compact_size.read_bytes(reader)
    compact_size.read(reader)


def _any(value: bytes) -> bytes:
    return value


def _sized(*sizes: int) -> Callable[[bytes], bytes]:
    def check(value: bytes) -> bytes:
        if len(value) not in sizes:
            raise MalformedTransaction(f"a PSBT field has {len(value):,} bytes, not {sizes[0]}")
        return value

    return check


def _path(value: bytes) -> bytes:
    if len(value) < 4 or len(value) % 4:
        raise MalformedTransaction("a PSBT key path is not a fingerprint and 32-bit steps")
    return value


def _taproot_path(value: bytes) -> bytes:
    reader = Reader(value)
    hashes = compact_size.read(reader)
    _path(value[len(value) - reader.left + 32 * hashes :])
    return value


def _signature(value: bytes) -> bytes:
    """Accept a strict DER signature and its sighash type (BIP-66)."""
    reader = Reader(value[:-1])
    if reader.byte() != 0x30 or reader.byte() != len(value) - 3:
        raise MalformedTransaction("a PSBT signature is not strict DER")
    _read_der_integer(reader)
    _read_der_integer(reader)
    reader.expect_end("a PSBT signature")
    return value


def _read_der_integer(reader: Reader) -> None:
    tag, size = reader.byte(), reader.byte()
    digits = reader.take(size)
    is_negative = digits[:1] >= b"\x80"
    is_padded = len(digits) > 1 and digits[0] == 0 and digits[1] < 0x80
    if tag != 0x02 or not 1 <= size <= 33 or is_negative or is_padded:
        raise MalformedTransaction("a PSBT signature is not strict DER")


GLOBAL = Scope(
    "global",
    {
        GlobalField.UNSIGNED_TX: Shape(_no_key, parse_unsigned),
        GlobalField.XPUB: Shape(_extended_key, _path),
        GlobalField.VERSION: Shape(_no_key, _sized(4)),
        GlobalField.PROPRIETARY: Shape(_proprietary, _any),
    },
    frozenset(range(0x02, 0x07)),
    {0x09: "a message to sign, which is no transaction (BIP-322)"},
)

INPUT = Scope(
    "input",
    {
        InputField.NON_WITNESS_UTXO: Shape(_no_key, parse),
        InputField.WITNESS_UTXO: Shape(_no_key, parse_output),
        InputField.PARTIAL_SIG: Shape(_public_key, _signature),
        InputField.SIGHASH_TYPE: Shape(_no_key, _sized(4)),
        InputField.REDEEM_SCRIPT: Shape(_no_key, _any),
        InputField.WITNESS_SCRIPT: Shape(_no_key, _any),
        InputField.BIP32_DERIVATION: Shape(_public_key, _path),
        InputField.FINAL_SCRIPTSIG: Shape(_no_key, _any),
        InputField.FINAL_SCRIPTWITNESS: Shape(_no_key, _any),
        InputField.TAP_KEY_SIG: Shape(_no_key, _sized(64, 65)),
        InputField.TAP_BIP32_DERIVATION: Shape(_x_only_key, _taproot_path),
        InputField.TAP_INTERNAL_KEY: Shape(_no_key, _sized(32)),
        InputField.TAP_MERKLE_ROOT: Shape(_no_key, _sized(32)),
        InputField.PROPRIETARY: Shape(_proprietary, _any),
    },
    frozenset(range(0x0E, 0x13)),
    {
        0x09: "a proof of reserves (BIP-127)",
        **dict.fromkeys(range(0x0A, 0x0E), "a hash preimage"),
        0x14: "a signature for a taproot script path",
        0x15: "a taproot script path",
        **dict.fromkeys(range(0x1A, 0x1D), "for MuSig2 (BIP-373)"),
    },
)

OUTPUT = Scope(
    "output",
    {
        OutputField.REDEEM_SCRIPT: Shape(_no_key, _any),
        OutputField.WITNESS_SCRIPT: Shape(_no_key, _any),
        OutputField.BIP32_DERIVATION: Shape(_public_key, _path),
        OutputField.TAP_INTERNAL_KEY: Shape(_no_key, _sized(32)),
        OutputField.TAP_BIP32_DERIVATION: Shape(_x_only_key, _taproot_path),
        OutputField.PROPRIETARY: Shape(_proprietary, _any),
    },
    frozenset((0x03, 0x04)),
    {
        0x06: "a taproot script tree",
        0x08: "for MuSig2 (BIP-373)",
        0x09: "for silent payments (BIP-375)",
        0x0A: "for silent payments (BIP-375)",
        0x35: "a DNSSEC proof (BIP-353)",
    },
)
