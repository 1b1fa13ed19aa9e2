"""PSBTs that say more than a payment does."""

import struct
from collections.abc import Iterator

from embit import script

from tests.attacks.bitcoin import payment
from tests.attacks.bitcoin_encoding import FIELD, broken
from tests.attacks.bitcoin_inputs import refused
from tests.attacks.case import Case
from tests.attacks.psbt import (
    Draft,
    Input,
    Output,
    Place,
    scripts_and_keys,
    section,
    version_0,
)
from tests.attacks.world import seed


def cases() -> Iterator[Case]:
    yield from _unsigned_transaction()
    yield from _unknown()
    yield _signed_message()


def _unsigned_transaction() -> Iterator[Case]:
    draft = payment("scriptsig")
    transaction = draft.transaction()
    transaction.vin[0].script_sig = script.Script(b"\x16" + Place("wpkh", 0, 0).script().data)
    yield broken(
        "script-sig",
        version_0(draft, transaction.serialize()),
        "a signature script is in the unsigned transaction",
    )
    draft = payment("witness")
    transaction = draft.transaction()
    raw = transaction.serialize()
    segwit = raw[:4] + b"\x00\x01" + raw[4:-4] + b"\x01\x01\x00" + raw[-4:]
    yield broken(
        "witness-form", version_0(draft, segwit), "a witness is in the unsigned transaction"
    )
    draft = payment("no-inputs")
    draft.inputs = []
    yield refused(
        "no-inputs",
        draft,
        "spends nothing",
        ("MALFORMED", "ACCOUNT-UNKNOWN", "UNSUPPORTED", "FEE-NEGATIVE"),
    )
    draft = payment("no-outputs")
    draft.outputs = []
    yield refused(
        "no-outputs", draft, "everything is fee", ("MALFORMED", "FEE-CEILING", "TRANSFER-ZERO")
    )
    draft = payment("negative")
    raw = draft.transaction().serialize()
    amount = struct.pack("<Q", 600_000)
    data = version_0(draft, raw.replace(amount, struct.pack("<q", -1)))
    yield refused(
        "amount-minus-one",
        draft,
        "an amount of -1",
        ("FEE-NEGATIVE", "LIMIT-PER-TRANSACTION"),
        data=data,
    )
    draft = payment("tx-version")
    draft.tx_version = 3
    reason = "transaction version 3 (TRUC) is unusual"
    yield refused(
        "tx-version-3", draft, reason, ("UNSUPPORTED", "VERSION"), also_ok=("warn", "accept")
    )


def _unknown() -> Iterator[Case]:
    places = ("global", "input", "output")
    extras = {
        "unknown-type": (b"\xf0", b"\x01"),
        "proprietary": (b"\xfc\x04evil\x01", b"pay me"),
    }
    for name, extra in extras.items():
        for place in places:
            draft = payment(f"unknown/{name}/{place}")
            maps = {
                "global": draft.globals,
                "input": draft.inputs[0].fields,
                "output": draft.outputs[0].fields,
            }
            maps[place].append(extra)
            yield refused(
                f"{name}-{place}",
                draft,
                f"{name} field in the {place} map",
                FIELD,
                also_ok=("warn", "accept") if name == "proprietary" else (),
            )
    specials = {
        "preimage-sha256": (b"\x0b" + seed("hash"), b"preimage"),
        "musig-participants": (
            b"\x1a" + b"\x02" + seed("musig"),
            b"\x02" + seed("a") + b"\x02" + seed("b"),
        ),
        "porcommitment": (b"\x09", b"proof of reserves"),
        "required-time": (b"\x11", struct.pack("<I", 1_900_000_000)),
    }
    for name, extra in specials.items():
        draft = payment(f"special/{name}")
        draft.inputs[0].fields.append(extra)
        yield refused(
            f"field-{name}", draft, f"{name} has no place in a withdrawal", FIELD, also_ok=("warn",)
        )
    draft = payment("empty-key")
    data = version_0(draft).replace(section(draft.outputs[0].fields), b"", 1)
    yield broken("short-derivation", version_0(_with_short_derivation()), "a derivation of 3 bytes")
    yield broken(
        "bad-public-key", version_0(_with_bad_key()), "a derivation of a key that is no point"
    )
    assert len(data) < len(version_0(draft))


def _with_short_derivation() -> Draft:
    draft = payment("short")
    key, _ = draft.outputs[-1].fields[-1]
    draft.outputs[-1].fields[-1] = (key, b"\x01\x02\x03")
    return draft


def _with_bad_key() -> Draft:
    draft = payment("bad-key")
    _, value = draft.outputs[-1].fields[-1]
    draft.outputs[-1].fields[-1] = (b"\x02\x05" + bytes(32), value)
    return draft


def _signed_message() -> Case:
    """BIP-322 by PSBT: signs a statement, not a payment."""
    place = Place("wpkh", 0, 0)
    spent = payment("bip322").inputs[0]
    previous = spent.previous
    previous.version = 0
    previous.vin[0].txid, previous.vin[0].vout, previous.vin[0].sequence = bytes(32), 0xFFFFFFFF, 0
    previous.vin[0].script_sig = script.Script(b"\x00\x20" + seed("message"))
    previous.vout = previous.vout[:1]
    previous.vout[0].value, previous.vout[0].script_pubkey = 0, place.script()
    fields = [(b"\x00", previous.serialize()), *scripts_and_keys(place, is_output=False)]
    draft = Draft(
        [Input(previous, 0, fields, sequence=0)], [Output(0, script.Script(b"\x6a"))], tx_version=0
    )
    draft.globals.append((b"\x09", b"I owe you everything"))
    cause = ("OUTPUT-TYPE", "DATA-OUTPUT", "TRANSFER-ZERO", "UNSUPPORTED", "MESSAGE-FORBIDDEN")
    return refused("bip322-message", draft, "a message signature disguised as a payment", cause)
