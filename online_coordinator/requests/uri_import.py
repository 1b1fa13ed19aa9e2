"""Payment URIs as withdrawal requests: one a line, whole or not at all."""

from dataclasses import dataclass
from functools import partial

from appliance.wire.terms import Chain
from online_coordinator.addresses import normalise_address
from online_coordinator.amounts import decimal_text
from online_coordinator.errors import (
    AddressInvalid,
    PaymentUriInvalid,
    RequestsRefused,
    foreign,
)
from online_coordinator.requests.csv_file import Fault, Row
from online_coordinator.requests.models import RequestFile
from online_coordinator.requests.payment_uri import BitcoinPayment, EthereumPayment
from online_coordinator.requests.payments import Payment, payment_of
from online_coordinator.requests.services import import_once
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import NATIVE, Asset, assets_of

MAX_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Naming:
    """What URIs do not say: the request's id, and which wallet pays (None: the only one that can).

    Of several URIs the n-th has the id `id-n`.
    """

    id: str
    wallet: str | None


def import_uris(lines: bytes, naming: Naming, now: int) -> RequestFile:
    """Import payment URIs, one a line; the same ones under the same id change nothing.

    Raises RequestsRefused with one sentence per fault, and then nothing was imported.
    """
    named = f"payment URIs\n{naming.id}\n{naming.wallet or ''}\n".encode() + lines
    return import_once(named, now, lambda _: _read(lines, naming))


def _read(lines: bytes, naming: Naming) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    try:
        text = lines.decode("ascii")
    except UnicodeDecodeError as fault:
        raise RequestsRefused(f"a URI is of ASCII, and byte {fault.start} is not") from None
    found = [(n, each.strip()) for n, each in enumerate(text.splitlines(), 1) if each.strip()]
    if not 0 < len(found) <= MAX_LINES:
        raise RequestsRefused(f"there are {len(found)} URIs: 1 to {MAX_LINES} are imported at once")
    row = partial(_row, wallet=naming.wallet)
    rows, faults = [], []
    for number, (line, each) in enumerate(found, 1):
        identifier = naming.id if len(found) == 1 else f"{naming.id}-{number}"
        try:
            rows.append(row(line, identifier, payment_of(each)))
        except PaymentUriInvalid as fault:
            faults.append(Fault(line, fault.what))
    return tuple(rows), tuple(faults)


def _row(line: int, identifier: str, payment: Payment, wallet: str | None) -> Row:
    payer = _payer(payment, wallet)
    asset, amount = _asset(payment, payer), _amount(payment)
    reference = payment.reference if isinstance(payment, BitcoinPayment) else ""
    written = decimal_text(amount, asset.decimals)
    destination = _destination(payment)
    return Row(line, identifier, payer.name, asset.symbol, written, destination, reference)


def _amount(payment: Payment) -> int:
    amount = payment.satoshis if isinstance(payment, BitcoinPayment) else payment.amount
    if amount is None:
        raise PaymentUriInvalid("the URI states no amount")
    return amount


def _destination(payment: Payment) -> str:
    match payment:
        case EthereumPayment(address=address) | BitcoinPayment(addresses=(address,)):
            return address
        case BitcoinPayment(addresses=addresses):
            offered = f"offers {len(addresses)} addresses" if addresses else "has no address"
            raise PaymentUriInvalid(f"the URI {offered}: a request pays exactly one, on chain")


def _payer(payment: Payment, name: str | None) -> Wallet:
    """Return the wallet that pays: the named one, or the only one on the payment's network."""
    able = [wallet for wallet in Wallet.objects.order_by("name") if _pays(wallet, payment)]
    chosen = [wallet for wallet in able if name in (None, wallet.name)]
    match chosen:
        case [wallet]:
            return wallet
        case []:
            of_name = f" {foreign(name)}" if name else ""
            raise PaymentUriInvalid(f"no wallet{of_name} is on the network of this payment")
        case _:
            names = ", ".join(wallet.name for wallet in chosen[:8])
            raise PaymentUriInvalid(f"several wallets could pay ({names}): name one of them")


def _pays(wallet: Wallet, payment: Payment) -> bool:
    match payment:
        case BitcoinPayment():
            return wallet.chain == Chain.BITCOIN and _is_address(
                wallet.network, _destination(payment)
            )
        case EthereumPayment(chain_id=chain_id):
            return wallet.chain == Chain.ETHEREUM and chain_id in (None, int(wallet.network))


def _is_address(network: str, address: str) -> bool:
    try:
        normalise_address(Chain.BITCOIN, network, address)
    except AddressInvalid:
        return False
    return True


def _asset(payment: Payment, payer: Wallet) -> Asset:
    symbol, decimals = NATIVE[Chain(payer.chain)]
    if not isinstance(payment, EthereumPayment) or payment.token is None:
        return Asset(symbol, "", decimals)
    try:
        contract = normalise_address(Chain.ETHEREUM, payer.network, payment.token)
    except AddressInvalid as fault:
        raise PaymentUriInvalid(fault.what) from None
    for assets in assets_of(payer).values():
        for asset in assets:
            if asset.token == contract:
                return asset
    raise PaymentUriInvalid(f"wallet {payer.name} pays no token {contract}")
