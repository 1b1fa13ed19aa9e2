"""Where each process begins: its channel, its settings, and the only clock that is read."""

import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from appliance.processes import link_messages, signer_messages
from appliance.processes.channel import Channel, serve
from appliance.processes.hang_up import end_with
from appliance.settings import load_settings


def clock() -> int:
    """Return the appliance's clock: Unix seconds."""
    return int(time.time())  # noqa: TID251 - the one place that reads it


def run_terminal(settings_file: Path, starter: Path | None = None) -> None:
    """Run the terminal process: the screens, with the other two processes behind them.

    They are its children, or whatever `starter` reaches (see `spawn`). The first thing that people
    see is what the signer process says, so it loads beside the screens, not after them.
    """
    from appliance.processes.peers import SignerPeer  # noqa: PLC0415 - only this process

    end_with(sys.stdin.fileno())
    settings = load_settings(settings_file)
    signer_peer = SignerPeer(settings_file, starter)
    signer_peer.start()
    from appliance.processes.desk import ApplianceDesk  # noqa: PLC0415 - only this process
    from appliance.tui.app import run  # noqa: PLC0415 - loads Textual

    desk = ApplianceDesk(settings, settings_file, clock, starter, signer_peer)
    try:
        run(desk)
    finally:
        desk.end()


def run_signer(settings_file: Path, read_end: int, write_end: int) -> None:
    """Run the signer process until its terminal is gone."""
    from appliance.processes.signer import Signer  # noqa: PLC0415 - the only one with PKCS#11

    _forbid_core_dumps()
    channel = Channel(read_end, write_end, signer_messages.Call, signer_messages.Reply)
    signer = Signer(load_settings(settings_file), clock, channel.send)
    try:
        serve(channel, signer.handle)
    except Exception as bug:  # noqa: BLE001 - the root: noted in the journal, and the process ends
        signer.note_bug(place_of(bug))
    else:
        signer.end()


def run_link(settings_file: Path, read_end: int, write_end: int) -> None:
    """Run the link process until its terminal is gone."""
    from appliance.processes.link import LinkProcess  # noqa: PLC0415 - the only one with OpenCV

    channel = Channel(read_end, write_end, link_messages.LinkCall, link_messages.LinkEvent)
    LinkProcess(load_settings(settings_file), channel).run()


def place_of(bug: BaseException) -> str:
    """Say which error it was and where it arose: no values, because they may be secrets."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"{type(bug).__name__} at {Path(frame.filename).name}:{frame.lineno}"


CHILDREN: dict[str, Callable[[Path, int, int], None]] = {"signer": run_signer, "link": run_link}


def _forbid_core_dumps() -> None:
    """A crash must not leave shares and PINs on a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
