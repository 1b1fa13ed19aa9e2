"""What each process may do, at a glance: whoever changes a unit changes this table, and is seen."""

import re

import pytest

from tests.image.runtime.conftest import OVERLAY

UNITS = OVERLAY / "etc/systemd/system"
WIDTHS = ("User", "AmbientCapabilities", "CapabilityBoundingSet", "SystemCallFilter")
REACH = ("RestrictAddressFamilies", "DeviceAllow", "ReadWritePaths", "SupplementaryGroups")
USUAL_CALLS = "@system-service ~@privileged @resources @keyring"
SCREEN = "/dev/tty rw /dev/tty1 rw"
ROOT, NOTHING, ALL = "", "", "(any)"

# unit: user, capabilities it starts with, capabilities at most, system calls;
#       address families, devices, where it writes, further groups
TABLE = {
    "clock-floor": (
        ("signer", "CAP_SYS_TIME", "CAP_SYS_TIME", f"{USUAL_CALLS} clock_settime"),
        ("AF_UNIX", NOTHING, NOTHING, NOTHING),
    ),
    "console": (
        (ROOT, NOTHING, "CAP_SYS_TTY_CONFIG", USUAL_CALLS),
        ("AF_UNIX", "/dev/tty1 rw", NOTHING, NOTHING),
    ),
    "data-volume": (
        (
            ROOT,
            NOTHING,
            "CAP_SYS_ADMIN CAP_IPC_LOCK CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_MKNOD",
            "@system-service @keyring mount umount2",
        ),
        (
            "AF_UNIX",
            f"block-* rwm /dev/mapper/control rw char-tpm rw {SCREEN}",
            NOTHING,
            NOTHING,
        ),
    ),
    "device-settings": (
        ("signer", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", SCREEN, "/var/lib/airlock", "cards"),
    ),
    "link@": (
        ("link", NOTHING, NOTHING, USUAL_CALLS),
        (
            "AF_UNIX",
            "char-ttyS rw char-ttyUSB rw char-ttyACM rw char-video4linux rw",
            NOTHING,
            NOTHING,
        ),
    ),
    "power-button": (
        ("power", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", "char-input r", NOTHING, NOTHING),
    ),
    "self-check": (
        (ROOT, NOTHING, "CAP_SYS_ADMIN CAP_NET_RAW", "@system-service mount"),
        (ALL, ALL, NOTHING, NOTHING),
    ),
    "signer@": (
        ("signer", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", NOTHING, "/var/lib/airlock", "cards"),
    ),
    "smart-cards": (
        ("cards", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX AF_NETLINK", "char-usb_device rw", NOTHING, NOTHING),
    ),
    "stopped@": (
        ("terminal", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", SCREEN, NOTHING, NOTHING),
    ),
    "terminal": (
        ("terminal", NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", SCREEN, NOTHING, NOTHING),
    ),
    "usb-closed": (
        (ROOT, NOTHING, NOTHING, USUAL_CALLS),
        ("AF_UNIX", "/dev/kmsg w", "/sys /run", NOTHING),
    ),
    "vendor-module": (
        (ROOT, NOTHING, "CAP_SYS_ADMIN", "@system-service @mount"),
        ("AF_UNIX", ALL, NOTHING, NOTHING),
    ),
}
FOR_ALL = {
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "SystemCallErrorNumber=EPERM",
    "LimitCORE=0",
    "TasksMax=256",
}
WANTED = {
    "airlock-terminal.service",
    "airlock-power-button.service",
    "airlock-smart-cards.service",
    "systemd-sysctl.service",
}
SYSCTL = {
    "dev.tty.ldisc_autoload": "0",
    "dev.tty.legacy_tiocsti": "0",
    "fs.protected_fifos": "2",
    "fs.protected_hardlinks": "1",
    "fs.protected_regular": "2",
    "fs.protected_symlinks": "1",
    "fs.suid_dumpable": "0",
    "kernel.dmesg_restrict": "1",
    "kernel.kptr_restrict": "2",
    "kernel.perf_event_paranoid": "3",
    "kernel.printk": "1 4 1 4",
    "kernel.unprivileged_bpf_disabled": "1",
    "kernel.yama.ptrace_scope": "3",
    "vm.mmap_rnd_bits": "32",
    "vm.unprivileged_userfaultfd": "0",
}


def settings(name: str) -> dict[str, str]:
    """Return a unit's settings; of one that is given more than once, all values in order."""
    found: dict[str, str] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", (UNITS / name).read_text(), re.MULTILINE):
        found[key] = f"{found[key]} {value}".strip() if key in found else value
    return found


def test_the_table_has_every_service() -> None:
    named = {path.name for path in UNITS.glob("*.service")}
    assert named == {f"airlock-{name}.service" for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_a_service_may_do_what_the_table_says_and_no_more(name: str) -> None:
    said = settings(f"airlock-{name}.service")
    is_any = {
        "RestrictAddressFamilies": "RestrictAddressFamilies" not in said,
        "DeviceAllow": "DevicePolicy" not in said,
    }
    held = tuple(
        tuple(ALL if is_any.get(key) else said.get(key, NOTHING) for key in keys)
        for keys in (WIDTHS, REACH)
    )
    assert held == TABLE[name]


def test_what_holds_for_every_service() -> None:
    lines = (UNITS / "airlock-.service.d/common.conf").read_text().splitlines()
    assert {line for line in lines if "=" in line} == FOR_ALL


def test_nothing_starts_that_is_not_wanted_by_name() -> None:
    assert set(settings("default.target")["Wants"].split()) == WANTED
    assert not [path for path in UNITS.rglob("*") if path.is_symlink()]
    assert {path.name for path in UNITS.iterdir() if path.is_dir()} == {"airlock-.service.d"}


@pytest.mark.parametrize("folder", ["tmp", "var"])
def test_scratch_space_holds_no_programs(folder: str) -> None:
    options = set(settings(f"{folder}.mount")["Options"].split(","))
    assert {"nosuid", "nodev", "noexec"} <= options


def test_the_kernels_settings_are_these() -> None:
    text = (OVERLAY / "etc/sysctl.d/airlock.conf").read_text()
    said = dict(re.findall(r"^-?([\w.]+) = (.*)$", text, re.MULTILINE))
    assert said == SYSCTL


def test_every_device_that_comes_later_is_judged_by_the_gate() -> None:
    rules = (OVERLAY / "etc/udev/rules.d/90-airlock.rules").read_text()
    (judging,) = (line for line in rules.splitlines() if "RUN" in line)
    matches, _, program = judging.partition('RUN+="')
    assert program == '/usr/bin/python3 -I /usr/lib/airlock usb-gate judge %p"'
    assert [part.strip() for part in matches.rstrip(", ").split(",")] == [
        'ACTION=="add"',
        'SUBSYSTEM=="usb"',
        'ENV{DEVTYPE}=="usb_device"',
        'TEST=="/run/airlock-usb/closed"',
    ]
