"""What the coordinator raises on purpose, sorted by what the person does next.

CoordinatorError
├── InputRefused      what was given is wrong: correct it
├── OutOfOrder        not now: the flow asks for another step first
├── ApprovalRefused   wrong person, key, passphrase or bytes
├── BuildRefused      no transaction can be made of this: funds, coins, nonces, fees
├── ResponseRefused   what came back is not the answer to what was asked: stop
├── NodeError         a node does not answer, or answers something unusable: try again
├── LinkNotConfirmed  nobody says that a message arrived: try again
└── StoreError        the data folder, database or key files are not as they must be

Nothing else is expected; anything else is a bug. `wire.errors` are raised as they are.
"""

from typing import ClassVar

MAX_FOREIGN = 64


class CoordinatorError(Exception):
    """Something that was foreseen went wrong.

    `id` names the error in words; `what` is one sentence for the person who reads it; `next` is
    what they do now; `details` are the single faults where there are several.
    """

    id: ClassVar[str] = "COORDINATOR"
    next: ClassVar[str] = "Read the message and try again."

    def __init__(self, what: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.details = details

    def __str__(self) -> str:
        return f"{self.id}: {self.what}"


class InputRefused(CoordinatorError):
    """What was given cannot be used."""

    id = "INPUT"
    next = "Correct what is named and give the command again."


class AmountInvalid(InputRefused):
    """A text is not an exact amount of the asset."""

    id = "AMOUNT"


class AddressInvalid(InputRefused):
    """A text is not an address of the network."""

    id = "ADDRESS"


class ConfigurationInvalid(InputRefused):
    """A configuration file is not readable, or says something unknown."""

    id = "CONFIGURATION"


class NameUnknown(InputRefused):
    """There is no batch, wallet, appliance or network of this name."""

    id = "NAME-UNKNOWN"
    next = "List what there is (`coordinator batch list`, `wallet list`, `appliance list`)."


class ChainNotServed(InputRefused):
    """The coordinator has no builder and no node for this chain."""

    id = "CHAIN-NOT-SERVED"
    next = "Prepare this chain's transactions elsewhere; read them with `appliance inspect`."

    def __init__(self, chain: str) -> None:
        super().__init__(f"this coordinator serves bitcoin and ethereum, not {chain}")


class RequestsRefused(InputRefused):
    """A file of withdrawal requests has a bad row, so nothing of it was imported."""

    id = "REQUESTS-REFUSED"
    next = "Correct the named rows at their source and import the whole file again."


class PaymentUriInvalid(InputRefused):
    """A payment URI (BIP-21, BIP-321, EIP-681) is broken, or asks for what is not paid here."""

    id = "PAYMENT-URI"
    next = "Ask whoever is to be paid for a plain address and amount, and enter the request anew."


class ProposalInvalid(InputRefused):
    """The commissioning proposal's configuration does not make a proposal."""

    id = "PROPOSAL"


class AnnouncementRefused(InputRefused):
    """An appliance's announcement is not signed as it must be, or is not for this coordinator."""

    id = "ANNOUNCEMENT"
    next = "Stop. Compare both screens with the officers; do not register this appliance."


class WordsDiffer(AnnouncementRefused):
    """The words typed from the appliance's screen are not those of the announcement."""

    id = "WORDS-DIFFER"


class OutOfOrder(CoordinatorError):
    """The batch is not where this step starts."""

    id = "OUT-OF-ORDER"
    next = "See `coordinator batch show BATCH` for the steps that are possible now."


class NothingToDo(OutOfOrder):
    """There is nothing for this step to work on."""

    id = "NOTHING-TO-DO"
    next = "See `coordinator requests list` and `coordinator batch list`."


class ApprovalRefused(CoordinatorError):
    """An approval cannot be given or taken."""

    id = "APPROVAL"
    next = "Check who is approving what; if bytes changed after an approval, call security."


class ApprovalSignature(ApprovalRefused):
    """An approval does not verify over this batch in its role."""

    id = "APPROVAL-SIGNATURE"
    next = "Stop and call security: the batch changed after it was approved, or was never approved."


class BatchAltered(ApprovalRefused):
    """What the database holds of a batch no longer agrees with itself."""

    id = "BATCH-ALTERED"
    next = "Stop and call security: somebody changed the batch or its requests in the database."


class OperatorUnknown(ApprovalRefused):
    """The key is not in the appliance's roster in this role."""

    id = "OPERATOR-UNKNOWN"
    next = "Use the key that stands in the roster; officers change the roster by ceremony."


class FourEyes(ApprovalRefused):
    """Maker and checker are one person."""

    id = "FOUR-EYES"
    next = "A second person checks the batch at the checker's station with their own key."


class WrongPassphrase(ApprovalRefused):
    """The passphrase does not open the key file."""

    id = "PASSPHRASE"
    next = "Type it again. A forgotten passphrase is replaced with a new key by ceremony."


class ReadingRefused(ApprovalRefused):
    """The appliance's reading of the batch refuses it, or does not cover what was asked."""

    id = "READING-REFUSED"
    next = "Do not approve. Give the findings to the maker; if they surprise anyone, call security."


class NotConfirmed(ApprovalRefused):
    """The words typed are not those of this batch."""

    id = "NOT-CONFIRMED"
    next = "Read the sheet again and type the first two words of the batch digest."


class InspectFailed(ApprovalRefused):
    """The inspector did not run, or did not answer as its contract says."""

    id = "INSPECT-FAILED"
    next = "Install the appliance's software beside the station, or name it with --inspect."


class BuildRefused(CoordinatorError):
    """No transaction can be built for these requests now."""

    id = "BUILD"
    next = "Correct what is named and build again."


class FundsShort(BuildRefused):
    """The wallet does not hold enough that is free to spend."""

    id = "FUNDS-SHORT"
    next = "Fund the wallet, wait for confirmations, or leave requests out with --request."


class FeeUnknown(BuildRefused):
    """The node cannot estimate a fee and none is configured."""

    id = "FEE-UNKNOWN"
    next = "Set the network's `fee_rate_sat_vb` in networks.toml, or wait for the node."


class FeeCeiling(BuildRefused):
    """The fee that the network asks for is above the appliance's policy."""

    id = "FEE-CEILING"
    next = "Wait for lower fees; officers change the ceiling by ceremony."


class LaneGap(BuildRefused):
    """Free nonces end before another batch's nonces begin."""

    id = "LANE-GAP"
    next = "Build at most so many requests, or discard the later batch first."


class CoinsTaken(BuildRefused):
    """Another batch took the same coin or nonce meanwhile."""

    id = "COINS-TAKEN"
    next = "Build again."


class ResponseRefused(CoordinatorError):
    """What came back is not the answer to what was asked."""

    id = "RESPONSE"
    next = "Stop, keep the response, and call operations and security."


class ResponseMismatch(ResponseRefused):
    """The response is for another batch, or for a request never exported from here."""

    id = "RESPONSE-MISMATCH"
    next = "Import it for the batch it names; if no batch here asked for it, call security."


class ResponseConflict(ResponseRefused):
    """The request was already answered, and differently."""

    id = "RESPONSE-CONFLICT"


class ResponseSignature(ResponseRefused):
    """A signature does not verify against the bytes that were exported."""

    id = "RESPONSE-SIGNATURE"


class FinalMismatch(ResponseRefused):
    """The final transaction, read again, does not pay exactly what was requested."""

    id = "FINAL-MISMATCH"
    next = "Broadcast nothing and call security."


class NodeError(CoordinatorError):
    """A chain's node could not be used."""

    id = "NODE"
    next = "Look at the node's own log, then give the command again."


class NodeUnreachable(NodeError):
    """No answer."""

    id = "NODE-UNREACHABLE"
    next = "Check the node and its address in networks.toml, then give the command again."


class NodeRefused(NodeError):
    """The node answered with an error. `code` is its number."""

    id = "NODE-REFUSED"

    def __init__(self, what: str, code: int) -> None:
        super().__init__(what)
        self.code = code


class WalletNotWatched(NodeError):
    """The node does not know the watch-only wallet, or has not loaded it."""

    id = "WALLET-NOT-WATCHED"
    next = "Run `coordinator wallet watch`, then give the command again."


class NodeAnswer(NodeError):
    """The node's answer has not the shape that its interface promises."""

    id = "NODE-ANSWER"


class LinkNotConfirmed(CoordinatorError):
    """A message went out, and the other side did not say that it is whole."""

    id = "LINK-NOT-CONFIRMED"
    next = "Look at the other side; if it has nothing, give the command again."


class StoreError(CoordinatorError):
    """The data folder is not as it must be."""

    id = "STORE"
    next = "Correct the named file or folder and give the command again."


class NotMigrated(StoreError):
    """The database has not the tables of this version."""

    id = "NOT-MIGRATED"
    next = "Run `coordinator migrate`."


class KeyFileInvalid(StoreError):
    """A key file is absent, readable by others, or not a key."""

    id = "KEY-FILE"


def foreign(text: str) -> str:
    """Return text from outside fit for a message: printable, at most 64 characters."""
    safe = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return safe if len(safe) <= MAX_FOREIGN else safe[: MAX_FOREIGN - 1] + "\N{HORIZONTAL ELLIPSIS}"
