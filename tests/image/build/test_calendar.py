"""An image that is built in another year, zone and language is the same to the last byte."""

import os
import subprocess
import sys
from pathlib import Path

from image import build
from tests.conventions.documents import ROOT
from tests.image.build.conftest import stub_of

# Python runs it before everything else: whatever asks for the time is told another one.
OTHER_CLOCK = """\
import datetime, os, time
AHEAD = int(os.environ["DAYS_AHEAD"]) * 86400
def ahead(real, unit=1):
    return lambda: real() + AHEAD * unit
def of_now(real):
    return lambda *given: real(*given or (time.time(),))
time.time, time.time_ns = ahead(time.time), ahead(time.time_ns, 10**9)
time.gmtime, time.localtime = of_now(time.gmtime), of_now(time.localtime)
time.ctime = of_now(time.ctime)
format_time = time.strftime
time.strftime = lambda text, *given: format_time(text, *given or (time.localtime(),))
class Date(datetime.date):
    @classmethod
    def today(cls):
        return cls.fromtimestamp(time.time())
class DateTime(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return cls.fromtimestamp(time.time(), zone)
    @classmethod
    def today(cls):
        return cls.now()
    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)
datetime.date, datetime.datetime = Date, DateTime
"""
BUILDER = """\
import datetime, sys
from pathlib import Path
from image import build, kernel, places
from image.build import Contents
from image.disk import erofs
from image.inputs.deb import Entry
from image.inputs.tools import Tools
from image.parts import Parts
from image.profiles import Edition, Layout, Profile, os_release
from image.root import root_tree
from tests.image.build.conftest import lock_of
folder = Path(sys.argv[1])
lock = lock_of({"root": {"alpha": b"one"}, "kernel": {"linux-source-6.12": b"two"}})
rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
tools, built = Tools(folder / "tools", lock.epoch), kernel.stand_in(folder / "kernel")
parts = Parts(lock, "00" * 32, folder, tools, built, rules, places.PROJECT, "1.0")
release = os_release("1.0", Edition.PRODUCTION).encode()
tree = {"usr/lib/os-release": Entry("usr/lib/os-release", 0o644, data=release)}
held = Contents(tree, erofs.as_tar(tree, lock.epoch), ())
build.build(parts, Profile(Layout.RAM, Edition.PRODUCTION), held).write(folder / "image")
print(datetime.date.today().year)
"""
LOADER = "usr/lib64/ld-linux-x86-64.so.2"
"""What starts a locked tool. Here none is packed, and what it is given comes back."""


def built(folder: Path, stub: bytes, **surroundings: str) -> tuple[int, dict[str, bytes]]:
    """Build an image in surroundings; the year that the builder saw, and the image's files."""
    for name, body in (
        ("clock/sitecustomize.py", OTHER_CLOCK.encode()),
        ("tools/usr/lib/systemd/boot/efi/linuxx64.efi.stub", stub),
        (f"tools/{LOADER}", b"#!/bin/sh\nexec cat\n"),
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(body)
    (folder / "tools" / LOADER).chmod(0o755)
    path = {"PYTHONPATH": os.pathsep.join((str(folder / "clock"), str(ROOT)))}
    ran = subprocess.run(
        (sys.executable, "-c", BUILDER, folder),
        cwd=ROOT, env={**os.environ, **path, **surroundings}, check=True, capture_output=True,
    )  # fmt: skip
    files = {file.name: file.read_bytes() for file in (folder / "image").iterdir()}
    return int(ran.stdout), files


def test_the_day_the_zone_and_the_language_are_nowhere_on_an_image(tmp_path: Path) -> None:
    stub = stub_of({".text": b"stub"})
    year, one = built(tmp_path / "one", stub, DAYS_AHEAD="0", TZ="UTC", LC_ALL="C")
    later, other = built(
        tmp_path / "other", stub, DAYS_AHEAD="1234", TZ="Asia/Kolkata", LC_ALL="tr_TR.UTF-8"
    )
    assert later > year
    assert {build.DISK, build.MANIFEST, build.PROGRAM, "sbom.cdx.json"} <= set(one)
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == set()
