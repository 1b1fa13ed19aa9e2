"""Writes the device's settings: where this image has its links, and which token it works with.

People choose nothing here: the PKCS#11 module is the image's own, or that of the vendor whose
partition the signed command line names; the token is the one that was connected at the first start,
by its serial number, on record on the data volume.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from airlock_os.identity import image_id
from airlock_os.screen import Notice, ask, show_notice
from airlock_os.volume.data_folder import FOLDER
from appliance.errors import HsmError

SETTINGS = Path("/run/airlock/settings.toml")
MODULE = Path("/etc/airlock/module")
VENDORS = Path("/opt/vendor/module")
"""Only a verified partition is ever mounted there."""
TOKEN = FOLDER / "token"
_SERIAL = re.compile(r"[ -~]{1,64}")
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


def settings(module: str, token: str, image: str) -> str:
    """Return the settings file. A JSON text is a TOML basic string too."""
    return (
        f"[device]\ndata = {json.dumps(str(FOLDER))}\nimage = {json.dumps(image)}\n\n"
        f"[hsm]\nmodule = {json.dumps(module)}\ntoken = {json.dumps(token)}\n\n"
        '[links]\ncamera = "0"\nserial = "/dev/airlock-serial"\nbaud = 921600\n'
    )


def choose(serials: Sequence[str]) -> str | Notice:
    """Return the serial number of the only token that is connected and has a printable one."""
    match [serial for serial in serials if _SERIAL.fullmatch(serial)]:
        case []:
            return MISSING
        case [only]:
            return only
        case _:
            return SEVERAL


def main(_arguments: Sequence[str]) -> int:
    """Write the settings; at the first start wait until exactly one token is connected.

    Whoever types `none` goes on without until the next start; every use of the HSM is refused.
    """
    module = (VENDORS if VENDORS.exists() else MODULE).read_text("ascii").strip()
    token = recorded() or _new_token(module)
    SETTINGS.write_text(settings(module, token, image_id()), "utf-8")
    return 0


def recorded() -> str:
    """Return the token on record, "" if there is none. Raises ValueError for what is none."""
    try:
        recorded = TOKEN.read_bytes().decode("ascii")
    except OSError:
        return ""
    if not _SERIAL.fullmatch(recorded):
        raise ValueError("the token on record has no serial number")
    return recorded


def _new_token(module: str) -> str:
    while True:
        match choose(_serials(module)):
            case Notice() as problem:
                show_notice(problem)
                typed = ask(f"Press Enter to look again, or type {NONE} to go on without an HSM: ")
                if typed.strip() == NONE:
                    return NONE
            case serial:
                record(serial)
                return serial


def _serials(module: str) -> tuple[str, ...]:
    from appliance.hsm.connection import connected_serials  # noqa: PLC0415 - loads PKCS#11

    try:
        return connected_serials(module)
    except HsmError:
        return ()


def record(serial: str) -> None:
    """Put the token on record whole or not at all, whenever the power goes."""
    unfinished = TOKEN.with_suffix(".new")
    with unfinished.open("w", encoding="ascii") as file:
        file.write(serial)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(TOKEN)
    folder = os.open(TOKEN.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
