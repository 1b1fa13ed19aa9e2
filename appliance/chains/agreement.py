"""Two readings of the same bytes must state the same (law 2); where they do not, nothing is signed.

The first reading explains; the second, written in another way and sharing no code with it, only
states source, payments, fee bound and what is consumed.
"""

from collections.abc import Iterator
from dataclasses import replace

from appliance.chains.interface import Decoder, SecondReader
from appliance.errors import DecodeError
from appliance.model.rule import Rule, refusal
from appliance.model.testimony import Payment, Testimony
from appliance.model.transaction import DecodedTransaction
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity


def agreeing(decoder: Decoder, second_reader: SecondReader) -> Decoder:
    """Return the decoder whose readings carry READERS-DISAGREE wherever the second one differs.

    What the first reading refuses by itself is not put to the second: it is outside the grammar
    that both read.
    """

    def decode(data: bytes, wallet: str | None) -> DecodedTransaction:
        first = decoder(data, wallet)
        if any(finding.severity is Severity.REFUSE for finding in first.findings):
            return first
        findings = tuple(_disagreements(first, data, second_reader))
        if not findings:
            return first
        return replace(first, signing=(), findings=(*first.findings, *findings))

    return decode


def _disagreements(
    first: DecodedTransaction, data: bytes, second_reader: SecondReader
) -> Iterator[Finding]:
    try:
        second = second_reader(data, first.network)
    except DecodeError as error:
        yield refusal(Rule.READERS_DISAGREE, f"the second reader refuses: {error.what}")
        return
    for what, one, other in _compared(first, second):
        if one != other:
            message = f"the two readers state different {what}"
            yield refusal(Rule.READERS_DISAGREE, message, what)


def _compared(first: DecodedTransaction, second: Testimony) -> Iterator[tuple[str, object, object]]:
    yield "payments", _payments(first), sorted(second.payments)
    yield "fees", first.fee.maximum, second.fee
    yield "guards", _guard(first), second.guard
    yield "digests", first.digest, second.digest
    if first.chain is not Chain.BITCOIN:
        signed = {wanted.digest for wanted in first.signing}
        yield "digests to sign", signed - {first.digest}, set()
    if first.chain is Chain.ETHEREUM or second.network is not None:
        yield "networks", first.network, second.network
    if second.sources:
        yield "sources", first.source in second.sources, True


def _payments(first: DecodedTransaction) -> list[Payment]:
    paid = (
        Payment(item.asset.token or "", item.amount, item.token_account or item.destination)
        for item in first.transfers
    )
    kept = (Payment("", item.amount, item.destination) for item in first.change)
    return sorted((*paid, *kept))


def _guard(first: DecodedTransaction) -> frozenset[str]:
    match first.chain:
        case Chain.BITCOIN:
            return frozenset(f"{held.subject}:{held.position}" for held in first.reserves)
        case Chain.ETHEREUM:
            return frozenset(str(held.position) for held in first.reserves)
        case Chain.TRON | Chain.SOLANA:
            own = first.digest.hex()
            return frozenset(held.subject for held in first.reserves if held.subject != own)
