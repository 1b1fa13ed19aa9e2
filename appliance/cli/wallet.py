"""`appliance wallet export`: a registered wallet, for software that watches it."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE, REFUSED
from appliance.cli.files import read_file
from appliance.cli.journal import MAX_JOURNAL
from appliance.errors import ExportRefused, SettingsError
from appliance.wallet_export.export import Exported, Form, exported
from appliance.wallet_export.resources import BITCOIN_TYPES, ETHEREUM_TYPES, Resource
from appliance.wire import ur
from appliance.wire.epochs import Account

EPILOG = """\
forms:
  descriptor   Bitcoin: output descriptors with their checksums, one a line, as officers signed them
  ur           one line each, or parts of --part-bytes:
                 crypto-output, output-descriptor    the whole wallet
                 crypto-account, account-descriptor  each cosigner's extended key, with its script
                 crypto-hdkey, hdkey                 each extended key; Ethereum: the one public key
                 crypto-address, address             Ethereum
  bsms         Bitcoin: descriptor records (BIP-129, not encrypted), with the first address
  address      every chain: the address, or the first one of each descriptor

Nothing that is exported can sign. Whoever has it sees every payment of the wallet.
Exit status: 0 exported, 1 the wallet cannot be said in this form, 2 bad usage or no such wallet.
"""


def add_commands(commands: Any) -> None:
    """Add `wallet`."""
    wallet = commands.add_parser("wallet", help="registered wallets, for software that watches")
    parts = wallet.add_subparsers(required=True, metavar="COMMAND")
    export = parts.add_parser(
        "export",
        help="print a registered wallet so that other software can watch it",
        description="Print public keys, descriptors or addresses of a registered wallet.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = export.add_mutually_exclusive_group(required=True)
    source.add_argument("--journal", type=Path, metavar="FILE", help="a journal; it is verified")
    source.add_argument("--context", type=Path, metavar="FILE", help="accounts (JSON), as inspect")
    export.add_argument("--format", choices=[form.value for form in Form], default="descriptor")
    types = sorted({*BITCOIN_TYPES, *ETHEREUM_TYPES})
    export.add_argument("--type", choices=types, metavar="TYPE", help="the type of the UR")
    export.add_argument("--part-bytes", type=int, metavar="N", help="bytes of a UR's fragment")
    export.add_argument("--json", action="store_true", help="answer in JSON")
    export.add_argument("name", metavar="WALLET")
    export.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    if options.part_bytes is not None and (options.format != "ur" or options.part_bytes < 1):
        raise SettingsError("--part-bytes is a number from 1 on, and for a UR")
    account = _account(options)
    try:
        found = exported(account, Form(options.format), options.type)
    except ExportRefused as error:
        print(f"{error}\nNext: {error.next}", file=sys.stderr)
        return REFUSED
    if options.json:
        print(json.dumps(_told(account, options.format, found, options.part_bytes)))
        return DONE
    separator = "\n\n" if options.format == Form.BSMS else "\n"
    print(separator.join(line for each in found for line in _lines(each, options.part_bytes)))
    return DONE


def _account(options: argparse.Namespace) -> Account:
    accounts = _of_journal(options.journal) if options.journal else _of_context(options.context)
    if options.name not in accounts:
        names = ", ".join(sorted(accounts)) or "none"
        raise SettingsError(f"there is no such wallet; registered: {names}")
    return accounts[options.name]


def _of_journal(path: Path) -> Mapping[str, Account]:
    from appliance.journal.file import read_entries  # noqa: PLC0415 - loads signature libraries
    from appliance.journal.fold import fold  # noqa: PLC0415
    from appliance.journal.verify import verify_journal  # noqa: PLC0415

    data = read_file(path, MAX_JOURNAL)
    verify_journal(data)
    genesis = fold(read_entries(data)).genesis
    accounts = genesis.genesis.manifest.accounts if genesis else ()
    return {account.name: account for account in accounts}


def _of_context(path: Path) -> Mapping[str, Account]:
    from appliance.inspection.context import parse_context  # noqa: PLC0415 - loads every chain
    from appliance.inspection.strict_json import parse_object  # noqa: PLC0415

    return parse_context(parse_object(read_file(path))).standing.accounts or {}


def _lines(found: Exported, part_bytes: int | None) -> Iterator[str]:
    if not isinstance(found, Resource) or part_bytes is None:
        yield found.text
        return
    encoder = ur.Encoder(found.type, found.body, part_bytes)
    yield from islice(encoder.parts(), encoder.transfer.fragments)


def _told(
    account: Account, form: str, found: tuple[Exported, ...], part_bytes: int | None
) -> dict[str, Any]:
    items = [
        {
            "title": each.title,
            "type": each.type if isinstance(each, Resource) else None,
            "parts": list(_lines(each, part_bytes)),
        }
        for each in found
    ]
    head = {"contract": 1, "wallet": account.name, "network": account.network, "format": form}
    return head | {"items": items}
