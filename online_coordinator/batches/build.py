"""request → build: pending requests and chain state become a batch of unsigned transactions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from appliance.wire import record
from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import MAX_MESSAGE, BatchContent, UnsignedTransaction
from appliance.wire.terms import Chain
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.services import genesis_of
from online_coordinator.batches.content import audience_of, request_record
from online_coordinator.batches.flow import advance, note, verify_step
from online_coordinator.batches.models import Batch, Cover, Reservation, Transaction
from online_coordinator.builders.payment import BuiltTransaction, Payment
from online_coordinator.clock import iso_time
from online_coordinator.errors import BuildRefused, CoinsTaken, NameUnknown, NothingToDo, foreign
from online_coordinator.nodes.bitcoin_core import Outpoint
from online_coordinator.requests.models import Withdrawal
from online_coordinator.settings.networks import Networks
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import account_of, bitcoin_node, ethereum_node
from online_coordinator.workflow import LIVE, BatchState, RequestState, Step

ROOM_IN_MESSAGE = 64 << 10
"""Bytes of a signing request beside the batch content."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pending requests to batch; empty means all."""

    requests: tuple[str, ...] = ()
    wallets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Planned:
    """A transaction and the requests it pays, not stored yet."""

    wallet: Wallet
    built: BuiltTransaction
    withdrawals: tuple[Withdrawal, ...]


def build(appliance: Appliance, selection: Selection, networks: Networks, now: int) -> Batch:
    """Make a batch of pending requests. Raises NothingToDo, BuildRefused, NodeError, NameUnknown.

    Coins are locked at the node and held here together with nonces, so that no two batches in
    flight use the same ones.
    """
    withdrawals = _selected(appliance, selection)
    name = _new_name(now)
    planned = _plan(withdrawals, networks, None)
    content = _content(appliance, name, planned)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                name=name,
                appliance=appliance,
                content=record.encode(content),
                digest=content.digest.hex(),
                created=now,
            )
            _take(withdrawals)
            _store(batch, planned, content)
            note(batch, "build", now)
    except IntegrityError:
        raise CoinsTaken("another batch took a coin or a nonce meanwhile") from None
    return batch


def rebuild(batch: Batch, networks: Networks, now: int) -> None:
    """Make a batch's transactions anew, with fresh coins and fees. Both approvals are void."""
    verify_step(batch, Step.REBUILD)
    covers = Cover.objects.filter(transaction__batch=batch).select_related("withdrawal__wallet")
    withdrawals = tuple(cover.withdrawal for cover in covers)
    planned = _plan(withdrawals, networks, batch)
    content = _content(batch.appliance, batch.name, planned)
    try:
        with transaction.atomic():
            advance(batch, Step.REBUILD, now)
            Transaction.objects.filter(batch=batch).delete()
            batch.content, batch.digest = record.encode(content), content.digest.hex()
            batch.save(update_fields=["content", "digest"])
            _store(batch, planned, content)
    except IntegrityError:
        raise CoinsTaken("another batch took a coin or a nonce meanwhile") from None


def _selected(appliance: Appliance, selection: Selection) -> tuple[Withdrawal, ...]:
    found = Withdrawal.objects.select_related("wallet").filter(
        wallet__appliance=appliance, state=RequestState.PENDING.value
    )
    if selection.wallets:
        found = found.filter(wallet__name__in=selection.wallets)
    if selection.requests:
        found = found.filter(identifier__in=selection.requests)
    withdrawals = tuple(found)
    missing = set(selection.requests) - {each.identifier for each in withdrawals}
    if missing:
        raise NameUnknown(f"no pending request {foreign(min(missing))}")
    if not withdrawals:
        raise NothingToDo("no pending request to batch")
    return withdrawals


def _new_name(now: int) -> str:
    day = iso_time(now)[:10].replace("-", "")
    number = Batch.objects.filter(name__startswith=f"B{day}-").count() + 1
    return f"B{day}-{number:04d}"


def _plan(
    withdrawals: tuple[Withdrawal, ...], networks: Networks, replaced: Batch | None
) -> tuple[_Planned, ...]:
    """Build the transactions, wallet by wallet. `replaced` is a batch whose holds count as free."""
    planned: list[_Planned] = []
    wallets = {each.wallet.name: each.wallet for each in withdrawals}
    for name, wallet in sorted(wallets.items()):
        mine = {each.identifier: each for each in withdrawals if each.wallet.name == name}
        payments = tuple(
            Payment(each.identifier, each.token or None, each.amount, each.destination)
            for each in mine.values()
        )
        planned += (
            _Planned(wallet, built, tuple(mine[request] for request in built.covers))
            for built in _build_wallet(wallet, payments, networks, replaced)
        )
    return tuple(planned)


def _build_wallet(
    wallet: Wallet, payments: tuple[Payment, ...], networks: Networks, replaced: Batch | None
) -> tuple[BuiltTransaction, ...]:
    from online_coordinator.builders import bitcoin, ethereum  # noqa: PLC0415 - heavy, and few commands need it

    policy = genesis_of(wallet.appliance).policy
    match account_of(wallet):
        case BitcoinAccount() as account:
            fees = policy.bitcoin_fees
            spending = bitcoin.Spending(
                account=account,
                held=_held_coins(wallet, replaced),
                change_index=Transaction.objects.filter(wallet=wallet).count(),
                max_rate_sat_vb=fees.max_rate_sat_vb if fees else None,
            )
            return bitcoin.build(payments, spending, bitcoin_node(wallet, networks))
        case EthereumAccount() as account:
            node = ethereum_node(wallet, networks)
            nonces = _held_nonces(wallet, account.address, replaced)
            lane = ethereum.free_lane(node.next_nonce(account.address), nonces)
            committed = _committed(wallet, replaced)
            offered = ethereum.Spending(account, lane, committed, policy.ethereum_fees)
            return ethereum.build(payments, offered, node)


def _held_coins(wallet: Wallet, replaced: Batch | None) -> frozenset[Outpoint]:
    held = Reservation.objects.filter(transaction__wallet=wallet, held=True).exclude(
        transaction__batch__state=BatchState.CONFIRMED.value
    )
    if replaced is not None:
        held = held.exclude(transaction__batch=replaced)
    return frozenset(Outpoint(each.subject, each.position) for each in held)


def _held_nonces(wallet: Wallet, address: str, replaced: Batch | None) -> Iterable[int]:
    held = Reservation.objects.filter(
        chain=Chain.ETHEREUM.value, network=wallet.network, subject=address, held=True
    )
    if replaced is not None:
        held = held.exclude(transaction__batch=replaced)
    return held.values_list("position", flat=True)


def _committed(wallet: Wallet, replaced: Batch | None) -> dict[str | None, int]:
    """Return what batches in flight will take from a wallet, by token; None is the coin itself."""
    live = Transaction.objects.filter(wallet=wallet, batch__state__in=LIVE)
    if replaced is not None:
        live = live.exclude(batch=replaced)
    committed: dict[str | None, int] = {None: 0}
    for each in live:
        committed[None] += each.maximum_fee
    for cover in Cover.objects.filter(transaction__in=live).select_related("withdrawal"):
        token = cover.withdrawal.token or None
        committed[token] = committed.get(token, 0) + cover.withdrawal.amount
    return committed


def _content(appliance: Appliance, name: str, planned: tuple[_Planned, ...]) -> BatchContent:
    """Return what will be approved. Raises BuildRefused where it is too large to cross the gap."""
    content = BatchContent(
        audience=audience_of(appliance),
        batch=name,
        withdrawals=tuple(request_record(each) for plan in planned for each in plan.withdrawals),
        transactions=tuple(
            UnsignedTransaction(
                id=_identifier(number),
                chain=Chain(plan.wallet.chain),
                wallet=plan.wallet.name,
                payload=plan.built.payload,
                covers=plan.built.covers,
            )
            for number, plan in enumerate(planned, start=1)
        ),
    )
    try:
        size = len(record.encode(content))
    except NotCanonical as fault:
        raise BuildRefused(f"the batch does not fit into a message: {fault.what}") from None
    if size > MAX_MESSAGE - ROOM_IN_MESSAGE:
        raise BuildRefused(f"the batch takes {size} bytes, over the limit: choose fewer requests")
    return content


def _identifier(number: int) -> str:
    return f"tx-{number}"


def _take(withdrawals: tuple[Withdrawal, ...]) -> None:
    """Move the requests out of pending; raises CoinsTaken when another batch was faster."""
    taken = Withdrawal.objects.filter(
        pk__in=[each.pk for each in withdrawals], state=RequestState.PENDING.value
    ).update(state=RequestState.BATCHED.value)
    if taken != len(withdrawals):
        raise CoinsTaken("another batch took one of these requests meanwhile")


def _store(batch: Batch, planned: tuple[_Planned, ...], content: BatchContent) -> None:
    for plan, unsigned in zip(planned, content.transactions, strict=True):
        stored = Transaction.objects.create(
            batch=batch,
            wallet=plan.wallet,
            identifier=unsigned.id,
            payload=unsigned.payload,
            digest=plan.built.digest,
            maximum_fee=plan.built.maximum_fee,
            reading=dict(plan.built.facts),
        )
        Cover.objects.bulk_create(
            Cover(transaction=stored, withdrawal=withdrawal) for withdrawal in plan.withdrawals
        )
        Reservation.objects.bulk_create(
            Reservation(
                transaction=stored,
                chain=plan.wallet.chain,
                network=plan.wallet.network,
                subject=used.subject,
                position=used.position,
            )
            for used in plan.built.consumes
        )
