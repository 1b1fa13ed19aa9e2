"""The scripts of ours: what they are, what their signatures commit to, and how much that takes."""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from appliance.chains.bitcoin.script import Kind, Template, multisig_script, script_of
from appliance.chains.bitcoin.taproot import output_key
from appliance.codecs import compact_size
from appliance.hashes import hash160

MAX_SIGNATURE_SIZE = 72
"""Bytes of a DER signature with low s and its sighash type, at the most (BIP-66, BIP-146)."""

_KEY_SIZE = 33
_MAX_SCHNORR_SIZE = 65
"""Bytes of a Schnorr signature and a sighash type, which DEFAULT leaves out (BIP-341)."""


class Form(StrEnum):
    """The kinds of script that a wallet of ours can have."""

    P2PKH = "P2PKH"
    P2WPKH = "P2WPKH"
    P2SH_P2WPKH = "P2SH-P2WPKH"
    P2WSH = "P2WSH"
    P2SH_P2WSH = "P2SH-P2WSH"
    P2TR = "P2TR"


@dataclass(frozen=True, slots=True)
class Spendable:
    """A script of ours, and what it takes to spend it.

    `script_code` is what its signatures commit to (BIP-143; the script itself where there is no
    witness, and nothing for taproot, which commits to all scripts). Any `threshold` of
    `public_keys` (SEC 1, compressed, in the script's order; of taproot the internal key) must sign;
    `written_keys` are the same in the descriptor's order. `redeem_script` and `witness_script` are
    None where there is none. The sizes are bytes of input script and of witness at the most.
    """

    form: Form
    script: bytes
    script_code: bytes
    threshold: int
    public_keys: tuple[bytes, ...]
    written_keys: tuple[bytes, ...]
    redeem_script: bytes | None
    witness_script: bytes | None
    script_sig_size: int
    witness_size: int


def spend_key_hash(public_key: bytes) -> Spendable:
    """Return the P2PKH script of a key."""
    script = script_of(Template(Kind.P2PKH, hash160(public_key)))
    size = 1 + MAX_SIGNATURE_SIZE + 1 + _KEY_SIZE
    return _single(Form.P2PKH, public_key, script, script, (size, 0))


def spend_witness_key_hash(public_key: bytes) -> Spendable:
    """Return the P2WPKH script of a key (BIP-141)."""
    key_hash = hash160(public_key)
    script = script_of(Template(Kind.P2WPKH, key_hash))
    script_code = script_of(Template(Kind.P2PKH, key_hash))
    size = _witness_size(MAX_SIGNATURE_SIZE, _KEY_SIZE)
    return _single(Form.P2WPKH, public_key, script, script_code, (0, size))


def spend_taproot_key(public_key: bytes) -> Spendable:
    """Return the P2TR script of a key that is spent by the key alone (BIP-341, BIP-86)."""
    script = script_of(Template(Kind.P2TR, output_key(public_key[1:])))
    return _single(Form.P2TR, public_key, script, b"", (0, _witness_size(_MAX_SCHNORR_SIZE)))


def spend_witness_multisig(
    threshold: int, written_keys: tuple[bytes, ...], *, is_sorted: bool
) -> Spendable:
    """Return the P2WSH script of a multisig, its keys as given or sorted (BIP-141, BIP-67)."""
    public_keys = tuple(sorted(written_keys)) if is_sorted else written_keys
    witness_script = multisig_script(threshold, public_keys)
    dummy = 0
    items = (dummy, *(MAX_SIGNATURE_SIZE,) * threshold, len(witness_script))
    return Spendable(
        form=Form.P2WSH,
        script=script_of(Template(Kind.P2WSH, sha256(witness_script).digest())),
        script_code=witness_script,
        threshold=threshold,
        public_keys=public_keys,
        written_keys=written_keys,
        redeem_script=None,
        witness_script=witness_script,
        script_sig_size=0,
        witness_size=_witness_size(*items),
    )


_WRAPPED = {Form.P2WPKH: Form.P2SH_P2WPKH, Form.P2WSH: Form.P2SH_P2WSH}


def wrapped(spendable: Spendable) -> Spendable:
    """Return a P2WPKH or P2WSH script within P2SH (BIP-141)."""
    return replace(
        spendable,
        form=_WRAPPED[spendable.form],
        script=script_of(Template(Kind.P2SH, hash160(spendable.script))),
        redeem_script=spendable.script,
        script_sig_size=1 + len(spendable.script),
    )


def _single(
    form: Form, public_key: bytes, script: bytes, script_code: bytes, sizes: tuple[int, int]
) -> Spendable:
    script_sig_size, witness_size = sizes
    return Spendable(
        form=form,
        script=script,
        script_code=script_code,
        threshold=1,
        public_keys=(public_key,),
        written_keys=(public_key,),
        redeem_script=None,
        witness_script=None,
        script_sig_size=script_sig_size,
        witness_size=witness_size,
    )


def _witness_size(*items: int) -> int:
    """Return the bytes of a witness stack with items of these sizes."""
    sizes = (len(compact_size.encode(size)) + size for size in items)
    return len(compact_size.encode(len(items))) + sum(sizes)
