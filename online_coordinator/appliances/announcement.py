"""What an appliance says of itself once, when it is founded: its genesis, signed by its officers.

The envelope shows only that it is whole; what makes it the right appliance is people comparing its
words at both ends.
"""

from collections import Counter
from dataclasses import dataclass

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope, verify_signature
from appliance.wire.epochs import Genesis, SignedGenesis
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import MAX_MESSAGE, VERSION, message_digest
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import KeyPurpose, Role
from online_coordinator.errors import AnnouncementRefused


@dataclass(frozen=True, slots=True)
class Announcement:
    """A genesis whose envelope and officers' signatures verify, and the message it came in."""

    message: bytes
    genesis: Genesis

    @property
    def digest(self) -> bytes:
        """The message's digest, whose words the appliance shows."""
        return message_digest(self.message)


def read_announcement(message: bytes) -> Announcement:
    """Return a founded appliance's announcement. Raises AnnouncementRefused or WireError."""
    if len(message) > MAX_MESSAGE:
        raise NotCanonical(f"an announcement of {len(message)} bytes is over the limit")
    envelope = Envelope.parse(message)
    signed = record.decode(SignedGenesis, envelope.payload)
    genesis = signed.genesis
    if genesis.version != VERSION or envelope.algorithm is not Algorithm.ES256:
        raise AnnouncementRefused("the announcement is of another version or signature algorithm")
    envelope.verify(_attestation_key(genesis), (genesis.realm, StatementType.COMMISSIONED))
    _verify_officers(signed)
    return Announcement(message, genesis)


def _attestation_key(genesis: Genesis) -> bytes:
    keys = [key for key in genesis.manifest.keys if key.purpose is KeyPurpose.ATTESTATION]
    if len(keys) != 1:
        raise AnnouncementRefused(f"the key manifest has {len(keys)} attestation keys, not one")
    return keys[0].public_key


def _verify_officers(signed: SignedGenesis) -> None:
    """Every officer of the roster signed the genesis, and nobody else."""
    genesis = signed.genesis
    officers = Counter(p.key for p in genesis.roster.people if p.role is Role.OFFICER)
    given = Counter(signature.key for signature in signed.signatures)
    if not officers or officers != given:
        raise AnnouncementRefused(
            f"{len(officers)} officers stand in the roster, {len(given)} signatures came with it"
        )
    body = statement(genesis.realm, StatementType.GENESIS, genesis.digest)
    for signature in signed.signatures:
        verify_signature(Algorithm.EDDSA, signature.key, signature.signature, body)
