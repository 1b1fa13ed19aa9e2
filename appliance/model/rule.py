"""Every rule by its one name: what it means, and what the reader of a refusal does next.

`docs/rules.md` is generated from this table. A finding is made through `refusal`, `attention` or
`information`, so no finding can name a rule that is not here.
"""

from dataclasses import dataclass
from enum import StrEnum

from appliance.wire.messages import Finding
from appliance.wire.terms import Severity

MAX_MESSAGE = 512
MAX_WHERE = 256


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule protects, and the runbook's next step when it speaks."""

    says: str
    next: str


_REBUILD = "Operations builds the batch again from the requests; both approvals are given anew."
_SECURITY = "Do not sign. Keep the request, call security: somebody altered it on the way."
_OFFICERS = "If it is right, officers change the standing rules by ceremony; if not, call security."


class Rule(StrEnum):
    """The closed list of rule ids."""

    # The request as a whole
    POLICY_EMPTY = "POLICY-EMPTY"
    BATCH_EMPTY = "BATCH-EMPTY"
    EXPIRED = "EXPIRED"
    CLOCK = "CLOCK"
    SEQUENCE_REPLAYED = "SEQUENCE-REPLAYED"
    RESPONSE_UNKNOWN = "RESPONSE-UNKNOWN"
    BATCH_UNFINISHED = "BATCH-UNFINISHED"
    # Who asked
    APPROVAL_MISSING = "APPROVAL-MISSING"
    APPROVAL_SIGNATURE = "APPROVAL-SIGNATURE"
    OPERATOR_UNKNOWN = "OPERATOR-UNKNOWN"
    FOUR_EYES = "FOUR-EYES"
    UNATTRIBUTED = "UNATTRIBUTED"
    # Whether the bytes are what was asked for
    CLAIM_MISMATCH = "CLAIM-MISMATCH"
    WITHDRAWAL_REPEATED = "WITHDRAWAL-REPEATED"
    WITHDRAWAL_BURNT = "WITHDRAWAL-BURNT"
    # Whether the standing rules allow it
    WHITELIST = "WHITELIST"
    LIMIT_PER_TRANSACTION = "LIMIT-PER-TRANSACTION"
    FEE_CEILING = "FEE-CEILING"
    CHAIN_MISMATCH = "CHAIN-MISMATCH"
    ACCOUNT_UNKNOWN = "ACCOUNT-UNKNOWN"
    ACCOUNT_MISMATCH = "ACCOUNT-MISMATCH"
    TOKEN_UNKNOWN = "TOKEN-UNKNOWN"
    NONCE_REUSED = "NONCE-REUSED"
    NONCE_GAP = "NONCE-GAP"
    OUTPOINT_REUSED = "OUTPOINT-REUSED"
    KEY_NOT_ON_TOKEN = "KEY-NOT-ON-TOKEN"
    KEY_TWO_COSIGNERS = "KEY-TWO-COSIGNERS"
    # What the bytes are
    MALFORMED = "MALFORMED"
    UNSUPPORTED = "UNSUPPORTED"
    INPUT_NOT_OURS = "INPUT-NOT-OURS"
    SEVERAL_WALLETS = "SEVERAL-WALLETS"
    PREVIOUS_TRANSACTION = "PREVIOUS-TRANSACTION"
    SIGHASH_TYPE = "SIGHASH-TYPE"
    CHANGE_NOT_OURS = "CHANGE-NOT-OURS"
    OUTPUT_TYPE = "OUTPUT-TYPE"
    FEE_NEGATIVE = "FEE-NEGATIVE"
    CONTRACT_FORBIDDEN = "CONTRACT-FORBIDDEN"
    REPLAY_PROTECTION = "REPLAY-PROTECTION"
    ACCESS_LIST = "ACCESS-LIST"
    TRANSFER_ZERO = "TRANSFER-ZERO"
    AMOUNT_INVALID = "AMOUNT-INVALID"
    FEE_INCONSISTENT = "FEE-INCONSISTENT"
    FEE_UNUSUAL = "FEE-UNUSUAL"
    GAS_TOO_LOW = "GAS-TOO-LOW"
    XPUB_FOREIGN = "XPUB-FOREIGN"
    DATA_OUTPUT = "DATA-OUTPUT"
    OPERATION_FORBIDDEN = "OPERATION-FORBIDDEN"
    MESSAGE_FORBIDDEN = "MESSAGE-FORBIDDEN"
    PERMISSION = "PERMISSION"
    EXPIRY_FAR = "EXPIRY-FAR"
    SIGNER_NOT_OURS = "SIGNER-NOT-OURS"
    NONCE_ACCOUNT = "NONCE-ACCOUNT"
    TOKEN_ACCOUNT = "TOKEN-ACCOUNT"
    TOKEN_DECIMALS = "TOKEN-DECIMALS"
    LOOKUP_TABLE = "LOOKUP-TABLE"
    TEXT_UNSAFE = "TEXT-UNSAFE"
    READERS_DISAGREE = "READERS-DISAGREE"
    CONTAINER_MISMATCH = "CONTAINER-MISMATCH"
    CONTAINER_INCOMPLETE = "CONTAINER-INCOMPLETE"
    # Reading without the standing rules
    NO_CONTEXT = "NO-CONTEXT"
    AMBIGUOUS = "AMBIGUOUS"
    HINT_MISMATCH = "HINT-MISMATCH"


MEANINGS: dict[Rule, Meaning] = {
    Rule.POLICY_EMPTY: Meaning(
        "There is no policy, or it limits nothing. An empty policy refuses.",
        "Officers sign a policy by ceremony.",
    ),
    Rule.BATCH_EMPTY: Meaning("The batch asks for nothing.", _REBUILD),
    Rule.EXPIRED: Meaning("The time of the request, or of a transaction in it, is over.", _REBUILD),
    Rule.CLOCK: Meaning(
        "The appliance's clock stands before the request's creation or the journal's last entry.",
        "Compare the clocks. If the appliance's is wrong, officers set it by ceremony.",
    ),
    Rule.SEQUENCE_REPLAYED: Meaning(
        "This sequence number was used before: the batch, or one after it, was already answered.",
        "Show the recorded response again if it was lost; otherwise call security.",
    ),
    Rule.RESPONSE_UNKNOWN: Meaning(
        "The request names a last response that this appliance never gave.",
        "Operations imports the latest response, or resynchronises by ceremony after a restore.",
    ),
    Rule.BATCH_UNFINISHED: Meaning(
        "An interrupted batch is neither finished nor burnt.",
        "Resume or burn the interrupted batch first.",
    ),
    Rule.APPROVAL_MISSING: Meaning("Maker and checker have not both approved.", _REBUILD),
    Rule.APPROVAL_SIGNATURE: Meaning(
        "An approval does not verify over these requests and bytes in its role.", _SECURITY
    ),
    Rule.OPERATOR_UNKNOWN: Meaning(
        "An approval is by a key that the roster does not hold in that role.", _SECURITY
    ),
    Rule.FOUR_EYES: Meaning(
        "One person's key stands in two of maker, checker and signer.",
        "A second person checks the batch and approves with their own key.",
    ),
    Rule.UNATTRIBUTED: Meaning(
        "The request came in a public format: no maker, no checker, nobody vouches for it.",
        "Sign only if you know who made it and why. Where it refuses, officers change the policy.",
    ),
    Rule.CLAIM_MISMATCH: Meaning(
        "What the transactions pay is not exactly what the withdrawal requests ask for.", _SECURITY
    ),
    Rule.WITHDRAWAL_REPEATED: Meaning(
        "A withdrawal request was signed before, or stands twice in the batch.",
        "Operations removes it; if the client is still unpaid, show the recorded response again.",
    ),
    Rule.WITHDRAWAL_BURNT: Meaning(
        "A withdrawal request was rejected or burnt on this appliance and stays dead.",
        "If the payment is right after all, operations enters a new request with a new id.",
    ),
    Rule.WHITELIST: Meaning("A destination is not on the whitelist.", _OFFICERS),
    Rule.LIMIT_PER_TRANSACTION: Meaning(
        "A transaction pays more of an asset than the policy allows at once.", _OFFICERS
    ),
    Rule.FEE_CEILING: Meaning("A fee is over the policy's ceiling.", _REBUILD),
    Rule.CHAIN_MISMATCH: Meaning(
        "The transaction is for another chain or network than its account.", _SECURITY
    ),
    Rule.ACCOUNT_UNKNOWN: Meaning("No registered account pays this.", _SECURITY),
    Rule.ACCOUNT_MISMATCH: Meaning(
        "Another account pays than the request names.",
        _REBUILD,
    ),
    Rule.TOKEN_UNKNOWN: Meaning("The token is not pinned, so its amounts mean nothing.", _OFFICERS),
    Rule.NONCE_REUSED: Meaning(
        "The nonce was signed before, or stands twice in the batch.",
        "Show the recorded response again, or operations builds with the next nonce.",
    ),
    Rule.NONCE_GAP: Meaning(
        "The nonce is not the next one, so the transaction could be held back and used later.",
        _REBUILD,
    ),
    Rule.OUTPOINT_REUSED: Meaning(
        "An output being spent was signed away before, or stands twice in the batch.",
        "Show the recorded response again, or operations builds with other coins.",
    ),
    Rule.KEY_NOT_ON_TOKEN: Meaning(
        "The account that pays has no key in this HSM for what it spends.",
        "Take the batch to the appliance that holds the wallet.",
    ),
    Rule.KEY_TWO_COSIGNERS: Meaning(
        "Two cosigner keys of one wallet are on this token, which defeats the multisig.",
        "Do not sign. Officers re-key the wallet by ceremony.",
    ),
    Rule.MALFORMED: Meaning("The bytes break their own encoding.", _REBUILD),
    Rule.UNSUPPORTED: Meaning("Well-formed, but outside the closed grammar.", _REBUILD),
    Rule.INPUT_NOT_OURS: Meaning(
        "An input is not of a registered wallet, by its script.", _SECURITY
    ),
    Rule.SEVERAL_WALLETS: Meaning("The inputs are of more than one wallet.", _REBUILD),
    Rule.PREVIOUS_TRANSACTION: Meaning(
        "An input lacks its previous transaction, or it is not the one named (CVE-2020-14199).",
        _REBUILD,
    ),
    Rule.SIGHASH_TYPE: Meaning("A signature type other than ALL is asked for.", _SECURITY),
    Rule.CHANGE_NOT_OURS: Meaning(
        "An output is presented as ours, but its script is not re-derived from the wallet.",
        _SECURITY,
    ),
    Rule.OUTPUT_TYPE: Meaning("An output pays to something that is not a known address.", _REBUILD),
    Rule.FEE_NEGATIVE: Meaning("The outputs are worth more than the inputs.", _SECURITY),
    Rule.CONTRACT_FORBIDDEN: Meaning(
        "The transaction does something with a contract other than a plain token transfer.",
        _SECURITY,
    ),
    Rule.REPLAY_PROTECTION: Meaning(
        "The transaction is valid on more than one chain (no EIP-155 chain id).", _SECURITY
    ),
    Rule.ACCESS_LIST: Meaning("The transaction carries an access list.", _REBUILD),
    Rule.TRANSFER_ZERO: Meaning("The transaction moves nothing.", _REBUILD),
    Rule.AMOUNT_INVALID: Meaning(
        "A number is one that its chain cannot have: below zero, or beyond all there is.",
        _REBUILD,
    ),
    Rule.FEE_INCONSISTENT: Meaning(
        "The fee's fields contradict each other, so that no node accepts the transaction.", _REBUILD
    ),
    Rule.FEE_UNUSUAL: Meaning(
        "A fee is far above what is usual, and the policy sets no ceiling for it.",
        "Ask operations why. Officers set the missing ceiling by ceremony.",
    ),
    Rule.GAS_TOO_LOW: Meaning(
        "The gas limit is too low for the transaction to be mined: its signature would lie about.",
        _REBUILD,
    ),
    Rule.XPUB_FOREIGN: Meaning(
        "The PSBT names an extended key that is of no cosigner of the wallet that pays.",
        "Ask operations where it comes from: it changes nothing here, but may deceive others.",
    ),
    Rule.DATA_OUTPUT: Meaning(
        "The transaction carries data for everybody to read (OP_RETURN), shown whole.",
        "Sign only if the request says what the data is for, and it is exactly that.",
    ),
    Rule.OPERATION_FORBIDDEN: Meaning(
        "The transaction does something other than pay: what exactly stands in the finding.",
        _SECURITY,
    ),
    Rule.MESSAGE_FORBIDDEN: Meaning(
        "A message, typed data or an authorisation: what is signed so can move money later.",
        _SECURITY,
    ),
    Rule.PERMISSION: Meaning(
        "The transaction is under another permission of the account than the registered one.",
        _SECURITY,
    ),
    Rule.EXPIRY_FAR: Meaning(
        "The transaction stays valid for longer than its chain's rules allow, so it could be held.",
        _REBUILD,
    ),
    Rule.SIGNER_NOT_OURS: Meaning(
        "The fee payer, or another who must sign, is not the account that pays.", _SECURITY
    ),
    Rule.NONCE_ACCOUNT: Meaning(
        "The durable nonce is not of a registered nonce account of ours.", _SECURITY
    ),
    Rule.TOKEN_ACCOUNT: Meaning(
        "A token account is not the one re-derived from its owner and the token.", _SECURITY
    ),
    Rule.TOKEN_DECIMALS: Meaning(
        "The transaction states other decimals for a token than those pinned.", _SECURITY
    ),
    Rule.LOOKUP_TABLE: Meaning(
        "Accounts come from a lookup table, whose content the appliance cannot see.", _REBUILD
    ),
    Rule.TEXT_UNSAFE: Meaning(
        "A text holds characters that hide, reorder or control what people see.",
        "Have the text entered again in plain letters; if it repeats, call security.",
    ),
    Rule.READERS_DISAGREE: Meaning(
        "The two readers state different things about the same bytes.",
        "Do not sign. Keep the request, and call security and whoever maintains this software.",
    ),
    Rule.CONTAINER_MISMATCH: Meaning(
        "What the transaction came in says something else than the transaction itself.", _SECURITY
    ),
    Rule.CONTAINER_INCOMPLETE: Meaning(
        "Parts are missing, wrong, or of more than one transfer.",
        "Show or film every part again, of one transfer only.",
    ),
    Rule.NO_CONTEXT: Meaning(
        "Nothing was given to judge this by; only the grammar was judged.",
        "Inspect again with --context to compare it with accounts, whitelist and policy.",
    ),
    Rule.AMBIGUOUS: Meaning(
        "The bytes are valid in several chains.", "Say which chain they are meant for."
    ),
    Rule.HINT_MISMATCH: Meaning("The bytes are not what the hint says they are.", _SECURITY),
}


def refusal(rule: Rule, message: str, where: str = "") -> Finding:
    """Return a finding that refuses."""
    return _finding(rule, Severity.REFUSE, message, where)


def attention(rule: Rule, message: str, where: str = "") -> Finding:
    """Return a finding that people must read."""
    return _finding(rule, Severity.ATTENTION, message, where)


def relocated(finding: Finding, where: str) -> Finding:
    """Return the same finding about another place."""
    return _finding(Rule(finding.rule), finding.severity, finding.message, where)


def _finding(rule: Rule, severity: Severity, message: str, where: str) -> Finding:
    """Bound the text in UTF-8 bytes, since parts of it may come from outside."""
    return Finding(rule.value, severity, _cut(message, MAX_MESSAGE), _cut(where, MAX_WHERE))


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")
