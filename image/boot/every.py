"""Every scenario on every disk, each in a process of its own, some machines at a time.

`python -m image.boot.every FOLDER` boots the images that a build left in a folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image import kernel, places, surroundings
from image.boot import host, stand_in
from image.build import DISK
from image.errors import ImageError, PartError
from image.inputs import lock
from image.places import Cache

Result = dict[str, Any]

VENDORED = f"verity-production-{stand_in.NAME}"
# Production shows everything but signing, which needs a token in software. The longest come first.
_SCENARIOS = (
    ("verity-production", "terminal"),
    ("ram-production", "terminal"),
    ("verity-demo", "sign"),
    ("verity-production", "floor"),
    ("verity-production", "volume"),
    (VENDORED, "vendor"),
    ("ram-production", "secure-boot"),
    ("verity-production", "hot-plug"),
    ("verity-production", "secure-boot"),
    ("ram-production", "network"),
    ("verity-production", "network"),
    ("verity-production", "tamper"),
    ("verity-production", "measured"),
    ("ram-production", "measured"),
)
NAMES = tuple(sorted({scenario for _, scenario in _SCENARIOS}))
_ALONE = frozenset({"terminal"})
"""Their seconds are a promise: nothing else runs beside them."""
UNSEEN: Result = {
    "ok": False,
    "seconds": None,
    "terminal_seen": False,
    "interfaces": None,
    "network_modules": None,
    "root_writable": None,
    "signed_in_vm": False,
}
"""What a report says where nothing was booted."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is booted: the images in a folder, built by these words from a lock and a cache."""

    images: Path
    lock: Path
    cache: Cache
    words: tuple[str, ...] = ()
    machines: int = 1
    only: tuple[str, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what chooses scenarios, and how many of them run at a time."""
    usual = max(1, (os.cpu_count() or 1) // 2)
    told = f"so many at a time; here {usual} unless it is said"
    parser.add_argument("--machines", type=int, default=usual, metavar="N", help=told)
    parser.add_argument("--scenario", action="append", choices=NAMES, default=[])


def demand_host() -> None:
    """Raise PartError unless this machine can boot images."""
    if lacking := host.missing():
        told = ", ".join(lacking)
        raise PartError(f"images cannot be booted without {told}: see requirements/programs.txt")


def boot(planned: Round) -> Result:
    """Run the scenarios and return what a report says of them."""
    wanted = [each for each in _SCENARIOS if not planned.only or each[1] in planned.only]
    alone = [each for each in wanted if each[1] in _ALONE]
    others = [each for each in wanted if each[1] not in _ALONE]
    with (
        tempfile.TemporaryDirectory(prefix="airlock-boots-") as scratch,
        ThreadPoolExecutor(max(1, planned.machines)) as pool,
    ):
        told = {each: _told(planned, *each, Path(scratch)) for each in alone}
        later = {each: pool.submit(_told, planned, *each, Path(scratch)) for each in others}
        told |= {each: coming.result() for each, coming in later.items()}
    scenarios = {f"{disk}: {scenario}": told[disk, scenario] for disk, scenario in wanted}
    return _summary(planned, scenarios)


def _summary(planned: Round, scenarios: dict[str, Result]) -> Result:
    terminal = scenarios.get("verity-production: terminal", {})
    network = scenarios.get("verity-production: network", {})
    sign = scenarios.get("verity-demo: sign", {})
    current = lock.read(planned.lock)[0]
    key = kernel.key_of(current, places.KERNEL_CONFIG.read_text("utf-8"))
    built = kernel.cached(key, planned.cache.kernels)
    return {
        "ok": all(result["ok"] for result in scenarios.values()),
        "seconds": terminal.get("terminal_seconds"),
        "terminal_seen": terminal.get("terminal_seen", False),
        "interfaces": network.get("interfaces"),
        "network_modules": kernel.forbidden(built.symbols.read_text()) if built else None,
        "root_writable": network.get("root_writable"),
        "signed_in_vm": sign.get("signed_in_vm", False),
        "machines": planned.machines,
        "scenarios": scenarios,
    }


def _told(planned: Round, disk: str, scenario: str, scratch: Path) -> Result:
    """Run one scenario, saying so."""
    name = f"{disk}: {scenario}"
    print(f"{name} begins", flush=True)
    began = time.monotonic()
    result = _run(planned, disk, scenario, scratch)
    seconds = time.monotonic() - began
    why = "ok" if result["ok"] else f"NOT as it must be: {reason(result)}"
    print(f"{name} took {seconds:.1f} s, {why}", flush=True)
    return result


def reason(result: Result) -> str:
    """Say in a line why a scenario did not go as it must."""
    wrong = (
        f"{fact} is {told['seen']}, not {told['expected']}"
        for fact, told in result.get("wrong", {}).items()
    )
    return " ".join("; ".join((*filter(None, [result.get("what")]), *wrong)).split())


def _run(planned: Round, disk: str, scenario: str, scratch: Path) -> Result:
    try:
        images = _vendored(planned, scratch) if disk == VENDORED else planned.images
    except (ImageError, OSError) as problem:
        return {"ok": False, "what": str(problem)}
    # The scenarios read the screen and play the coordinator, with the project's environment.
    environment = places.PROJECT / ".venv/bin/python"
    python = environment if environment.exists() else sys.executable
    order = [python, "-m", "image.boot", scenario, images / disk / DISK]
    order += ["--lock", planned.lock, "--cache", planned.cache.root]
    ran = subprocess.run(  # noqa: S603 - our own arguments
        [str(word) for word in order],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=places.PROJECT,
        check=False,
    )
    try:
        result: Result = json.loads(ran.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {"ok": False, "what": (ran.stderr or ran.stdout)[-2000:]}
    return result


def _vendored(planned: Round, scratch: Path) -> Path:
    """Build the image with the stand-in's module; the folder that it is in. Raises ImageError."""
    vendor = stand_in.order(planned.lock, planned.cache, scratch / "stand-in")
    words = ("--lock", str(planned.lock), *planned.words, *vendor)
    output = scratch / "image"
    surroundings.build(surroundings.USUAL, places.PROJECT, planned.cache, output, words)
    return output


def main(arguments: Iterable[str]) -> int:
    """Boot what a folder holds. Return 0 if everything went as it must, 1 if not."""
    parser = argparse.ArgumentParser(prog="image.boot.every", description=__doc__)
    parser.add_argument("images", type=Path, nargs="?", default=places.OUTPUT, metavar="FOLDER")
    parser.add_argument("--lock", type=Path, default=places.LOCK, metavar="FILE")
    parser.add_argument("--cache", type=Path, default=places.default_cache().root)
    add_options(parser)
    options = parser.parse_args(list(arguments))
    demand_host()
    planned = Round(
        options.images.resolve(),
        options.lock.resolve(),
        Cache(options.cache.resolve()),
        machines=options.machines,
        only=tuple(options.scenario),
    )
    began = time.monotonic()
    result = {**boot(planned), "boots_seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(result, indent=2))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
