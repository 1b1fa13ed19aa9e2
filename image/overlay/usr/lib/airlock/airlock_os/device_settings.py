"""Writes the device's settings: where this image has its links, and which token it works with.

People choose nothing here: the PKCS#11 module is the image's own, the token is the one that was
connected at the first start, by its serial number, on record on the data volume.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from airlock_os.data_volume import FOLDER
from airlock_os.screen import Notice, ask, show_notice
from appliance.errors import HsmError

SETTINGS = Path("/run/airlock/settings.toml")
MODULE = Path("/etc/airlock/module")
TOKEN = FOLDER / "token"
LONGEST = 64
NONE = "none"
"""Stands for a token where there is none; no token has such a serial number by accident."""

MISSING = Notice(
    "HSM-MISSING",
    "No HSM is connected, or it does not answer.",
    "Connect the HSM that this appliance is founded with. A station that only reads has none.",
)
SEVERAL = Notice(
    "HSM-SEVERAL",
    "More than one token is connected, and none of them is this appliance's yet.",
    "Leave only the token connected that this appliance is founded with.",
)


def settings(module: str, token: str) -> str:
    """Return the settings file. A JSON text is a TOML basic string too."""
    return (
        f"[device]\ndata = {json.dumps(str(FOLDER))}\n\n"
        f"[hsm]\nmodule = {json.dumps(module)}\ntoken = {json.dumps(token)}\n\n"
        '[links]\ncamera = "0"\nserial = "/dev/airlock-serial"\nbaud = 921600\n'
    )


def choose(serials: Sequence[str]) -> str | Notice:
    """Return the serial number of the only token that is connected."""
    match [serial for serial in serials if serial]:
        case []:
            return MISSING
        case [only] if len(only) <= LONGEST:
            return only
        case _:
            return SEVERAL


def main(_arguments: Sequence[str]) -> int:
    """Write the settings; at the first start wait until exactly one token is connected.

    Whoever types `none` goes on without until the next start; every use of the HSM is refused.
    """
    module = MODULE.read_text("ascii").strip()
    token = _recorded() or _new_token(module)
    SETTINGS.write_text(settings(module, token), "utf-8")
    return 0


def _recorded() -> str:
    try:
        return TOKEN.read_text("ascii")[:LONGEST]
    except OSError:
        return ""


def _new_token(module: str) -> str:
    while True:
        match choose(_serials(module)):
            case Notice() as problem:
                show_notice(problem)
                typed = ask(f"Press Enter to look again, or type {NONE} to go on without an HSM: ")
                if typed.strip() == NONE:
                    return NONE
            case serial:
                _record(serial)
                return serial


def _serials(module: str) -> tuple[str, ...]:
    from appliance.hsm.probe import probe  # noqa: PLC0415 - loads PKCS#11, for a first start only

    try:
        return tuple(token.serial for token in probe(module).tokens if token.initialised)
    except HsmError:
        return ()


def _record(serial: str) -> None:
    with TOKEN.open("x", encoding="ascii") as file:
        file.write(serial)
        file.flush()
        os.fsync(file.fileno())
