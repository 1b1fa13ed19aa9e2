"""Verify a journal from its bytes alone: the chain, the fold, the signed heads, and on request all.

`Verified` means compared with a head that somebody expects or that the HSM signed; without either a
journal can only be consistent, because a cut tail leaves no trace in what is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.errors import JournalBroken, SignatureMismatch
from appliance.journal.file import read_entries
from appliance.journal.fold import Fold
from appliance.model.entry import Entry, Founded, HeadSigned, SignaturesRecorded
from appliance.signatures import verify_digest
from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope, verify_signature
from appliance.wire.epochs import Genesis, SignedGenesis
from appliance.wire.errors import WireError
from appliance.wire.messages import Audience, JournalHead, JournalTip
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Curve, Role
from appliance.wire.words import words_of


@dataclass(frozen=True, slots=True)
class Verified:
    """Every entry follows, and the last one is the expected or an HSM-signed head."""

    head: JournalHead
    entries: int


@dataclass(frozen=True, slots=True)
class Consistent:
    """Every entry follows; nothing says whether entries are missing after the last one."""

    head: JournalHead
    entries: int
    unsigned: int
    """How many entries stand behind the last HSM-signed head."""


def verify_journal(
    data: bytes, expected: str | None = None, *, deep: bool = False
) -> Verified | Consistent:
    """Verify a journal's bytes. Raises JournalBroken, naming the first bad index and why.

    `expected` is a head as hex or as words; `deep` verifies every recorded signature again.
    """
    folded, signed_index, count = Fold(), -1, 0
    for entry in read_entries(data):
        folded.verify_follows(entry)
        _verify_body(entry, folded, deep=deep)
        folded.add(entry)
        count += 1
        if isinstance(entry.body, HeadSigned):
            signed_index = entry.index
    head = folded.head
    if head is None:
        raise JournalBroken("the journal has no entry")
    if expected is not None:
        _compare(expected, head)
        return Verified(head, count)
    if signed_index == head.index:
        return Verified(head, count)
    return Consistent(head, count, head.index - max(signed_index, 0))


def _compare(expected: str, head: JournalHead) -> None:
    told = expected.strip().lower()
    words = tuple(told.split())
    as_words = words_of(head.digest, len(words)) if len(words) > 1 else ()
    if told != head.digest.hex() and (len(words) < MIN_WORDS or words != as_words):
        raise JournalBroken(f"entry {head.index} is the last, and is not the expected head")


MIN_WORDS = 13
"""Fewer words than this bind fewer than 128 bits."""


def _verify_body(entry: Entry, folded: Fold, *, deep: bool) -> None:
    try:
        match entry.body:
            case Founded(genesis=genesis):
                verify_genesis(genesis)
            case HeadSigned(envelope=envelope):
                _verify_head(envelope, folded)
            case SignaturesRecorded() as recorded if deep:
                _verify_signatures(recorded)
            case _:
                pass
    except (WireError, SignatureMismatch) as error:
        raise JournalBroken(f"entry {entry.index}: {error.what}") from error


def verify_genesis(signed: SignedGenesis) -> Genesis:
    """Return the genesis if every officer of its roster signed it. Raises EnvelopeSignature."""
    genesis = signed.genesis
    body = statement(genesis.realm, StatementType.GENESIS, genesis.digest)
    by_key = {signature.key: signature.signature for signature in signed.signatures}
    officers = [person for person in genesis.roster.people if person.role is Role.OFFICER]
    if not officers:
        raise JournalBroken("the genesis has no officer")
    for officer in officers:
        verify_signature(Algorithm.EDDSA, officer.key, by_key.get(officer.key, bytes(64)), body)
    return genesis


def _verify_head(envelope: bytes, folded: Fold) -> None:
    if folded.genesis is None or folded.head is None:
        raise JournalBroken("a head is signed before the journal was founded")
    genesis = folded.genesis.genesis
    purpose = (genesis.realm, StatementType.JOURNAL_HEAD)
    payload = Envelope.parse(envelope).verify(genesis.manifest.attestation, purpose)
    tip = record.decode(JournalTip, payload)
    if tip != JournalTip(Audience.of(genesis), folded.head):
        raise JournalBroken("the HSM signed another head than this one")


def _verify_signatures(recorded: SignaturesRecorded) -> None:
    for public_key, digest, signature in _signatures(recorded):
        verify_digest(Curve.SECP256K1, public_key, digest, signature)


def _signatures(recorded: SignaturesRecorded) -> Iterator[tuple[bytes, bytes, bytes]]:
    for transaction in recorded.transactions:
        for made in transaction.signatures:
            yield made.public_key, made.digest, made.signature


def told_verification(found: Verified | Consistent) -> dict[str, object]:
    """Return what was found, for people and programs."""
    told: dict[str, object] = {
        "contract": 1,
        "result": "verified" if isinstance(found, Verified) else "consistent, tail may be cut",
        "entries": found.entries,
        "head": found.head.digest.hex(),
        "words": " ".join(words_of(found.head.digest)),
    }
    if isinstance(found, Consistent):
        told["entries after the last HSM-signed head"] = found.unsigned
    return told
