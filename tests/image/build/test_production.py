"""What of this project is on the production image: the appliance and the overlay, nothing else."""

import gzip
import re
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from image import contents, kernel
from image.console.repertoire import positions
from image.inputs.tools import Tools
from image.parts import Parts
from image.root import root_tree
from tests.image.build.conftest import DebMaker, file_info, lock_of

RULES = """
programs = []
demo_files = []
keep = []
drop = []
wheel_drop = []
opened = []
folders = ["usr/bin", "usr/sbin", "usr/lib64"]
[links]
"""
ON_THE_IMAGE = {
    "appliance/__init__.py",
    "appliance/tui/app.py",
    "appliance/tui/appliance.tcss",
    "image/overlay/etc/hostname",
    "image/overlay/usr/lib/airlock/airlock_os/screen.py",
}
ELSEWHERE = {
    "CHANGELOG.md",
    "docs/image.md",
    "image/contents.py",
    "image/overlay-demo/usr/lib/airlock/demo_token.py",
    "online_coordinator/__init__.py",
    "online_coordinator/links/browser.py",
    "pyproject.toml",
    "requirements/runtime.txt",
    "tests/conftest.py",
}
# Python is the one locked tool that this takes; this machine's stands in for it.
LOADER = f"""\
#!/bin/sh
shift 3
unset PYTHONHOME
exec {sys.executable} "$@"
"""


def terminus(width: int, height: int) -> bytes:
    """Return a packed PCF font that has every letter of the console, all of them one row of ink."""
    form, letters = 0x0C | 2, positions()
    row = ((1 << width) - 1 << 32 - width).to_bytes(4, "big")
    box = bytes((128, 128 + width, 128 + width, 129, 128))
    indices = [0xFFFF] * (1 << 16)
    for index, letter in enumerate(letters):
        indices[ord(letter)] = index
    count = len(letters)
    tables = (
        (2, form, bytes(8) + struct.pack(">2i", height - 4, 4)),
        (4, 0x100 | form, struct.pack(">H", count) + box * count),
        (
            8,
            form,
            struct.pack(f">{count + 1}I", count, *range(0, 4 * count, 4)) + bytes(16) + row * count,
        ),
        (32, form, struct.pack(f">5H{len(indices)}H", 0, 255, 0, 255, 0, *indices)),
    )
    head, body = b"\x01fcp" + struct.pack("<I", len(tables)), b""
    for kind, said, table in tables:
        at = 8 + 16 * len(tables) + len(body)
        head += struct.pack("<4I", kind, said, 4 + len(table), at)
        body += struct.pack("<I", said) + table
    return gzip.compress(head + body)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout in which every file tells its own path, as byte code made from it does, too."""
    for name in ON_THE_IMAGE | ELSEWHERE:
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""file of the project: {name};"""\n')
    return tmp_path / "project"


@pytest.fixture
def parts(tmp_path: Path, project: Path, make_deb: DebMaker) -> Parts:
    fonts = make_deb(
        "fonts",
        (file_info("./usr/share/fonts/ter-u16n_unicode.pcf.gz"), terminus(8, 16)),
        (file_info("./usr/share/fonts/ter-u32n_unicode.pcf.gz"), terminus(16, 32)),
    )
    lock = replace(lock_of({"fonts": {"xfonts-terminus": fonts.read_bytes()}}), wheels=())
    for package in lock.packages:
        (tmp_path / package.sha256).write_bytes(fonts.read_bytes())
    loader = tmp_path / "tools/usr/lib64/ld-linux-x86-64.so.2"
    loader.parent.mkdir(parents=True)
    loader.write_text(LOADER)
    loader.chmod(0o755)
    return Parts(
        lock,
        "00" * 32,
        tmp_path,
        Tools(tmp_path / "tools", lock.epoch),
        kernel.stand_in(tmp_path / "kernel"),
        root_tree.parse_rules(RULES),
        project,
        "1.0",
    )


def test_the_production_image_holds_the_appliance_and_the_overlay_and_no_more(parts: Parts) -> None:
    tree = contents.production(parts)
    found = {
        name: told.decode()
        for name, entry in tree.items()
        for told in re.findall(rb"file of the project: ([\w./-]+);", entry.data or b"")
    }
    assert set(found.values()) == ON_THE_IMAGE
    sources = {name for name in found if "__pycache__" not in name}
    assert sources == {
        "etc/hostname",
        "usr/lib/airlock/airlock_os/screen.py",
        f"{root_tree.SITE}/appliance/__init__.py",
        f"{root_tree.SITE}/appliance/tui/app.py",
        f"{root_tree.SITE}/appliance/tui/appliance.tcss",
    }
