"""The units as they stand: who runs as whom, what nobody may do, what production cannot hold."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from airlock_os.device_settings import MODULE

from tests.conventions.documents import ROOT
from tests.image.runtime.conftest import OVERLAY, PROGRAMS

UNITS = OVERLAY / "etc" / "systemd" / "system"
DEMO = ROOT / "image" / "overlay-demo"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
UNPRIVILEGED = {
    "airlock-terminal.service": "terminal",
    "airlock-signer@.service": "signer",
    "airlock-link@.service": "link",
    "airlock-device-settings.service": "signer",
    "airlock-clock-floor.service": "signer",
    "airlock-power-button.service": "power",
    "airlock-smart-cards.service": "cards",
    "airlock-stopped@.service": "terminal",
}
PRIVILEGED = {
    "airlock-self-check.service",
    "airlock-usb-closed.service",
    "airlock-console.service",
    "airlock-data-volume.service",
    "airlock-vendor-module.service",
}
SANDBOX = {
    "RestrictAddressFamilies": "AF_UNIX",
    "PrivateNetwork": "yes",
    "ProtectSystem": "strict",
    "MemoryDenyWriteExecute": "yes",
    "DevicePolicy": "closed",
    "CapabilityBoundingSet": "",
}


class Unit:
    """A unit file; of a setting that is given more than once every value counts."""

    def __init__(self, path: Path) -> None:
        self.lines = re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE)

    def values(self, key: str) -> list[str]:
        return [value for name, value in self.lines if name == key]


def unit(name: str) -> Unit:
    return Unit(UNITS / name)


def test_every_service_is_either_nobodys_or_accounted_for() -> None:
    assert set(SERVICES) == set(UNPRIVILEGED) | PRIVILEGED


@pytest.mark.parametrize(("name", "user"), UNPRIVILEGED.items())
def test_a_service_runs_as_a_user_of_its_own_kind(name: str, user: str) -> None:
    assert unit(name).values("User") == [user]
    assert f"{user}:x:" in (OVERLAY / "etc" / "passwd").read_text()


@pytest.mark.parametrize("name", UNPRIVILEGED)
@pytest.mark.parametrize("key", SANDBOX)
def test_an_unprivileged_service_is_shut_in(name: str, key: str) -> None:
    # Readers are heard of over netlink; the clock is set by nothing else.
    granted = {
        ("airlock-smart-cards.service", "RestrictAddressFamilies"): ["AF_UNIX AF_NETLINK"],
        ("airlock-smart-cards.service", "PrivateNetwork"): [],
        ("airlock-clock-floor.service", "CapabilityBoundingSet"): ["CAP_SYS_TIME"],
    }
    assert unit(name).values(key) == granted.get((name, key), [SANDBOX[key]])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_system_call_filter_and_waits_for_the_self_check(name: str) -> None:
    service = unit(name)
    assert service.values("SystemCallFilter")
    assert service.values("DefaultDependencies") == ["no"]
    if name != "airlock-self-check.service":
        required = " ".join(service.values("Requires"))
        assert re.search(r"airlock-(self-check|data-volume|device-settings)\.service", required)


def test_what_holds_for_all_holds() -> None:
    common = Unit(UNITS / "airlock-.service.d" / "common.conf")
    assert ("NoNewPrivileges", "yes") in common.lines
    assert ("SystemCallErrorNumber", "EPERM") in common.lines


def test_only_the_terminal_reaches_the_other_processes_and_only_one_of_each() -> None:
    for name in ("signer", "link"):
        socket = unit(f"airlock-{name}.socket")
        assert socket.values("SocketUser") == ["terminal"]
        assert socket.values("SocketMode") == ["0600"]
        assert socket.values("MaxConnections") == ["1"]


def test_the_link_process_sees_no_record_and_the_terminal_no_share() -> None:
    assert unit("airlock-link@.service").values("InaccessiblePaths") == ["/var/lib/airlock"]
    assert unit("airlock-terminal.service").values("InaccessiblePaths") == [
        "-/var/lib/airlock/sealed"
    ]
    assert unit("airlock-terminal.service").values("ReadWritePaths") == []


def test_the_tpm_is_for_the_first_screen_alone() -> None:
    """Its device is root's; of what runs as root, only the data volume's program opens it."""
    granted = {
        name for name in SERVICES if any("tpm" in d for d in unit(name).values("DeviceAllow"))
    }
    assert granted == {"airlock-data-volume.service"}
    rules = (OVERLAY / "etc/udev/rules.d/90-airlock.rules").read_text()
    assert "tpm" not in rules
    assert unit("airlock-data-volume.service").values("User") == []
    assert unit("airlock-data-volume.service").values("DevicePolicy") == ["closed"]


def test_what_runs_as_root_has_no_more_rights_than_it_uses() -> None:
    rights = {name: unit(name).values("CapabilityBoundingSet") for name in PRIVILEGED}
    assert rights == {
        "airlock-self-check.service": ["CAP_SYS_ADMIN CAP_NET_RAW"],
        "airlock-usb-closed.service": [""],
        "airlock-console.service": ["CAP_SYS_TTY_CONFIG"],
        "airlock-data-volume.service": [
            "CAP_SYS_ADMIN CAP_IPC_LOCK CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_MKNOD"
        ],
        "airlock-vendor-module.service": ["CAP_SYS_ADMIN"],
    }
    for name in PRIVILEGED:
        assert unit(name).values("MemoryDenyWriteExecute") == ["yes"]


def test_when_memory_is_short_the_journal_is_written_last_of_all_to_go() -> None:
    order = sorted(SERVICES, key=lambda name: int(*unit(name).values("OOMScoreAdjust") or ["0"]))
    assert order[0] == "airlock-signer@.service"
    assert order[-2:] == ["airlock-smart-cards.service", "airlock-link@.service"]


@pytest.mark.parametrize("name", ["airlock-data-volume", "airlock-link@", "airlock-smart-cards"])
def test_what_reads_foreign_bytes_takes_no_more_than_its_part_of_the_memory(name: str) -> None:
    (bound,) = unit(f"{name}.service").values("MemoryMax")
    assert re.fullmatch(r"[0-9]+[MG]", bound)


EXPOSURE = dict.fromkeys(UNPRIVILEGED, 20) | {
    "airlock-self-check.service": 48,
    "airlock-usb-closed.service": 20,
    "airlock-console.service": 16,
    "airlock-data-volume.service": 42,
    "airlock-vendor-module.service": 40,
}
"""The service manager's own measure, times ten: 0 is shut in, 100 is not."""


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("name", SERVICES)
def test_no_service_is_more_exposed_than_it_was(tmp_path: Path, name: str) -> None:
    shutil.copytree(UNITS, tmp_path / "etc" / "systemd" / "system")
    options = ("--offline=yes", f"--threshold={EXPOSURE[name]}", "--no-pager")
    command = ("systemd-analyze", "security", *options, f"--root={tmp_path}", name)
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "nrecognized option" in ran.stderr:
        pytest.skip("this systemd looks at running services only")
    assert "Overall exposure level" in ran.stdout, ran.stderr
    assert ran.returncode == 0, ran.stdout


def test_nobody_logs_in() -> None:
    shells = [line.split(":")[-1] for line in (OVERLAY / "etc" / "passwd").read_text().splitlines()]
    locks = [line.split(":")[1] for line in (OVERLAY / "etc" / "shadow").read_text().splitlines()]
    assert set(shells) == {"/nonexistent"}
    assert set(locks) == {"!*"}
    assert not [path for path in OVERLAY.rglob("*") if "getty" in path.name]


def test_production_has_neither_the_software_token_nor_a_setting_for_one() -> None:
    for path in OVERLAY.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert b"softhsm" not in path.read_bytes().lower(), path
    named = (OVERLAY / MODULE.relative_to("/")).read_text().strip()
    assert named.startswith("/usr/lib/")


def test_the_demonstration_differs_in_named_files_only() -> None:
    files = {
        str(path.relative_to(DEMO))
        for path in DEMO.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files == {
        "etc/airlock/module",
        "etc/softhsm/softhsm2.conf",
        "etc/systemd/system/airlock-device-settings.service.d/demo.conf",
        "usr/lib/airlock/demo_token.py",
    }


def test_every_program_a_unit_starts_exists() -> None:
    entry = (PROGRAMS / "__main__.py").read_text()
    rules = (OVERLAY / "etc/udev/rules.d/90-airlock.rules").read_text()
    text = rules + "".join((UNITS / name).read_text() for name in SERVICES)
    started = set(re.findall(r"python3 -I /usr/lib/airlock ([\w-]+)", text))
    assert started == set(re.findall(r'^    "([\w-]+)": ', entry, re.MULTILINE)) - {"process"}


@pytest.mark.needs("systemd-analyze")
def test_the_service_manager_understands_every_unit(tmp_path: Path) -> None:
    units = tmp_path / "etc" / "systemd" / "system"
    shutil.copytree(UNITS, units)
    for program in ("usr/bin/python3", "usr/sbin/pcscd"):
        path = tmp_path / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o755)
    for name in ("passwd", "group", "nsswitch.conf"):
        shutil.copy(OVERLAY / "etc" / name, tmp_path / "etc" / name)
    stand_ins = tmp_path / "usr" / "lib" / "systemd" / "system"
    stand_ins.mkdir(parents=True)
    for name in _units_of_the_distribution():
        (stand_ins / name).write_text(
            "[Unit]\nDefaultDependencies=no\n"
            + ("[Service]\nExecStart=/usr/bin/python3\n" if name.endswith(".service") else "")
        )
    command = ("systemd-analyze", "verify", "--man=no", "--root", tmp_path, "default.target")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in ran.stderr.splitlines() if "airlock" in line]
    assert not complaints, ran.stderr


def _units_of_the_distribution() -> set[str]:
    text = "".join(path.read_text() for path in UNITS.iterdir() if path.is_file())
    named = set(re.findall(r"\b[\w@-]+\.(?:service|target)\b", text))
    return {name for name in named if not (UNITS / name).exists()} | {"slices.target"}
