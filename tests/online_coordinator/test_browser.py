"""The page that shows a message as an animated code, in a real browser."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import shake_128
from pathlib import Path

import pytest

from appliance.wire.fountain import Decoder, Part
from online_coordinator.links.browser import Page, show_page
from tests import symbols
from tests.browser import EXECUTABLE, browser

MESSAGE = shake_128(b"message").digest(20_000)
NEEDS_BROWSER = pytest.mark.skipif(EXECUTABLE is None, reason="chromium is not installed")


@contextmanager
def page(message: bytes = MESSAGE, version: int = 25, fps: int = 10) -> Iterator[Page]:
    shown = Page(message, version, fps)
    try:
        yield shown
    finally:
        shown.close()


def fetched(
    shown: Page, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(shown.host, timeout=5)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def own_path(shown: Page) -> str:
    return shown.address.split(shown.host)[1].split("?")[0]


@NEEDS_BROWSER
def test_the_canvas_carries_a_message_while_density_and_speed_change(tmp_path: Path) -> None:
    decoder = Decoder()
    with page() as shown, browser(tmp_path) as tab:
        tab.open(shown.address, (1280, 800))
        keys = iter(["[", "m", "+", " ", "]", "-"])
        seen: set[tuple[int, int]] = set()
        while decoder.message is None:
            contents = tab.until(lambda: symbols.read(tab.picture()))
            assert len(contents) == 1
            part = Part.parse(contents[0])
            seen.add((part.number, len(part.symbols)))
            decoder.add(contents[0])
            if len(seen) % 3 == 0 and (key := next(keys, None)):
                tab.press(key)
        assert decoder.message == MESSAGE
        assert len({symbols for _, symbols in seen}) > 1, "the density did not change"
        tab.run("document.getElementById('done').click()")
        tab.until(shown.done.is_set)
        assert tab.complaints == []


@NEEDS_BROWSER
def test_every_picture_of_the_canvas_is_read_at_its_rate(tmp_path: Path) -> None:
    with page(fps=15) as shown, browser(tmp_path) as tab:
        tab.open(shown.address, (1920, 1080))
        tab.until(lambda: symbols.read(tab.picture()))
        pictures = [tab.picture() for _ in range(20)]
        assert all(len(symbols.read(picture)) == 1 for picture in pictures)
        assert float(tab.run("canvas.dataset.rate")) > 5


@NEEDS_BROWSER
def test_a_message_that_fits_one_part_is_shown_still(tmp_path: Path) -> None:
    with page(b"short") as shown, browser(tmp_path) as tab:
        tab.open(shown.address, (800, 600))
        tab.until(lambda: "shown still" in (tab.run("figures.textContent") or ""))
        decoder = Decoder()
        (content,) = symbols.read(tab.picture())
        decoder.add(content)
        assert decoder.message == b"short"


def test_nothing_may_be_loaded_but_the_page_itself() -> None:
    with page() as shown:
        for name in ("", "show.js", "show.css", "parts?version=25&correction=L&first=0"):
            status, headers, body = fetched(shown, own_path(shown) + name)
            assert status == 200
            assert body
            assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src")
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_who_knows_the_address_is_answered() -> None:
    with page() as shown:
        own = own_path(shown)
        assert len(own) > 20
        for path in ("/", "/show.js", "/x" + own, own + "../show.js", own + "secret"):
            assert fetched(shown, path)[0] == 404
        assert fetched(shown, own, Host="evil.example")[0] == 404
        assert fetched(shown, "/done", "POST")[0] == 404
        assert not shown.done.is_set()


@pytest.mark.parametrize(
    "query",
    [
        *("", "version=25", "version=4&correction=L&first=0", "version=41&correction=L&first=0"),
        *("version=25&correction=H&first=0", "version=25&correction=L&first=-1"),
        *("version=25&correction=L&first=99999999999", "version=x&correction=L&first=0"),
        *("version=5&correction=M&first=0", "version=25&correction=L&first=0&more=1&and=2"),
    ],
)
def test_questions_that_make_no_sense_are_not_answered(query: str) -> None:
    with page() as shown:
        assert fetched(shown, f"{own_path(shown)}parts?{query}")[0] == 404


def test_parts_go_on_from_the_first_symbol_not_shown_yet() -> None:
    with page() as shown:
        path = f"{own_path(shown)}parts?correction=L"
        one = json.loads(fetched(shown, f"{path}&version=25&first=0")[2])
        other = json.loads(fetched(shown, f"{path}&version=12&first={one['first']}")[2])
    assert [part["number"] for part in one["parts"]] == list(range(1, 16))
    assert 0 <= one["first"] - other["parts"][0]["first"] < 10
    assert other["needed"] > one["needed"]


def test_ends_when_the_page_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    shower = threading.Thread(target=show_page, args=(MESSAGE, 25, 15, 60))
    shower.start()
    told = ""
    while "http" not in told:
        told += capsys.readouterr().err
    address = next(word for word in told.split() if word.startswith("http"))
    host, path = address.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("POST", f"/{path.split('?')[0]}done")
    assert connection.getresponse().status == 200
    connection.close()
    shower.join(10)
    assert not shower.is_alive()
