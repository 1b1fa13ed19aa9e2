"""Founding the appliance: read the proposal, compare words, enrol signers, make the keys."""

from functools import partial

from appliance.model.text import literal
from appliance.tui.desk import Medium, ProposalToRead
from appliance.tui.flows.asking import ask
from appliance.tui.flows.release import receive, release
from appliance.tui.screens.question import Asking, anything
from appliance.tui.screens.reader import AfterReading, Pages, Proposal
from appliance.tui.stage import Stage

SHORTEST = 12
LONGEST_NAME = 64

READING = "Reading the proposal."
ENROLLING = (
    "Making your key and sealing it with your passphrase. This takes a few seconds by design."
)
FOUNDING = (
    "Founding: setting a random PIN, splitting it among the signers, making the keys in the HSM."
    " This may take a minute."
)
ADVICE = (
    f"At least {SHORTEST} characters. Good: five or more unrelated words.",
    "Bad: names, dates, a line from a song, anything you use elsewhere.",
    "Nobody can recover it for you. Every character shows as a star.",
)


async def found(stage: Stage, medium: Medium) -> str:
    """Take a founding proposal from the link to the announcement. Return what came of it."""
    message = await receive(stage, medium)
    if message is None:
        return "Receiving was stopped. What arrived is kept for the next time."
    proposal = await stage.ask_desk(READING, partial(stage.desk.read_proposal, message))
    if not await _agreed(stage, proposal):
        return "Back without founding. Nothing was recorded."
    enrolled = stage.standing.enrolled
    while len(enrolled) < proposal.signers:
        step = f"Enrol signer {len(enrolled) + 1} of {proposal.signers}"
        changed = await _enrol(stage, step, enrolled)
        if changed is None:
            return "Back without founding. Signers who enrolled stay enrolled."
        enrolled = changed
    pin = await ask(stage, _transport_pin(enrolled, proposal))
    if pin is None:
        return "Back without founding. Signers who enrolled stay enrolled."
    outgoing = await stage.ask_desk(FOUNDING, partial(stage.desk.commission, proposal, pin))
    await stage.look()
    return await release(stage, outgoing)


async def _agreed(stage: Stage, proposal: ProposalToRead) -> bool:
    pages = Pages("Read the founding proposal", proposal.sections, proposal.words)
    if await stage.show(Proposal(pages)) is AfterReading.LEAVE:
        return False
    told = (
        "Everything this appliance will ever sign rests on this proposal.",
        "Operations read its words aloud from their screen; you compared each.",
    )
    first = " ".join(proposal.words[:2])

    def check(text: str) -> str | None:
        if text.lower().split() == first.lower().split():
            return None
        return "Those are not the first two words. Compare them again, or leave with Esc."

    asking = Asking("The words agree", told, "Type the first two words of the proposal:", check)
    return await ask(stage, asking) is not None


async def _enrol(stage: Stage, step: str, enrolled: tuple[str, ...]) -> tuple[str, ...] | None:
    name = await ask(stage, _name(step, enrolled))
    if name is None:
        return None
    name = name.strip()
    passphrase = await _new_passphrase(stage, f"{step}: {literal(name)}")
    if passphrase is None:
        return None
    call = partial(stage.desk.enrol, name, passphrase)
    return (await stage.ask_desk(ENROLLING, call)).enrolled


def _name(step: str, enrolled: tuple[str, ...]) -> Asking:
    def check(text: str) -> str | None:
        if text.strip() in enrolled:
            return "That name is enrolled already. Two signers need two names."
        if len(text.strip()) > LONGEST_NAME:
            return f"Use at most {LONGEST_NAME} characters."
        return anything(text)

    told = (
        "The next signer sits down at the keyboard.",
        f"Enrolled so far: {', '.join(map(literal, enrolled)) or 'nobody yet'}.",
    )
    return Asking(step, told, "Your name, as it will stand in every record:", check)


async def _new_passphrase(stage: Stage, heading: str) -> str | None:
    """Return a passphrase that was typed twice alike, or None."""
    choose = Asking(heading, ADVICE, "Choose your passphrase:", _long_enough, masked=True)
    told = ("Only you know it from now on.",)
    repeat = Asking(heading, told, "Type the same passphrase again:", anything, masked=True)
    while True:
        first = await ask(stage, choose)
        second = None if first is None else await ask(stage, repeat)
        if first is None or second is None:
            return None
        if first == second:
            return first
        choose = choose.again("The two were not the same. Start with the first one again.")


def _long_enough(text: str) -> str | None:
    if len(text) < SHORTEST:
        return f"That has {len(text)} characters. Use {SHORTEST} or more."
    return None


def _transport_pin(enrolled: tuple[str, ...], proposal: ProposalToRead) -> Asking:
    told = (
        f"✓ Enrolled: {', '.join(map(literal, enrolled))}.",
        f"Any {proposal.signers_required} of them will open the HSM; fewer cannot.",
        "The transport PIN came with the HSM. It is replaced now by one that nobody ever sees.",
    )
    return Asking("Found the appliance", told, "The HSM's transport PIN:", anything, masked=True)
