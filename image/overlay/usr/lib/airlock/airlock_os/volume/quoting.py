"""What this machine runs, in the TPM's word: a question is typed, the answer is a QR code."""

import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from airlock_os.screen import ask, paint, show, wait_for_enter
from airlock_os.tpm import attestation
from airlock_os.tpm.attestation import NONCE_SIZE
from airlock_os.tpm.commands import Exchange, TpmError
from appliance.wire import qr
from appliance.wire.qr import Correction

HEADING = "What this machine runs"
ENROL = "enrol"
DIGITS = 2 * NONCE_SIZE
_NONCE = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_LINES_BESIDE = 4
_SMALLEST_SCREEN = (80, 25)


def answer(open_tpm: Callable[[], AbstractContextManager[Exchange]]) -> None:
    """Answer questions until Enter is pressed alone. Changes nothing on this machine."""
    said = ""
    while True:
        show(
            HEADING,
            f"{said}The checker's station asks with {DIGITS} digits and letters a to f; type them. "
            "The answer is a code to be read by that station.",
            f"Type {ENROL} to show who this machine is: once, when it is enrolled there.",
            "Enter alone goes back.",
        )
        typed = "".join(ask("Question: ").split()).lower()
        if not typed:
            return
        said = _answered(open_tpm, typed)


def nonce(typed: str) -> bytes | None:
    """Return the nonce that was typed without spaces; None for anything else."""
    return bytes.fromhex(typed) if _NONCE.fullmatch(typed) else None


def _answered(open_tpm: Callable[[], AbstractContextManager[Exchange]], typed: str) -> str:
    """Show the answer; what is to be said instead, if there is none."""
    question = nonce(typed)
    if question is None and typed != ENROL:
        return "That is no question. "
    try:
        with open_tpm() as exchange:
            if question is None:
                heading, body = "Enrolment", attestation.enrolment(exchange)
            else:
                heading, body = f"Answer to {typed}", attestation.quote(exchange, question)
    except TpmError:
        return "The TPM does not answer. "
    paint(heading, symbol(body, *_room()))
    wait_for_enter("to go back")
    return ""


def symbol(body: bytes, columns: int, rows: int) -> tuple[str, ...]:
    """Return a code as lines of half blocks, as large as a screen of so many cells takes it."""
    fitting = (
        version for version in range(1, qr.MAX_VERSION + 1) if qr.part_size(version) >= len(body)
    )
    version = next(fitting)
    scale = qr.scale_for_cells(version, columns, rows - _LINES_BESIDE)
    return qr.drawn(body, version, Correction.LOW).half_blocks(scale)


def _room() -> tuple[int, int]:
    try:
        size = os.get_terminal_size()
    except OSError:
        return _SMALLEST_SCREEN
    return size.columns, size.lines
