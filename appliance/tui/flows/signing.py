"""The flow of a batch at this terminal: receive, read, review, approve, sign, release."""

from functools import partial

from appliance.model.batch import SheetLine
from appliance.model.text import literal
from appliance.tui.desk import (
    AlreadyAnswered,
    Medium,
    Outgoing,
    RefusalToShow,
    SheetToReview,
)
from appliance.tui.flows.approval import approvals_of, rejection_of
from appliance.tui.flows.asking import confirm
from appliance.tui.flows.release import receive, release
from appliance.tui.screens.progress import Signing
from appliance.tui.screens.reader import AfterReading, Pages, Review
from appliance.tui.screens.refused import AfterRefusal, Refused
from appliance.tui.screens.told import AfterTold, Telling, Told
from appliance.tui.stage import Stage

READING = "Reading every transaction, and judging it by every rule."
NOTHING = "Nothing was recorded."


async def answer_request(stage: Stage, medium: Medium) -> str:
    """Take one signing request from the link to its response. Return what came of it."""
    message = await receive(stage, medium)
    if message is None:
        return "Receiving was stopped. What arrived is kept for the next time."
    reading = await stage.ask_desk(READING, partial(stage.desk.read, message))
    await stage.ask_desk(READING, partial(stage.desk.received, message, medium))
    match reading:
        case SheetToReview():
            return await _review(stage, reading)
        case RefusalToShow():
            return await _refusal(stage, reading)
        case AlreadyAnswered():
            return await _answered(stage, reading)


async def _review(stage: Stage, sheet: SheetToReview) -> str:
    heading = f"Review batch {literal(sheet.sheet.batch)}"
    seen: frozenset[int] = frozenset()
    while True:
        screen = Review(Pages(heading, sheet.sheet.sections, sheet.words, seen))
        outgoing = None
        match await stage.show(screen):
            case AfterReading.ACCEPT:
                outgoing = await _approve_and_sign(stage, sheet)
            case AfterReading.REJECT:
                outgoing = await rejection_of(stage, sheet)
            case AfterReading.LEAVE:
                return f"Back from reviewing batch {literal(sheet.sheet.batch)}. {NOTHING}"
        if outgoing is not None:
            return await release(stage, outgoing)
        seen = frozenset(screen.seen)


async def _approve_and_sign(stage: Stage, sheet: SheetToReview) -> Outgoing | None:
    approvals = await approvals_of(stage, sheet)
    if approvals is None:
        return None
    names = " and ".join(literal(approval.name) for approval in approvals)
    screen = Signing(f"batch {literal(sheet.sheet.batch)}", f"✓ Approved by {names}.\n\n")
    call = partial(stage.desk.sign, sheet, approvals, screen.report)
    return await stage.follow(screen, call)


async def _refusal(stage: Stage, refusal: RefusalToShow) -> str:
    if await stage.show(Refused(refusal)) is AfterRefusal.LEAVE:
        return f"Batch {literal(refusal.batch)} was refused. {NOTHING}"
    outgoing = await stage.ask_desk("Recording it.", partial(stage.desk.refuse, refusal))
    return await release(stage, outgoing)


async def _answered(stage: Stage, answered: AlreadyAnswered) -> str:
    telling = Telling(
        heading="Already answered",
        sentence="● This very request was answered before. Nothing is signed a second time.",
        lines=(
            SheetLine("Batch", literal(answered.batch)),
            SheetLine("What to do next", "► Show the recorded response again if it got lost."),
        ),
        offered=frozenset({AfterTold.SHOW}),
    )
    if await stage.show(Told(telling)) is AfterTold.GO_ON:
        return f"Batch {literal(answered.batch)} was answered before."
    return await _show_again(stage, answered.response)


async def show_last(stage: Stage) -> str:
    """Show the latest recorded response again. Return what came of it."""
    return await _show_again(stage, stage.standing.last_response or b"")


async def _show_again(stage: Stage, response: bytes) -> str:
    call = partial(stage.desk.show, response, Medium.QR)
    return await release(stage, await stage.ask_desk("Fetching it from the journal.", call))


async def resume(stage: Stage) -> str:
    """Finish the interrupted batch. Return what came of it."""
    screen = Signing(f"the interrupted batch {literal(stage.standing.interrupted or '')}")
    outgoing = await stage.follow(screen, partial(stage.desk.resume, screen.report))
    return await release(stage, outgoing)


async def burn(stage: Stage) -> str:
    """Give up the interrupted batch, if the word is typed. Return what came of it."""
    batch = literal(stage.standing.interrupted or "")
    told = (
        f"Batch {batch} is given up for ever.",
        "Its inputs and nonces stay reserved, because signatures of it may exist.",
        "Operations go on with a new batch.",
        "Resuming is the better choice if the HSM works.",
    )
    if not await confirm(stage, f"Burn batch {batch}", told, "burn"):
        return f"Batch {batch} was not burnt."
    return await release(stage, await stage.ask_desk("Recording it.", stage.desk.burn))
