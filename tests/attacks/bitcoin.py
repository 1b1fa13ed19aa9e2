"""Bitcoin payments that a withdrawal vault must be able to sign, and those it must ask about."""

from collections.abc import Iterator, Sequence
from typing import Any

from embit import script

from tests.attacks.case import Case, Expectation, base64_text
from tests.attacks.psbt import (
    GLOBAL_MODIFIABLE,
    IN_DERIVATION,
    IN_PREVIOUS,
    IN_SIGHASH,
    IN_TAP_DERIVATION,
    IN_TAP_KEY,
    IN_WITNESS_UTXO,
    Draft,
    Output,
    Place,
    cosigned,
    extended_keys,
    owned_input,
    owned_output,
    version_0,
    version_2,
)
from tests.attacks.world import BITCOIN_CLIENTS, COSIGNER_2, PURPOSES

MULTISIG = "wsh-multisig-2of3"
CLIENT = dict(BITCOIN_CLIENTS)


def payment(
    label: str,
    wallet: str = "wpkh",
    inputs: Sequence[int] = (1_000_000,),
    paid: Sequence[tuple[str, int]] = (("Client-1", 600_000),),
    fee: int = 1_500,
    change_at: int | None = 17,
) -> Draft:
    """A payment of `inputs` to whitelisted clients, the rest but the fee as change last."""
    owned = [
        owned_input(f"{label}/{n}", Place(wallet, n % 2, n * 3), amount, n % 3)
        for n, amount in enumerate(inputs)
    ]
    outputs = [Output(amount, CLIENT[name]) for name, amount in paid]
    rest = sum(inputs) - sum(amount for _, amount in paid) - fee
    if change_at is not None:
        outputs.append(owned_output(Place(wallet, 1, change_at), rest))
    return Draft(owned, outputs)


def fields_of(draft: Draft, change: Sequence[int] = (-1,)) -> dict[str, Any]:
    """What a signer must be able to read; `change` are positions, negative from the end."""
    spent, created = sum(i.amount for i in draft.inputs), sum(o.amount for o in draft.outputs)
    ours = {position % len(draft.outputs) for position in change}
    return {
        "inputs_total_sat": spent,
        "fee_sat": spent - created,
        "txid": draft.txid(),
        "outputs": [
            {
                "index": index,
                "address": each.script.address(),
                "amount_sat": each.amount,
                "is_change": index in ours,
            }
            for index, each in enumerate(draft.outputs)
        ],
    }


def accepted(
    name: str,
    draft: Draft,
    reason: str,
    *,
    data: bytes | None = None,
    change: Sequence[int] = (-1,),
    also_ok: tuple[Expectation, ...] = (),
) -> Case:
    return Case(
        id=f"btc-ok-{name}",
        kind="psbt",
        encoding="b64",
        payload=base64_text(version_0(draft) if data is None else data),
        expected="accept",
        also_ok=also_ok,
        reason=reason,
        fields=fields_of(draft, change),
    )


def cases() -> Iterator[Case]:
    yield from _wallets()
    yield from _shapes()
    yield from _destinations()
    yield from _fields()
    yield from _derivations()
    yield from _signatures()
    yield from _asked()


def _wallets() -> Iterator[Case]:
    for wallet in PURPOSES:
        draft = payment(f"ok/{wallet}", wallet)
        yield accepted(f"{wallet}-1in2out", draft, f"plain withdrawal from the {wallet} wallet")
        draft = payment(f"ok/v2/{wallet}", wallet, (700_000, 800_000))
        yield accepted(f"{wallet}-v2", draft, "the same as a PSBT v2", data=version_2(draft))


def _shapes() -> Iterator[Case]:
    two = (("Client-1", 500_000), ("Client-5", 700_000))
    yield accepted("3in3out", payment("ok/3in3out", inputs=(900_000,) * 3, paid=two), "3 inputs")
    draft = payment("ok/ms-5in", MULTISIG, (400_000,) * 5, two)
    yield accepted("ms-5in3out", draft, "five inputs of the multisig")
    draft = payment("ok/sweep", paid=(("Client-1", 998_500),), change_at=None)
    yield accepted("no-change", draft, "everything goes to one client", change=())
    draft = payment("ok/change-first")
    draft.outputs.reverse()
    yield accepted("change-first", draft, "the change stands first", change=(0,))
    draft = payment("ok/two-changes")
    draft.outputs[-1].amount -= 100_000
    draft.outputs.append(owned_output(Place("wpkh", 1, 18), 100_000))
    yield accepted("two-changes", draft, "two outputs of change", change=(1, 2), also_ok=("warn",))
    for index in (0, 500, 999):
        draft = payment(f"ok/change-{index}", MULTISIG, change_at=index)
        yield accepted(f"change-index-{index}", draft, "change in the registered range")
    draft = payment("ok/100in", inputs=(50_000,) * 100, paid=(("Client-1", 4_800_000),), fee=9_000)
    yield accepted("100in", draft, "a consolidation of a hundred inputs")
    draft = payment("ok/large", inputs=(5_500_000_000,), paid=(("Client-1", 4_000_000_000),))
    yield accepted("at-the-limit", draft, "exactly the limit of 40 BTC")
    draft = payment("ok/same-twice", paid=(("Client-1", 300_000), ("Client-1", 200_000)))
    yield accepted("same-client-twice", draft, "two outputs to one client", also_ok=("warn",))


def _destinations() -> Iterator[Case]:
    for name, paid in BITCOIN_CLIENTS:
        draft = payment(f"ok/to/{name}", paid=((name, 300_000),))
        yield accepted(f"to-{paid.script_type() or 'other'}-{name[-1]}", draft, f"pays {name}")
    every = tuple((name, 150_000 + n) for n, (name, _) in enumerate(BITCOIN_CLIENTS))
    yield accepted("batch-of-6", payment("ok/batch", paid=every, fee=2_000), "six clients at once")


def _fields() -> Iterator[Case]:
    for version in (1, 2):
        draft = payment(f"ok/tx-version-{version}")
        draft.tx_version = version
        yield accepted(f"tx-version-{version}", draft, "transaction version")
    draft = payment("ok/final")
    draft.inputs[0].sequence = 0xFFFFFFFF
    yield accepted("not-replaceable", draft, "final sequence number")
    draft = payment("ok/locktime")
    draft.locktime, draft.inputs[0].sequence = 880_000, 0xFFFFFFFE
    yield accepted("locktime", draft, "anti-fee-sniping locktime", also_ok=("warn",))
    draft = payment("ok/tr-previous", "tr")
    draft.inputs[0].fields.insert(0, (IN_PREVIOUS, draft.inputs[0].previous.serialize()))
    yield accepted("tr-with-previous", draft, "taproot with its previous transaction as well")
    draft = payment("ok/xpubs", MULTISIG)
    draft.globals += extended_keys(MULTISIG)
    yield accepted("ms-global-xpubs", draft, "the registered cosigners' xpubs stand in it")
    draft = payment("ok/previous-only")
    draft.inputs[0].fields = [f for f in draft.inputs[0].fields if f[0] != IN_WITNESS_UTXO]
    yield accepted("wpkh-previous-only", draft, "only the previous transaction, which says it all")


def _derivations() -> Iterator[Case]:
    for wallet, kinds in (("wpkh", (IN_DERIVATION,)), ("tr", (IN_TAP_DERIVATION, IN_TAP_KEY))):
        draft = payment(f"ok/no-derivation/{wallet}", wallet)
        draft.inputs[0].fields = [f for f in draft.inputs[0].fields if f[0][:1] not in kinds]
        yield accepted(f"{wallet}-input-by-script", draft, "found by script, without a derivation")
    draft = payment("ok/bare-change")
    draft.outputs[-1].fields = []
    yield accepted(
        "change-by-script", draft, "our change, not presented", also_ok=("warn", "reject")
    )
    draft = payment("ok/v2-unmodifiable")
    data = version_2(draft, (GLOBAL_MODIFIABLE, b"\x00"))
    yield accepted(
        "v2-modifiable-0", draft, "TX_MODIFIABLE of zero", data=data, also_ok=("reject",)
    )


def _signatures() -> Iterator[Case]:
    for name, wallet, flag in (("all", "wpkh", 1), ("tr-default", "tr", 0), ("tr-all", "tr", 1)):
        draft = payment(f"ok/sighash/{name}", wallet)
        field = (IN_SIGHASH, flag.to_bytes(4, "little"))
        kinds = [kind[:1] for kind, _ in draft.inputs[0].fields]
        where = sum(kind < IN_SIGHASH for kind in kinds)
        draft.inputs[0].fields.insert(where, field)
        yield accepted(f"sighash-{name}", draft, "the signature type is said explicitly")
    draft = payment("ok/cosigned", MULTISIG, (600_000, 700_000))
    cosigned(draft, COSIGNER_2)
    yield accepted("ms-cosigned", draft, "a cosigner has signed already", also_ok=("warn",))
    draft = payment("ok/cosigned-v2", MULTISIG)
    cosigned(draft, COSIGNER_2)
    data = version_2(draft)
    yield accepted("ms-cosigned-v2", draft, "the same as v2", data=data, also_ok=("warn",))


def _asked() -> Iterator[Case]:
    draft = payment("asked/receive")
    draft.outputs[-1] = owned_output(Place("wpkh", 0, 30), draft.outputs[-1].amount)
    yield asked("own-receive", draft, "an own receive address, which is not change")
    draft = payment("asked/timelock")
    draft.locktime, draft.inputs[0].sequence = 1_900_000_000, 0xFFFFFFFE
    yield asked("locktime-2030", draft, "held back until 2030: a signature for later", "accept")
    draft = payment("asked/relative")
    draft.inputs[0].sequence = 0x0000FFFF
    yield asked("relative-timelock", draft, "a relative lock of 65,535 blocks", "accept")
    draft = payment("asked/dust")
    draft.outputs[0].amount = 200
    yield asked("dust", draft, "a payment below the dust limit is never relayed", "accept")


def asked(name: str, draft: Draft, reason: str, *also_ok: Expectation) -> Case:
    return Case(
        id=f"btc-warn-{name}",
        kind="psbt",
        encoding="b64",
        payload=base64_text(version_0(draft)),
        expected="warn",
        also_ok=("reject", *also_ok),
        reason=reason,
    )


def script_hash(data: bytes) -> script.Script:
    return script.p2sh(script.Script(data))
