"""Bitcoin attacks on what is spent: amounts that lie, signature types, inputs of others."""

import struct
from collections.abc import Iterator

from embit import script

from tests.attacks.bitcoin import MULTISIG, payment
from tests.attacks.case import Case, Expectation, base64_text
from tests.attacks.psbt import (
    IN_DERIVATION,
    IN_PREVIOUS,
    IN_REDEEM,
    IN_SIGHASH,
    IN_SIGNATURE,
    IN_TAP_KEY,
    IN_TAP_ROOT,
    IN_WITNESS_SCRIPT,
    IN_WITNESS_UTXO,
    Draft,
    Input,
    Pair,
    Place,
    cosigned,
    funding,
    origin,
    owned_input,
    utxo,
    version_0,
    version_2,
)
from tests.attacks.world import ATTACKER, COSIGNER_2, PRIMARY, public_key, seed

PREVIOUS = ("PREVIOUS-TRANSACTION",)
SIGHASH = ("SIGHASH-TYPE",)
NOT_OURS = ("INPUT-NOT-OURS", "ACCOUNT-UNKNOWN")


def refused(
    name: str,
    draft: Draft,
    reason: str,
    cause: tuple[str, ...],
    *,
    data: bytes | None = None,
    also_ok: tuple[Expectation, ...] = (),
    says: tuple[str, ...] = (),
) -> Case:
    return Case(
        id=f"btc-{name}",
        kind="psbt",
        encoding="b64",
        payload=base64_text(version_0(draft) if data is None else data),
        expected="reject",
        also_ok=also_ok,
        reason=reason,
        cause=cause,
        says=says,
    )


def replace(each: Input, kind: bytes, value: bytes) -> None:
    """Set one field, where the order of types puts it."""
    kept = [pair for pair in each.fields if pair[0] != kind]
    where = sum(key[:1] < kind[:1] for key, _ in kept)
    each.fields = [*kept[:where], (kind, value), *kept[where:]]


def without(each: Input, *kinds: bytes) -> None:
    each.fields = [pair for pair in each.fields if pair[0][:1] not in kinds]


def cases() -> Iterator[Case]:
    yield from _amounts()
    yield from _previous()
    yield from _mismatched_previous()
    yield from _sighashes()
    yield from _foreign()
    yield from _scripts()
    yield from _signatures()


def _amounts() -> Iterator[Case]:
    for name, claimed in (("lower", 650_000), ("higher", 90_000_000)):
        for wallet in ("wpkh", MULTISIG, "sh-wpkh"):
            draft = payment(f"lie/{name}/{wallet}", wallet)
            spent = draft.inputs[0]
            paid = spent.previous.vout[spent.position].script_pubkey
            replace(spent, IN_WITNESS_UTXO, utxo(claimed, paid))
            reason = f"witness_utxo claims {claimed} sat, the previous transaction 1,000,000"
            yield refused(f"amt-wutxo-{name}-{wallet}", draft, reason, PREVIOUS)
    draft = payment("lie/second", inputs=(1_000_000, 2_000_000))
    paid = draft.inputs[1].previous.vout[draft.inputs[1].position].script_pubkey
    replace(draft.inputs[1], IN_WITNESS_UTXO, utxo(300_000, paid))
    yield refused("amt-lie-second-input", draft, "CVE-2020-14199: one of two lies", PREVIOUS)
    draft = payment("lie/script")
    replace(draft.inputs[0], IN_WITNESS_UTXO, utxo(1_000_000, Place("wpkh", 0, 5).script()))
    yield refused(
        "amt-wutxo-other-script", draft, "witness_utxo names another own script", PREVIOUS
    )
    draft = payment("lie/txid")
    other = funding("lie/txid/other", 40_000_000, Place("wpkh", 0, 0).script(), 0)
    replace(draft.inputs[0], IN_PREVIOUS, other.serialize())
    replace(draft.inputs[0], IN_WITNESS_UTXO, utxo(40_000_000, Place("wpkh", 0, 0).script()))
    yield refused("amt-previous-txid", draft, "a previous transaction with another txid", PREVIOUS)


def _previous() -> Iterator[Case]:
    for wallet in ("wpkh", MULTISIG, "sh-wpkh"):
        draft = payment(f"missing/{wallet}", wallet)
        without(draft.inputs[0], IN_PREVIOUS)
        yield refused(f"prev-missing-{wallet}", draft, "segwit v0 by witness_utxo only", PREVIOUS)
        draft = payment(f"missing/v2/{wallet}", wallet)
        without(draft.inputs[0], IN_PREVIOUS)
        data = version_2(draft)
        yield refused(f"prev-missing-v2-{wallet}", draft, "the same in v2", PREVIOUS, data=data)
    draft = payment("legacy/witness", "pkh")
    spent = draft.inputs[0]
    paid = spent.previous.vout[spent.position].script_pubkey
    without(spent, IN_PREVIOUS)
    replace(spent, IN_WITNESS_UTXO, utxo(spent.amount, paid))
    yield refused("legacy-wutxo-only", draft, "a legacy input's amount is not proven", PREVIOUS)
    draft = payment("nothing")
    without(draft.inputs[0], IN_PREVIOUS, IN_WITNESS_UTXO)
    yield refused("prev-nothing", draft, "nothing says what is spent", (*PREVIOUS, *NOT_OURS))


def _mismatched_previous() -> Iterator[Case]:
    draft = payment("range")
    draft.inputs[0].txid, draft.inputs[0].position = draft.inputs[0].previous.txid(), 0
    draft.inputs[0].previous.vout = [*draft.inputs[0].previous.vout]
    data = version_0(draft, _with_position(draft, 7))
    yield refused("prev-vout-range", draft, "spends output 7 of a shorter one", PREVIOUS, data=data)
    draft = payment("tr/lie", "tr")
    spent = draft.inputs[0]
    replace(spent, IN_PREVIOUS, spent.previous.serialize())
    replace(spent, IN_WITNESS_UTXO, utxo(800_000, spent.previous.vout[0].script_pubkey))
    yield refused("tr-wutxo-lie", draft, "taproot: the two statements differ", PREVIOUS)
    draft = payment("second/missing", inputs=(1_000_000, 1_000_000))
    without(draft.inputs[1], IN_PREVIOUS)
    yield refused("prev-missing-second", draft, "only the second input lacks it", PREVIOUS)


def _with_position(draft: Draft, position: int) -> bytes:
    transaction = draft.transaction()
    transaction.vin[0].vout = position
    return bytes(transaction.serialize())


def _sighashes() -> Iterator[Case]:
    flags = {
        "none": 0x02,
        "single": 0x03,
        "all-acp": 0x81,
        "none-acp": 0x82,
        "single-acp": 0x83,
        "unknown-04": 0x04,
        "forkid-41": 0x41,
        "huge": 0x01000001,
    }
    for name, flag in flags.items():
        for wallet in ("wpkh", "tr") if flag < 0x100 else ("wpkh",):
            draft = payment(f"sighash/{name}/{wallet}", wallet)
            replace(draft.inputs[0], IN_SIGHASH, struct.pack("<I", flag))
            reason = f"signature type {flag:#x} leaves the payment open"
            yield refused(f"sighash-{name}-{wallet}", draft, reason, SIGHASH)
    draft = payment("sighash/second", MULTISIG, (1_000_000, 1_000_000))
    replace(draft.inputs[1], IN_SIGHASH, struct.pack("<I", 0x83))
    yield refused("sighash-second-input", draft, "only the second input asks for it", SIGHASH)
    draft = payment("sighash/v2", MULTISIG)
    replace(draft.inputs[0], IN_SIGHASH, struct.pack("<I", 0x82))
    yield refused("sighash-none-acp-v2", draft, "in v2", SIGHASH, data=version_2(draft))
    draft = payment("sighash/legacy", "pkh")
    replace(draft.inputs[0], IN_SIGHASH, struct.pack("<I", 0x02))
    yield refused("sighash-none-pkh", draft, "of a legacy input", SIGHASH)
    draft = payment("sighash/default")
    replace(draft.inputs[0], IN_SIGHASH, struct.pack("<I", 0))
    also: tuple[Expectation, ...] = ("accept", "warn")
    reason = "DEFAULT does not exist before taproot"
    yield refused("sighash-default-wpkh", draft, reason, SIGHASH, also_ok=also)


def foreign_input(label: str, amount: int, *, disguised: bool = False) -> Input:
    """An input of the attacker, which may carry a derivation that names a key of ours."""
    key = public_key(ATTACKER, 3)
    paid = script.p2wpkh(key)
    previous = funding(label, amount, paid, 1)
    fields: list[Pair] = [
        (IN_PREVIOUS, previous.serialize()),
        (IN_WITNESS_UTXO, utxo(amount, paid)),
    ]
    if disguised:
        place = Place("wpkh", 0, 3)
        ours = place.owned_keys()[0][1].sec()
        fields.append((IN_DERIVATION + ours, origin(PRIMARY.fingerprint, place.path())))
    return Input(previous, 1, fields)


def _foreign() -> Iterator[Case]:
    for disguised in (False, True):
        draft = payment(f"foreign/{disguised}", inputs=(1_000_000,))
        draft.inputs.append(foreign_input(f"foreign/{disguised}", 500_000, disguised=disguised))
        draft.outputs[-1].amount += 500_000
        name = "disguised" if disguised else "mixed"
        yield refused(f"foreign-input-{name}", draft, "one input is of a stranger", NOT_OURS)
    draft = payment("foreign/all")
    draft.inputs = [foreign_input("foreign/all", 1_000_000, disguised=True)]
    yield refused("foreign-all", draft, "no input is ours, though one names our key", NOT_OURS)
    for name, other in (("ms", MULTISIG), ("tr", "tr"), ("pkh", "pkh")):
        draft = payment(f"mixed/{name}")
        draft.inputs.append(owned_input(f"mixed/{name}/2", Place(other, 0, 2), 400_000))
        draft.outputs[-1].amount += 400_000
        reason = "inputs of two registered wallets"
        yield refused(f"mixed-wallets-{name}", draft, reason, ("SEVERAL-WALLETS",))
    draft = payment("twice", inputs=(1_000_000, 1_000_000))
    draft.inputs[1] = draft.inputs[0]
    yield refused("dup-input", draft, "one output is spent twice", ("OUTPOINT-REUSED", "MALFORMED"))
    draft = payment("range/1000")
    draft.inputs = [owned_input("range/1000", Place("wpkh", 0, 4_000_000), 1_000_000)]
    yield refused("input-out-of-range", draft, "our key far outside the range", NOT_OURS)


def _scripts() -> Iterator[Case]:
    draft = payment("witness-script", MULTISIG)
    other = Place(MULTISIG, 0, 8).witness_script()
    assert other is not None
    replace(draft.inputs[0], IN_WITNESS_SCRIPT, other.data)
    cause = ("INPUT-NOT-OURS", "UNSUPPORTED")
    yield refused("witness-script-mismatch", draft, "a script that does not hash to it", cause)
    draft = payment("redeem-script", "sh-wpkh")
    replace(draft.inputs[0], IN_REDEEM, Place("wpkh", 0, 1).script().data)
    yield refused("redeem-script-mismatch", draft, "a redeem script of something else", cause)
    draft = payment("redeem-native")
    replace(draft.inputs[0], IN_REDEEM, Place("wpkh", 0, 0).script().data)
    yield refused("redeem-on-native", draft, "a redeem script on a native input", cause)
    draft = payment("tap-root", "tr")
    replace(draft.inputs[0], IN_TAP_ROOT, seed("merkle"))
    yield refused(
        "tr-merkle-root", draft, "a script tree that our output does not commit to", cause
    )
    draft = payment("tap-key", "tr")
    replace(draft.inputs[0], IN_TAP_KEY, public_key(ATTACKER, 1).xonly())
    yield refused("tr-foreign-internal-key", draft, "an internal key of the attacker", cause)
    draft = payment("tap-leaf", "tr")
    leaf = bytes([32]) + public_key(ATTACKER, 1).xonly() + b"\xac"
    control = b"\xc0" + Place("tr", 0, 0).owned_keys()[0][1].xonly()
    replace(draft.inputs[0], b"\x15" + control, leaf + b"\xc0")
    yield refused("tr-leaf-script", draft, "a script path is offered", cause)


def _signatures() -> Iterator[Case]:
    cause = ("SIGHASH-TYPE", "UNSUPPORTED")
    draft = payment("bad-signature", MULTISIG)
    cosigned(draft, COSIGNER_2)
    for n, (key, value) in enumerate(draft.inputs[0].fields):
        if key[:1] == IN_SIGNATURE:
            draft.inputs[0].fields[n] = (key, value[:20] + bytes([value[20] ^ 1]) + value[21:])
    reason = "the cosigner's signature does not verify"
    yield refused("bad-partial-signature", draft, reason, cause, also_ok=("warn", "accept"))
    draft = payment("none-signature", MULTISIG)
    cosigned(draft, COSIGNER_2)
    for n, (key, value) in enumerate(draft.inputs[0].fields):
        if key[:1] == IN_SIGNATURE:
            draft.inputs[0].fields[n] = (key, value[:-1] + b"\x82")
    reason = "the cosigner signed NONE|ANYONECANPAY"
    yield refused("cosigner-sighash-none", draft, reason, cause, also_ok=("warn",))
    draft = payment("final")
    witness = b"\x02\x47" + seed("der") * 2 + b"1234567" + b"\x21" + public_key(PRIMARY, 0).sec()
    replace(draft.inputs[0], b"\x08", witness)
    yield refused("already-final", draft, "an input is final already", cause, also_ok=("warn",))
