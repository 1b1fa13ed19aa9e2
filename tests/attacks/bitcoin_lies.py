"""PSBTs whose derivations, extended keys or taproot fields say what the scripts do not."""

from collections.abc import Iterator

from embit import script
from embit.hashes import tagged_hash

from tests.attacks.bitcoin import MULTISIG, accepted, payment
from tests.attacks.bitcoin_inputs import refused
from tests.attacks.case import Case
from tests.attacks.psbt import (
    GLOBAL_XPUB,
    IN_WITNESS_UTXO,
    OUT_DERIVATION,
    Output,
    Place,
    extended_keys,
    origin,
    scripts_and_keys,
    utxo,
)
from tests.attacks.world import ATTACKER, COSIGNER_2, PRIMARY, PURPOSES, public_key

CHANGE = ("CHANGE-NOT-OURS",)
LEAF = b"\xc0\x22\x20" + public_key(ATTACKER, 0).xonly() + b"\xac"


def cases() -> Iterator[Case]:
    yield from _derivations()
    yield from _taproot()
    yield from _extended_keys()
    draft = payment("lies/both", "pkh")
    spent = draft.inputs[0]
    paid = spent.previous.vout[spent.position].script_pubkey
    spent.fields.insert(1, (IN_WITNESS_UTXO, utxo(spent.amount, paid)))
    reason = "a legacy input that repeats its amount truly in witness_utxo"
    yield accepted("pkh-both-utxos", draft, reason, also_ok=("reject", "warn"))


def _derivations() -> Iterator[Case]:
    draft = payment("lies/input-path")
    key, _ = draft.inputs[0].fields[-1]
    other = origin(PRIMARY.fingerprint, Place("wpkh", 0, 77).path())
    draft.inputs[0].fields[-1] = (key, other)
    reason = "an input's own key at another path"
    yield refused("in-path-lie", draft, reason, ("INPUT-NOT-OURS",), also_ok=("warn", "accept"))
    draft = payment("lies/change-path")
    key, _ = draft.outputs[-1].fields[-1]
    draft.outputs[-1].fields[-1] = (key, other)
    reason = "true change at a false path"
    yield refused("chg-path-lie", draft, reason, CHANGE, also_ok=("warn", "accept"))
    draft = payment("lies/change-key")
    _, value = draft.outputs[-1].fields[-1]
    draft.outputs[-1].fields[-1] = (OUT_DERIVATION + public_key(ATTACKER, 0).sec(), value)
    reason = "true change by a foreign key"
    yield refused("chg-key-lie", draft, reason, CHANGE, also_ok=("warn", "accept"))
    draft = payment("lies/client")
    draft.outputs[0].fields = scripts_and_keys(Place("wpkh", 1, 3), is_output=True)
    reason = "a client's output dressed as change"
    yield refused("chg-client-as-change", draft, reason, CHANGE, also_ok=("warn",))


def _taproot() -> Iterator[Case]:
    place = Place("tr", 1, 17)
    draft = payment("lies/leaf", "tr")
    tweaked = place.owned_keys()[0][1].taproot_tweak(tagged_hash("TapLeaf", LEAF))
    paid = script.Script(b"\x51\x20" + tweaked.xonly())
    fields = scripts_and_keys(place, is_output=True)
    draft.outputs[-1] = Output(draft.outputs[-1].amount, paid, fields)
    reason = "our internal key, and a hidden script of the attacker"
    yield refused("chg-tr-hidden-leaf", draft, reason, CHANGE)
    draft = payment("lies/tree", "tr")
    draft.outputs[-1].fields.insert(1, (b"\x06", b"\x00" + LEAF))
    reason = "true change that claims a script tree"
    yield refused("chg-tr-claims-tree", draft, reason, (*CHANGE, "UNSUPPORTED"))


def _extended_keys() -> Iterator[Case]:
    path = PURPOSES[MULTISIG]
    theirs = ATTACKER.root.derive(list(path)).to_public().serialize()
    for name, owner in (("named-cosigner", COSIGNER_2), ("named-attacker", ATTACKER)):
        draft = payment(f"lies/xpub/{name}", MULTISIG)
        kept = [f for f in extended_keys(MULTISIG) if f[1][:4] != COSIGNER_2.fingerprint]
        false = (GLOBAL_XPUB + theirs, origin(owner.fingerprint, path))
        draft.globals += sorted([*kept, false])
        reason = "a cosigner's extended key is swapped for the attacker's"
        cause = ("INPUT-NOT-OURS", "CHANGE-NOT-OURS", "UNSUPPORTED")
        yield refused(f"xpub-{name}", draft, reason, cause, also_ok=("warn",))
