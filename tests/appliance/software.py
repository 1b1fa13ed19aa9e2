"""An appliance without a token: software keys behind the flow's Hsm protocol, a real journal."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import coincurve
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance import signing
from appliance.approvals import approval_statement
from appliance.ceremonies.commissioning import Founding, MadeKey, genesis_of
from appliance.errors import HsmError
from appliance.journal.file import JournalFile
from appliance.model.batch import ClearedBatch, RefusedBatch, ReviewSheet
from appliance.model.entry import Founded
from appliance.policy.standing import standing_rules
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.epochs import (
    CommissioningProposal,
    Genesis,
    OfficerSignature,
    Person,
    SignedGenesis,
)
from appliance.wire.messages import JournalHead, SignerApproval
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Realm, Role
from tests.hostile_coordinator import NOW, Coordinator, person_key, proposal, public

SIGNERS = ("Ada", "Ben", "Cho")


class SoftwareHsm:
    """Keys in memory. `fail_after` makes it fail at the n-th signature, as a pulled cable would."""

    def __init__(self, realm: Realm = Realm.TEST) -> None:
        self.realm = realm
        self.attestation = ec.derive_private_key(7, ec.SECP256R1())
        self.keys: dict[bytes, coincurve.PrivateKey] = {}
        self.anchors: list[JournalHead] = []
        self.digests: list[bytes] = []
        self.fail_after: int | None = None

    def make_key(self, number: int) -> MadeKey:
        key = coincurve.PrivateKey(sha256(b"%d" % number).digest())
        self.keys[key.public_key.format()] = key
        return MadeKey(bytes([number]), key.public_key.format())

    @property
    def attestation_key(self) -> bytes:
        key = self.attestation.public_key()
        return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign_digest(self, public_key: bytes, digest: bytes) -> bytes:
        if self.fail_after is not None and len(self.digests) >= self.fail_after:
            raise HsmError("the cable was pulled")
        self.digests.append(digest)
        return self.keys[public_key].sign_recoverable(digest, hasher=None)[:64]

    def write_anchor(self, head: JournalHead) -> None:
        self.anchors.append(head)

    def random(self, size: int) -> bytes:
        return bytes(size)

    def seal(self, kind: StatementType, payload: bytes) -> bytes:
        purpose = (self.realm, kind)
        key = self.attestation_key
        made = Envelope.seal(Algorithm.ES256, key, payload, purpose, self._attest)
        return made.serialize()

    def _attest(self, signed: bytes) -> bytes:
        digest = sha256(signed).digest()
        r, s = decode_dss_signature(self.attestation.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class SoftwareAppliance:
    """The core with its journal, driven the way the two processes drive it."""

    hsm: SoftwareHsm
    genesis: Genesis
    journal: JournalFile
    now: int = NOW

    def __post_init__(self) -> None:
        self.rules = standing_rules(self.genesis)
        self.coordinator = Coordinator(self.genesis)

    def judge(self, envelope: bytes) -> ClearedBatch | RefusedBatch:
        received = signing.receive(envelope, self.genesis)
        batch = signing.decode(received, self.rules)
        return signing.judge(batch, self.rules, self.journal.history(), self.now)

    def cleared(self, envelope: bytes) -> ClearedBatch:
        judged = self.judge(envelope)
        assert isinstance(judged, ClearedBatch), judged.findings
        return judged

    def refusals(self, envelope: bytes) -> set[str]:
        """The rules that refuse, none when the batch is cleared."""
        judged = self.judge(envelope)
        findings = judged.findings if isinstance(judged, RefusedBatch) else ()
        return {finding.rule for finding in findings if finding.severity.value == "refuse"}

    def approval(self, sheet: ReviewSheet, name: str) -> SignerApproval:
        key = person_key(name)
        signed = approval_statement(self.genesis.realm, sheet.digest)
        return SignerApproval(name, public(key), sheet.digest, key.sign(signed))

    def sign(self, envelope: bytes) -> bytes:
        """The whole way, by the first two signers; the response."""
        cleared = self.cleared(envelope)
        sheet = signing.review(cleared, self.rules)
        given = tuple(self.approval(sheet, name) for name in SIGNERS[:2])
        approved = signing.approve(cleared, self.rules, given)
        signed = signing.sign(approved, self.rules, self.hsm, self.journal, lambda *_: None)
        return signing.release(signed, self.hsm, self.journal)


def found(folder: Path, proposed: CommissioningProposal | None = None) -> SoftwareAppliance:
    """Found an appliance with software keys and a journal in `folder`."""
    proposed = proposed or proposal()
    hsm = SoftwareHsm(proposed.realm)
    people = tuple(Person(name, Role.SIGNER, public(person_key(name))) for name in SIGNERS)
    founding = Founding(
        appliance=b"test appliance.."[:16],
        created=NOW,
        signers=people,
        token_serial="software",
        attestation=MadeKey(b"\x01", hsm.attestation_key),
        wallets=((hsm.make_key(2), hsm.make_key(3)), (hsm.make_key(4),)),
    )
    genesis = genesis_of(proposed, founding)
    body = statement(genesis.realm, StatementType.GENESIS, genesis.digest)
    signatures = tuple(OfficerSignature(p.key, person_key(p.name).sign(body)) for p in people)
    clock = [NOW]
    journal = JournalFile(folder / "journal", lambda: clock[0])
    journal.append(Founded(SignedGenesis(genesis, signatures)))
    return SoftwareAppliance(hsm, genesis, journal)
