"""Secure Boot with keys of the owner's own: a signed disk starts, any other is refused."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from image.boot.bench import FIRST_SCREEN, PATIENCE, Bench, ScenarioFailed, never_opens
from image.boot.machine import VARIABLES
from image.boot.partitions import EFI_SYSTEM, partitions

OWNER = "a0baa8a3-041d-48a8-bc87-c36d121b5e3d"
LOADER = "::EFI/BOOT/BOOTX64.EFI"
REFUSED_SECONDS = 90.0
REFUSAL = re.compile(r"failed to load Boot0001[^\r\n]*: ([A-Z][A-Za-z ]+)")


def secure_boot(bench: Bench) -> dict[str, object]:
    """Unsigned: refused. Signed: starts. Signed, then one byte changed: refused."""
    key, certificate = _key(bench.folder)
    variables = _variables(bench.folder, certificate)
    signed, altered = bench.folder / "signed.img", bench.folder / "altered.img"
    _sign(bench.disk, signed, key, certificate)
    _alter(signed, altered)
    results: dict[str, object] = {}
    for name, disk in (("unsigned", bench.disk), ("altered", altered)):
        results[name] = _refusal(Bench(disk, bench.reader, bench.folder), variables, name)
    attempt = Bench(signed, bench.reader, bench.folder)
    hardware = attempt.hardware(attempt.blank_volume(), variables=variables)
    with attempt.machine(hardware) as machine:
        results["signed"] = machine.wait_for(FIRST_SCREEN, PATIENCE)[0]
    return {"ok": True, **results}


def _refusal(bench: Bench, variables: Path, name: str) -> str:
    """What the firmware says, on its serial line, of a disk that it does not start."""
    said = bench.folder / f"said-{name}"
    line = ("-serial", f"file:{said}")

    def told() -> list[str]:
        return REFUSAL.findall(said.read_text("ascii", "replace")) if said.exists() else []

    with bench.machine(bench.hardware(None, variables=variables, extra=line)) as machine:
        never_opens(machine, REFUSED_SECONDS, lambda: bool(told()))
    return told()[0] if told() else "nothing"


def _key(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "owner.key", folder / "owner.crt"
    options = ("-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=owner of the test/")
    _run("openssl", "req", "-x509", *options, "-keyout", key, "-out", certificate)
    return key, certificate


def _variables(folder: Path, certificate: Path) -> Path:
    """Return firmware variables with the owner's certificate as PK, KEK and db."""
    made = folder / "owner-variables.fd"
    program = Path(sys.executable).with_name("virt-fw-vars")
    owned = [
        argument
        for option in ("--set-pk", "--add-kek", "--add-db")
        for argument in (option, OWNER, str(certificate))
    ]
    _run(program, "--input", VARIABLES, "--output", made, *owned, "--secure-boot")
    return made


def _sign(disk: Path, signed: Path, key: Path, certificate: Path) -> None:
    """Copy the disk with its loader signed in place."""
    shutil.copyfile(disk, signed)
    loader, output = signed.with_suffix(".efi"), signed.with_suffix(".signed.efi")
    image = _efi_image(signed)
    _run("mcopy", "-n", "-o", "-i", image, LOADER, loader)
    _run("sbsign", "--key", key, "--cert", certificate, "--output", output, loader)
    _run("mcopy", "-n", "-o", "-i", image, output, LOADER)


def _alter(signed: Path, altered: Path) -> None:
    """Copy a signed disk with one letter of the loader's command line changed."""
    shutil.copyfile(signed, altered)
    loader, image = altered.with_suffix(".efi"), _efi_image(altered)
    _run("mcopy", "-n", "-o", "-i", image, LOADER, loader)
    data = loader.read_bytes()
    at = data.find(b"quiet")
    if at < 0:
        raise ScenarioFailed("the loader's command line is not where it is looked for")
    loader.write_bytes(data[:at] + b"Quiet" + data[at + 5 :])
    _run("mcopy", "-n", "-o", "-i", image, loader, LOADER)


def _efi_image(disk: Path) -> str:
    part = next(part for part in partitions(disk) if part.kind == EFI_SYSTEM)
    return f"{disk}@@{part.start}"


def _run(*command: object) -> None:
    ran = subprocess.run(  # noqa: S603 - fixed programs
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise ScenarioFailed(f"{command[0]}: {ran.stderr[-300:]}")
