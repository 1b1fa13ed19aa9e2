"""Messages in and out: what receiving and releasing look like from every errand."""

from functools import partial

from appliance.model.text import literal
from appliance.tui.desk import Medium, Outgoing
from appliance.tui.screens.progress import receiving, sending
from appliance.tui.stage import Stage


async def receive(stage: Stage, medium: Medium) -> bytes | None:
    """Return a whole message, or None if people stopped waiting for it."""
    screen = receiving(medium)
    call = partial(stage.desk.receive, medium, screen.report)
    return await stage.follow(screen, call, stage.desk.stop)


async def release(stage: Stage, outgoing: Outgoing) -> str:
    """Show a message until people are done with it. Return what came of it."""
    # Half of the time to start would go into what makes codes, which is not needed before.
    from appliance.tui.screens.release import AfterRelease, Release  # noqa: PLC0415

    said = ""
    while True:
        screen = Release(outgoing, stage.fps, said, serial=Medium.SERIAL in stage.standing.links)
        answer = await stage.show(screen)
        stage.fps = screen.fps
        if answer is AfterRelease.DONE:
            return f"{literal(outgoing.title)}: on record, and can be shown again."
        said = await _send(stage, outgoing)


async def _send(stage: Stage, outgoing: Outgoing) -> str:
    screen = sending(outgoing.title)
    call = partial(stage.desk.send, outgoing, screen.report)
    if await stage.follow(screen, call, stage.desk.stop):
        return "✓ The coordinator confirmed the message by serial."
    return "✗ Not confirmed by serial. The message is on record; send or show it again."
