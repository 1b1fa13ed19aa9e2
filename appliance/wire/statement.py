"""What every key of ours signs: domain ‖ realm ‖ type ‖ body, as one canonical array.

No statement can be mistaken for one of another type or realm, nor for a transaction of any chain.
"""

from enum import StrEnum
from hashlib import sha256

from appliance.wire import canonical
from appliance.wire.terms import Realm

DOMAIN = "airlock/1"


class StatementType(StrEnum):
    """The closed list of things our keys state."""

    GENESIS = "genesis"
    PROPOSAL = "commissioning-proposal"
    COMMISSIONED = "commissioned"
    SIGNING_REQUEST = "signing-request"
    SIGNING_RESPONSE = "signing-response"
    MAKER_APPROVAL = "maker-approval"
    CHECKER_APPROVAL = "checker-approval"
    SIGNER_APPROVAL = "signer-approval"
    SIGNER_REJECTION = "signer-rejection"
    JOURNAL_HEAD = "journal-head"


def statement(realm: Realm, kind: StatementType, body: bytes) -> bytes:
    """Return the bytes that are signed for `body`."""
    return canonical.encode((DOMAIN, realm.value, kind.value, body))


def context(realm: Realm, kind: StatementType) -> bytes:
    """Return the external additional data of an envelope (RFC 9052 section 4.3)."""
    return canonical.encode((DOMAIN, realm.value, kind.value))


def digest_of(label: str, data: bytes) -> bytes:
    """Return SHA-256 over a labelled byte string, so that digests of different things differ."""
    return sha256(canonical.encode((DOMAIN, label, data))).digest()
