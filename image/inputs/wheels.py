"""Python packages as hashed wheels, had through the pip and the index this machine has."""

import os
import re
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from image.commands import run
from image.errors import CommandError, FetchError, LockError
from image.inputs.lock import Wheel
from image.places import PROJECT

PYTHON = "3.13"
_ABIS = ("cp313", "abi3", "none")
_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(41, 16, -1)),
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
)
_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: \\)?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_SETTINGS_OF_PIP = ("PIP_", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http", "no_proxy")


def pins(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Read a hashed requirements file: name -> (version, accepted SHA-256)."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    name = ""
    for line in text.splitlines():
        if pin := _PIN.match(line):
            name = pin["name"]
            found[name] = (pin["version"], ())
        elif name and (hashed := _HASH.search(line)):
            version, hashes = found[name]
            found[name] = (version, (*hashes, hashed[1]))
    return found


def _download(requirements: list[str], folder: Path) -> None:
    """Let pip fetch wheels for the image's interpreter, whatever interpreter runs pip."""
    settings = {k: v for k, v in os.environ.items() if k.startswith(_SETTINGS_OF_PIP)}
    target = [word for abi in _ABIS for word in ("--abi", abi)]
    target += [word for platform in _PLATFORMS for word in ("--platform", platform)]
    with tempfile.TemporaryDirectory() as scratch:
        asked = Path(scratch) / "requirements.txt"
        asked.write_text("\n".join(requirements) + "\n")
        order = ["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        order += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON]
        words = [*order, *target, "--dest", str(folder), "--requirement", str(asked)]
        run([_interpreter_with_pip(settings), *words], environment=settings)


def _interpreter_with_pip(settings: dict[str, str]) -> str:
    for interpreter in (sys.executable, str(PROJECT / ".venv/bin/python"), "python3"):
        try:
            run([interpreter, "-m", "pip", "--version"], environment=settings)
        except CommandError:
            continue
        return interpreter
    raise FetchError("the Python packages are fetched with pip, and no interpreter here has it")


def resolve(names: tuple[str, ...], requirements: Path, folder: Path) -> tuple[Wheel, ...]:
    """Choose the wheel of each named package that suits the image, and leave it in `folder`.

    Raises LockError if a name has no pin, CommandError if pip finds no wheel of an accepted hash.
    """
    pinned = pins(requirements.read_text("utf-8"))
    if absent := set(names) - set(pinned):
        raise LockError(f"{requirements.name} does not pin {min(absent)}")
    lines = [
        " ".join([f"{name}=={pinned[name][0]}", *(f"--hash=sha256:{h}" for h in pinned[name][1])])
        for name in names
    ]
    folder.mkdir(parents=True, exist_ok=True)
    _download(lines, folder)
    return tuple(_wheel(name, pinned[name][0], folder) for name in names)


def _wheel(name: str, version: str, folder: Path) -> Wheel:
    stem = re.sub(r"[-_.]+", "_", name)
    found = [
        path
        for path in folder.glob("*.whl")
        if re.sub(r"[-_.]+", "_", path.name.split("-")[0]).lower() == stem
        and path.name.split("-")[1] == version
    ]
    if len(found) != 1:
        raise LockError(f"pip left {len(found)} wheels of {name}, not one")
    body = found[0].read_bytes()
    return Wheel(name, version, found[0].name, len(body), sha256(body).hexdigest())


def download(wheels: tuple[Wheel, ...], folder: Path) -> None:
    """Fetch exactly the locked wheels into `folder`, under their own names. Raises CommandError."""
    lines = [f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}" for wheel in wheels]
    _download(lines, folder)
