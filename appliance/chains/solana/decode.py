"""From bytes to a decoded transaction, by the registered accounts, tokens and destinations."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.chains.interface import Decoder, Registered
from appliance.chains.solana.address import normalise_address, parse_address, spell_address
from appliance.chains.solana.meaning import meaning_of
from appliance.chains.solana.message import Message, parse, serialize
from appliance.chains.solana.owners import Owners
from appliance.chains.solana.surroundings import Surroundings, Tokens, spell_account
from appliance.errors import MalformedTransaction
from appliance.model.money import Asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction, Reservation
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

UNKNOWN_NETWORK = "mainnet"
"""The network that a message is read for where no registered account tells: no message names its
own."""
MAX_LISTED = 5
"""Signers that a finding names one by one."""


@dataclass(frozen=True, slots=True)
class Payer:
    """A registered account."""

    name: str
    network: str
    nonce_accounts: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is registered on one network."""

    tokens: Tokens
    owners: Owners


@dataclass(frozen=True, slots=True)
class Book:
    """The standing rules that decoding needs."""

    payers: Mapping[bytes, tuple[Payer, ...]]
    """By address, of which one may be registered on several networks."""
    network: str
    """That of every registered account; UNKNOWN_NETWORK where there are several or none."""
    clusters: Mapping[str, Cluster]
    """By network."""

    def payer(self, address: bytes, wallet: str | None) -> Payer | None:
        """Return the account of an address: the one that is said to pay, or the only one."""
        payers = self.payers.get(address, ())
        named = [payer for payer in payers if payer.name == wallet]
        return named[0] if named else payers[0] if len(payers) == 1 else None


def decoder(registered: Registered) -> Decoder:
    """Prepare what is registered, and return the decoder.

    The account that pays is told by the fee payer, which alone may sign; a wallet's name is asked
    only where that address is registered on several networks. A token that is pinned in two ways is
    not pinned; a pin holds for both token programs, of which the instruction names one. With no
    account registered the bytes are still read, and whoever pays the fee is taken for the account.
    There is nothing to be signed, since no account's key is in an HSM. Raises DecodeError for an
    address or a network that is none.
    """
    book = _book(registered)

    def decode(data: bytes, wallet: str | None) -> DecodedTransaction:
        return _decode(book, data, wallet)

    return decode


def _book(registered: Registered) -> Book:
    payers: dict[bytes, tuple[Payer, ...]] = {}
    networks = set()
    for account in registered.accounts:
        if isinstance(account, SolanaAccount):
            address = _address(account.address, account.network)
            nonces = frozenset(_address(each, account.network) for each in account.nonce_accounts)
            payer = Payer(account.name, account.network, nonces)
            payers[address] = (*payers.get(address, ()), payer)
            networks.add(account.network)
    tokens = [token for token in registered.tokens if token.chain is Chain.SOLANA]
    listed: dict[str, set[bytes]] = {}
    for network, text in registered.destinations:
        listed.setdefault(network, set()).add(_address(text, network))
    clusters = {*networks, *listed, *(token.network for token in tokens), UNKNOWN_NETWORK}
    return Book(
        payers,
        networks.pop() if len(networks) == 1 else UNKNOWN_NETWORK,
        {
            each: Cluster(_tokens(tokens, each), Owners(frozenset(listed.get(each, ()))))
            for each in clusters
        },
    )


def _address(text: str, network: str) -> bytes:
    return parse_address(normalise_address(text, network))


def _tokens(tokens: list[Token], network: str) -> Tokens:
    pins: dict[bytes, set[Asset]] = {}
    for token in tokens:
        if token.network == network:
            mint = _address(token.contract, network)
            asset = Asset(Chain.SOLANA, network, spell_address(mint), token.symbol, token.decimals)
            pins.setdefault(mint, set()).add(asset)
    return {mint: assets.pop() for mint, assets in pins.items() if len(assets) == 1}


def _decode(book: Book, data: bytes, wallet: str | None) -> DecodedTransaction:
    message = parse(data)
    if serialize(message) != data:
        raise MalformedTransaction("the bytes are not the one encoding of what they say")
    payer = book.payer(message.keys[0], wallet)
    network = payer.network if payer else book.network
    meaning = meaning_of(_surroundings(book, message, payer, network), len(data))
    digest = hashlib.sha256(data).digest()
    return DecodedTransaction(
        chain=Chain.SOLANA,
        network=network,
        format="solana-legacy" if message.version is None else f"solana-v{message.version}",
        account=payer.name if payer else None,
        source=spell_address(message.keys[0]),
        transfers=meaning.transfers,
        change=(),
        fee=meaning.fee,
        reserves=(_reservation(network, message, meaning.nonce, digest),),
        signing=(),
        digest=digest,
        calldata_digest=None,
        facts=meaning.facts,
        findings=(*_signer_objections(book, message), *meaning.findings),
    )


def _surroundings(book: Book, message: Message, payer: Payer | None, network: str) -> Surroundings:
    nonce_accounts = payer.nonce_accounts if payer else frozenset() if book.payers else None
    cluster = book.clusters[network]
    return Surroundings(
        message, network, nonce_accounts, cluster.tokens, cluster.owners, {}, frozenset()
    )


def _signer_objections(book: Book, message: Message) -> Iterator[Finding]:
    first, *others = map(spell_address, message.signers)
    if book.payers and message.keys[0] not in book.payers:
        text = f"the fee payer {first} is not a registered account"
        yield refusal(Rule.SIGNER_NOT_OURS, text, "signers")
    if others:
        listed = ", ".join(others[:MAX_LISTED]) + (", ..." if len(others) > MAX_LISTED else "")
        text = f"besides the fee payer {first} there must sign: {listed}"
        yield refusal(Rule.SIGNER_NOT_OURS, text, "signers")


def _reservation(network: str, message: Message, nonce: bytes | None, digest: bytes) -> Reservation:
    if nonce is None:
        return Reservation(Chain.SOLANA, network, digest.hex(), 0)
    subject = f"{spell_account(nonce)}:{spell_address(message.blockhash)}"
    return Reservation(Chain.SOLANA, network, subject, 0)
