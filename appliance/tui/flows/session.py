"""Opening and closing a session, and leaving the program."""

from functools import partial

from appliance.model.text import literal
from appliance.tui.desk import Standing
from appliance.tui.flows.asking import Act, People, choose_signer, confirm, with_passphrase
from appliance.tui.stage import Stage

OPENING = "Opening the share. This takes a few seconds by design."


async def open_session(stage: Stage) -> str:
    """Have signers give their shares until the session is open. Return what came of it."""
    standing = stage.standing
    while not standing.open:
        changed = await _one_share(stage, standing)
        if changed is None:
            return "Back without opening the session."
        standing = changed
    return "The session is open."


async def _one_share(stage: Stage, standing: Standing) -> Standing | None:
    here, needed = len(standing.present), standing.needed
    told = (
        f"The HSM opens when {needed} signers have given their shares; {here} of them have.",
        "Your passphrase opens your share, inside the signer process only.",
    )
    people = People(standing.signers, dict.fromkeys(standing.present, "present"))
    name = await choose_signer(
        stage, f"Open a session: signer {here + 1} of {needed}", told, people
    )
    if name is None:
        return None
    act = Act(f"Open a session: {literal(name)}", name, OPENING)
    return await with_passphrase(stage, act, partial(stage.desk.open_session, name))


async def close_session(stage: Stage) -> str:
    """End the session."""
    await stage.ask_desk("Closing the session.", stage.desk.close_session)
    return "The session is closed."


async def confirm_quit(stage: Stage) -> bool:
    """Return whether the program is really to end."""
    told = (
        "The terminal ends, and the session with it. Nothing on record is lost:",
        "recorded responses can be shown again after the next start.",
    )
    return await confirm(stage, "Quit", told, "quit")
