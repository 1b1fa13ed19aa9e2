"""The device's own settings: where things are plugged in. Nothing here can weaken a rule.

What may be signed is decided by signed epochs in the journal, never by this file.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from appliance.errors import SettingsError
from appliance.wire.messages import DEVELOPMENT

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_IMAGE = 256

BAUD_RATES = (9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 3_000_000)


class LineMode(StrEnum):
    """Whether the serial line has a way back."""

    TWO_WAY = "two-way"
    ONE_WAY = "one-way"


class FlowControl(StrEnum):
    """How the other end of the serial line holds this one back."""

    NONE = "none"
    RTS_CTS = "rtscts"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the journal, the HSM module, the camera and the serial port are."""

    data: Path
    """The folder of the journal and the sealed shares."""
    image: str
    """Which image this appliance was started from, for its responses."""
    module: Path
    """The PKCS#11 module."""
    token: str
    """The token's serial number."""
    camera: str | None
    """A camera's number, or the path of a video that stands for one."""
    serial: str | None
    """The serial port's device."""
    baud: int
    """The serial port's speed in bits per second."""
    mode: LineMode
    """One way for a line that carries one direction only: nothing is read back, or confirmed."""
    flow: FlowControl
    """Whether RTS and CTS are wired."""

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.data / "journal"

    @property
    def sealed(self) -> Path:
        """The folder of sealed shares."""
        return self.data / "sealed"


def parse_settings(text: str) -> Settings:
    """Read settings in TOML. Raises SettingsError, naming the key."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the settings are not TOML: {error}") from error
    _expect_keys("the file", tables, {"device", "hsm", "links"})
    device, hsm, links = (_table(tables, name) for name in ("device", "hsm", "links"))
    _expect_keys("device", device, {"data", "image"})
    _expect_keys("hsm", hsm, {"module", "token"})
    _expect_keys("links", links, {"camera", "serial", "baud", "mode", "flow"})
    mode, flow = _one_of(LineMode, links, "mode"), _one_of(FlowControl, links, "flow")
    if (mode, flow) == (LineMode.ONE_WAY, FlowControl.RTS_CTS):
        raise SettingsError("flow is rtscts, which takes the way back that mode one-way excludes")
    return Settings(
        data=Path(_text(device, "data")),
        image=_image(device),
        module=Path(_text(hsm, "module")),
        token=_text(hsm, "token"),
        camera=_text(links, "camera") if "camera" in links else None,
        serial=_text(links, "serial") if "serial" in links else None,
        baud=_baud(links.get("baud", 115_200)),
        mode=mode,
        flow=flow,
    )


def load_settings(path: Path) -> Settings:
    """Read the settings file. Raises SettingsError."""
    try:
        return parse_settings(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path.name} cannot be read") from error


def _table(tables: dict[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{name} is not a table")
    return table


def _expect_keys(where: str, table: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise SettingsError(f"{where} has the unknown key {unknown[0][:40]!r}")


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{key} is missing or not a text")
    return value


def _image(device: dict[str, Any]) -> str:
    name = _text(device, "image") if "image" in device else DEVELOPMENT
    if len(name) > LONGEST_IMAGE or not (name.isascii() and name.isprintable()):
        raise SettingsError(f"image is not up to {LONGEST_IMAGE} printable characters")
    return name


def _one_of(kind: type[Choice], table: dict[str, Any], key: str) -> Choice:
    first = next(iter(kind))
    try:
        return kind(table.get(key, first))
    except ValueError:
        raise SettingsError(f"{key} is not one of {', '.join(kind)}") from None


def _baud(value: object) -> int:
    if value not in BAUD_RATES or not isinstance(value, int):
        raise SettingsError(f"baud is not one of {', '.join(map(str, BAUD_RATES))}")
    return value
