"""One virtual machine: what is in it, starting and ending it, its screen, keys and plugs."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from image.boot import keys
from image.boot.host import EMULATOR, FIRMWARE, SECURE_FIRMWARE, VARIABLES
from image.boot.picture import Pixels, Reader, read_ppm
from image.boot.qmp import MachineFailed, Qmp

PROCESSOR = "max,-erms,-fsrm"
"""Whatever the emulator knows, but for copying by the byte: it would do that one byte at a time."""
CONTROLLER = "qemu-xhci,id=usb,p2=12,p3=12"
"""With ports to spare: for the last one the emulator would put a hub in between."""
ADAPTER = "usb-serial,bus=usb.0,chardev=link,id=adapter,always-plugged=on"
HOLD_MILLISECONDS = 30
BETWEEN_KEYS = 0.1
ATTEMPTS = 3
LOOKS = 6
ARRIVAL_SECONDS = 30.0
ENDING_SECONDS = 10.0
"""How long the emulator may take to end once it does not answer any more."""
BETWEEN_LOOKS = 0.3
AT_REST = 0.1
"""Seconds without a change: less than a cursor takes to blink."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a machine is made of. The disk is never written; the data volume is."""

    disk: Path
    data: Path | None = None
    variables: Path | None = None
    """The firmware's variables, with the owner's keys; None for a machine without Secure Boot."""
    tpm: Path | None = None
    """The socket of a software TPM."""
    network: bool = False
    """An e1000e, a virtio-net and a USB network adapter, each with a network behind it."""
    is_stick: bool = True
    """The disk is a USB stick, not a drive inside."""
    usb_keyboard: bool = False
    """A USB keyboard instead of the built-in one. The system repeats a key that is held on it, and
    on a busy host every key is held for long."""
    memory: int = 1536
    """MiB."""
    extra: tuple[str, ...] = ()


def arguments(hardware: Hardware, folder: Path) -> list[str]:
    """Return QEMU's arguments. Never accelerated: what is probed differs between hosts."""
    secure = hardware.variables is not None
    code = SECURE_FIRMWARE if secure else FIRMWARE
    boot = f"file={hardware.disk},if=none,id=boot,format=raw,snapshot=on"
    made = [
        *(EMULATOR, "-nodefaults", "-no-user-config", "-display", "none", "-vga", "std"),
        *("-machine", f"q35,accel=tcg,smm={'on' if secure else 'off'}", "-cpu", PROCESSOR),
        *("-smp", "2", "-m", str(hardware.memory), "-rtc", "base=utc"),
        *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}"),
        *("-drive", f"if=pflash,format=raw,unit=1,file={folder / 'variables.fd'}"),
        *("-trace", "usb_set_config"),
        *("-qmp", f"unix:{folder / 'qmp'},server=on,wait=off"),
        *("-device", CONTROLLER),
        *("-chardev", "pty,id=link", "-device", ADAPTER),
        *("-drive", boot, "-device", _boot_device(is_stick=hardware.is_stick)),
    ]
    if hardware.usb_keyboard:
        made += ["-device", "usb-kbd,bus=usb.0,id=keyboard"]
    if secure:
        made += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
    if hardware.data is not None:
        drive = f"file={hardware.data},if=none,id=data,format=raw,cache=writethrough"
        made += ["-drive", drive, "-device", "usb-storage,bus=usb.0,drive=data,id=volume"]
    if hardware.tpm is not None:
        made += ["-chardev", f"socket,id=tpm,path={hardware.tpm}"]
        made += ["-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"]
    if hardware.network:
        for number, device in enumerate(("e1000e", "virtio-net-pci", "usb-net,bus=usb.0")):
            made += ["-netdev", f"user,id=net{number},restrict=on"]
            made += ["-device", f"{device},netdev=net{number}"]
    return [*made, *hardware.extra]


def _boot_device(*, is_stick: bool) -> str:
    kind = "usb-storage,bus=usb.0,removable=on" if is_stick else "virtio-blk-pci"
    return f"{kind},drive=boot,id=stick,bootindex=1"


def occurrences(line: str, shown: str) -> int:
    """Count how often a line stands on a screen, as itself or as so many stars."""
    if not line:
        return 0
    return shown.count(line) + len(re.findall(rf"(?<!\*)\*{{{len(line)}}}(?!\*)", shown))


class Machine:
    """A running machine. `reader` knows the font of its console."""

    def __init__(self, hardware: Hardware, reader: Reader) -> None:
        self.reader = reader
        self.started = time.monotonic()
        self._read = (b"", "")
        self._stack = ExitStack()
        temporary = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="airlock-boot-"))
        self.folder = Path(temporary)
        shutil.copyfile(hardware.variables or VARIABLES, self.folder / "variables.fd")
        self._log = self._stack.enter_context((self.folder / "qemu.log").open("wb"))
        self.process = subprocess.Popen(  # noqa: S603 - our own arguments
            arguments(hardware, self.folder), stdout=self._log, stderr=subprocess.STDOUT
        )
        self._stack.callback(self._end)
        try:
            self.qmp = self._stack.enter_context(Qmp(self.folder / "qmp"))
        except MachineFailed as error:
            said = (self.folder / "qemu.log").read_text("utf-8", "replace")
            self._stack.close()
            raise MachineFailed(f"{error}: {said[-400:]}") from error

    @property
    def seconds(self) -> float:
        """How long the machine has been on."""
        return time.monotonic() - self.started

    @property
    def serial(self) -> str:
        """The other end of the cable that is plugged into the machine's serial adapter."""
        for device in self.qmp.run("query-chardev"):
            if device["label"] == "link":
                return str(device["filename"]).removeprefix("pty:")
        raise MachineFailed("the machine has no serial adapter")

    def pixels(self) -> Pixels:
        """Return what is on the screen."""
        path = self.folder / "screen.ppm"
        self.qmp.run("screendump", filename=str(path))
        return read_ppm(path.read_bytes())

    def text(self) -> str:
        """Return the text on the screen.

        A picture like the last is not read again: the machine runs on the same processors.
        """
        path = self.folder / "screen.ppm"
        self.qmp.run("screendump", filename=str(path))
        picture = path.read_bytes()
        if picture != self._read[0]:
            self._read = (picture, self.reader.text(read_ppm(picture)))
        return self._read[1]

    def wait_for(self, pattern: str, seconds: float = 120.0) -> re.Match[str]:
        """Wait until the screen shows a pattern. Raises TimeoutError with what it shows instead."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.text()
            if match := re.search(pattern, shown):
                return match
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {pattern!r} on the screen:\n{shown}")
            time.sleep(BETWEEN_LOOKS)

    def press(self, *names: str) -> None:
        """Press keys by name."""
        for name in names:
            self._press((keys.NAMED[name],))

    def enter(self, text: str) -> None:
        """Type a text and see that it arrives: a busy machine loses keys, and then it is retyped.

        Raises TimeoutError if it never does. A text of one key is believed.
        """
        line = text.rstrip("\r")
        for _ in range(ATTEMPTS):
            shown_before = occurrences(line, self._at_rest())
            self._type(line)
            if len(line) < 2 or self._arrives(line, shown_before):
                self._type(text[len(line) :])
                return
            self._type("\x7f" * (2 * len(line)))
        raise TimeoutError(f"what is typed does not arrive:\n{self.text()}")

    def _at_rest(self) -> str:
        """Return the screen once two looks at it agree; not for ever, because it may never rest."""
        shown = self.text()
        for _ in range(LOOKS):
            time.sleep(AT_REST)
            last, shown = shown, self.text()
            if shown == last:
                break
        return shown

    def _type(self, text: str) -> None:
        for chord in keys.chords(text):
            self._press(chord)

    def _arrives(self, line: str, shown_before: int) -> bool:
        """Wait until a line stands on the screen once more than before, or as stars."""
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < deadline:
            if occurrences(line, self.text()) > shown_before:
                return True
            time.sleep(BETWEEN_LOOKS)
        return False

    def _press(self, chord: keys.Chord) -> None:
        pressed = [{"type": "qcode", "data": key} for key in chord]
        self.qmp.run("send-key", keys=pressed, **{"hold-time": HOLD_MILLISECONDS})
        time.sleep(BETWEEN_KEYS)

    def plug(self, device: str, name: str, **properties: object) -> None:
        """Plug in a USB device while the machine runs."""
        self.qmp.run("device_add", driver=device, id=name, bus="usb.0", **properties)

    def pull(self, name: str) -> None:
        """Pull a device out."""
        self.qmp.run("device_del", id=name)

    def copy(self, disk: Path, to: Path) -> Path:
        """Copy a disk of the machine as it is at one moment, and return the copy."""
        self.qmp.run("stop")
        try:
            shutil.copyfile(disk, to)
        finally:
            self.qmp.run("cont")
        return to

    def push_power_button(self) -> None:
        """Push the button."""
        self.qmp.run("system_powerdown")

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the machine has switched itself off. Raises TimeoutError."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"the machine stays on:\n{self.text()}") from error

    def is_off(self) -> bool:
        """Tell whether the machine has switched itself off, or is just doing so."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING_SECONDS)
        return self.process.poll() is not None

    def switched_off_by(self) -> str | None:
        """Return the emulator's word on why the machine went off; None while it is on."""
        if not self.is_off():
            return None
        ends = [event for event in self.qmp.last_events() if event["event"] == "SHUTDOWN"]
        return str(ends[-1]["data"]["reason"]) if ends else "crash"

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        kept = os.environ.get("AIRLOCK_BOOT_PICTURES")
        if error is not None and kept and (self.folder / "screen.ppm").exists():
            shutil.copyfile(self.folder / "screen.ppm", Path(kept) / "failed.ppm")
        self._stack.close()
