"""Wallets: what they hold, what assets they pay, and how nodes watch them."""

from dataclasses import dataclass

from appliance.wire import record
from appliance.wire.epochs import (
    Account,
    BitcoinAccount,
    EthereumAccount,
    SolanaAccount,
    TokenTable,
    TronAccount,
)
from appliance.wire.terms import Chain
from online_coordinator.addresses import normalise_address
from online_coordinator.appliances.models import Appliance
from online_coordinator.errors import AnnouncementRefused, ChainNotServed, NameUnknown, foreign
from online_coordinator.nodes.bitcoin_core import BitcoinCore
from online_coordinator.nodes.ethereum_rpc import EthereumNode
from online_coordinator.settings.networks import Networks, network_named
from online_coordinator.wallets.models import PinnedToken, Wallet

NATIVE = {
    Chain.BITCOIN: ("BTC", 8),
    Chain.ETHEREUM: ("ETH", 18),
    Chain.TRON: ("TRX", 6),
    Chain.SOLANA: ("SOL", 9),
}
"""Symbol and decimals of the coin that pays a chain's fees."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What a wallet can pay: `token` is a contract, empty for the native coin."""

    symbol: str
    token: str
    decimals: int


def record_accounts(appliance: Appliance, accounts: tuple[Account, ...]) -> None:
    """Record an appliance's wallets. Raises AnnouncementRefused where a name is taken."""
    for account in accounts:
        if Wallet.objects.filter(name=account.name).exists():
            raise AnnouncementRefused(f"another appliance has a wallet {foreign(account.name)}")
        Wallet.objects.create(
            appliance=appliance,
            name=account.name,
            chain=_chain(account).value,
            network=account.network,
            account=record.encode_one_of(Account, account),
        )


def record_tokens(appliance: Appliance, tokens: TokenTable) -> None:
    """Record the tokens that an appliance pins."""
    PinnedToken.objects.bulk_create(
        PinnedToken(
            appliance=appliance,
            chain=token.chain.value,
            network=token.network,
            contract=normalise_address(token.chain, token.network, token.contract),
            symbol=token.symbol,
            decimals=token.decimals,
        )
        for token in tokens.tokens
    )


def _chain(account: Account) -> Chain:
    match account:
        case BitcoinAccount():
            return Chain.BITCOIN
        case EthereumAccount():
            return Chain.ETHEREUM
        case TronAccount():
            return Chain.TRON
        case SolanaAccount():
            return Chain.SOLANA


def wallet_named(name: str) -> Wallet:
    """Return a wallet. Raises NameUnknown."""
    found = Wallet.objects.filter(name=name).first()
    if found is None:
        raise NameUnknown(f"there is no wallet {foreign(name)}")
    return found


def account_of(wallet: Wallet) -> BitcoinAccount | EthereumAccount:
    """Return a wallet's account, an Ethereum address in its one spelling.

    Raises ChainNotServed.
    """
    account: Account = record.decode_one_of(Account, bytes(wallet.account))
    match account:
        case BitcoinAccount():
            return account
        case EthereumAccount(name, network, address, key, nonce):
            spelled = normalise_address(Chain.ETHEREUM, network, address)
            return EthereumAccount(name, network, spelled, key, nonce)
        case TronAccount() | SolanaAccount():
            raise ChainNotServed(wallet.chain)


def assets_of(wallet: Wallet) -> dict[str, tuple[Asset, ...]]:
    """Return what a wallet can pay, by symbol; two contracts may share a symbol."""
    symbol, decimals = NATIVE[Chain(wallet.chain)]
    assets: dict[str, tuple[Asset, ...]] = {symbol: (Asset(symbol, "", decimals),)}
    for token in PinnedToken.objects.filter(
        appliance=wallet.appliance, chain=wallet.chain, network=wallet.network
    ):
        asset = Asset(token.symbol, token.contract, token.decimals)
        assets[token.symbol] = (*assets.get(token.symbol, ()), asset)
    return assets


def bitcoin_node(wallet: Wallet, networks: Networks) -> BitcoinCore:
    """Return the node of a wallet's network, with the wallet that watches it selected."""
    network = network_named(networks.bitcoin, Chain.BITCOIN, wallet.network)
    name = f"airlock-{wallet.appliance.genesis_digest[:16]}-{wallet.name}"
    return BitcoinCore.of(network).for_wallet(name)


def ethereum_node(wallet: Wallet, networks: Networks) -> EthereumNode:
    """Return the node of a wallet's network."""
    return EthereumNode.of(network_named(networks.ethereum, Chain.ETHEREUM, wallet.network))


def watch(wallet: Wallet, networks: Networks, since: int) -> tuple[str, ...]:
    """Have the chain's node watch a wallet from `since` (Unix time) on; return its addresses.

    A Bitcoin node gets a wallet without private keys and the account's descriptors; doing it
    again changes nothing. Ethereum nodes need nothing.
    """
    match account_of(wallet):
        case BitcoinAccount(pairs=pairs):
            node = bitcoin_node(wallet, networks)
            node.ensure_watch_only()
            node.watch(
                [(pair.receive, False) for pair in pairs] + [(pair.change, True) for pair in pairs],
                since,
            )
            return tuple(node.address_of(pair.receive) for pair in pairs)
        case EthereumAccount(address=address):
            ethereum_node(wallet, networks).verify_chain()
            return (address,)
