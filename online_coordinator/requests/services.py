"""Importing withdrawal requests: a whole file or nothing, every bad row named."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction

from appliance.wire.terms import Chain
from online_coordinator.addresses import normalise_address
from online_coordinator.amounts import base_units
from online_coordinator.appliances.services import genesis_of
from online_coordinator.errors import AddressInvalid, AmountInvalid, RequestsRefused, foreign
from online_coordinator.requests.csv_file import Fault, Row, read_rows
from online_coordinator.requests.models import RequestFile, Withdrawal
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import Asset, assets_of
from online_coordinator.whitelist.services import whitelisted

MAX_REFERENCE = 256
_CHUNK = 500
_IDENTIFIER = re.compile(r"[!-~]{1,64}", re.ASCII)

Reader = Callable[[bytes], tuple[tuple[Row, ...], tuple[Fault, ...]]]
"""What makes requests of bytes, and names the lines that are none."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a wallet can pay and to whom; `whitelist` is None where everyone may be paid."""

    wallet: Wallet
    assets: dict[str, tuple[Asset, ...]]
    whitelist: frozenset[str] | None


def import_requests(data: bytes, now: int) -> RequestFile:
    """Import a CSV file of requests; a file that was imported before changes nothing.

    Raises RequestsRefused with one sentence per fault, and then nothing was imported.
    """
    return import_once(data, now, read_rows)


def import_once(data: bytes, now: int, read: Reader) -> RequestFile:
    """Import what `read` makes of these bytes, whole, unless the same were imported before.

    Raises RequestsRefused with one sentence per fault, and then nothing was imported.
    """
    digest = sha256(data).hexdigest()
    known = RequestFile.objects.filter(digest=digest).first()
    if known is not None:
        return known
    rows, faults = read(data)
    desks = {wallet.name: _desk(wallet) for wallet in Wallet.objects.select_related("appliance")}
    repeated = _repeated(rows)
    withdrawals = []
    for row in rows:
        withdrawal, wrong = _withdrawal(row, desks, repeated)
        faults += tuple(Fault(row.line, what) for what in wrong)
        if withdrawal is not None:
            withdrawals.append(withdrawal)
    if faults:
        details = tuple(str(fault) for fault in sorted(faults))
        raise RequestsRefused(f"{len(faults)} faults; nothing was imported", details)
    return _store(digest, withdrawals, now)


@transaction.atomic
def _store(digest: str, withdrawals: list[Withdrawal], now: int) -> RequestFile:
    file = RequestFile.objects.create(digest=digest, rows=len(withdrawals), imported=now)
    for withdrawal in withdrawals:
        withdrawal.file = file
    Withdrawal.objects.bulk_create(withdrawals, batch_size=_CHUNK)
    return file


def _desk(wallet: Wallet) -> _Desk:
    policy = genesis_of(wallet.appliance).policy
    allowed = whitelisted(wallet.appliance, wallet.chain, wallet.network)
    return _Desk(wallet, assets_of(wallet), allowed if policy.require_whitelist else None)


def _repeated(rows: tuple[Row, ...]) -> frozenset[str]:
    """Return the ids that stand twice in the file, or were imported before."""
    counts = Counter(row.id for row in rows)
    names = [name for name in counts if _IDENTIFIER.fullmatch(name)]
    known: set[str] = set()
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        known.update(
            Withdrawal.objects.filter(identifier__in=chunk).values_list("identifier", flat=True)
        )
    return frozenset({name for name, count in counts.items() if count > 1} | known)


def _withdrawal(
    row: Row, desks: dict[str, _Desk], repeated: frozenset[str]
) -> tuple[Withdrawal | None, list[str]]:
    """Return the request that a row states, or every reason why it states none."""
    faults = list(_text_faults(row, repeated))
    desk = desks.get(row.wallet)
    if desk is None:
        return None, [*faults, f"there is no wallet '{foreign(row.wallet)}'"]
    asset, amount = None, 0
    try:
        asset = _asset(row.asset, desk)
        amount = base_units(row.amount, asset.decimals)
    except (RequestsRefused, AmountInvalid) as fault:
        faults.append(fault.what)
    destination = ""
    try:
        destination = _destination(row.destination, desk)
    except (RequestsRefused, AddressInvalid) as fault:
        faults.append(fault.what)
    if faults or asset is None:
        return None, faults
    return _unsaved(row, desk.wallet, asset, amount, destination), []


def _unsaved(row: Row, wallet: Wallet, asset: Asset, amount: int, destination: str) -> Withdrawal:
    return Withdrawal(
        identifier=row.id,
        wallet=wallet,
        asset=asset.symbol,
        token=asset.token,
        decimals=asset.decimals,
        amount=amount,
        destination=destination,
        reference=row.reference,
    )


def _text_faults(row: Row, repeated: frozenset[str]) -> Iterator[str]:
    if not _IDENTIFIER.fullmatch(row.id):
        yield f"the id '{foreign(row.id)}' is not 1 to 64 visible ASCII characters"
    if row.id in repeated:
        yield f"the id '{foreign(row.id)}' is a duplicate, in this file or of an earlier request"
    if not row.reference.isprintable() or len(row.reference.encode()) > MAX_REFERENCE:
        yield f"the reference is not printable text of at most {MAX_REFERENCE} bytes"


def _asset(symbol: str, desk: _Desk) -> Asset:
    match desk.assets.get(symbol, ()):
        case (asset,):
            return asset
        case ():
            raise RequestsRefused(
                f"wallet {desk.wallet.name} pays no asset '{foreign(symbol)}', only "
                + ", ".join(sorted(desk.assets))
            )
        case _:
            raise RequestsRefused(f"{foreign(symbol)} is the symbol of several pinned tokens")


def _destination(text: str, desk: _Desk) -> str:
    wallet = desk.wallet
    address = normalise_address(Chain(wallet.chain), wallet.network, text)
    if desk.whitelist is not None and address not in desk.whitelist:
        raise RequestsRefused(f"{address} is not on the whitelist of {wallet.network}")
    return address
