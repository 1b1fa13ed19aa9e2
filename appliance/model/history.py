"""State, as the fold of the journal: what was signed, shown, burnt, and is still a liability."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.model.entry import NO_ENTRY, Intent
from appliance.model.transaction import Reservation
from appliance.wire.epochs import SignedGenesis
from appliance.wire.messages import JournalHead, TransactionSignatures
from appliance.wire.public_message import PublicMessage


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch that was being signed when something stopped. It resumes or is burnt.

    `signatures` are those already on record; empty when none was.
    """

    intent: Intent
    signatures: tuple[TransactionSignatures, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What the journal says so far.

    `reservations` maps each consumed outpoint or nonce to the digests signed (or intended) on it;
    `withdrawals` maps a request id to "signed" or "burnt"; `responses` maps a response's digest to
    its bytes, `answered` a request's digest to its response's digest; `answers` maps the digest of
    a response to an unattributed request to what is shown in its place, None where nothing is;
    `next_nonces` maps (network, address) to the nonce after the highest one ever reserved;
    `received` are the digests of requests, each with a link that it came in on.
    """

    genesis: SignedGenesis | None = None
    head: JournalHead = NO_ENTRY
    time: int = 0
    sequences: frozenset[int] = frozenset()
    answered: Mapping[bytes, bytes] = field(default_factory=dict)
    responses: Mapping[bytes, bytes] = field(default_factory=dict)
    answers: Mapping[bytes, PublicMessage | None] = field(default_factory=dict)
    received: frozenset[tuple[bytes, str]] = frozenset()
    withdrawals: Mapping[str, str] = field(default_factory=dict)
    reservations: Mapping[Reservation, frozenset[bytes]] = field(default_factory=dict)
    next_nonces: Mapping[tuple[str, str], int] = field(default_factory=dict)
    r_values: frozenset[bytes] = frozenset()
    unfinished: Unfinished | None = None
    last_response: bytes | None = None
