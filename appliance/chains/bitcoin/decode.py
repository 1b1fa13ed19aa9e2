"""From the bytes of a PSBT to a decoded transaction, by the registered wallets."""

from collections.abc import Iterator

from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.cosigners import signature_objections
from appliance.chains.bitcoin.digest import segwit_digest, segwit_hashes
from appliance.chains.bitcoin.facts import facts
from appliance.chains.bitcoin.inputs import ReadInput, read_inputs
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.outputs import Payer, read_outputs
from appliance.chains.bitcoin.psbt import parse, serialize
from appliance.chains.bitcoin.transaction import (
    Transaction,
    display,
    serialize_stripped,
    txid,
)
from appliance.chains.bitcoin.wallet import Book, open_book
from appliance.chains.interface import Decoder
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import (
    BitcoinFee,
    Change,
    DecodedTransaction,
    Reservation,
    SigningDigest,
    Transfer,
)
from appliance.wire.epochs import Account, BitcoinAccount, Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

FORMAT = "psbt-v0"

MAX_STANDARD_WEIGHT = 400_000
"""Weight units over which no node relays a transaction (Bitcoin Core, policy/policy.h)."""

_VERSIONS = (1, 2)
_UNKNOWN_WITNESS_SIZE = 108
"""Witness bytes of an input that is not ours: those of P2WPKH, the fewest there can be, so that a
fee rate is never made to look smaller than it is."""


def decoder(accounts: tuple[Account, ...], _tokens: tuple[Token, ...]) -> Decoder:
    """Prepare the registered wallets, and return the decoder.

    The account that pays is told by the inputs' scripts alone; a wallet's name is never asked. With
    no wallet registered the bytes are still read: then nothing is ours, nothing is change, and
    nothing is to be signed. Raises DecodeError for a descriptor outside the grammar.
    """
    wallets = tuple(account for account in accounts if isinstance(account, BitcoinAccount))
    book = open_book(wallets)

    def decode(data: bytes, _wallet: str | None) -> DecodedTransaction:
        return _decode(book, data)

    return decode


def _decode(book: Book, data: bytes) -> DecodedTransaction:
    psbt = parse(data)
    if serialize(psbt) != data:
        raise MalformedTransaction("the bytes are not the one encoding of what they say")
    _verify_grammar(psbt.transaction)
    inputs = read_inputs(psbt, book)
    payers = _payers(inputs)
    payer = payers[0] if payers else None
    network = book.network(payer)
    outputs = read_outputs(psbt, Payer(payer, network, book))
    digests = _digests(psbt.transaction, inputs)
    findings = (
        *(finding for read in inputs for finding in read.findings),
        *_signature_objections(inputs, digests),
        *_several_wallets(payers),
        *(finding for read in outputs for finding in read.findings),
        *_negative_fee(psbt.transaction, inputs),
    )
    return DecodedTransaction(
        chain=Chain.BITCOIN,
        network=network.name,
        format=FORMAT,
        account=payer,
        source=_source(inputs, network),
        transfers=tuple(read.item for read in outputs if isinstance(read.item, Transfer)),
        change=tuple(read.item for read in outputs if isinstance(read.item, Change)),
        fee=_fee(psbt.transaction, inputs),
        reserves=_reserves(psbt.transaction, network),
        signing=_signing(inputs, digests, findings),
        digest=display(txid(psbt.transaction)),
        calldata_digest=None,
        facts=(*facts(psbt, inputs, book, network), *(f for read in outputs for f in read.facts)),
        findings=findings,
    )


def _verify_grammar(transaction: Transaction) -> None:
    if not transaction.inputs:
        raise UnsupportedTransaction("the transaction spends nothing")
    if not transaction.outputs:
        raise UnsupportedTransaction("the transaction pays nothing but its fee")
    if transaction.version not in _VERSIONS:
        raise UnsupportedTransaction(f"transactions of version {transaction.version} are unknown")
    if 4 * len(serialize_stripped(transaction)) > MAX_STANDARD_WEIGHT:
        raise UnsupportedTransaction("the transaction is larger than any node relays")


def _payers(inputs: tuple[ReadInput, ...]) -> tuple[str, ...]:
    """Return the accounts that own inputs, in order of appearance."""
    return tuple(dict.fromkeys(read.owned.account for read in inputs if read.owned))


def _several_wallets(payers: tuple[str, ...]) -> Iterator[Finding]:
    if len(payers) > 1:
        message = f"the inputs are of {len(payers)} wallets: {', '.join(payers)}"
        yield refusal(Rule.SEVERAL_WALLETS, message)


def _source(inputs: tuple[ReadInput, ...], network: Network) -> str | None:
    output = inputs[0].output
    return address_of(output.script, network) if output else None


def _digests(transaction: Transaction, inputs: tuple[ReadInput, ...]) -> dict[int, bytes]:
    """Return what a signature is over, for every input of ours."""
    hashes = segwit_hashes(transaction)
    return {
        read.index: segwit_digest(
            hashes, read.spent, read.owned.spendable.script_code, read.output.amount
        )
        for read in inputs
        if read.owned and read.output
    }


def _signature_objections(
    inputs: tuple[ReadInput, ...], digests: dict[int, bytes]
) -> Iterator[Finding]:
    for read in inputs:
        if read.index in digests:
            yield from signature_objections(read, digests[read.index])


def _signing(
    inputs: tuple[ReadInput, ...], digests: dict[int, bytes], findings: tuple[Finding, ...]
) -> tuple[SigningDigest, ...]:
    """Return one digest per input and key of its script: whose key is here is not known here."""
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return ()
    return tuple(
        SigningDigest(read.index, public_key, digests[read.index])
        for read in inputs
        if read.owned
        for public_key in read.owned.spendable.public_keys
    )


def _left_over(transaction: Transaction, inputs: tuple[ReadInput, ...]) -> int | None:
    """Return what the inputs have over the outputs; None where an input's amount is unknown."""
    outputs = tuple(read.output for read in inputs)
    amounts = tuple(output.amount for output in outputs if output)
    if len(amounts) != len(outputs):
        return None
    return sum(amounts) - sum(output.amount for output in transaction.outputs)


def _negative_fee(transaction: Transaction, inputs: tuple[ReadInput, ...]) -> Iterator[Finding]:
    left_over = _left_over(transaction, inputs)
    if left_over is not None and left_over < 0:
        message = f"the outputs are worth {-left_over:,} sat more than the inputs"
        yield refusal(Rule.FEE_NEGATIVE, message, "fee")


def _fee(transaction: Transaction, inputs: tuple[ReadInput, ...]) -> BitcoinFee:
    """Return the fee, 0 where it is unknown or negative: then something has been refused."""
    witness = sum(
        read.owned.spendable.witness_size if read.owned else _UNKNOWN_WITNESS_SIZE
        for read in inputs
    )
    marker = 2
    weight = 4 * len(serialize_stripped(transaction)) + marker + witness
    return BitcoinFee(max(0, _left_over(transaction, inputs) or 0), (weight + 3) // 4)


def _reserves(transaction: Transaction, network: Network) -> tuple[Reservation, ...]:
    outpoints = dict.fromkeys(spent.outpoint for spent in transaction.inputs)
    return tuple(
        Reservation(Chain.BITCOIN, network.name, display(each.txid).hex(), each.index)
        for each in outpoints
    )
