"""A headless Chromium, driven by its own protocol over a pipe.

Each message is JSON that ends with a zero byte, on the descriptors 3 and 4 of the browser (Chrome
DevTools Protocol, `--remote-debugging-pipe`).
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from appliance.wire.qr import Image

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-extensions", "--disable-background-networking", "--disable-component-update"),
    *("--remote-debugging-pipe", "--hide-scrollbars", "--force-color-profile=srgb"),
)


class Browser:
    """One tab of a browser."""

    def __init__(self, asking: int, answering: int) -> None:
        self._asking = asking
        self._answering = answering
        self._rest = b""
        self._number = 0
        self._session: dict[str, str] = {}
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._asking, json.dumps(call).encode() + b"\0")
        while (message := self._message()).get("id") != self._number:
            if message["method"] in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(json.dumps(message["params"]))
        assert "error" not in message, message["error"]
        return dict(message["result"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._answering, 1 << 16)
            assert read, "the browser is gone"
            self._rest += read
        first, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(first))

    def open(self, address: str, size: tuple[int, int]) -> None:
        """Go to a page, in a window of so many pixels."""
        width, height = size
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask("Page.navigate", url=address)
        self.until(lambda: self.run("location.href + document.readyState") == f"{address}complete")

    def run(self, script: str) -> Any:
        """Return what an expression in the page is."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    def picture(self) -> Image:
        """Return what the page looks like, in grey."""
        shot = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        grey = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(grey, np.uint8)

    def until(self, is_so: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait until something is so, and return it."""
        deadline = time.monotonic() + seconds
        while not (found := is_so()):
            assert time.monotonic() < deadline, f"it never was so; {self.complaints}"
            time.sleep(0.02)
        return found


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile in this folder."""
    assert EXECUTABLE is not None
    asked, asking = os.pipe()
    answering, answered = os.pipe()
    # The shell puts the pipes where the browser looks for them.
    plugged = f'exec "$0" "$@" 3<&{asked} 4>&{answered}'
    process = subprocess.Popen(
        ["/bin/bash", "-c", plugged, EXECUTABLE, *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(asked, answered),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(asked)
    os.close(answered)
    try:
        yield Browser(asking, answering)
    finally:
        os.close(asking)
        os.close(answering)
        process.kill()
        process.wait()
