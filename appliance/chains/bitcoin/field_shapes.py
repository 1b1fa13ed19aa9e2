"""What the keys and values of PSBT fields must look like, and what they say.

A shape takes a field's key data and value and returns what the field says; it raises
MalformedTransaction for anything that the field's specification does not allow.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias

from Crypto.Hash import RIPEMD160

from appliance.chains.bitcoin.transaction import Output, Previous, Transaction
from appliance.codecs import compact_size
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction
from appliance.hashes import hash160, sha256d

Value: TypeAlias = bytes | Transaction | Previous | Output
"""What a field says; bytes where its shape is all that matters here."""

Shape: TypeAlias = Callable[[bytes, bytes], Value]

LOCKTIME_IS_TIME = 500_000_000
"""Locktimes from here on are Unix seconds, below it block heights."""

_X_ONLY, _COMPRESSED = 32, 33
_MAX_DEPTH = 128
"""Levels of a taproot tree (BIP-341)."""


def keyless(parse: Callable[[bytes], Value]) -> Shape:
    """Return the shape of a field whose key is its type alone."""

    def shape(key_data: bytes, value: bytes) -> Value:
        if key_data:
            raise MalformedTransaction("a PSBT field has key data where none belongs")
        return parse(value)

    return shape


def keyed(check_key: Callable[[bytes], None], parse: Callable[[bytes], Value]) -> Shape:
    """Return the shape of a field whose key and value are checked one by one."""

    def shape(key_data: bytes, value: bytes) -> Value:
        check_key(key_data)
        return parse(value)

    return shape


def anything(_key_data: bytes, value: bytes) -> bytes:
    """Accept a field that nothing is known of."""
    return value


def opaque(value: bytes) -> bytes:
    """Accept any value."""
    return value


def sized(*sizes: int) -> Callable[[bytes], bytes]:
    """Return a parser of values that have one of these sizes."""

    def check(value: bytes) -> bytes:
        if len(value) not in sizes:
            raise MalformedTransaction(f"a PSBT field has {len(value):,} bytes, not {sizes[0]}")
        return value

    return check


def number(value: bytes) -> bytes:
    """Accept a count: exactly one compact size in its shortest form."""
    reader = Reader(value)
    compact_size.read(reader)
    reader.expect_end("a PSBT count")
    return value


def height(value: bytes) -> bytes:
    """Accept a locktime that is a block height above 0 (BIP-370)."""
    if not 0 < int.from_bytes(sized(4)(value), "little") < LOCKTIME_IS_TIME:
        raise MalformedTransaction("a PSBT's required height locktime is no block height")
    return value


def time(value: bytes) -> bytes:
    """Accept a locktime that is a time (BIP-370)."""
    if int.from_bytes(sized(4)(value), "little") < LOCKTIME_IS_TIME:
        raise MalformedTransaction("a PSBT's required time locktime is no time")
    return value


def public_key(key_data: bytes) -> None:
    """Accept SEC 1 by shape alone: whether it is a point is asked where it is used."""
    if (len(key_data), key_data[:1]) not in ((33, b"\x02"), (33, b"\x03"), (65, b"\x04")):
        raise MalformedTransaction("a PSBT field's key data is not a public key")


def x_only_key(key_data: bytes) -> None:
    """Accept 32 bytes."""
    if len(key_data) != _X_ONLY:
        raise MalformedTransaction("a PSBT field's key data is not an x-only public key")


def key_sizes(*sizes: int) -> Callable[[bytes], None]:
    """Return a check of key data that has one of these sizes."""

    def check(key_data: bytes) -> None:
        if len(key_data) not in sizes:
            raise MalformedTransaction(
                f"a PSBT field's key data has {len(key_data):,} bytes, not {sizes[0]}"
            )

    return check


def control_block(key_data: bytes) -> None:
    """Accept a leaf version, an internal key, and up to 128 hashes (BIP-341)."""
    hashes, rest = divmod(len(key_data) - 1 - _X_ONLY, 32)
    if rest or not 0 <= hashes <= _MAX_DEPTH:
        raise MalformedTransaction("a PSBT field's key data is not a control block")


def extended_key(key_data: bytes, value: bytes) -> bytes:
    """Accept an extended public key with a path of as many steps as its depth (BIP-174)."""
    if len(key_data) != 78 or len(value) != 4 + 4 * key_data[4]:
        raise MalformedTransaction("a PSBT's extended key and its path do not belong together")
    return value


def preimage(function: Callable[[bytes], bytes]) -> Shape:
    """Return the shape of a preimage under the hash that is its key (BIP-174)."""

    def shape(key_data: bytes, value: bytes) -> bytes:
        if function(value) != key_data:
            raise MalformedTransaction("a PSBT's preimage is not of the hash that is its key")
        return value

    return shape


def _ripemd160(value: bytes) -> bytes:
    return RIPEMD160.new(value).digest()


def _sha256(value: bytes) -> bytes:
    return sha256(value).digest()


PREIMAGES = tuple(map(preimage, (_ripemd160, _sha256, hash160, sha256d)))
"""The shapes of preimages, in the order of their field types."""


def proprietary(key_data: bytes, value: bytes) -> bytes:
    """Accept an identifier and a subtype, and anything behind them (BIP-174)."""
    reader = Reader(key_data)
    compact_size.read_bytes(reader)
    compact_size.read(reader)
    return value


def path(value: bytes) -> bytes:
    """Accept a master fingerprint and the 32-bit steps of a path."""
    if len(value) < 4 or len(value) % 4:
        raise MalformedTransaction("a PSBT key path is not a fingerprint and 32-bit steps")
    return value


def taproot_path(value: bytes) -> bytes:
    """Accept leaf hashes behind their count, and a path (BIP-371)."""
    path(value[leaf_hashes_end(value) :])
    return value


def leaf_hashes_end(value: bytes) -> int:
    """Return where the path of a taproot derivation begins. Raises MalformedTransaction."""
    reader = Reader(value)
    hashes = compact_size.read(reader)
    return len(value) - reader.left + 32 * hashes


def public_keys(value: bytes) -> bytes:
    """Accept one compressed public key or several."""
    if not value or len(value) % _COMPRESSED:
        raise MalformedTransaction("a PSBT field is not a list of public keys")
    return value


def leaf_script(value: bytes) -> bytes:
    """Accept a script and its leaf version (BIP-371)."""
    if not value:
        raise MalformedTransaction("a PSBT's taproot script has no leaf version")
    return value


def taproot_tree(value: bytes) -> bytes:
    """Accept leaves of depth, leaf version and script, at least one (BIP-371)."""
    reader = Reader(value)
    while True:
        depth, version = reader.byte(), reader.byte()
        compact_size.read_bytes(reader)
        if depth > _MAX_DEPTH or version & 1:
            raise MalformedTransaction("a PSBT's taproot tree has no such leaf")
        if not reader.left:
            return value


def signature(value: bytes) -> bytes:
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
