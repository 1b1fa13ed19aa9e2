"""The command behind `make image-verify`: build twice, compare, boot, report."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from image import (
    aging,
    building,
    contents,
    kernel,
    lock,
    locking,
    places,
    published,
    root_tree,
    verify,
)
from image.build import DISK, MANIFEST
from image.commands import run
from image.errors import CommandError, PartError
from image.kernel import Kernel
from image.lock import Lock
from image.places import Cache
from image.trust import releasing
from image.trust.release import Release
from image.vendor import vending

_MIB = 2**20
# Production shows everything but signing, which needs a token in software.
_SCENARIOS = {
    "verity-production": (
        "terminal", "network", "tamper", "measured", "volume", "hot-plug", "secure-boot", "floor",
    ),
    "verity-demo": ("sign",),
    "ram-production": ("terminal", "network"),
}  # fmt: skip


def add_commands(commands: Any) -> None:
    """Add `verify` to the command line."""
    verifies = commands.add_parser("verify", help="build twice, compare bit for bit, boot in QEMU")
    verifies.add_argument("--inputs", type=Path, metavar="ARCHIVE", help="fetch nothing: use these")
    verifies.add_argument("--mirror", action="append", default=[], metavar="ARCHIVE=ADDRESS")
    verifies.add_argument("--full", action="store_true", help="build the kernel too, twice")
    verifies.add_argument("--build-kernel", action="store_true", help="build it if it is not kept")
    verifies.add_argument("--no-boot", action="store_true")
    verifies.add_argument(
        "--release",
        type=Path,
        metavar="FOLDER",
        help="a published one, to be equal and vouched for",
    )
    releasing.add_demands(verifies, required=False)
    vending.add_vendor(verifies)
    verifies.add_argument("--report", type=Path, default=places.REPORT, metavar="FILE")
    verifies.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    found = _vouched(options)
    with tempfile.TemporaryDirectory(prefix="airlock-verify-") as folder:
        scratch = Path(folder)
        path, aged = _usable_lock(options, scratch)
        current, digest = lock.read(path)
        built = _kernel(current, options)
        if found and not built:
            raise PartError("a release is compared with its kernel: give --build-kernel")
        words = ["--lock", str(path)]
        words += ["--inputs", str(options.inputs.absolute())] if options.inputs else []
        words += [] if built else ["--without-kernel"]
        report = _two_builds(options, scratch, words)
    report |= {
        "lock": {"sha256": digest, "snapshot": current.snapshot, "aged": aged},
        "kernel": built.release if built else kernel.NOT_BUILT,
        "boot": _boot(built) if built and not options.no_boot else {"ok": False, "why": "not run"},
    }
    if found:
        report["release"] = published.compared(found, places.OUTPUT)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: report[key] for key in ("identical", "kernel", "size_mib", "lock")}))
    return 0 if _is_as_it_should_be(report, is_booting=bool(built) and not options.no_boot) else 1


def _vouched(options: argparse.Namespace) -> Release | None:
    """Return the published release that is to be compared, if one is named and vouched for."""
    if options.release is not None:
        if options.release.resolve() == places.OUTPUT:
            raise PartError(f"{places.OUTPUT} is where the images are rebuilt: name another folder")
        return releasing.demanded(options.release, options)
    if releasing.is_demanding(options):
        raise PartError("what builders have to vouch for is given with --release FOLDER")
    return None


def _is_as_it_should_be(report: dict[str, Any], *, is_booting: bool) -> bool:
    """Tell whether two builds came out alike, start, and are what was published."""
    told = report.get("release")
    if told is not None:
        print(f"release {told['version']}: {len(told['identical'])} files are the same here")
        for what in ("different", "missing", "not_rebuilt"):
            print("".join(f"{what.replace('_', ' ')}: {name}\n" for name in told[what]), end="")
    is_published = told is None or published.is_same(told)
    is_started = not is_booting or report["boot"]["ok"]
    return report["identical"] and not report["undeclared"] and is_published and is_started


def _usable_lock(options: argparse.Namespace, scratch: Path) -> tuple[Path, list[str]]:
    """Return a lock whose files can all be had: the committed one, or else a fresh one, and how."""
    cache: Cache = options.cache
    path, aged = aging.usable(
        places.LOCK,
        scratch,
        lambda lock: locking.ready(cache, options.mirror, options.inputs, lock),
        None if options.inputs else lambda: locking.resolved(options.mirror, cache),
    )
    if aged:
        print("\n".join(["the lock has aged; everything runs on a fresh one:", *aged]), flush=True)
    return path, list(aged)


def _kernel(current: Lock, options: argparse.Namespace) -> Kernel | None:
    """Return the kernel, built if that is asked for; None if there is none and it is not."""
    if options.full or options.build_kernel:
        return building.the_kernel(current, options.cache, os.cpu_count() or 1)
    key = kernel.key_of(current, places.KERNEL_CONFIG.read_text("utf-8"))
    return kernel.cached(key, options.cache.kernels)


def _two_builds(options: argparse.Namespace, scratch: Path, words: list[str]) -> dict[str, Any]:
    copy = verify.copied(places.PROJECT, scratch / "elsewhere/sources")
    second = verify.second_cache(options.cache, scratch / "cache", with_kernels=not options.full)
    outputs = {verify.USUAL.where: places.OUTPUT, verify.FOREIGN.where: scratch / "output"}
    vendored = vending.images(vending.supplied(options))
    for order in (words, [*words, *vending.words_of(options)])[: 1 + bool(vendored)]:
        verify.build(verify.USUAL, places.PROJECT, options.cache, places.OUTPUT, order)
        verify.build(verify.FOREIGN, copy, second, scratch / "output", order)
    found = verify.differences(places.OUTPUT, scratch / "output", vendored)
    rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
    told = json.loads((places.OUTPUT / "verity-production" / MANIFEST).read_text())
    return {
        "contract": 1,
        "images": verify.images(outputs),
        "identical": not found,
        "differences": found,
        "undeclared": verify.undeclared(places.OUTPUT, contents.declared(rules, places.PROJECT)),
        "size_mib": round((places.OUTPUT / "verity-production" / DISK).stat().st_size / _MIB, 1),
        "sizes_mib": {
            path.parent.name: round(path.stat().st_size / _MIB, 1)
            for path in sorted(places.OUTPUT.glob(f"*/{DISK}"))
        },
        "packages": sum(told["packages"].values()),
    }


def _boot(current: Kernel) -> dict[str, Any]:
    """Run every scenario, each in a process of its own, and gather what they say."""
    results = {
        f"{disk}: {scenario}": _scenario(scenario, places.OUTPUT / disk / DISK)
        for disk, scenarios in _SCENARIOS.items()
        for scenario in scenarios
    }
    first = results["verity-production: terminal"]
    network = results["verity-production: network"]
    return {
        "ok": all(result["ok"] for result in results.values()),
        "seconds": first.get("terminal_seconds"),
        "terminal_seen": first.get("terminal_seen", False),
        "interfaces": network.get("interfaces"),
        "network_modules": kernel.forbidden(current.symbols.read_text()),
        "root_writable": network.get("root_writable"),
        "signed_in_vm": results["verity-demo: sign"].get("signed_in_vm", False),
        "scenarios": results,
    }


def _scenario(name: str, disk: Path) -> dict[str, Any]:
    # The scenarios read the screen and play the coordinator, with the project's environment.
    environment = places.PROJECT / ".venv/bin/python"
    python = environment if environment.exists() else sys.executable
    try:
        said = run([python, "-m", "image.boot", name, disk], folder=places.PROJECT)
        result: dict[str, Any] = json.loads(said.splitlines()[-1])
    except (CommandError, ValueError, IndexError) as problem:
        return {"ok": False, "what": str(problem)[-2000:]}
    return result
