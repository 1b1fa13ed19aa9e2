"""What is signed: the transaction digest of witness version 0 (BIP-143), SIGHASH_ALL only."""

from dataclasses import dataclass

from appliance.chains.bitcoin.transaction import (
    Input,
    Transaction,
    serialize_outpoint,
    serialize_output,
)
from appliance.codecs import compact_size
from appliance.hashes import sha256d

SIGHASH_ALL = 1


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
    outpoints = b"".join(serialize_outpoint(spent.outpoint) for spent in transaction.inputs)
    sequences = b"".join(spent.sequence.to_bytes(4, "little") for spent in transaction.inputs)
    outputs = b"".join(map(serialize_output, transaction.outputs))
    return SegwitHashes(
        transaction.version.to_bytes(4, "little") + sha256d(outpoints) + sha256d(sequences),
        sha256d(outputs)
        + transaction.locktime.to_bytes(4, "little")
        + SIGHASH_ALL.to_bytes(4, "little"),
    )


def segwit_digest(hashes: SegwitHashes, spent: Input, script_code: bytes, amount: int) -> bytes:
    """Return the 32 bytes that a signature for one input is over.

    `script_code` and `amount` (satoshi) are those of the output being spent.
    """
    return sha256d(
        hashes.before
        + serialize_outpoint(spent.outpoint)
        + compact_size.prefixed(script_code)
        + amount.to_bytes(8, "little")
        + spent.sequence.to_bytes(4, "little")
        + hashes.after
    )
