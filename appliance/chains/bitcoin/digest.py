"""What is signed: the transaction digests of every kind of input, SIGHASH_ALL or DEFAULT only.

Witness version 0 is BIP-143, version 1 by the key BIP-341; without a witness it is the original
digest, which hashes the whole transaction for every input.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from appliance.chains.bitcoin.transaction import (
    Input,
    Output,
    Transaction,
    serialize_outpoint,
    serialize_output,
)
from appliance.codecs import compact_size
from appliance.hashes import sha256d, tagged_hash

SIGHASH_DEFAULT = 0
"""All of it, in taproot only (BIP-341)."""
SIGHASH_ALL = 1

_U32 = Struct("<I")
_AMOUNT = Struct("<Q")
_BLANK_INPUT = Struct("<32sIxI")
_EPOCH = b"\x00"
_KEY_PATH_WITHOUT_ANNEX = b"\x00"


@dataclass(frozen=True, slots=True)
class SegwitHashes:
    """What the digests of all inputs share, hashed once: so n inputs cost n, not n squared.

    `before` is version, hashPrevouts and hashSequence; `after` is hashOutputs, locktime and the
    sighash type.
    """

    before: bytes
    after: bytes


def segwit_hashes(transaction: Transaction) -> SegwitHashes:
    """Hash the parts that are common to all inputs."""
    outpoints, sequences, outputs = _parts(transaction)
    return SegwitHashes(
        _U32.pack(transaction.version) + sha256d(outpoints) + sha256d(sequences),
        sha256d(outputs) + _U32.pack(transaction.locktime) + _U32.pack(SIGHASH_ALL),
    )


def segwit_digest(hashes: SegwitHashes, spent: Input, script_code: bytes, amount: int) -> bytes:
    """Return the 32 bytes that a signature for one input is over.

    `script_code` and `amount` (satoshi) are those of the output being spent.
    """
    return sha256d(
        hashes.before
        + serialize_outpoint(spent.outpoint)
        + compact_size.prefixed(script_code)
        + _AMOUNT.pack(amount)
        + _U32.pack(spent.sequence)
        + hashes.after
    )


def taproot_hashes(transaction: Transaction, spent: Sequence[Output]) -> bytes:
    """Hash what the taproot digests of all inputs share; `spent` is what every input spends."""
    outpoints, sequences, outputs = _parts(transaction)
    amounts = b"".join(_AMOUNT.pack(output.amount) for output in spent)
    scripts = b"".join(compact_size.prefixed(output.script) for output in spent)
    hashed = (outpoints, amounts, scripts, sequences, outputs)
    return b"".join(
        (
            _U32.pack(transaction.version),
            _U32.pack(transaction.locktime),
            *(sha256(part).digest() for part in hashed),
        )
    )


def taproot_digest(hashes: bytes, index: int, sighash_type: int) -> bytes:
    """Return the 32 bytes that the output key's signature for one input is over.

    `sighash_type` is DEFAULT or ALL.
    """
    kind = bytes((sighash_type,))
    message = _EPOCH + kind + hashes + _KEY_PATH_WITHOUT_ANNEX + _U32.pack(index)
    return tagged_hash("TapSighash", message)


def legacy_digests(
    transaction: Transaction, script_codes: Mapping[int, bytes], sighash_type: int = SIGHASH_ALL
) -> Iterator[tuple[int, bytes]]:
    """Return the index and the 32 bytes to sign of each input that has a script code.

    A script code has no OP_CODESEPARATOR. `sighash_type` is any that commits to all inputs and
    outputs. The cost is the number of script codes times the size of the transaction, at half.
    """
    blank = b"".join(
        _BLANK_INPUT.pack(each.outpoint.txid, each.outpoint.index, each.sequence)
        for each in transaction.inputs
    )
    head = sha256(_U32.pack(transaction.version) + compact_size.encode(len(transaction.inputs)))
    tail = b"".join(
        (
            compact_size.encode(len(transaction.outputs)),
            *map(serialize_output, transaction.outputs),
            _U32.pack(transaction.locktime),
            _U32.pack(sighash_type),
        )
    )
    done = 0
    for index in sorted(script_codes):
        at, behind = index * _BLANK_INPUT.size, (index + 1) * _BLANK_INPUT.size
        head.update(blank[done:at])
        done = at
        whole = head.copy()
        spent = transaction.inputs[index]
        whole.update(serialize_outpoint(spent.outpoint))
        whole.update(compact_size.prefixed(script_codes[index]) + _U32.pack(spent.sequence))
        whole.update(blank[behind:] + tail)
        yield index, sha256(whole.digest()).digest()


def _parts(transaction: Transaction) -> tuple[bytes, bytes, bytes]:
    return (
        b"".join(serialize_outpoint(spent.outpoint) for spent in transaction.inputs),
        b"".join(_U32.pack(spent.sequence) for spent in transaction.inputs),
        b"".join(map(serialize_output, transaction.outputs)),
    )
