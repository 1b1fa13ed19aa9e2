"""Bitcoin: signatures + exported PSBT → final transaction; and final transaction → what it pays.

P2WPKH, and P2WSH whose witness script is a multisig of plain keys (BIP-143, BIP-174).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from embit.base import EmbitError
from embit.descriptor import Descriptor
from embit.ec import PublicKey, Signature
from embit.finalizer import parse_multisig
from embit.psbt import PSBT
from embit.script import Script, Witness, p2pkh_from_p2wpkh, p2wpkh, p2wsh
from embit.transaction import SIGHASH, Transaction

from appliance.wire.epochs import BitcoinAccount
from appliance.wire.messages import InputSignature
from online_coordinator.addresses import address_of
from online_coordinator.errors import FinalMismatch, ResponseSignature
from online_coordinator.finalise.outcome import Final, Paid, PartlySigned

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: signatures above it are not relayed (BIP-146)."""


@dataclass(frozen=True, slots=True)
class _Spend:
    """What one input demands: `threshold` signatures over `digest` by some of `keys` (SEC 1)."""

    digest: bytes
    threshold: int
    keys: tuple[bytes, ...]
    witness_script: bytes | None

    def witness(self, signatures: dict[bytes, bytes]) -> list[bytes]:
        """Return the witness stack (BIP-141), signatures in the order of the keys."""
        ordered = [signatures[key] for key in self.keys if key in signatures]
        if self.witness_script is None:
            return [ordered[0], self.keys[0]]
        return [b"", *ordered[: self.threshold], self.witness_script]


def finalise(payload: bytes, signatures: tuple[InputSignature, ...]) -> Final | PartlySigned:
    """Put our signatures into the exported PSBT and finish it where no cosigner is missing.

    Raises ResponseSignature unless there is exactly one signature for each input, each over the
    digest computed here, by a key of that input.
    """
    psbt = _parse(payload)
    if sorted(each.index for each in signatures) != list(range(len(psbt.inputs))):
        raise ResponseSignature(
            f"{len(psbt.inputs)} inputs need a signature each, {len(signatures)} signatures came"
        )
    spends = tuple(_spends(psbt, {each.index: each.public_key for each in signatures}))
    for each in signatures:
        if each.digest != spends[each.index].digest:
            raise ResponseSignature(
                f"input {each.index}: another digest than the bytes' was signed"
            )
        key, signature = _verified(each.index, spends[each.index], each.public_key, each.signature)
        psbt.inputs[each.index].partial_sigs[key] = signature
    return _completed(psbt, spends)


def add_cosigner(partial: bytes, cosigned: bytes) -> Final | PartlySigned:
    """Add a cosigner's signatures to ours. Raises ResponseSignature unless each verifies."""
    psbt, other = _parse(partial), _parse(cosigned)
    if other.tx.txid() != psbt.tx.txid():
        raise ResponseSignature("the cosigner's PSBT is of another transaction")
    spends = tuple(_spends(psbt, {}))
    for index, scope in enumerate(other.inputs):
        for key, der in scope.partial_sigs.items():
            compact = _compact(index, der)
            public, signature = _verified(index, spends[index], key.sec(), compact)
            psbt.inputs[index].partial_sigs[public] = signature
    return _completed(psbt, spends)


def verify_final(
    payload: bytes, account: BitcoinAccount, final: Final
) -> tuple[tuple[Paid, ...], int]:
    """Read the raw transaction again; return what it pays to others, and the change in satoshi.

    Raises FinalMismatch unless it is the exported transaction with witnesses added.
    """
    try:
        transaction = Transaction.parse(final.raw)
    except (EmbitError, ValueError, IndexError):
        raise FinalMismatch("the final transaction does not parse") from None
    if transaction.txid() != _parse(payload).tx.txid() or transaction.txid().hex() != final.txid:
        raise FinalMismatch("the final transaction is not the one that was exported")
    ours = {Descriptor.from_string(pair.change).script_pubkey().data for pair in account.pairs}
    change = sum(out.value for out in transaction.vout if out.script_pubkey.data in ours)
    paid = tuple(
        Paid(None, out.value, address_of(account.network, out.script_pubkey) or "no address")
        for out in transaction.vout
        if out.script_pubkey.data not in ours
    )
    return paid, change


def _parse(payload: bytes) -> Any:
    try:
        return PSBT.parse(payload)
    except (EmbitError, ValueError, IndexError):
        raise ResponseSignature("the PSBT does not parse") from None


def _spends(psbt: Any, claimed: dict[int, bytes]) -> Iterator[_Spend]:
    """Tell what each input demands; `claimed` names the key of inputs that pay to its hash."""
    transaction = psbt.tx
    for index, scope in enumerate(psbt.inputs):
        previous = scope.non_witness_utxo
        if previous is None or previous.txid() != scope.txid or scope.vout >= len(previous.vout):
            raise ResponseSignature(f"input {index}: the previous transaction is missing")
        spent = previous.vout[scope.vout]
        known = [key.sec() for key in scope.partial_sigs]
        code, threshold, keys = _demands(
            index, spent.script_pubkey, scope.witness_script, claimed.get(index) or b"".join(known)
        )
        digest = transaction.sighash_segwit(index, code, spent.value, sighash=SIGHASH.ALL)
        script = scope.witness_script
        yield _Spend(digest, threshold, keys, script.data if script else None)


def _demands(
    index: int, script: Script, witness_script: Script | None, claimed: bytes
) -> tuple[Script, int, tuple[bytes, ...]]:
    if witness_script is not None:
        if p2wsh(witness_script) != script:
            raise ResponseSignature(f"input {index}: the witness script is not the one paid to")
        threshold, keys = parse_multisig(witness_script)
        return witness_script, threshold, tuple(key.sec() for key in keys)
    if script.script_type() != "p2wpkh" or p2wpkh(_public_key(index, claimed)) != script:
        raise ResponseSignature(f"input {index}: the key is not the one paid to")
    return p2pkh_from_p2wpkh(script), 1, (claimed,)


def _verified(
    index: int, spend: _Spend, public_key: bytes, compact: bytes
) -> tuple[PublicKey, bytes]:
    """Return the key and the signature as a PSBT holds it, or raise ResponseSignature."""
    if public_key not in spend.keys:
        raise ResponseSignature(f"input {index}: the key is not one of the wallet's")
    if int.from_bytes(compact[32:], "big") > HALF_ORDER:
        raise ResponseSignature(f"input {index}: the signature is not low-S")
    der = der_signature(compact)
    key = _public_key(index, public_key)
    try:
        valid = key.verify(Signature.parse(der), spend.digest)
    except ValueError:
        valid = False
    if not valid:
        raise ResponseSignature(f"input {index}: the signature does not verify")
    return key, der + bytes([SIGHASH.ALL])


def _public_key(index: int, data: bytes) -> PublicKey:
    try:
        return PublicKey.parse(data)
    except (EmbitError, ValueError):
        raise ResponseSignature(f"input {index}: the public key is not a point") from None


def _completed(psbt: Any, spends: tuple[_Spend, ...]) -> Final | PartlySigned:
    have = [
        {key.sec(): signature for key, signature in scope.partial_sigs.items()}
        for scope in psbt.inputs
    ]
    missing = max(spend.threshold - len(given) for spend, given in zip(spends, have, strict=True))
    if missing > 0:
        return PartlySigned(psbt.serialize(), missing)
    transaction = psbt.tx
    for spent, spend, given in zip(transaction.vin, spends, have, strict=True):
        spent.witness = Witness(spend.witness(given))
    return Final(transaction.serialize(), transaction.txid().hex())


def der_signature(compact: bytes) -> bytes:
    """Return r ‖ s as strict DER (BIP-66)."""
    body = b"".join(_der_integer(compact[at : at + 32]) for at in (0, 32))
    return b"\x30" + bytes([len(body)]) + body


def _der_integer(data: bytes) -> bytes:
    digits = data.lstrip(b"\0") or b"\0"
    padded = b"\0" + digits if digits[0] & 0x80 else digits
    return b"\x02" + bytes([len(padded)]) + padded


def _compact(index: int, signature: bytes) -> bytes:
    """Return r ‖ s of a DER signature with its sighash byte, which must be ALL."""
    if signature[-1:] != bytes([SIGHASH.ALL]) or len(signature) < 9:
        raise ResponseSignature(f"input {index}: the cosigner's signature is not of type ALL")
    size = signature[3]
    r, s = signature[4 : 4 + size], signature[6 + size : -1]
    compact = b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s))
    if len(compact) != 64 or der_signature(compact) != signature[:-1]:
        raise ResponseSignature(f"input {index}: the cosigner's signature is not strict DER")
    return compact
