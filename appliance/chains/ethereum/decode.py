"""From bytes to a decoded transaction, by the registered accounts and pinned tokens."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.chains.ethereum.address import (
    address_of_public_key,
    parse_address,
    spell_address,
)
from appliance.chains.ethereum.contract import Tokens, pinned
from appliance.chains.ethereum.digest import calldata_digest, signing_hash
from appliance.chains.ethereum.meaning import (
    NO_NETWORK,
    common_fields,
    meaning_of,
    network_of,
)
from appliance.chains.ethereum.objections import max_fee_per_gas
from appliance.chains.ethereum.transaction import (
    BlobTransaction,
    FeeMarketTransaction,
    LegacyTransaction,
    SetCodeTransaction,
    Signable,
    Transaction,
    parse,
    serialize,
)
from appliance.chains.interface import Decoder, Registered
from appliance.errors import DecodeError, MalformedTransaction
from appliance.model.money import format_amount, format_decimal, native_asset
from appliance.model.rule import Rule, attention, refusal
from appliance.model.transaction import (
    DecodedTransaction,
    EthereumFee,
    Fact,
    Reservation,
    SigningDigest,
    Transfer,
)
from appliance.wire.epochs import Account, EthereumAccount, Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

UNKNOWN_SENDER = "unknown sender"
"""The subject of a reservation where no registered account pays."""
_GWEI_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Payer:
    """A registered account, its address in the one spelling, and whether its key is that of it."""

    name: str
    network: str
    address: str
    public_key: bytes | None
    key_fits: bool


@dataclass(frozen=True, slots=True)
class Book:
    """The standing rules that decoding needs."""

    payers: Mapping[str, Payer]
    """By the account's name."""
    sole_payers: Mapping[str, Payer]
    """By network, where one account alone is registered for it."""
    networks: tuple[str, ...]
    """Every network that an account is registered for."""
    tokens: Tokens

    def payer(self, wallet: str | None, network: str) -> Payer | None:
        """Return the account that is said to pay, or else the only one that can."""
        return self.sole_payers.get(network) if wallet is None else self.payers.get(wallet)


def decoder(registered: Registered) -> Decoder:
    """Prepare the registered accounts and pinned tokens, and return the decoder.

    A wallet's name says which account pays, since an unsigned transaction does not; where it is not
    given, the only account on the transaction's chain pays. The account is reported even when its
    network is another than the transaction's, but nothing is then to be signed. A contract that is
    pinned in two ways is not pinned. Raises DecodeError for an address that is none.
    """
    book = _book(registered.accounts, registered.tokens)

    def decode(data: bytes, wallet: str | None) -> DecodedTransaction:
        return _decode(book, data, wallet)

    return decode


def _book(accounts: tuple[Account, ...], tokens: tuple[Token, ...]) -> Book:
    payers = [_payer(account) for account in accounts if isinstance(account, EthereumAccount)]
    networks = Counter(payer.network for payer in payers)
    return Book(
        {payer.name: payer for payer in payers},
        {payer.network: payer for payer in payers if networks[payer.network] == 1},
        tuple(sorted(networks)),
        pinned(tokens),
    )


def _payer(account: EthereumAccount) -> Payer:
    address = spell_address(parse_address(account.address))
    return Payer(
        account.name,
        account.network,
        address,
        account.public_key,
        account.public_key is None or _is_key_of(account.public_key, address),
    )


def _is_key_of(public_key: bytes, address: str) -> bool:
    try:
        return address_of_public_key(public_key) == address
    except DecodeError:
        return False


def _decode(book: Book, data: bytes, wallet: str | None) -> DecodedTransaction:
    transaction = parse(data)
    preimage = serialize(transaction)
    if preimage != data:
        raise MalformedTransaction("the bytes are not the one encoding of what they say")
    fields, network = common_fields(transaction), network_of(transaction)
    payer = book.payer(wallet, network)
    meaning = meaning_of(transaction, book.tokens)
    findings = (
        *meaning.findings,
        *_payer_objections(book, payer, wallet, network),
        *_circular(payer, meaning.transfers),
    )
    digest = signing_hash(preimage)
    return DecodedTransaction(
        chain=Chain.ETHEREUM,
        network=network,
        format=transaction.format,
        account=payer.name if payer else None,
        source=payer.address if payer else None,
        transfers=meaning.transfers,
        change=(),
        fee=EthereumFee(fields.gas_limit, max_fee_per_gas(fields)),
        reserves=(_reservation(payer, network, fields.nonce),),
        signing=_signing(payer, network, digest, findings),
        digest=digest,
        calldata_digest=calldata_digest(fields.data) if fields.data else None,
        facts=tuple(_facts(transaction, fields, network)),
        findings=findings,
    )


def _payer_objections(
    book: Book, payer: Payer | None, wallet: str | None, network: str
) -> Iterator[Finding]:
    if wallet is None and book.networks and network not in (*book.networks, NO_NETWORK):
        yield refusal(
            Rule.CHAIN_MISMATCH,
            f"it is for chain {network}, accounts are registered on {', '.join(book.networks)}",
            "chain id",
        )
    if payer and not payer.key_fits:
        yield refusal(
            Rule.KEY_NOT_ON_TOKEN,
            "the account's registered public key is not that of its address",
            "account",
        )


def _circular(payer: Payer | None, transfers: tuple[Transfer, ...]) -> Iterator[Finding]:
    """Point out payments to the paying account itself, which is how a transaction is cancelled."""
    for transfer in transfers:
        if payer is not None and transfer.destination == payer.address:
            yield attention(
                Rule.TRANSFER_ZERO,
                "the recipient is the paying account itself: only the fee leaves it",
                transfer.where,
            )


def _reservation(payer: Payer | None, network: str, nonce: int) -> Reservation:
    subject = payer.address if payer else UNKNOWN_SENDER
    return Reservation(Chain.ETHEREUM, network, subject, nonce)


def _signing(
    payer: Payer | None, network: str, digest: bytes, findings: tuple[Finding, ...]
) -> tuple[SigningDigest, ...]:
    if payer is None or payer.public_key is None or payer.network != network:
        return ()
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return ()
    return (SigningDigest(0, payer.public_key, digest),)


def _facts(transaction: Transaction, fields: Signable, network: str) -> Iterator[Fact]:
    yield Fact("Nonce", str(fields.nonce))
    yield Fact("Gas limit", f"{fields.gas_limit:,}")
    if isinstance(fields, FeeMarketTransaction):
        yield Fact("Max fee per gas", _gwei(fields.max_fee_per_gas))
        yield Fact("Max priority fee per gas", _gwei(fields.max_priority_fee_per_gas))
    else:
        yield Fact("Gas price", _gwei(fields.gas_price))
    if not isinstance(fields, LegacyTransaction) and fields.access_list:
        yield Fact("Access list", f"{len(fields.access_list)} addresses")
    yield from _data_facts(fields, network)
    if isinstance(transaction, BlobTransaction):
        yield Fact("Blobs", str(len(transaction.blob_versioned_hashes)))
        yield Fact("Max fee per blob gas", _gwei(transaction.max_fee_per_blob_gas))
    if isinstance(transaction, SetCodeTransaction):
        yield Fact("Authorizations", str(len(transaction.authorizations)))


def _data_facts(fields: Signable, network: str) -> Iterator[Fact]:
    if fields.to is None:
        yield Fact("Init code", f"{len(fields.data)} bytes")
    if fields.value and (fields.to is None or fields.data):
        coins = format_amount(fields.value, native_asset(Chain.ETHEREUM, network))
        yield Fact("Sent along", coins)


def _gwei(wei: int) -> str:
    return f"{format_decimal(wei, _GWEI_DECIMALS)} gwei ({wei:,} wei)"
