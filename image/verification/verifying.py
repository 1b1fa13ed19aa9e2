"""The command behind `make image-verify`: build twice, compare, boot, report."""

import argparse
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image import building, contents, kernel, places, surroundings
from image.boot import every
from image.boot.every import Round
from image.build import DISK, MANIFEST
from image.errors import PartError
from image.inputs import aging, lock, locking
from image.inputs.gone import gone
from image.inputs.lock import Lock
from image.kernel import Kernel
from image.places import Cache
from image.release import published
from image.root import root_tree
from image.trust import releasing
from image.trust.release import Release
from image.vendor import vending
from image.verification import verify
from image.verification.steps import step

Report = dict[str, Any]

_MIB = 2**20
_FEW = 20


def add_commands(commands: Any) -> None:
    """Add `verify` to the command line."""
    verifies = commands.add_parser("verify", help="build twice, compare bit for bit, boot in QEMU")
    verifies.add_argument("--inputs", type=Path, metavar="ARCHIVE", help="fetch nothing: use these")
    verifies.add_argument("--mirror", action="append", default=[], metavar="ARCHIVE=ADDRESS")
    verifies.add_argument("--full", action="store_true", help="build the kernel too, twice")
    verifies.add_argument("--build-kernel", action="store_true", help="build it if it is not kept")
    verifies.add_argument("--no-boot", action="store_true")
    every.add_options(verifies)
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


@dataclass(frozen=True, slots=True)
class _Work:
    """What both builds and all boots are made of, and the seconds that each step took."""

    options: argparse.Namespace
    scratch: Path
    lock: Path
    cache: Cache
    """That of the first build."""
    took: dict[str, float]

    @property
    def words(self) -> tuple[str, ...]:
        """The lock, and where its files come from, as a build is told."""
        inputs = self.options.inputs
        return ("--lock", str(self.lock), *(("--inputs", str(inputs.absolute())) if inputs else ()))


def _verify(options: argparse.Namespace) -> int:
    found = _vouched(options)
    options.report.unlink(missing_ok=True)
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="airlock-verify-") as folder:
        scratch = Path(folder)
        with step("locked_files", took):
            path, aged = _usable_lock(options, scratch)
        kept: Cache = options.cache
        cache = kept
        if options.full:
            cache = verify.bare_cache(kept, scratch / "first-cache", with_kernels=False)
        report = _report(_Work(options, scratch, path, cache, took), aged)
    if found:
        report["release"] = published.compared(found, places.OUTPUT)
        _say_release(report["release"])
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: report[key] for key in ("identical", "kernel", "size_mib", "lock")}))
    wrong = problems(report)
    print("".join(f"NOT as it should be: {what}\n" for what in wrong), end="")
    return 1 if wrong else 0


def _report(work: _Work, aged: list[str]) -> Report:
    """Build everything twice and boot it."""
    options = work.options
    current, digest = lock.read(work.lock)
    key = kernel.key_of(current, places.KERNEL_CONFIG.read_text("utf-8"))
    has_kernel = options.full or options.build_kernel or kernel.cached(key, work.cache.kernels)
    if has_kernel and not options.no_boot:
        every.demand_host()
    if options.release and not has_kernel:
        raise PartError("a release is compared with its kernel: give --build-kernel")
    built = _kernel(current, work) if has_kernel else None
    differing = verify.keep_kernel(built, options.cache) if built and options.full else ()
    report = _two_builds(work, () if built else ("--without-kernel",))
    is_booting = built is not None and not options.no_boot
    return report | {
        "lock": {"sha256": digest, "snapshot": current.snapshot, "aged": aged},
        "kernel": built.release if built else kernel.NOT_BUILT,
        "kept_kernel_differs": list(differing),
        "boot": _boot(work) if is_booting else every.UNSEEN | {"why": "not run"},
        "took": work.took,
    }


def _vouched(options: argparse.Namespace) -> Release | None:
    """Return the published release that is to be compared, if one is named and vouched for."""
    if options.release is not None:
        if options.release.resolve() == places.OUTPUT:
            raise PartError(f"{places.OUTPUT} is where the images are rebuilt: name another folder")
        return releasing.demanded(options.release, options)
    if releasing.is_demanding(options):
        raise PartError("what builders have to vouch for is given with --release FOLDER")
    return None


def problems(report: Report) -> list[str]:
    """Return what is not as it should be: builds that differ, and images too large or not fit.

    Fit are those that start as they must, where they were booted, and are what was published.
    """
    found = [f"the builds differ: {what}" for what in report["differences"][:_FEW]]
    found += [f"the demonstration differs in {what}" for what in report["undeclared"][:_FEW]]
    found += [f"too large: {what}" for what in report["too_large"]]
    found += [f"the kept kernel is another one: {what}" for what in report["kept_kernel_differs"]]
    found += [
        f"{name}: {every.reason(result)}"
        for name, result in report["boot"].get("scenarios", {}).items()
        if not result["ok"]
    ]
    told = report.get("release")
    if told is not None and not published.is_same(told):
        found += [f"{name} is not the published one" for name in told["different"]]
        found += [f"{name} was not rebuilt" for name in told["missing"]]
        found += [] if told["identical"] else ["nothing of the release was rebuilt"]
    return found


def _say_release(told: Report) -> None:
    print(f"release {told['version']}: {len(told['identical'])} files are the same here")
    print("".join(f"not rebuilt: {name}\n" for name in told["not_rebuilt"]), end="")


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
    elif not options.inputs:
        aged = gone(lock.read(path)[0], locking.known_mirrors(options.mirror))
        if aged:
            print("\n".join(["the lock has aged; kept files are used for:", *aged]), flush=True)
    return path, list(aged)


def _kernel(current: Lock, work: _Work) -> Kernel:
    """Return the kernel of the first build, built unless its cache has it."""
    with step("kernel", work.took):
        return building.the_kernel(current, work.cache, os.cpu_count() or 1)


def _two_builds(work: _Work, more: tuple[str, ...]) -> Report:
    elsewhere, second = work.scratch / "elsewhere/sources", work.scratch / "second-cache"
    copy = surroundings.copied(places.PROJECT, elsewhere)
    other = verify.bare_cache(work.options.cache, second, with_kernels=not work.options.full)
    output = work.scratch / "output"
    vendored = vending.images(vending.supplied(work.options))
    words = (*work.words, *more)
    orders = (words, (*words, *vending.words_of(work.options)))[: 1 + bool(vendored)]
    with step("first_build", work.took):
        for order in orders:
            surroundings.build(surroundings.USUAL, places.PROJECT, work.cache, places.OUTPUT, order)
    with step("second_build", work.took):
        for order in orders:
            surroundings.build(surroundings.FOREIGN, copy, other, output, order)
    found = verify.differences(places.OUTPUT, output, vendored)
    return {
        "contract": 1,
        "images": verify.images(
            {surroundings.USUAL.where: places.OUTPUT, surroundings.FOREIGN.where: output}
        ),
        "identical": not found,
        "differences": found,
        **_contents(),
    }


def _contents() -> Report:
    rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
    told = json.loads((places.OUTPUT / "verity-production" / MANIFEST).read_text())
    return {
        "undeclared": verify.undeclared(places.OUTPUT, contents.declared(rules, places.PROJECT)),
        "size_mib": round((places.OUTPUT / "verity-production" / DISK).stat().st_size / _MIB, 1),
        "sizes_mib": {
            path.parent.name: round(path.stat().st_size / _MIB, 1)
            for path in sorted(places.OUTPUT.glob(f"*/{DISK}"))
        },
        "too_large": verify.too_large(places.OUTPUT),
        "packages": sum(told["packages"].values()),
    }


def _boot(work: _Work) -> Report:
    options = work.options
    only = tuple(options.scenario)
    words = work.words[2:]
    planned = Round(places.OUTPUT, work.lock, work.cache, words, options.machines, only)
    with step("boots", work.took):
        return every.boot(planned)
