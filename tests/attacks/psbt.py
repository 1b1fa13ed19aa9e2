"""PSBTs written by hand, so that anything can be wrong with them (BIP-174, 370, 371)."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from embit import bip32, ec, script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from tests.attacks.world import PURPOSES, Person, holders, seed

Pair = tuple[bytes, bytes]
GLOBAL_TX, GLOBAL_XPUB, GLOBAL_TX_VERSION, GLOBAL_LOCKTIME = b"\x00", b"\x01", b"\x02", b"\x03"
GLOBAL_INPUTS, GLOBAL_OUTPUTS, GLOBAL_MODIFIABLE, GLOBAL_VERSION = (
    b"\x04",
    b"\x05",
    b"\x06",
    b"\xfb",
)
IN_PREVIOUS, IN_WITNESS_UTXO, IN_SIGNATURE, IN_SIGHASH = b"\x00", b"\x01", b"\x02", b"\x03"
IN_REDEEM, IN_WITNESS_SCRIPT, IN_DERIVATION = b"\x04", b"\x05", b"\x06"
IN_TAP_DERIVATION, IN_TAP_KEY, IN_TAP_ROOT = b"\x16", b"\x17", b"\x18"
OUT_REDEEM, OUT_WITNESS_SCRIPT, OUT_DERIVATION = b"\x00", b"\x01", b"\x02"
OUT_TAP_KEY, OUT_TAP_DERIVATION = b"\x05", b"\x07"
REPLACEABLE = 0xFFFFFFFD


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a wallet: its keys, scripts and path."""

    wallet: str
    branch: int
    index: int

    def path(self) -> tuple[int, ...]:
        return (*PURPOSES[self.wallet], self.branch, self.index)

    def owned_keys(self) -> list[tuple[Person, ec.PublicKey]]:
        return [
            (p, p.root.derive(list(self.path())).get_public_key()) for p in holders(self.wallet)
        ]

    def witness_script(self) -> script.Script | None:
        if "multisig" not in self.wallet:
            return None
        return script.multisig(
            2, sorted((key for _, key in self.owned_keys()), key=lambda k: k.sec())
        )

    def redeem_script(self) -> script.Script | None:
        if self.wallet == "sh-wpkh":
            return script.p2wpkh(self.owned_keys()[0][1])
        return script.p2wsh(self.witness_script()) if self.wallet.startswith("sh-wsh") else None

    def script(self) -> script.Script:
        key = self.owned_keys()[0][1]
        match self.wallet:
            case "wpkh":
                return script.p2wpkh(key)
            case "tr":
                return script.p2tr(key)
            case "pkh":
                return script.p2pkh(key)
            case "wsh-multisig-2of3":
                return script.p2wsh(self.witness_script())
            case _:
                return script.p2sh(self.redeem_script())


def origin(fingerprint: bytes, path: Sequence[int]) -> bytes:
    return fingerprint + b"".join(struct.pack("<I", step) for step in path)


def scripts_and_keys(place: Place, *, is_output: bool) -> list[Pair]:
    """The fields that say how a place is derived, in the order of their types."""
    redeem, witness, key_type = (
        (OUT_REDEEM, OUT_WITNESS_SCRIPT, OUT_DERIVATION)
        if is_output
        else (IN_REDEEM, IN_WITNESS_SCRIPT, IN_DERIVATION)
    )
    if place.wallet == "tr":
        return _taproot(place, is_output=is_output)
    pairs: list[Pair] = []
    if (nested := place.redeem_script()) is not None:
        pairs.append((redeem, nested.data))
    if (code := place.witness_script()) is not None:
        pairs.append((witness, code.data))
    known = sorted((key.sec(), owner.fingerprint) for owner, key in place.owned_keys())
    return [*pairs, *((key_type + sec, origin(own, place.path())) for sec, own in known)]


def _taproot(place: Place, *, is_output: bool) -> list[Pair]:
    owner, key = place.owned_keys()[0]
    derivation = b"\x00" + origin(owner.fingerprint, place.path())
    if is_output:
        return [(OUT_TAP_KEY, key.xonly()), (OUT_TAP_DERIVATION + key.xonly(), derivation)]
    return [(IN_TAP_DERIVATION + key.xonly(), derivation), (IN_TAP_KEY, key.xonly())]


@dataclass(slots=True)
class Input:
    previous: Transaction
    position: int
    fields: list[Pair]
    sequence: int = REPLACEABLE
    txid: bytes | None = None
    place: Place | None = None

    @property
    def amount(self) -> int:
        return int(self.previous.vout[self.position].value)

    def outpoint(self) -> bytes:
        return self.txid or self.previous.txid()


@dataclass(slots=True)
class Output:
    amount: int
    script: script.Script
    fields: list[Pair] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A PSBT before it is written; attacks change it in place."""

    inputs: list[Input]
    outputs: list[Output]
    tx_version: int = 2
    locktime: int = 0
    globals: list[Pair] = field(default_factory=list)

    def transaction(self) -> Transaction:
        return Transaction(
            version=self.tx_version,
            vin=[
                TransactionInput(each.outpoint(), each.position, sequence=each.sequence)
                for each in self.inputs
            ],
            vout=[TransactionOutput(each.amount, each.script) for each in self.outputs],
            locktime=self.locktime,
        )

    def txid(self) -> str:
        return str(self.transaction().txid().hex())


def funding(label: str, amount: int, paid: script.Script, position: int) -> Transaction:
    """A made-up previous transaction that pays `amount` at `position`."""
    noise = int.from_bytes(seed(label)[:3], "big")
    outputs = [
        TransactionOutput(
            100_000 + noise + n, script.p2wpkh(ec.PrivateKey(seed(f"{label}/{n}")).get_public_key())
        )
        for n in range(position + 1)
    ]
    outputs[position] = TransactionOutput(amount, paid)
    spent = TransactionInput(seed(f"{label}/outpoint"), 0, sequence=REPLACEABLE)
    return Transaction(version=2, vin=[spent], vout=outputs)


def owned_input(label: str, place: Place, amount: int, position: int = 0) -> Input:
    paid = place.script()
    previous = funding(label, amount, paid, position)
    fields: list[Pair] = []
    if place.wallet != "tr":
        fields.append((IN_PREVIOUS, previous.serialize()))
    if place.wallet != "pkh":
        fields.append((IN_WITNESS_UTXO, utxo(amount, paid)))
    fields += scripts_and_keys(place, is_output=False)
    return Input(previous, position, fields, place=place)


def utxo(amount: int, paid: script.Script) -> bytes:
    return struct.pack("<Q", amount) + length(len(paid.data)) + bytes(paid.data)


def owned_output(place: Place, amount: int) -> Output:
    return Output(amount, place.script(), scripts_and_keys(place, is_output=True))


def length(number: int) -> bytes:
    """A compact size."""
    if number < 0xFD:
        return bytes([number])
    return (
        b"\xfd" + struct.pack("<H", number)
        if number < 0x10000
        else b"\xfe" + struct.pack("<I", number)
    )


def pair(key: bytes, value: bytes) -> bytes:
    return length(len(key)) + key + length(len(value)) + value


def section(pairs: Sequence[Pair]) -> bytes:
    return b"".join(pair(key, value) for key, value in pairs) + b"\x00"


def version_0(draft: Draft, transaction: bytes | None = None) -> bytes:
    unsigned = draft.transaction().serialize() if transaction is None else transaction
    return b"psbt\xff" + b"".join(
        [
            section([(GLOBAL_TX, unsigned), *draft.globals]),
            *(section(each.fields) for each in draft.inputs),
            *(section(each.fields) for each in draft.outputs),
        ]
    )


def version_2(draft: Draft, *more: Pair, without: bytes = b"") -> bytes:
    """BIP-370; `more` and `without` change the global map."""
    general = [
        (GLOBAL_TX_VERSION, struct.pack("<I", draft.tx_version)),
        (GLOBAL_LOCKTIME, struct.pack("<I", draft.locktime)),
        (GLOBAL_INPUTS, length(len(draft.inputs))),
        (GLOBAL_OUTPUTS, length(len(draft.outputs))),
        *draft.globals,
        *more,
        (GLOBAL_VERSION, struct.pack("<I", 2)),
    ]
    return b"psbt\xff" + b"".join(
        [
            section(sorted(each for each in general if each[0] != without)),
            *(section(sorted([*each.fields, *_outpoint(each)])) for each in draft.inputs),
            *(section(sorted([*each.fields, *_paid(each)])) for each in draft.outputs),
        ]
    )


def _outpoint(each: Input) -> list[Pair]:
    return [
        (b"\x0e", each.outpoint()[::-1]),
        (b"\x0f", struct.pack("<I", each.position)),
        (b"\x10", struct.pack("<I", each.sequence)),
    ]


def _paid(each: Output) -> list[Pair]:
    return [(b"\x03", struct.pack("<q", each.amount)), (b"\x04", each.script.data)]


def cosigned(draft: Draft, owner: Person) -> None:
    """Add a genuine signature of one cosigner to every multisig input."""
    transaction = draft.transaction()
    for index, each in enumerate(draft.inputs):
        assert each.place is not None
        code = each.place.witness_script()
        digest = transaction.sighash_segwit(index, code, each.amount)
        key = owner.root.derive(list(each.place.path()))
        signature = key.key.sign(digest).serialize() + b"\x01"
        where = next(n for n, (kind, _) in enumerate(each.fields) if kind[:1] > IN_SIGNATURE)
        each.fields.insert(where, (IN_SIGNATURE + key.get_public_key().sec(), signature))


def extended_keys(wallet: str) -> list[Pair]:
    """The xpubs of a wallet as global fields."""
    path = PURPOSES[wallet]
    return sorted(
        (GLOBAL_XPUB + _serialized(p, path), origin(p.fingerprint, path)) for p in holders(wallet)
    )


def _serialized(owner: Person, path: tuple[int, ...]) -> bytes:
    key: bip32.HDKey = owner.root.derive(list(path)).to_public()
    return bytes(key.serialize())


def double_sha256(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
