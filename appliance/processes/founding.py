"""The founding of an appliance, as the signer process does it: people first, then keys.

Everything that opens the token is sealed and on the disk before the token's PINs are set, so a
power cut locks nobody out; until the first journal entry is written, nothing was founded.
"""

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.ceremonies.commissioning import (
    Founding,
    MadeKey,
    genesis_of,
    keys_needed,
    read_proposal,
)
from appliance.custody.manifest import verify_manifest
from appliance.custody.roster import verify_roster
from appliance.custody.sealing import (
    NONCE_SIZE,
    SALT_SIZE,
    SealBinding,
    SealPurpose,
    SealRandomness,
    seal,
    verify_passphrase,
)
from appliance.custody.shares import Quorum, Share
from appliance.errors import ApprovalError, SettingsError
from appliance.hsm.connection import Connection
from appliance.hsm.dual_control import draw_shares, login_with_shares, take_control
from appliance.hsm.session import Hsm
from appliance.journal.file import JournalFile
from appliance.model.entry import AnnouncementRecorded, Founded
from appliance.processes.sealed_store import SealedStore
from appliance.settings import Settings
from appliance.signing import anchor
from appliance.wire import record
from appliance.wire.epochs import (
    CommissioningProposal,
    Genesis,
    OfficerSignature,
    Person,
    SignedGenesis,
)
from appliance.wire.messages import Audience
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Role

MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class EnrolledSigner:
    """Somebody who joins: their name, passphrase and new personal key, in memory only."""

    name: str
    passphrase: str = field(repr=False)
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The personal public key, 32 bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def enrol(name: str, passphrase: str, already: tuple[EnrolledSigner, ...]) -> EnrolledSigner:
    """Return a new signer with a fresh personal key. Raises ApprovalError."""
    if not name.strip() or name != name.strip() or not (name.isascii() and name.isprintable()):
        raise ApprovalError("a name is printable ASCII with no space at its ends")
    if name in {signer.name for signer in already}:
        raise ApprovalError(f"{name} has joined already")
    verify_passphrase(passphrase)
    return EnrolledSigner(name, passphrase, Ed25519PrivateKey.generate())


@dataclass(frozen=True, slots=True)
class Foundry:
    """Where an appliance is founded: its token, its data volume and its clock's time."""

    settings: Settings
    store: SealedStore
    journal: JournalFile
    now: int

    def found(
        self, message: bytes, transport_pin: str, people: tuple[EnrolledSigner, ...]
    ) -> bytes:
        """Found the appliance and return its announcement, sealed by the new attestation key.

        Raises WireError, ApprovalError, HsmError, SettingsError, JournalError.
        """
        proposal = read_proposal(message)
        if len(people) != proposal.signers:
            raise ApprovalError(f"{len(people)} of {proposal.signers} signers have joined")
        if self.journal.history().genesis is not None:
            raise SettingsError("this appliance is founded already")
        appliance = os.urandom(16)
        shares = self._take_control(proposal, appliance, transport_pin, people)
        hsm = Hsm(str(self.settings.module), self.settings.token)
        login_with_shares(hsm, shares)
        try:
            genesis = self._genesis(hsm, proposal, appliance, people)
            return self._announce(hsm, genesis, people)
        finally:
            hsm.close()

    def _take_control(
        self,
        proposal: CommissioningProposal,
        appliance: bytes,
        transport_pin: str,
        people: tuple[EnrolledSigner, ...],
    ) -> tuple[Share, ...]:
        connection = Connection(str(self.settings.module), self.settings.token)
        quorum = Quorum(proposal.signers_required, proposal.signers)
        user, officer = draw_shares(connection, quorum), draw_shares(connection, quorum)
        for person, user_share, officer_share in zip(people, user, officer, strict=True):
            secrets = {
                SealPurpose.USER_PIN_SHARE: record.encode(user_share),
                SealPurpose.SECURITY_OFFICER_PIN_SHARE: record.encode(officer_share),
                SealPurpose.PERSONAL_KEY: person.key.private_bytes_raw(),
            }
            for purpose, secret in secrets.items():
                subject = subject_of(purpose, self.settings.token)
                binding = SealBinding(purpose, person.name, appliance, proposal.realm, subject)
                randomness = SealRandomness(os.urandom(SALT_SIZE), os.urandom(NONCE_SIZE))
                self.store.write(seal(secret, person.passphrase, binding, randomness))
        take_control(connection, transport_pin, user, officer)
        return user[: proposal.signers_required]

    def _genesis(
        self,
        hsm: Hsm,
        proposal: CommissioningProposal,
        appliance: bytes,
        people: tuple[EnrolledSigner, ...],
    ) -> Genesis:
        attestation = MadeKey(b"\x01", hsm.generate_attestation_key(b"\x01"))
        wallets = tuple(
            tuple(_make_account_key(hsm, number, index) for index in range(keys_needed(plan)))
            for number, plan in enumerate(proposal.wallets)
        )
        signers = tuple(Person(person.name, Role.SIGNER, person.public_key) for person in people)
        founding = Founding(appliance, self.now, signers, self.settings.token, attestation, wallets)
        genesis = genesis_of(proposal, founding)
        verify_roster(genesis.roster)
        verify_manifest(genesis.manifest)
        return genesis

    def _announce(self, hsm: Hsm, genesis: Genesis, people: tuple[EnrolledSigner, ...]) -> bytes:
        body = statement(genesis.realm, StatementType.GENESIS, genesis.digest)
        signatures = (OfficerSignature(p.public_key, p.key.sign(body)) for p in people)
        signed = SignedGenesis(genesis, tuple(signatures))
        hsm.serve(genesis)
        self.journal.append(Founded(signed))
        announcement = hsm.seal(StatementType.COMMISSIONED, record.encode(signed))
        self.journal.append(AnnouncementRecorded(announcement))
        anchor(Audience.of(genesis), hsm, self.journal)
        return announcement


def subject_of(purpose: SealPurpose, token: str) -> str:
    """Return what a sealed secret is about: a token's PIN, or nothing for a personal key."""
    return "" if purpose is SealPurpose.PERSONAL_KEY else token


def _make_account_key(hsm: Hsm, wallet: int, index: int) -> MadeKey:
    key_id = bytes((2, wallet)) + index.to_bytes(2, "big")
    return MadeKey(key_id, hsm.generate_account_key(key_id))
