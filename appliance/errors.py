"""What this product raises on purpose, sorted by what the human does next.

AirlockError
├── WireError            (wire.errors) it did not cross the gap intact
├── DecodeError          these bytes cannot be fully explained
│   ├── MalformedTransaction     they break their own encoding
│   └── UnsupportedTransaction   well-formed, outside the closed grammar
├── ApprovalError        wrong person, twice, stale sheet, short quorum
├── HsmError             absent, locked, no such key, mechanism refused
│   └── SignatureMismatch        the HSM's answer does not verify: halt, preserve, escalate
├── JournalError         the record is broken or full: nothing may be signed
├── ExportRefused        this cannot be said of this wallet in this form
└── SettingsError        unsigned, older, unknown key: does not start

A refusal by policy is a value (`RefusedBatch`), not an exception. Anything else is a bug.
"""

from typing import ClassVar

MAX_WHAT = 400


class AirlockError(Exception):
    """Something that was foreseen went wrong.

    `id` names the error in words, the same in code, screen, journal, docs and tests; `what` is one
    sentence for the person who reads it; `next` is the runbook's next step.
    """

    id: ClassVar[str]
    next: ClassVar[str]

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what[:MAX_WHAT]

    def __str__(self) -> str:
        return f"{self.id}: {self.what}"


class DecodeError(AirlockError):
    """These bytes cannot be fully explained, so nothing made of them is signable."""

    id = "DECODE"
    next = "Do not sign. Ask operations to build the transaction again from the request."


class MalformedTransaction(DecodeError):
    """The bytes break their own encoding."""

    id = "MALFORMED"
    next = "Do not sign. Ask operations to export the batch again; if it repeats, call security."


class UnsupportedTransaction(DecodeError):
    """Well-formed, but outside the closed grammar."""

    id = "UNSUPPORTED"
    next = "Do not sign. This appliance signs plain transfers only; tell operations what it names."


class ApprovalError(AirlockError):
    """An approval is missing, wrong, or for something else."""

    id = "APPROVAL"
    next = "Check who is approving, and that the sheet on screen is the one they read."


class WrongPassphrase(ApprovalError):
    """The passphrase does not open what is sealed to this person."""

    id = "PASSPHRASE"
    next = "Type it again. A forgotten passphrase is replaced by ceremony, never recovered."


class QuorumShort(ApprovalError):
    """Fewer distinct signers than the roster demands."""

    id = "QUORUM"
    next = "Another signer must approve at this terminal."


class StaleSheet(ApprovalError):
    """The approval names a review sheet that is not the one computed from these bytes."""

    id = "SHEET-STALE"
    next = "Read the sheet again from the start and approve anew; if it repeats, call security."


class RequestRefused(ApprovalError):
    """The signer process judged the request for itself, and refuses it."""

    id = "REQUEST-REFUSED"
    next = "Do not sign. If this terminal showed the batch as cleared, call security."


class HsmError(AirlockError):
    """The HSM is absent, locked, or refuses."""

    id = "HSM"
    next = "Check that the HSM is connected, then open a new session."


class SessionClosed(HsmError):
    """There is no open HSM session."""

    id = "SESSION-CLOSED"
    next = "Two signers open a session first."


class KeyNotOnToken(HsmError):
    """A key that the manifest names is not on this token."""

    id = "KEY-NOT-ON-TOKEN"
    next = "Stop. Compare the token's serial number with the key manifest and call security."


class UnknownKey(HsmError):
    """The token holds a key that the manifest does not name."""

    id = "KEY-UNKNOWN"
    next = "Stop, leave the token as it is, and call security."


class KeyAttributes(HsmError):
    """A key's attributes are not those that the manifest's profile demands."""

    id = "KEY-ATTRIBUTES"
    next = "Stop. The key may have been made or changed outside a ceremony; call security."


class SignatureMismatch(HsmError):
    """The HSM's answer does not verify in software."""

    id = "SIGNATURE-MISMATCH"
    next = "Halt, switch nothing off, and call security: the HSM or the host is not sound."


class JournalError(AirlockError):
    """The record is broken, unreadable or full: nothing may be signed."""

    id = "JOURNAL"
    next = "Sign nothing. Keep the data volume as it is and call security."


class JournalBroken(JournalError):
    """An entry does not parse, or does not follow from its predecessor."""

    id = "JOURNAL-BROKEN"


class JournalNewer(JournalError):
    """A newer release wrote the journal, in a format that this one does not know."""

    id = "JOURNAL-NEWER"
    next = "Start the release that this appliance ran last, or a newer one. The journal is whole."


class JournalRolledBack(JournalError):
    """The journal lacks the entry whose head is anchored in the HSM."""

    id = "JOURNAL-ROLLED-BACK"


class SettingsError(AirlockError):
    """The settings cannot be used, so nothing starts."""

    id = "SETTINGS"
    next = "Correct the named setting and start again."


class ExportRefused(AirlockError):
    """What was asked for cannot be said of this wallet in the form that was asked for."""

    id = "EXPORT"
    next = "Choose another form: `appliance wallet export --help` says what each can hold."


class ProcessEnded(AirlockError):
    """Another process of the appliance ended or does not answer."""

    id = "PROCESS-ENDED"
    next = "Open a new session; the journal shows what was interrupted."
