"""The checker's review sheet: the station's own reading of the batch, as text.

Whole addresses in groups of four; amounts with separators and in base units. What the coordinator
says of a request (its reference) is marked as said, never shown as read.
"""

from collections import Counter
from collections.abc import Iterator

from appliance.wire.messages import BatchContent
from online_coordinator.amounts import amount_text
from online_coordinator.station.reading import Reading, Transfer

NATIVE_DECIMALS = {"bitcoin": 8, "ethereum": 18}


def sheet_lines(
    content: BatchContent, readings: tuple[Reading, ...], words: tuple[str, ...]
) -> Iterator[str]:
    """Yield the sheet, line by line."""
    audience = content.audience
    yield f"CHECKER'S REVIEW SHEET      realm {audience.realm.value.upper()}"
    yield f"batch      {content.batch}"
    yield f"appliance  {grouped(audience.appliance.hex())}"
    yield f"digest     {' '.join(words)}"
    yield f"           {grouped(content.digest.hex())}"
    requests = {request.id: request for request in content.withdrawals}
    for unsigned, reading in zip(content.transactions, readings, strict=True):
        yield ""
        yield from _transaction(reading)
        for name in unsigned.covers:
            said = requests[name].reference if name in requests else ""
            yield f"  said to serve request {name}" + (f", reference '{said}'" if said else "")
    yield ""
    yield from _totals(readings)


def _transaction(reading: Reading) -> Iterator[str]:
    verdict = "cleared" if reading.cleared else "REFUSED"
    yield f"{reading.id}: {reading.chain} {reading.network}, {reading.format}: {verdict}"
    yield f"  account  {reading.account or 'UNKNOWN'}"
    for transfer in reading.transfers:
        yield f"  pays     {_amount(transfer)}"
        yield f"       to  {grouped(transfer.destination)}"
        yield f"           {_standing(transfer)}"
        if transfer.token:
            yield f"    token  {grouped(transfer.token)}"
    for change in reading.change:
        yield f"  change   {_native(change.amount, reading)}"
        yield f"       to  {grouped(change.destination)}"
    yield f"  fee      at most {_native(reading.fee_maximum, reading)}"
    if reading.nonce is not None:
        yield f"  nonce    {reading.nonce}"
    yield f"  digest   {grouped(reading.digest)}"
    for finding in reading.findings:
        place = f" ({finding.where})" if finding.where else ""
        yield f"  {finding.severity.upper()} {finding.rule}: {finding.message}{place}"


def _totals(readings: tuple[Reading, ...]) -> Iterator[str]:
    yield "TOTAL"
    sums: Counter[tuple[str, str, str | None, int | None]] = Counter()
    counts: Counter[tuple[str, str, str | None, int | None]] = Counter()
    fees: Counter[tuple[str, str]] = Counter()
    for reading in readings:
        fees[reading.chain, reading.fee_asset] += reading.fee_maximum
        for transfer in reading.transfers:
            key = (reading.chain, transfer.asset, transfer.token, transfer.decimals)
            sums[key] += transfer.amount
            counts[key] += 1
    for key, amount in sums.items():
        _, asset, token, decimals = key
        yield f"  {counts[key]} payments, {_spoken(amount, decimals, asset)}"
        if token:
            yield f"    token  {grouped(token)}"
    for (chain, asset), amount in fees.items():
        yield f"  fees at most {_spoken(amount, NATIVE_DECIMALS.get(chain), asset)}"


def _amount(transfer: Transfer) -> str:
    return _spoken(transfer.amount, transfer.decimals, transfer.asset)


def _native(amount: int, reading: Reading) -> str:
    return _spoken(amount, NATIVE_DECIMALS.get(reading.chain), reading.fee_asset)


def _spoken(amount: int, decimals: int | None, symbol: str) -> str:
    if decimals is None:
        return f"{amount:,} base units of {symbol or 'something unknown'}"
    return amount_text(amount, decimals, symbol)


def _standing(transfer: Transfer) -> str:
    return f"whitelisted as {transfer.label}" if transfer.label else "NOT ON THE WHITELIST"


def grouped(text: str) -> str:
    """Write an address or digest in groups of four, all of it."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
