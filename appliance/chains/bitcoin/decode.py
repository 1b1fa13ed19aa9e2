"""From the bytes of a PSBT to a decoded transaction, by the registered wallets."""

from collections.abc import Iterator

from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.cosigners import signature_objections
from appliance.chains.bitcoin.extended_keys import extended_key_objections
from appliance.chains.bitcoin.facts import facts
from appliance.chains.bitcoin.fee import (
    fee_fact,
    fee_objections,
    fee_of,
    size_objections,
    verify_size,
)
from appliance.chains.bitcoin.grammar import (
    field_objections,
    modifiable_objections,
    transaction_objections,
)
from appliance.chains.bitcoin.inputs import ReadInput, read_inputs
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.outputs import Payer, read_outputs, several_data_outputs
from appliance.chains.bitcoin.psbt import parse, serialize
from appliance.chains.bitcoin.signing import (
    MAX_LEGACY_INPUTS,
    Digests,
    digests,
    form_of,
    wanted,
)
from appliance.chains.bitcoin.spendable import Form
from appliance.chains.bitcoin.transaction import Transaction, display, serialize_stripped
from appliance.chains.bitcoin.wallet import Book, open_book
from appliance.chains.interface import Decoder, Registered
from appliance.errors import MalformedTransaction
from appliance.hashes import sha256d
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import (
    Change,
    DecodedTransaction,
    Reservation,
    Transfer,
)
from appliance.wire.epochs import BitcoinAccount
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

Inputs = tuple[ReadInput, ...]


def decoder(registered: Registered) -> Decoder:
    """Prepare the registered wallets, and return the decoder.

    The account that pays is told by the inputs' scripts alone; a wallet's name is never asked. With
    no wallet registered the bytes are still read: then nothing is ours, nothing is change, and
    nothing is to be signed. Raises DecodeError for a descriptor outside the grammar.
    """
    book = open_book(tuple(a for a in registered.accounts if isinstance(a, BitcoinAccount)))

    def decode(data: bytes, _wallet: str | None) -> DecodedTransaction:
        return _decode(book, data)

    return decode


def _decode(book: Book, data: bytes) -> DecodedTransaction:
    psbt = parse(data)
    if serialize(psbt) != data:
        raise MalformedTransaction("the bytes are not the one encoding of what they say")
    transaction = psbt.transaction
    stripped = serialize_stripped(transaction)
    verify_size(len(stripped))
    inputs = read_inputs(psbt, book)
    payers = _payers(inputs)
    payer = payers[0] if payers else None
    network = book.network(payer)
    outputs = read_outputs(psbt, Payer(payer, network, book, _forms(inputs, payer)))
    fee = fee_of(transaction, inputs, len(stripped))
    computed = digests(transaction, inputs)
    findings = (
        *transaction_objections(transaction),
        *modifiable_objections(psbt),
        *field_objections(psbt),
        *extended_key_objections(psbt, inputs),
        *(finding for read in inputs for finding in read.findings),
        *_digest_objections(inputs, computed),
        *_several_wallets(payers),
        *(finding for read in outputs for finding in read.findings),
        *several_data_outputs(psbt),
        *fee_objections(transaction, inputs),
        *size_objections(fee),
    )
    is_refused = any(finding.severity is Severity.REFUSE for finding in findings)
    transfers = tuple(read.item for read in outputs if isinstance(read.item, Transfer))
    return DecodedTransaction(
        chain=Chain.BITCOIN,
        network=network.name,
        format=f"psbt-v{psbt.version}",
        account=payer,
        source=_source(inputs, network),
        transfers=transfers,
        change=tuple(read.item for read in outputs if isinstance(read.item, Change)),
        fee=fee,
        reserves=_reserves(transaction, network),
        signing=() if is_refused else wanted(inputs, computed),
        digest=display(sha256d(stripped)),
        calldata_digest=None,
        facts=(
            *facts(psbt, inputs, book, network),
            fee_fact(fee, sum(each.amount for each in transfers)),
            *(fact for read in outputs for fact in read.facts),
        ),
        findings=findings,
    )


def _payers(inputs: Inputs) -> tuple[str, ...]:
    """Return the accounts that own inputs, in order of appearance."""
    return tuple(dict.fromkeys(read.owned.account for read in inputs if read.owned))


def _forms(inputs: Inputs, payer: str | None) -> frozenset[tuple[Form, int]]:
    return frozenset(
        (read.owned.spendable.form, read.owned.spendable.threshold)
        for read in inputs
        if read.owned and read.owned.account == payer
    )


def _several_wallets(payers: tuple[str, ...]) -> Iterator[Finding]:
    if len(payers) > 1:
        message = f"the inputs are of {len(payers)} wallets: {', '.join(payers)}"
        yield refusal(Rule.SEVERAL_WALLETS, message)


def _source(inputs: Inputs, network: Network) -> str | None:
    output = inputs[0].output if inputs else None
    return address_of(output.script, network) if output else None


def _digest_objections(inputs: Inputs, computed: Digests) -> Iterator[Finding]:
    """Object to what is signed already, and to more than can be hashed in good time."""
    legacy = sum(form_of(read) is Form.P2PKH for read in inputs)
    if legacy > MAX_LEGACY_INPUTS:
        message = f"{legacy:,} inputs without a witness are over {MAX_LEGACY_INPUTS:,}"
        yield refusal(Rule.UNSUPPORTED, message)
    for read in inputs:
        if read.index in computed:
            yield from signature_objections(read, computed[read.index])


def _reserves(transaction: Transaction, network: Network) -> tuple[Reservation, ...]:
    outpoints = dict.fromkeys(spent.outpoint for spent in transaction.inputs)
    return tuple(
        Reservation(Chain.BITCOIN, network.name, display(each.txid).hex(), each.index)
        for each in outpoints
    )
