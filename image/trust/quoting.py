"""The commands of the machine that checks quotes: ask with a nonce, judge the answer."""

import argparse
import secrets
from pathlib import Path
from typing import Any

from image import regular_file
from image.metadata import manifest
from image.trust import quote
from image.trust.errors import QuoteRefused

_LARGEST = 4096


def add_commands(commands: Any) -> None:
    """Add `quote nonce` and `quote verify` to the command line."""
    quotes = commands.add_parser("quote", help="judge what a machine's TPM says it runs")
    doing = quotes.add_subparsers(required=True, metavar="COMMAND")
    doing.add_parser("nonce", help="draw the question, to be used once").set_defaults(run=_nonce)
    verifies = doing.add_parser("verify", help="judge the answer")
    verifies.add_argument("quote", type=Path, metavar="FILE", help="the bytes that were shown")
    verifies.add_argument("--nonce", type=_hexadecimal, required=True, metavar="HEX")
    verifies.add_argument("--enrolment", type=Path, required=True, metavar="FILE")
    verifies.add_argument("--manifest", type=Path, required=True, metavar="FILE")
    verifies.set_defaults(run=_verify)


def _hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text)


def spoken(nonce: bytes) -> str:
    """Return a nonce as people read it out and type it; spaces do not count."""
    return nonce.hex(" ", 2)


def _nonce(_options: argparse.Namespace) -> int:
    print(spoken(secrets.token_bytes(quote.NONCE_SIZE)))
    return 0


def _verify(options: argparse.Namespace) -> int:
    enrolled = quote.read_enrolment(_read(options.enrolment))
    described = manifest.read(options.manifest)
    shown = quote.read_quote(_read(options.quote))
    attest = quote.verified(shown, enrolled, described.pcr_11, options.nonce)
    print(f"the enrolled machine runs {described.name} {described.version}")
    print(
        f"its TPM has been switched on {attest.resets} times, and resumed {attest.restarts} times"
    )
    return 0


def _read(path: Path) -> bytes:
    try:
        return regular_file.content(path, _LARGEST)
    except OSError as problem:
        raise QuoteRefused(f"{path.name} cannot be read") from problem
