"""The signing session: opened by a quorum's shares, compared with the journal, and closed."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.approvals import approval_statement, signer
from appliance.custody.sealing import SealBinding, SealPurpose, unseal
from appliance.custody.shares import Share
from appliance.errors import JournalRolledBack, SessionClosed
from appliance.hsm.dual_control import login_with_shares
from appliance.hsm.session import Hsm
from appliance.journal.file import JournalFile
from appliance.model.entry import SessionEnded, SessionOpened
from appliance.processes.founding import subject_of
from appliance.processes.sealed_store import SealedStore
from appliance.settings import Settings
from appliance.signing import anchor
from appliance.wire import record
from appliance.wire.epochs import Genesis
from appliance.wire.messages import Audience, SignerApproval


class Session:
    """Who has given a share, and the HSM once enough have."""

    def __init__(self, settings: Settings, store: SealedStore, journal: JournalFile) -> None:
        self._settings = settings
        self._store = store
        self._journal = journal
        self._shares: dict[str, Share] = {}
        self._hsm: Hsm | None = None

    @property
    def present(self) -> tuple[str, ...]:
        """Who has given a share."""
        return tuple(self._shares)

    @property
    def is_open(self) -> bool:
        """Whether the HSM is open and the journal was compared with its anchor."""
        return self._hsm is not None

    @property
    def hsm(self) -> Hsm:
        """The open HSM. Raises SessionClosed."""
        if self._hsm is None:
            raise SessionClosed("the HSM session is not open")
        return self._hsm

    def join(self, genesis: Genesis, name: str, passphrase: str) -> None:
        """Take one signer's share; open the session when enough are there.

        Raises ApprovalError, HsmError, JournalError; a session that does not open forgets the
        shares.
        """
        if self.is_open:
            return
        person = signer(genesis.roster, name)
        share = self._unseal(genesis, SealPurpose.USER_PIN_SHARE, person.name, passphrase)
        self._shares[person.name] = record.decode(Share, share)
        if len(self._shares) >= genesis.roster.signers_required:
            try:
                self._open(genesis)
            except BaseException:
                self._shares.clear()
                raise

    def _open(self, genesis: Genesis) -> None:
        hsm = Hsm(str(self._settings.module), self._settings.token)
        login_with_shares(hsm, tuple(self._shares.values()))
        try:
            hsm.serve(genesis)
            self._compare(hsm)
            self._journal.append(SessionOpened(self.present))
            anchor(Audience.of(genesis), hsm, self._journal)
        except BaseException:
            hsm.close()
            raise
        self._hsm = hsm

    def _compare(self, hsm: Hsm) -> None:
        """The journal must hold the entry that the token anchors (attack: state rolled back)."""
        anchored = hsm.read_anchor()
        if anchored is None:
            raise JournalRolledBack("the token holds no anchor for this journal")
        if not self._journal.holds(anchored.head):
            index = anchored.head.index
            raise JournalRolledBack(f"the journal lacks entry {index}, which the HSM anchors")

    def close(self, genesis: Genesis) -> None:
        """End the session on purpose: on record, anchored, every share forgotten."""
        if self._hsm is None:
            self._shares.clear()
            return
        self._journal.append(SessionEnded())
        try:
            anchor(Audience.of(genesis), self._hsm, self._journal)
        finally:
            self.drop()

    def drop(self) -> None:
        """End the session because something failed; the journal is anchored at the next one."""
        self._shares.clear()
        if self._hsm is not None:
            hsm, self._hsm = self._hsm, None
            hsm.close()

    def approve(self, genesis: Genesis, sheet: bytes, name: str, passphrase: str) -> SignerApproval:
        """Return a signer's approval of a sheet, by their personal key. Raises ApprovalError."""
        person = signer(genesis.roster, name)
        secret = self._unseal(genesis, SealPurpose.PERSONAL_KEY, person.name, passphrase)
        key = Ed25519PrivateKey.from_private_bytes(secret)
        signature = key.sign(approval_statement(genesis.realm, sheet))
        return SignerApproval(person.name, person.key, sheet, signature)

    def identify(self, genesis: Genesis, name: str, passphrase: str) -> str:
        """Return a signer's name once their passphrase opened what is theirs."""
        person = signer(genesis.roster, name)
        self._unseal(genesis, SealPurpose.PERSONAL_KEY, person.name, passphrase)
        return person.name

    def _unseal(self, genesis: Genesis, purpose: SealPurpose, name: str, passphrase: str) -> bytes:
        subject = subject_of(purpose, self._settings.token)
        binding = SealBinding(purpose, name, genesis.appliance, genesis.realm, subject)
        return unseal(self._store.read(binding), passphrase, binding)
