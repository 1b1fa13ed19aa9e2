"""Bitcoin attacks on what is created: false change, fees, outputs that are no address."""

from collections.abc import Iterator

from embit import script

from tests.attacks.bitcoin import CLIENT, MULTISIG, payment
from tests.attacks.bitcoin_inputs import refused
from tests.attacks.case import Case
from tests.attacks.psbt import (
    OUT_DERIVATION,
    OUT_TAP_DERIVATION,
    OUT_TAP_KEY,
    OUT_WITNESS_SCRIPT,
    Draft,
    Output,
    Place,
    origin,
    owned_output,
    scripts_and_keys,
)
from tests.attacks.world import ATTACKER, COSIGNER_2, COSIGNER_3, HARD, PRIMARY, path_of, public_key

CHANGE = ("CHANGE-NOT-OURS",)
TYPE = ("OUTPUT-TYPE", "DATA-OUTPUT")
FEE = ("FEE-CEILING",)
THEIRS = public_key(ATTACKER, 0)
THEIR_SCRIPT = script.p2wpkh(THEIRS)


def cases() -> Iterator[Case]:
    yield from _change()
    yield from _change_paths()
    yield from _multisig_change()
    yield from _fees()
    yield from _types()
    yield from _amounts()
    yield from _limits()


def _swapped(label: str, wallet: str, output: Output) -> Draft:
    draft = payment(label, wallet)
    output.amount = draft.outputs[-1].amount
    draft.outputs[-1] = output
    return draft


def _change() -> Iterator[Case]:
    place = Place("wpkh", 1, 17)
    fields = scripts_and_keys(place, is_output=True)
    whose = {
        "our-key-their-script": (THEIR_SCRIPT, fields),
        "their-key-our-fingerprint": (
            THEIR_SCRIPT,
            [(OUT_DERIVATION + THEIRS.sec(), origin(PRIMARY.fingerprint, place.path()))],
        ),
        "their-key-their-fingerprint": (
            THEIR_SCRIPT,
            [(OUT_DERIVATION + THEIRS.sec(), origin(ATTACKER.fingerprint, place.path()))],
        ),
        "unnamed": (THEIR_SCRIPT, []),
        "other-type-pkh": (script.p2pkh(place.owned_keys()[0][1]), fields),
        "other-type-nested": (script.p2sh(place.script()), fields),
        "other-type-tr": (script.p2tr(place.owned_keys()[0][1]), fields),
    }
    for name, (paid, told) in whose.items():
        draft = _swapped(f"change/{name}", "wpkh", Output(0, paid, list(told)))
        cause = CHANGE if told else ("WHITELIST",)
        yield refused(f"chg-{name}", draft, f"false change: {name}", (*CHANGE, *cause))
    for index in (1_001, 1_000_000, HARD - 1):
        output = owned_output(Place("wpkh", 1, index), 0)
        draft = _swapped(f"change/index/{index}", "wpkh", output)
        yield refused(f"chg-index-{index}", draft, "ransom path: an index nobody searches", CHANGE)


def _change_paths() -> Iterator[Case]:
    key = PRIMARY.root.derive([*path_of(84), 1 + HARD, 3]).get_public_key()
    told = [(OUT_DERIVATION + key.sec(), origin(PRIMARY.fingerprint, (*path_of(84), 1 + HARD, 3)))]
    draft = _swapped("change/hardened", "wpkh", Output(0, script.p2wpkh(key), told))
    yield refused("chg-hardened-branch", draft, "a branch outside the descriptor", CHANGE)
    for name, steps in (("branch-2", (2, 5)), ("deep", (1, 5, 7))):
        path = (*path_of(84), *steps)
        key = PRIMARY.root.derive(list(path)).get_public_key()
        told = [(OUT_DERIVATION + key.sec(), origin(PRIMARY.fingerprint, path))]
        draft = _swapped(f"change/{name}", "wpkh", Output(0, script.p2wpkh(key), told))
        yield refused(f"chg-{name}", draft, "a path outside the descriptor", CHANGE)
    account = (84 + HARD, HARD, 9 + HARD, 1, 4)
    key = PRIMARY.root.derive(list(account)).get_public_key()
    told = [(OUT_DERIVATION + key.sec(), origin(PRIMARY.fingerprint, account))]
    draft = _swapped("change/account", "wpkh", Output(0, script.p2wpkh(key), told))
    yield refused("chg-other-account", draft, "an account that is not registered", CHANGE)
    other = owned_output(Place(MULTISIG, 1, 17), 0)
    draft = _swapped("change/other-wallet", "wpkh", other)
    cause = (*CHANGE, "WHITELIST", "SEVERAL-WALLETS")
    yield refused("chg-other-own-wallet", draft, "to another own wallet", cause, also_ok=("warn",))
    told = [(OUT_TAP_KEY, THEIRS.xonly())]
    ours = Place("tr", 1, 17).owned_keys()[0][1].xonly()
    told.append(
        (
            OUT_TAP_DERIVATION + ours,
            b"\x00" + origin(PRIMARY.fingerprint, Place("tr", 1, 17).path()),
        )
    )
    draft = _swapped("change/tr", "tr", Output(0, script.p2tr(THEIRS), told))
    yield refused("chg-tr-their-key", draft, "a taproot output key of the attacker", CHANGE)


def _multisig_change() -> Iterator[Case]:
    place = Place(MULTISIG, 1, 17)
    ours = [key for _, key in place.owned_keys()]
    swapped = sorted([*ours[:2], THEIRS], key=lambda key: key.sec())
    ordered = sorted(ours, key=lambda key: key.sec())
    scripts = {
        "foreign-cosigner": script.multisig(2, swapped),
        "one-of-three": script.multisig(1, ordered),
        "two-of-four": script.multisig(2, sorted([*ours, THEIRS], key=lambda key: key.sec())),
        "unsorted": script.multisig(2, ordered[::-1]),
        "one-of-two": script.multisig(1, sorted([ours[0], THEIRS], key=lambda key: key.sec())),
    }
    derivations = scripts_and_keys(place, is_output=True)[1:]
    for name, code in scripts.items():
        told = [(OUT_WITNESS_SCRIPT, code.data), *derivations]
        draft = _swapped(f"change/ms/{name}", MULTISIG, Output(0, script.p2wsh(code), told))
        yield refused(f"chg-ms-{name}", draft, f"false multisig change: {name}", CHANGE)
    draft = _swapped("change/ms/single", MULTISIG, owned_output(Place("wpkh", 1, 4), 0))
    cause = (*CHANGE, "WHITELIST")
    yield refused("chg-ms-to-single", draft, "2-of-3 money to one key", cause, also_ok=("warn",))
    told = [(OUT_WITNESS_SCRIPT, scripts["one-of-three"].data), *derivations]
    draft = _swapped("change/ms/lie", MULTISIG, Output(0, place.script(), told))
    reason = "our script, but the witness script shown does not hash to it"
    yield refused("chg-ms-witness-script-lie", draft, reason, (*CHANGE, "SCRIPT-MISMATCH"))
    mixed = [
        COSIGNER_2.root.derive([*place.path()[:-1], 18]).get_public_key(),
        COSIGNER_3.root.derive(list(place.path())).get_public_key(),
        ours[0],
    ]
    code = script.multisig(2, sorted(mixed, key=lambda key: key.sec()))
    told = [(OUT_WITNESS_SCRIPT, code.data), *derivations]
    draft = _swapped("change/ms/mixed", MULTISIG, Output(0, script.p2wsh(code), told))
    yield refused("chg-ms-mixed-indexes", draft, "cosigners at different indexes", CHANGE)


def _fees() -> Iterator[Case]:
    draft = payment(
        "fee/absolute", inputs=(1_000_000_000,), paid=(("Client-1", 100_000_000),), fee=100_000_000
    )
    yield refused("fee-one-bitcoin", draft, "a fee of 1 BTC", FEE)
    draft = payment("fee/rate", inputs=(100_000_000,), paid=(("Client-1", 50_000_000),), fee=80_000)
    yield refused("fee-rate", draft, "570 sat/vB, 0.08 % of the amount", FEE)
    draft = payment("fee/fraction", inputs=(100_000,), paid=(("Client-1", 50_000),), fee=12_000)
    yield refused("fee-fraction", draft, "12 % of the inputs at 85 sat/vB", FEE)
    draft = payment(
        "fee/no-change", inputs=(100_000_000,), paid=(("Client-1", 1_000_000),), change_at=None
    )
    yield refused("fee-missing-change", draft, "the change is missing: 0.99 BTC as fee", FEE)
    draft = payment("fee/negative")
    draft.outputs[-1].amount += 2_000_000
    yield refused("fee-negative", draft, "pays more than it spends", ("FEE-NEGATIVE",))
    draft = payment("fee/zero", fee=0)
    reason = "no fee at all: never relayed"
    yield refused("fee-zero", draft, reason, ("FEE-ZERO", "FEE-FLOOR"), also_ok=("warn", "accept"))
    draft = payment("fee/ms", MULTISIG, (3_000_000,), fee=400_000)
    yield refused("fee-ms-fraction", draft, "13 % at 2,000 sat/vB", FEE)


def _types() -> Iterator[Case]:
    key = bytes(THEIRS.sec())
    scripts = {
        "op-return": b"\x6a\x0eowned by evil!",
        "op-return-empty": b"\x6a",
        "op-return-two-pushes": b"\x6a\x04abcd\x04efgh",
        "witness-v2": b"\x52\x20" + THEIRS.xonly(),
        "witness-v16": b"\x60\x14" + bytes(20),
        "witness-v1-20-bytes": b"\x51\x14" + bytes(20),
        "witness-v0-25-bytes": b"\x00\x19" + bytes(25),
        "pay-to-anchor": b"\x51\x02\x4e\x73",
        "bare-multisig": script.multisig(1, [THEIRS, public_key(ATTACKER, 1)]).data,
        "pay-to-public-key": b"\x21" + key + b"\xac",
        "op-true": b"\x51",
        "empty-script": b"",
        "broken-push": b"\x4c\xff\x01",
        "tapscript-lookalike": b"\x51\x21" + key,
    }
    for name, code in scripts.items():
        draft = payment(f"type/{name}")
        amount = 0 if name.startswith("op-return") else 50_000
        draft.outputs.insert(1, Output(amount, script.Script(code)))
        draft.outputs[-1].amount -= amount
        yield refused(f"out-{name}", draft, f"an output of {name}", TYPE)
    draft = payment("type/op-return-value")
    draft.outputs.insert(1, Output(100_000, script.Script(b"\x6a\x02hi")))
    draft.outputs[-1].amount -= 100_000
    yield refused("out-op-return-burns", draft, "0.001 BTC burnt in OP_RETURN", TYPE)


def _amounts() -> Iterator[Case]:
    draft = payment("dest")
    draft.outputs[0].script = THEIR_SCRIPT
    yield refused("dest-unlisted", draft, "the destination is not listed", ("WHITELIST",))
    draft = payment("dest/second", paid=(("Client-1", 300_000), ("Client-2", 200_000)))
    draft.outputs[1].script = THEIR_SCRIPT
    yield refused("dest-second-unlisted", draft, "one of two is not listed", ("WHITELIST",))
    draft = payment("dest/program")
    listed = bytes(CLIENT["Client-1"].data)
    draft.outputs[0].script = script.Script(listed[:-1] + bytes([listed[-1] ^ 1]))
    yield refused("dest-one-bit-off", draft, "one bit beside Client-1", ("WHITELIST",))
    draft = payment("dest/type")
    draft.outputs[0].script = script.Script(b"\x76\xa9\x14" + listed[2:] + b"\x88\xac")
    yield refused("dest-same-hash-other-type", draft, "Client-1's hash as P2PKH", ("WHITELIST",))


def _limits() -> Iterator[Case]:
    limit = ("LIMIT-PER-TRANSACTION",)
    draft = payment("limit", inputs=(9_000_000_000,), paid=(("Client-1", 4_000_000_001),))
    yield refused("over-limit", draft, "one satoshi over 40 BTC", limit)
    two = (("Client-1", 2_500_000_000), ("Client-2", 2_500_000_000))
    draft = payment("limit/split", inputs=(9_000_000_000,), paid=two)
    yield refused("over-limit-split", draft, "2 x 25 BTC in one transaction", limit)
    draft = payment("supply")
    draft.outputs[0].amount = 21_000_001 * 100_000_000
    yield refused(
        "more-than-supply",
        draft,
        "more than 21 million",
        ("FEE-NEGATIVE", *limit),
    )
    draft = payment("zero")
    draft.outputs[0].amount = 0
    draft.outputs[-1].amount += 600_000
    yield refused("zero-to-client", draft, "pays nothing", ("TRANSFER-ZERO",), also_ok=("warn",))
    draft = payment("zero-change")
    draft.outputs.append(owned_output(Place("wpkh", 1, 18), 0))
    yield refused(
        "zero-change", draft, "change of nothing", ("TRANSFER-ZERO",), also_ok=("warn", "accept")
    )
