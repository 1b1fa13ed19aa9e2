"""What signers do with a sheet they have read: approve it one after another, or reject it."""

from functools import partial

from appliance.model.text import literal
from appliance.tui.challenge import draw_challenge
from appliance.tui.desk import Outgoing, SheetToReview
from appliance.tui.flows.asking import Act, People, ask, choose_signer, with_passphrase
from appliance.tui.screens.question import Aside, Asking, Question, anything
from appliance.tui.screens.reader import LookUp, Pages
from appliance.tui.screens.told import Telling, Told
from appliance.tui.stage import Stage
from appliance.wire.messages import SignerApproval

APPROVING = "Unsealing your key and signing your approval. This takes a few seconds by design."
REJECTING = "Unsealing your key and recording the rejection. This takes a few seconds by design."
MAX_REASON = 200

WRONG = Telling(
    heading="That is not what stands there",
    sentence="✗ Wrong answer. Nothing is approved; what others approved just now is void."
    "\n\n► Read the page in question again, then start approving anew.",
    lines=(),
)


async def approvals_of(stage: Stage, sheet: SheetToReview) -> tuple[SignerApproval, ...] | None:
    """Return an approval each of as many signers as are needed, or None: then nothing is approved.

    Every signer proves anew that the sheet was read, and nobody approves twice.
    """
    given: tuple[SignerApproval, ...] = ()
    while len(given) < sheet.needed:
        approval = await _one_approval(stage, sheet, given)
        if approval is None:
            return None
        given = (*given, approval)
    return given


async def _one_approval(
    stage: Stage, sheet: SheetToReview, given: tuple[SignerApproval, ...]
) -> SignerApproval | None:
    heading = f"Approve batch {literal(sheet.sheet.batch)}"
    people = People(sheet.signers, {approval.name: "approved" for approval in given})
    told = (
        f"{sheet.needed} different signers approve, one after another; {len(given)} have.",
        "Nothing is signed before that. You will be asked for a place in the sheet,",
        "for your passphrase, and for one word.",
    )
    step = f"{heading}: approval {len(given) + 1} of {sheet.needed}"
    name = await choose_signer(stage, step, told, people)
    if name is None:
        return None
    own = f"{heading}: {literal(name)}"
    if not await _proves_reading(stage, sheet, own):
        return None
    act = Act(own, name, APPROVING, _what_is_approved(sheet), "approve")
    return await with_passphrase(stage, act, partial(stage.desk.approve, sheet, name))


def _what_is_approved(sheet: SheetToReview) -> tuple[str, ...]:
    transactions = len(sheet.sheet.sections) - 1
    return (
        f"You are about to approve batch {literal(sheet.sheet.batch)} as you have read it.",
        f"Transactions: {transactions:,}",
        f"The sheet's words: {' '.join(sheet.words)}",
        "Esc leaves without approving.",
    )


async def _proves_reading(stage: Stage, sheet: SheetToReview, heading: str) -> bool:
    challenge = draw_challenge(sheet.sheet, sheet.words, stage.draw)
    told = ("Show that you have read the sheet.", challenge.hint)
    asking = Asking(heading, told, challenge.question, anything, aside=True)
    while True:
        typed = await stage.show(Question(asking))
        match typed:
            case Aside.READ_AGAIN:
                section = sheet.sheet.sections[challenge.section]
                pages = Pages("Read it again", (section,), sheet.words)
                await stage.show(LookUp(pages, challenge.question))
            case None:
                return False
            case text if challenge.is_answer(text):
                return True
            case _:
                await stage.show(Told(WRONG))
                return False


async def rejection_of(stage: Stage, sheet: SheetToReview) -> Outgoing | None:
    """Have one signer reject the batch, and return the response; None if they leave."""
    heading = f"Reject batch {literal(sheet.sheet.batch)}"
    told = (
        "One signer is enough to reject. The withdrawal requests of this batch are burnt:",
        "operations must enter them anew. The reason goes to the coordinator.",
    )
    name = await choose_signer(stage, heading, told, People(sheet.signers, {}))
    if name is None:
        return None
    own = f"{heading}: {literal(name)}"
    why = Asking(own, ("A few words that operations will understand.",), "The reason:", _reason)
    reason = await ask(stage, why)
    if reason is None:
        return None
    last = (f"Reason: {literal(reason.strip())}", "Esc leaves without rejecting.")
    act = Act(own, name, REJECTING, last, "reject")

    def reject(passphrase: str) -> Outgoing:
        return stage.desk.reject(sheet, name, passphrase, reason.strip())

    return await with_passphrase(stage, act, reject)


def _reason(text: str) -> str | None:
    if len(text.strip()) > MAX_REASON:
        return f"Use at most {MAX_REASON} characters."
    return anything(text)
