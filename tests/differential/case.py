"""One case: bytes that another library wrote, and what must come of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from random import Random

from appliance.chains.interface import Decoder
from appliance.errors import DecodeError
from appliance.model.rule import Rule
from appliance.model.transaction import DecodedTransaction, Transfer
from appliance.wire.terms import Severity

ILLEGAL_SHARE = 0.2
"""Of the cases, those in which one thing is made illegal."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment, in base units of an asset; `token` is None for the chain's own coin."""

    amount: int
    destination: str
    symbol: str
    decimals: int
    token: str | None = None
    token_account: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a transaction says, in words that do not depend on who read it.

    `signed` are index, public key and digest of every signature that is wanted; `consumed` are
    subject and position; `facts` are label and value of those facts that an oracle can tell, in
    any order.
    """

    network: str
    form: str
    account: str | None
    source: str | None
    paid: tuple[Paid, ...]
    fee: tuple[int, ...]
    consumed: tuple[tuple[str, int], ...]
    digest: bytes
    signed: tuple[tuple[int, bytes, bytes], ...] = ()
    change: tuple[tuple[int, str, str, str], ...] = ()
    calldata_digest: bytes | None = None
    expires: int | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`outcome` is what the bytes say, or the rule that refuses them.

    `quarrels` are differences among the oracles themselves, which count as mismatches too.
    """

    what: str
    data: bytes
    outcome: Stated | Rule
    wallet: str | None = None
    quarrels: tuple[str, ...] = ()


def endless(
    chain: str, seed: int, legal: Callable[[Random], Case], illegal: Callable[[Random], Case]
) -> Iterator[Case]:
    """Yield cases for ever, the same ones for the same seed."""
    dice = Random(f"{chain}:{seed}")
    while True:
        yield illegal(dice) if dice.random() < ILLEGAL_SHARE else legal(dice)


def compared(case: Case, decoder: Decoder) -> list[str]:
    """Say how what Airlock makes of a case differs from what must come of it; nothing if not."""
    try:
        decoded = decoder(case.data, case.wallet)
    except DecodeError as error:
        expected = error.id == case.outcome
        return [*case.quarrels] if expected else [*case.quarrels, f"not read: {error}"]
    return [*case.quarrels, *differences(case, decoded)]


def differences(case: Case, decoded: DecodedTransaction) -> Iterator[str]:
    """Hold what Airlock decoded against what must come of the case."""
    refusals = [each for each in decoded.findings if each.severity is Severity.REFUSE]
    match case.outcome:
        case Rule() as rule:
            if rule not in {each.rule for each in refusals}:
                yield f"not refused by {rule}, but by {[each.rule for each in refusals]}"
            if decoded.signing:
                yield "refused, and to be signed"
        case stated:
            yield from (f"refused by {each.rule}: {each.message}" for each in refusals)
            read = _stated(decoded, {label for label, _ in stated.facts})
            for field in fields(Stated):
                ours, theirs = getattr(read, field.name), getattr(stated, field.name)
                if ours != (tuple(sorted(theirs)) if field.name == "facts" else theirs):
                    yield f"{field.name}: Airlock says {ours!r}, the oracles {theirs!r}"


def _stated(decoded: DecodedTransaction, labels: set[str]) -> Stated:
    fee = decoded.fee
    parts = [getattr(fee, name) for name in PARTS[type(fee).__name__]]
    return Stated(
        network=decoded.network,
        form=decoded.format,
        account=decoded.account,
        source=decoded.source,
        paid=tuple(map(_paid, decoded.transfers)),
        fee=(fee.maximum, *parts),
        consumed=tuple((each.subject, each.position) for each in decoded.reserves),
        digest=decoded.digest,
        signed=tuple((each.index, each.public_key, each.digest) for each in decoded.signing),
        change=tuple(
            (each.amount, each.destination, each.path, each.where) for each in decoded.change
        ),
        calldata_digest=decoded.calldata_digest,
        expires=decoded.expires,
        facts=tuple(
            sorted((each.label, each.value) for each in decoded.facts if each.label in labels)
        ),
    )


PARTS = {
    "BitcoinFee": (),
    "EthereumFee": ("gas_limit", "max_fee_per_gas"),
    "TronFee": (),
    "SolanaFee": ("signatures", "priority"),
}
"""What a fee is made of, behind its maximum. (Bitcoin's size is an estimate, and no oracle's.)"""


def _paid(transfer: Transfer) -> Paid:
    asset = transfer.asset
    decimals = -1 if asset.decimals is None else asset.decimals
    return Paid(
        transfer.amount,
        transfer.destination,
        asset.symbol,
        decimals,
        asset.token,
        transfer.token_account,
    )
