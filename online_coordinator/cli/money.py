"""`coordinator wallet` and `whitelist`: what there is, and who may be paid."""

import argparse

from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from online_coordinator.amounts import amount_text, decimal_text
from online_coordinator.appliances.services import genesis_of
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.report import Report
from online_coordinator.settings.networks import Networks, read_networks
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import (
    account_of,
    assets_of,
    bitcoin_node,
    ethereum_node,
    wallet_named,
    watch,
)
from online_coordinator.whitelist.models import WhitelistEntry


def add(commands: Commands) -> None:
    """Add the commands."""
    wallets = commands.group("wallet", "wallets of registered appliances")
    wallets.command("list", "list the wallets", _wallets)
    watching = wallets.command(
        "watch",
        "have the nodes watch a wallet (all without a name), and show its addresses",
        _watch,
    )
    watching.add_argument("wallet", nargs="?")
    watching.add_argument(
        "--since", type=int, help="Unix time to scan from (default: when the appliance was founded)"
    )
    balances = wallets.command("balance", "ask the nodes what a wallet holds", _balance)
    balances.add_argument("wallet", nargs="?")
    whitelist = commands.group("whitelist", "destinations that may be paid")
    whitelist.command("list", "list the whitelist", _whitelist)


def _wallets(_: argparse.Namespace) -> Report:
    wallets = list(Wallet.objects.all())
    data = [
        {
            "wallet": each.name,
            "chain": each.chain,
            "network": each.network,
            "assets": sorted(assets_of(each)),
        }
        for each in wallets
    ]
    lines = (f"{each.name:24} {each.chain} {each.network}" for each in wallets)
    return Report({"wallets": data}, tuple(lines))


def _chosen(options: argparse.Namespace) -> list[Wallet]:
    if options.wallet:
        return [wallet_named(options.wallet)]
    return list(Wallet.objects.select_related("appliance"))


def _watch(options: argparse.Namespace) -> Report:
    networks = read_networks()
    watched = []
    for wallet in _chosen(options):
        founded = genesis_of(wallet.appliance).created
        since = founded if options.since is None else options.since
        watched.append((wallet.name, watch(wallet, networks, since)))
    data = [{"wallet": name, "addresses": list(addresses)} for name, addresses in watched]
    lines = (f"{name:24} {address}" for name, addresses in watched for address in addresses)
    return Report({"wallets": data}, tuple(lines))


def _balance(options: argparse.Namespace) -> Report:
    networks = read_networks()
    held = [
        (wallet, asset, _held(wallet, asset.token, networks), asset.decimals)
        for wallet in _chosen(options)
        for assets in assets_of(wallet).values()
        for asset in assets
    ]
    data = [
        {
            "wallet": wallet.name,
            "asset": asset.symbol,
            "token": asset.token or None,
            "amount": str(amount),
            "text": decimal_text(amount, decimals),
        }
        for wallet, asset, amount, decimals in held
    ]
    lines = (
        f"{wallet.name:24} {amount_text(amount, decimals, asset.symbol)}"
        for wallet, asset, amount, decimals in held
    )
    return Report({"balances": data}, tuple(lines))


def _held(wallet: Wallet, token: str, networks: Networks) -> int:
    from online_coordinator.builders.ethereum import token_balance  # noqa: PLC0415 - heavy, and few commands need it

    match account_of(wallet):
        case BitcoinAccount():
            return bitcoin_node(wallet, networks).balance()
        case EthereumAccount(address=address):
            node = ethereum_node(wallet, networks)
            return token_balance(token, address, node) if token else node.balance(address)


def _whitelist(_: argparse.Namespace) -> Report:
    entries = list(WhitelistEntry.objects.all())
    data = [
        {
            "chain": each.chain,
            "network": each.network,
            "address": each.address,
            "label": each.label,
        }
        for each in entries
    ]
    lines = (f"{each.chain} {each.network:10} {each.label:24} {each.address}" for each in entries)
    return Report({"whitelist": data}, tuple(lines))
