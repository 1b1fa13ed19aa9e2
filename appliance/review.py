"""ClearedBatch → ReviewSheet: exactly what signers see, and nothing the coordinator only claims.

Exceptions come first: findings that ask for attention, then totals, then every transaction whole.
Names that people chose are spelled out character by character (`literal`); addresses are whole and
in groups of four; amounts carry their base units.
"""

from collections import Counter
from collections.abc import Iterator

from appliance.model.batch import (
    Attributed,
    ClearedBatch,
    Decoded,
    ReceivedRequest,
    ReviewSheet,
    SheetLine,
    SheetSection,
    Unattributed,
)
from appliance.model.money import Asset, format_amount, native_asset
from appliance.model.text import grouped, literal
from appliance.model.transaction import DecodedTransaction, Transfer
from appliance.policy.origin import told
from appliance.policy.standing import StandingRules
from appliance.wire.messages import Finding

UNLISTED = "NOT ON THE WHITELIST"


def review(cleared: ClearedBatch, standing: StandingRules) -> ReviewSheet:
    """Return the sheet for a cleared batch. The same batch and rules give the same sheet."""
    content = cleared.received.content
    transactions = (
        _transaction(number, len(cleared.items), item, standing)
        for number, item in enumerate(cleared.items, 1)
    )
    overview = SheetSection("Overview", tuple(_overview(cleared, standing)), ())
    return ReviewSheet(
        realm=content.audience.realm,
        request=cleared.received.digest,
        batch=content.batch,
        sections=(overview, *transactions),
    )


def _overview(cleared: ClearedBatch, standing: StandingRules) -> Iterator[SheetLine]:
    yield from _notes(cleared.notes)
    yield from _request(cleared.received)
    yield SheetLine("Transactions", f"{len(cleared.items):,}")
    transactions = tuple(item.transaction for item in cleared.items)
    yield from _totals(transactions)
    for role, person in _operators(cleared, standing):
        yield SheetLine(role, person)


def _request(received: ReceivedRequest) -> Iterator[SheetLine]:
    yield SheetLine("Batch", literal(received.content.batch))
    match received.origin:
        case Attributed(request=request):
            yield SheetLine("Sequence number", f"{request.sequence:,}")
            yield SheetLine("Withdrawal requests", f"{len(request.content.withdrawals):,}")
        case Unattributed(message=message, asked=asked):
            yield SheetLine("Came as", literal(told(message)))
            if asked is not None and asked.request_id is not None:
                yield SheetLine("Request id", grouped(asked.request_id.hex()))


def _notes(notes: tuple[Finding, ...]) -> Iterator[SheetLine]:
    for note in notes:
        where = f" ({literal(note.where)})" if note.where else ""
        yield SheetLine(f"ATTENTION {note.rule}", f"{literal(note.message)}{where}")


def _totals(transactions: tuple[DecodedTransaction, ...]) -> Iterator[SheetLine]:
    paid: Counter[Asset] = Counter()
    fees: Counter[Asset] = Counter()
    for transaction in transactions:
        fees[native_asset(transaction.chain, transaction.network)] += transaction.fee.maximum
        for transfer in transaction.transfers:
            paid[transfer.asset] += transfer.amount
    for asset, amount in paid.items():
        yield SheetLine(f"Total {_asset_name(asset)}", format_amount(amount, asset))
    for asset, amount in fees.items():
        yield SheetLine(f"Fees at most, {asset.symbol}", format_amount(amount, asset))


def _asset_name(asset: Asset) -> str:
    return f"{literal(asset.symbol)} on {asset.chain.value} {literal(asset.network)}"


def _operators(cleared: ClearedBatch, standing: StandingRules) -> Iterator[tuple[str, str]]:
    people = {person.key: person for person in (standing.roster.people if standing.roster else ())}
    for approval in cleared.received.approvals:
        yield f"Approved by {approval.role.value}", literal(people[approval.key].name)


def _transaction(number: int, of: int, item: Decoded, standing: StandingRules) -> SheetSection:
    transaction = item.transaction
    title = f"Transaction {number:,} of {of:,}: {literal(item.unsigned.id)}"
    lines = tuple(_lines(item.unsigned.covers, transaction, standing))
    destinations = tuple(transfer.destination for transfer in transaction.transfers)
    return SheetSection(title, lines, destinations)


def _lines(
    covers: tuple[str, ...], transaction: DecodedTransaction, standing: StandingRules
) -> Iterator[SheetLine]:
    network = f"{transaction.chain.value} {literal(transaction.network)}"
    yield SheetLine("Network", f"{network}, {transaction.format}")
    yield SheetLine("From account", literal(transaction.account or "unknown"))
    if transaction.source:
        yield SheetLine("From address", grouped(transaction.source))
    for transfer in transaction.transfers:
        yield from _transfer(transfer, transaction, standing)
    for change in transaction.change:
        asset = native_asset(transaction.chain, transaction.network)
        yield SheetLine("Change to us", format_amount(change.amount, asset))
        yield SheetLine(f"  re-derived: {change.path}", grouped(change.destination))
    yield from _fee(transaction)
    for fact in transaction.facts:
        yield SheetLine(literal(fact.label), literal(fact.value))
    for name in covers:
        yield SheetLine("For request", literal(name))
    yield SheetLine("Digest", transaction.digest.hex())


def _transfer(
    transfer: Transfer, transaction: DecodedTransaction, standing: StandingRules
) -> Iterator[SheetLine]:
    destination = (transaction.chain, transaction.network, transfer.destination)
    label = standing.label(destination)
    yield SheetLine("Pays", format_amount(transfer.amount, transfer.asset))
    yield SheetLine("  to", UNLISTED if label is None else literal(label))
    yield SheetLine("  address", grouped(transfer.destination))
    if transfer.token_account:
        yield SheetLine("  token account", grouped(transfer.token_account))
    if transfer.asset.token:
        yield SheetLine("  token contract", grouped(transfer.asset.token))


def _fee(transaction: DecodedTransaction) -> Iterator[SheetLine]:
    asset = native_asset(transaction.chain, transaction.network)
    yield SheetLine("Fee at most", format_amount(transaction.fee.maximum, asset))
