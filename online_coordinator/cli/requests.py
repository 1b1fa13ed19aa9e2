"""`coordinator requests`: what is asked for, from files and from payment URIs."""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from online_coordinator.amounts import amount_text, decimal_text
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.report import Report
from online_coordinator.clock import unix_time
from online_coordinator.errors import InputRefused
from online_coordinator.requests.csv_file import COLUMNS, MAX_BYTES
from online_coordinator.requests.models import RequestFile, Withdrawal
from online_coordinator.requests.services import import_requests
from online_coordinator.requests.uri_import import Naming, import_uris
from online_coordinator.workflow import RequestState

STDIN = Path("-")
EXAMPLE = """\
coordinator requests import today.csv
coordinator requests import --id W-7 --uri 'bitcoin:bc1q...?amount=0.25&label=Client'
coordinator requests import --id W-8 --uris scanned.txt      # one a line; - is stdin"""


def add(commands: Commands) -> None:
    """Add the commands."""
    requests = commands.group("requests", "withdrawal requests")
    importing = requests.command(
        "import",
        f"import a CSV file of requests (columns {','.join(COLUMNS)}), or payment URIs (BIP-21, "
        "BIP-321, EIP-681), whole or not at all",
        _import,
        EXAMPLE,
    )
    source = importing.add_mutually_exclusive_group(required=True)
    source.add_argument("file", type=Path, nargs="?")
    source.add_argument("--uri", help="a payment URI, or the text of a QR code that holds one")
    source.add_argument("--uris", type=Path, metavar="FILE", help="URIs, one a line; - is stdin")
    importing.add_argument("--id", help="the request's id; several URIs get ID-1, ID-2, …")
    importing.add_argument("--wallet", help="which wallet pays, where several could")
    listing = requests.command("list", "list the requests", _requests)
    listing.add_argument("--state", choices=[state.value for state in RequestState])


def _import(options: argparse.Namespace) -> Report:
    imported = _imported(options)
    source = options.file or options.uris or "the URI"
    return Report(
        {"file": imported.digest, "requests": imported.rows},
        (f"{imported.rows} requests of {source} are on record.",),
    )


def _imported(options: argparse.Namespace) -> RequestFile:
    if options.file is not None:
        if options.id or options.wallet:
            raise InputRefused(
                "a CSV file has its own ids and wallets: leave out --id and --wallet"
            )
        return import_requests(_read(options.file), unix_time())
    if not options.id:
        raise InputRefused("a payment URI has no id: give the request one with --id")
    lines = options.uri.encode() if options.uri is not None else _read(options.uris)
    return import_uris(lines, Naming(options.id, options.wallet), unix_time())


def _read(path: Path) -> bytes:
    try:
        with nullcontext(sys.stdin.buffer) if path == STDIN else path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as failure:
        raise InputRefused(f"{path} cannot be read: {failure.strerror}") from None


def _requests(options: argparse.Namespace) -> Report:
    found = Withdrawal.objects.select_related("wallet")
    if options.state:
        found = found.filter(state=options.state)
    withdrawals = list(found)
    lines = (
        f"{each.identifier:20} {each.state:9} "
        f"{amount_text(each.amount, each.decimals, each.asset)} to {each.destination}"
        for each in withdrawals
    )
    return Report({"requests": [_request(each) for each in withdrawals]}, tuple(lines))


def _request(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "request": withdrawal.identifier,
        "state": withdrawal.state,
        "wallet": withdrawal.wallet.name,
        "asset": withdrawal.asset,
        "token": withdrawal.token or None,
        "amount": str(withdrawal.amount),
        "text": decimal_text(withdrawal.amount, withdrawal.decimals),
        "destination": withdrawal.destination,
        "reference": withdrawal.reference,
    }
