"""From bytes to a decoded transaction, by the registered accounts and pinned tokens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.chains.interface import Decoder, Registered
from appliance.chains.tron.address import (
    address_of_public_key,
    is_address,
    parse_address,
    spell_address,
)
from appliance.chains.tron.digest import calldata_digest, transaction_id
from appliance.chains.tron.facts import facts
from appliance.chains.tron.meaning import meaning_of, owner_of
from appliance.chains.tron.payments import Tokens
from appliance.chains.tron.transaction import (
    Transaction,
    interpret,
    parse,
    refuse_other_forms,
    serialize,
)
from appliance.errors import DecodeError, MalformedTransaction
from appliance.model.money import Asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction, Reservation, SigningDigest, TronFee
from appliance.wire.epochs import Account, Token, TronAccount
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

UNKNOWN_NETWORK = "mainnet"
"""Where a transaction is taken to belong whose owner is not registered: its bytes do not say."""


@dataclass(frozen=True, slots=True)
class Payer:
    """A registered account, its address, and whether its key is that of it."""

    name: str
    network: str
    address: bytes
    public_key: bytes | None
    key_fits: bool
    permission_id: int


@dataclass(frozen=True, slots=True)
class Book:
    """The standing rules that decoding needs."""

    payers: Mapping[bytes, tuple[Payer, ...]]
    """By the account's address."""
    tokens: Tokens


def decoder(registered: Registered) -> Decoder:
    """Prepare the registered accounts and pinned tokens, and return the decoder.

    The account is the one whose address the bytes name as the owner; a wallet's name is not
    listened to. The network is that account's, since the bytes name none. A contract that is pinned
    in two ways is not pinned. Raises DecodeError for an address that is none.
    """
    book = Book(_payers(registered.accounts), _tokens(registered.tokens))

    def decode(data: bytes, _wallet: str | None) -> DecodedTransaction:
        return _decode(book, data)

    return decode


def _payers(accounts: tuple[Account, ...]) -> dict[bytes, tuple[Payer, ...]]:
    payers: dict[bytes, tuple[Payer, ...]] = {}
    for account in accounts:
        if isinstance(account, TronAccount):
            payer = _payer(account)
            payers[payer.address] = (*payers.get(payer.address, ()), payer)
    return payers


def _payer(account: TronAccount) -> Payer:
    address = parse_address(account.address)
    key = account.public_key
    return Payer(
        account.name,
        account.network,
        address,
        key,
        key is None or _is_key_of(key, address),
        account.permission_id,
    )


def _is_key_of(public_key: bytes, address: bytes) -> bool:
    try:
        return address_of_public_key(public_key) == address
    except DecodeError:
        return False


def _tokens(tokens: tuple[Token, ...]) -> Tokens:
    pins: dict[tuple[str, bytes], set[Asset]] = {}
    for token in tokens:
        if token.chain is Chain.TRON:
            contract = parse_address(token.contract)
            spelled = spell_address(contract)
            asset = Asset(Chain.TRON, token.network, spelled, token.symbol, token.decimals)
            pins.setdefault((token.network, contract), set()).add(asset)
    return {key: next(iter(assets)) for key, assets in pins.items() if len(assets) == 1}


def _decode(book: Book, data: bytes) -> DecodedTransaction:
    transaction, objections = _read(data)
    owner = owner_of(transaction)
    payers = book.payers.get(owner, ())
    payer = _choose(payers, transaction)
    network = payer.network if payer else UNKNOWN_NETWORK
    meaning = meaning_of(transaction, network, book.tokens)
    findings = (
        *objections,
        *meaning.findings,
        *_permission_objections(transaction, payer),
        *_payer_objections(payers, payer),
    )
    digest = transaction_id(data)
    return DecodedTransaction(
        chain=Chain.TRON,
        network=network,
        format=meaning.format,
        account=payer.name if payer else None,
        source=spell_address(owner) if is_address(owner) else None,
        transfers=meaning.transfers,
        change=(),
        fee=TronFee(max(transaction.fee_limit, 0)),
        reserves=(Reservation(Chain.TRON, network, digest.hex(), 0),),
        signing=_signing(payer, digest, findings),
        digest=digest,
        calldata_digest=calldata_digest(meaning.calldata) if meaning.calldata else None,
        facts=tuple(facts(transaction)),
        findings=findings,
        expires=transaction.expiration if transaction.expiration > 0 else None,
    )


def _read(data: bytes) -> tuple[Transaction, tuple[Finding, ...]]:
    """Read the bytes in their one encoding, or as a node would, with the objection to that."""
    if not data:
        raise MalformedTransaction("there are no bytes")
    try:
        transaction = parse(data)
    except DecodeError as error:
        return interpret(data, error), (refusal(Rule(error.id), error.what, "encoding"),)
    if not transaction.contracts:
        refuse_other_forms(data)
        if not transaction.is_anchored:
            raise MalformedTransaction("the bytes name neither a contract nor a reference block")
    if serialize(transaction) != data:
        message = "the bytes are not the one encoding of what they say"
        return transaction, (refusal(Rule.MALFORMED, message, "encoding"),)
    return transaction, ()


def _choose(payers: tuple[Payer, ...], transaction: Transaction) -> Payer | None:
    """Return the account of this address that signs under the permission the bytes claim."""
    claimed = [each.permission_id for each in transaction.contracts[:1]]
    fitting = (payer for payer in payers if [payer.permission_id] == claimed)
    return next(fitting, payers[0] if payers else None)


def _permission_objections(transaction: Transaction, payer: Payer | None) -> Iterator[Finding]:
    """The permission is the registered one; where nothing is registered, the owner permission."""
    registered = payer.permission_id if payer else 0
    for contract in transaction.contracts:
        if contract.permission_id != registered:
            whose = f"account {payer.name} signs under {registered}" if payer else "not under 0"
            yield refusal(
                Rule.PERMISSION,
                f"it is under permission {contract.permission_id} of the account, {whose}",
                "Permission_id",
            )
            return


def _payer_objections(payers: tuple[Payer, ...], payer: Payer | None) -> Iterator[Finding]:
    networks = sorted({each.network for each in payers})
    if len(networks) > 1:
        yield refusal(
            Rule.AMBIGUOUS,
            f"its owner is registered on {', '.join(networks)}, and the bytes do not say which",
            "owner_address",
        )
    elif payer and [each.permission_id for each in payers].count(payer.permission_id) > 1:
        yield refusal(
            Rule.AMBIGUOUS,
            "its owner is registered more than once under the same permission",
            "owner_address",
        )
    if payer and not payer.key_fits:
        yield refusal(
            Rule.KEY_NOT_ON_TOKEN,
            "the account's registered public key is not that of its address",
            "account",
        )


def _signing(
    payer: Payer | None, digest: bytes, findings: tuple[Finding, ...]
) -> tuple[SigningDigest, ...]:
    if payer is None or payer.public_key is None:
        return ()
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return ()
    return (SigningDigest(0, payer.public_key, digest),)
