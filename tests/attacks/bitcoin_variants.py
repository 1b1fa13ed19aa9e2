"""PSBTs as other wallets write them: other orders, absent defaults, outputs of known clients."""

import struct
from collections.abc import Iterator

from embit import script

from tests.attacks.bitcoin import MULTISIG, accepted, payment
from tests.attacks.case import Case, Expectation
from tests.attacks.psbt import (
    GLOBAL_LOCKTIME,
    GLOBAL_VERSION,
    OUT_DERIVATION,
    OUT_WITNESS_SCRIPT,
    extended_keys,
    origin,
    version_2,
)
from tests.attacks.world import CLIENT, path_of, public_key


def cases() -> Iterator[Case]:
    for wallet in ("wpkh", "tr", "sh-wpkh", MULTISIG):
        draft = payment(f"variant/order/{wallet}", wallet)
        for fields in [each.fields for each in draft.inputs] + [o.fields for o in draft.outputs]:
            fields.reverse()
        yield accepted(f"other-order-{wallet}", draft, "keys in another order than their types")
    draft = payment("variant/version")
    draft.globals.append((GLOBAL_VERSION, bytes(4)))
    yield accepted("version-0-said", draft, "version 0 is written")
    draft = payment("variant/xpub")
    draft.globals += extended_keys("wpkh")
    yield accepted("wpkh-xpub", draft, "the wallet's own extended key stands in it")
    yield from _version_2()
    yield from _known_clients()


def _version_2() -> Iterator[Case]:
    draft = payment("variant/locktime")
    data = version_2(draft, without=GLOBAL_LOCKTIME)
    yield accepted("v2-no-fallback", draft, "no fallback locktime", data=data)
    draft = payment("variant/sequence")
    draft.inputs[0].sequence = 0xFFFFFFFF
    data = version_2(draft).replace(b"\x01\x10\x04\xff\xff\xff\xff", b"")
    yield accepted("v2-no-sequence", draft, "no sequence number: final", data=data)
    also: tuple[Expectation, ...] = ("warn", "reject")
    for name, kind, value in (("height", b"\x12", 700_000), ("time", b"\x11", 1_700_000_000)):
        draft = payment(f"variant/{name}")
        draft.inputs[0].fields.append((kind, struct.pack("<I", value)))
        data = version_2(draft)
        draft.locktime = value
        yield accepted(f"v2-required-{name}", draft, "its locktime", data=data, also_ok=also)


def _known_clients() -> Iterator[Case]:
    """The output map says how a listed client derives its address: true, and none of our matter."""
    also: tuple[Expectation, ...] = ("warn", "reject")
    draft = payment("variant/client")
    told = origin(CLIENT.fingerprint, (*path_of(84), 0, 0))
    draft.outputs[0].fields = [(OUT_DERIVATION + public_key(CLIENT, 0).sec(), told)]
    yield accepted("client-derivation", draft, "a client's own derivation", also_ok=also)
    draft = payment("variant/client-script", paid=(("Client-6", 300_000),))
    code = script.multisig(1, [public_key(CLIENT, n) for n in (5, 6)])
    draft.outputs[0].fields = [(OUT_WITNESS_SCRIPT, code.data)]
    yield accepted("client-script", draft, "a client's own witness script", also_ok=also)
