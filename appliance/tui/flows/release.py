"""Messages in and out: what receiving and releasing look like from every errand."""

from functools import partial

from appliance.model.batch import SheetLine
from appliance.model.text import literal
from appliance.tui.desk import Medium, Outgoing
from appliance.tui.screens.progress import receiving, sending
from appliance.tui.screens.told import Telling, Told
from appliance.tui.stage import Stage


async def receive(stage: Stage, medium: Medium) -> bytes | None:
    """Return a whole message, or None if people stopped waiting for it."""
    screen = receiving(medium, stage.desk.next_camera)
    call = partial(stage.desk.receive, medium, screen.report)
    return await stage.follow(screen, call, stage.desk.stop)


async def release(stage: Stage, outgoing: Outgoing) -> str:
    """Show a message until people are done with it. Return what came of it."""
    if outgoing.unspoken:
        return await _say(stage, outgoing)
    # Half of the time to start would go into what makes codes, which is not needed before.
    from appliance.tui.screens.release import AfterRelease, Manner, Release  # noqa: PLC0415

    is_serial = Medium.SERIAL in stage.standing.links and outgoing.answer is None
    said, manner = "", Manner(stage.fps)
    while True:
        screen = Release(outgoing, manner, said, serial=is_serial)
        answer = await stage.show(screen)
        manner = screen.manner
        stage.fps = manner.fps
        if answer is AfterRelease.DONE:
            return f"{literal(outgoing.title)}: on record, and can be shown again."
        said = await _send(stage, outgoing, manner.first)


async def _say(stage: Stage, outgoing: Outgoing) -> str:
    telling = Telling(
        heading=literal(outgoing.title),
        sentence="● Nothing was signed. It is on record here; the format of the request has no way"
        " to say so, and nothing is shown.",
        lines=tuple(SheetLine("Why", literal(line)) for line in outgoing.unspoken),
    )
    await stage.show(Told(telling))
    return f"{literal(outgoing.title)}: on record. Nothing was signed, and nothing was shown."


async def _send(stage: Stage, outgoing: Outgoing, first: int) -> str:
    screen = sending(outgoing.title)
    call = partial(stage.desk.send, outgoing, first, screen.report)
    if await stage.follow(screen, call, stage.desk.stop):
        return "✓ The coordinator confirmed the message by serial."
    return "✗ Not confirmed by serial. The message is on record; send or show it again."
