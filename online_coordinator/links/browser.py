"""An animated QR code on a page for a browser on this machine.

The page is served on loopback only, at an address nobody can guess, for as long as the message is
shown. It loads nothing but its own script and style, and asks for the modules of parts as it needs
them.
"""

import base64
import json
import secrets
import select
import sys
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import numpy as np

from appliance.wire import qr
from appliance.wire.errors import TransferTooLarge
from appliance.wire.fountain import MAX_NUMBER, Encoder
from appliance.wire.qr import Correction, Modules
from online_coordinator.links.video import LEAST_VERSION, verify_version
from online_coordinator.links.waiting import after

LOOPBACK = "127.0.0.1"
PARTS = 15
"""Parts in one answer: a second's worth at the usual rate."""

_PAGE = Path(__file__).with_name("page")
_FILES = {
    "": ("show.html", "text/html; charset=utf-8"),
    "show.js": ("show.js", "text/javascript; charset=utf-8"),
    "show.css": ("show.css", "text/css; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLL_SECONDS = 0.2


class Page:
    """One message on a page: its server, its address, and whether people are done with it."""

    def __init__(self, message: bytes, version: int, fps: int) -> None:
        self.done = threading.Event()
        self._encoder = Encoder(message, qr.part_size(version))
        self._path = f"/{secrets.token_urlsafe(16)}/"
        self._server = _Server((LOOPBACK, 0), partial(_Handler, self))
        self.host = f"{LOOPBACK}:{self._server.server_port}"
        self.address = f"http://{self.host}{self._path}?version={version}&fps={fps}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def name_of(self, path: str) -> str | None:
        """Return what is asked for under the page's own address, None under any other."""
        own = secrets.compare_digest(path[: len(self._path)].encode(), self._path.encode())
        return path[len(self._path) :] if own else None

    def parts(self, query: str) -> bytes | None:
        """Return parts of the density that is asked for, from a symbol on, as JSON.

        None if the question makes no sense.
        """
        try:
            asked = parse_qs(query, max_num_fields=3)
            version, first = int(asked["version"][0]), int(asked["first"][0])
            correction = Correction(asked["correction"][0])
        except (KeyError, ValueError):
            return None
        if not (LEAST_VERSION <= version <= qr.MAX_VERSION and 0 <= first <= MAX_NUMBER // 2):
            return None
        try:
            encoder = self._encoder.resized(qr.part_size(version, correction))
        except TransferTooLarge:
            return None
        return json.dumps(_batch(encoder, version, correction, first)).encode()


def _batch(encoder: Encoder, version: int, correction: Correction, first: int) -> dict[str, Any]:
    is_still = encoder.parts_needed == 1
    begin = 0 if is_still else first // encoder.part_symbols
    numbers = range(begin, begin + (1 if is_still else PARTS))
    parts = [
        {
            "number": number + 1,
            "first": number * encoder.part_symbols,
            "bits": _packed(qr.symbol(encoder.part(number), version, correction)),
        }
        for number in numbers
    ]
    return {
        "needed": encoder.parts_needed,
        "size": qr.side(version),
        "first": numbers.stop * encoder.part_symbols,
        "parts": parts,
    }


def _packed(modules: Modules) -> str:
    """Return the modules row after row, one bit each, in Base64."""
    bits = np.fromiter(chain.from_iterable(modules.rows), np.uint8)
    return base64.b64encode(np.packbits(bits).tobytes()).decode("ascii")


class _Server(ThreadingHTTPServer):
    """Says nothing of browsers that hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of mistakes of ours only."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers for one page; any other address, and any other host's name, is unknown to it."""

    protocol_version = "HTTP/1.1"
    server_version = "Airlock"
    sys_version = ""
    timeout: ClassVar[float | None] = 10.0

    def __init__(self, page: Page, *given: Any) -> None:
        self._page = page
        super().__init__(*given)

    def log_message(self, format: str, *given: Any) -> None:  # noqa: A002 - the base's name
        """Write nothing into the terminal."""

    def _name(self) -> str | None:
        if self.headers.get("Host") != self._page.host:
            return None
        return self._page.name_of(urlsplit(self.path).path)

    def do_GET(self) -> None:
        """Answer with a file of the page, or with parts."""
        name = self._name()
        if name in _FILES:
            file, kind = _FILES[name]
            self._answer((_PAGE / file).read_bytes(), kind)
        elif name == "parts":
            self._answer(self._page.parts(urlsplit(self.path).query), "application/json")
        else:
            self._answer(None)

    def do_POST(self) -> None:
        """Take note that people are done."""
        is_done = self._name() == "done"
        self._answer(b"" if is_done else None)
        if is_done:
            self._page.done.set()

    def _answer(self, body: bytes | None, kind: str = "text/plain") -> None:
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


def show_page(message: bytes, version: int, fps: int, seconds: int) -> None:
    """Serve the page until people are done, there or here. Raises LinkError, InputRefused."""
    verify_version(version)
    page = Page(message, version, fps)
    try:
        sys.stderr.write(f"Open in a browser on this machine:\n  {page.address}\nEnter: done\n")
        sys.stderr.flush()
        _wait(page.done, after(seconds))
    finally:
        page.close()


def _wait(done: threading.Event, is_over: Callable[[], bool]) -> None:
    terminal = [sys.stdin] if sys.stdin.isatty() else []
    while not (done.is_set() or is_over()):
        if select.select(terminal, [], [], _POLL_SECONDS)[0]:
            sys.stdin.readline()
            return
