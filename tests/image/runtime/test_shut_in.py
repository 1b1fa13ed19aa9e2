"""Behind which walls each process stands: what all have, what one lacks, what it has besides."""

import re

import pytest

from tests.image.runtime.conftest import OVERLAY
from tests.image.runtime.test_unit_settings import REACH, UNITS, WIDTHS

WALLS = {
    "DevicePolicy": "closed",
    "MemoryDenyWriteExecute": "yes",
    "PrivateIPC": "yes",
    "PrivateNetwork": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "TemporaryFileSystem": "/tmp:nosuid,nodev,noexec,size=16m",  # noqa: S108 - a unit's setting
}
# What has no mount namespace of its own mounts for everybody, or looks at the machine as it is.
BARE = set(WALLS) - {"DevicePolicy", "MemoryDenyWriteExecute"}
LACKS = {
    "clock-floor": {"ProtectClock"},
    "console": {"TemporaryFileSystem"},
    "data-volume": BARE,
    "device-settings": set(),
    "link@": set(),
    "power-button": set(),
    "self-check": BARE | {"DevicePolicy"},
    "signer@": set(),
    "smart-cards": {"PrivateNetwork"},
    "stopped@": set(),
    "terminal": set(),
    "usb-closed": {"ProtectKernelLogs", "ProtectKernelTunables", "TemporaryFileSystem"},
    "vendor-module": BARE | {"DevicePolicy"},
}
OWN = {
    "data-volume": {"MemoryMax=512M"},
    "device-settings": {
        "RuntimeDirectory=airlock",
        "RuntimeDirectoryMode=0755",
        "RuntimeDirectoryPreserve=yes",
    },
    "link@": {"InaccessiblePaths=/var/lib/airlock", "MemoryMax=1G", "OOMScoreAdjust=500"},
    "signer@": {"UMask=0027", "OOMScoreAdjust=-500"},
    "smart-cards": {
        "MemoryMax=128M",
        "OOMScoreAdjust=200",
        "RuntimeDirectory=pcscd",
        "RuntimeDirectoryMode=0750",
    },
    "terminal": {
        "InaccessiblePaths=-/var/lib/airlock/sealed",
        "RuntimeDirectory=airlock-terminal",
        "RuntimeDirectoryPreserve=restart",
    },
}
STARTS = {
    "clock-floor": "python3 -I /usr/lib/airlock clock-floor",
    "console": "python3 -I /usr/lib/airlock console-font",
    "data-volume": "python3 -I /usr/lib/airlock data-volume",
    "device-settings": "python3 -I /usr/lib/airlock device-settings",
    "link@": "python3 -I -m appliance process link"
    " --settings /run/airlock/settings.toml --channel 3,3",
    "power-button": "python3 -I /usr/lib/airlock power-button",
    "self-check": "python3 -I /usr/lib/airlock self-check",
    "signer@": "python3 -I -m appliance process signer"
    " --settings /run/airlock/settings.toml --channel 3,3",
    "smart-cards": "pcscd --foreground --disable-polkit",
    "stopped@": "python3 -I /usr/lib/airlock stopped %i",
    "terminal": "python3 -I /usr/lib/airlock terminal",
    "usb-closed": "python3 -I /usr/lib/airlock usb-gate close",
    "vendor-module": "mount --types erofs --options ro,nosuid,nodev /dev/dm-1 /opt/vendor",
}
# When a process runs and which screen it has: nothing that it may do.
PLAIN = re.compile(
    r"(Type|RemainAfterExit|Restart|RestartSec|TimeoutStopSec|Standard\w+|TTY\w+)=.*"
    r"|Environment=TERM=linux"
)
PULLED_IN = {
    "systemd-sysctl.service",
    "systemd-udev-settle.service",
    "systemd-udev-trigger.service",
    "systemd-udevd.service",
}
"""Of the distribution's units; the rest of it stays where it is."""


def lines(name: str) -> list[str]:
    """Return what a unit says of its process, without when it runs and on which screen."""
    _, _, said = (UNITS / f"airlock-{name}.service").read_text().partition("[Service]\n")
    return [line for line in said.splitlines() if line and not PLAIN.fullmatch(line)]


@pytest.mark.parametrize("name", LACKS)
def test_a_process_stands_behind_every_wall_but_those_that_the_table_says(name: str) -> None:
    held = {line for line in lines(name) if line.partition("=")[0] in WALLS}
    assert held == {f"{key}={WALLS[key]}" for key in WALLS.keys() - LACKS[name]}


@pytest.mark.parametrize("name", LACKS)
def test_nothing_else_is_said_of_a_process_than_the_tables_say(name: str) -> None:
    """A line that is in no table would undo one that is: a second filter, a command as root."""
    tables = {*WALLS, *WIDTHS, *REACH}
    other = [line for line in lines(name) if line.partition("=")[0] not in tables]
    (started,) = (line for line in other if line.startswith("Exec"))
    assert re.fullmatch(rf"ExecStart=/usr/s?bin/{re.escape(STARTS[name])}", started)
    assert set(other) - {started} == OWN.get(name, set())


def test_of_the_distribution_only_what_is_named_here_is_pulled_in() -> None:
    wanted = set[str]()
    for path in UNITS.iterdir():
        text = path.read_text() if path.is_file() else ""
        for _, units in re.findall(
            r"^(Wants|Requires|Requisite|BindsTo|Upholds|OnSuccess|Also)=(.*)$", text, re.MULTILINE
        ):
            wanted |= set(units.split())
    ours = {path.name for path in UNITS.iterdir()}
    assert wanted - ours == PULLED_IN


def test_what_the_image_mounts_is_scratch_space_in_memory_and_no_more() -> None:
    said = {
        path.stem: re.findall(r"^(What|Where|Options)=(.*)$", path.read_text(), re.MULTILINE)
        for path in UNITS.glob("*.mount")
    }
    assert said == {
        name: [
            ("What", "tmpfs"),
            ("Where", f"/{name}"),
            ("Options", f"mode={mode},size=64m,nosuid,nodev,noexec"),
        ]
        for name, mode in (("tmp", "1777"), ("var", "0755"))
    }
    assert not (OVERLAY / "etc/fstab").exists()
