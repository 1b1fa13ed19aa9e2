"""The console's font: every glyph that is painted, in cells that are filled exactly."""

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.tui.glyphs import GLYPHS
from image.console import drawn, pcf, psf
from image.console.__main__ import console_font
from image.console.font import Font
from image.console.palette import COLOURS, kernel_arguments
from image.console.repertoire import ASCII, positions
from tests.console import ROOT, SOURCES, stand_in_source

SIZES = [(8, 16), (16, 32)]


def test_the_font_has_every_glyph_that_is_painted() -> None:
    held = positions()
    assert len(held) == len(set(held)) == psf.GLYPHS
    assert {*ASCII, *GLYPHS} <= set(held)


def test_ascii_stands_where_the_kernel_looks_for_it() -> None:
    held = positions()
    assert all(held[ord(one)] == one for one in ASCII)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_blocks_fill_their_cells_exactly(width: int, height: int) -> None:
    full = (1 << width) - 1
    upper, lower, whole = (drawn.glyph(one, width, height) for one in "▀▄█")
    assert upper == (full,) * (height // 2) + (0,) * (height // 2)
    assert lower == (0,) * (height // 2) + (full,) * (height // 2)
    assert whole == (full,) * height
    left, right = (drawn.glyph(one, width, height) for one in "▌▐")
    assert left is not None
    assert right is not None
    assert all(a ^ b == full for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_shares_of_a_cell_are_what_they_say(width: int, height: int) -> None:
    cells = [drawn.glyph(chr(code), width, height) for code in range(0x2580, 0x25A0)]
    inked = [sum(row.bit_count() for row in cell) for cell in cells if cell is not None]
    assert len(inked) == 32
    shares = [round(8 * each / (width * height), 2) for each in inked]
    assert shares[1:9] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert shares[9:16] == [7, 6, 5, 4, 3, 2, 1]
    assert shares[17:20] == [2, 4, 6]


def test_other_letters_come_from_the_source() -> None:
    assert drawn.glyph("A", 8, 16) is None
    source = stand_in_source(8, 16)
    made = console_font(source)
    assert made.glyphs["A"] == source.glyphs["A"]
    assert made.glyphs["█"] != source.glyphs["█"]


def test_a_source_that_lacks_a_letter_is_refused() -> None:
    source = stand_in_source(8, 16)
    poorer = {one: cell for one, cell in source.glyphs.items() if one != "A"}
    with pytest.raises(pcf.NotAFont, match=r"U\+0041"):
        console_font(Font(8, 16, poorer))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_written_font_is_read_back(width: int, height: int) -> None:
    made = console_font(stand_in_source(width, height))
    data = psf.write(made, positions())
    magic, _, _, flags, count, size, tall, wide = struct.unpack("<8I", data[:32])
    assert (magic, flags, count, tall, wide) == (0x864AB572, 1, 512, height, width)
    assert size == height * width // 8
    assert psf.read(data) == made


def test_what_is_no_psf_font_is_refused() -> None:
    with pytest.raises(ValueError, match="PSF2"):
        psf.read(bytes(64))


def pcf_of(width: int, height: int, characters: str) -> bytes:
    """Return a PCF font whose glyphs are all one row of ink, at the baseline."""
    big = 0x0C | 2
    count, row = len(characters), ((1 << width) - 1 << 32 - width).to_bytes(4, "big")
    metrics = struct.pack(">H", count) + bytes((128, 128 + width, 128 + width, 129, 128)) * count
    offsets = struct.pack(f">{count}I", *(4 * index for index in range(count)))
    indices = [0xFFFF] * 256
    for index, one in enumerate(characters):
        indices[ord(one)] = index
    tables = {
        2: (big, struct.pack("<I", big) + bytes(8) + struct.pack(">2i", height - 4, 4)),
        4: (0x100 | big, struct.pack("<I", 0x100 | big) + metrics),
        8: (
            big,
            struct.pack("<I", big) + struct.pack(">I", count) + offsets + bytes(16) + row * count,
        ),
        32: (big, struct.pack("<I", big) + struct.pack(">5H256H", 0, 255, 0, 0, 0, *indices)),
    }
    at, entries, body = 8 + 16 * len(tables), b"", b""
    for kind, (form, data) in tables.items():
        entries += struct.pack("<4I", kind, form, len(data), at + len(body))
        body += data
    return b"\x01fcp" + struct.pack("<I", len(tables)) + entries + body


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pcf_font_is_read_into_cells(pack: type[bytes]) -> None:
    font = pcf.read(pack(pcf_of(8, 16, "Ab")))
    assert (font.width, font.height, sorted(font.glyphs)) == (8, 16, ["A", "b"])
    assert font.glyphs["A"] == (*(0,) * 11, 0xFF, *(0,) * 4)


@pytest.mark.parametrize("cut", [0, 3, 8, 60, 100, 300])
def test_what_is_no_whole_pcf_font_is_refused(cut: int) -> None:
    with pytest.raises(pcf.NotAFont):
        pcf.read(pcf_of(8, 16, "Ab")[:cut])


@pytest.mark.parametrize("size", SOURCES, ids=str)
def test_the_real_source_makes_the_font(size: tuple[int, int], tmp_path: Path) -> None:
    if not SOURCES[size].exists():
        pytest.skip("the package xfonts-terminus is not installed")
    program = [sys.executable, "-m", "image.console", str(tmp_path), "--source", str(SOURCES[size])]
    subprocess.run(program, cwd=ROOT, check=True, capture_output=True)
    made = psf.read((tmp_path / f"airlock-{size[0]}x{size[1]}.psf").read_bytes())
    assert (made.width, made.height) == size
    blank = (0,) * made.height
    assert {one for one, cell in made.glyphs.items() if cell == blank} == {" ", "\xa0"}
    assert len({made.glyphs[one] for one in GLYPHS + ASCII}) == len(GLYPHS + ASCII)


def test_a_source_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "image.console", str(tmp_path), "--source", __file__]
    ran = subprocess.run(program, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ran.returncode == 1
    assert __file__ in ran.stderr


def test_white_is_white_and_the_kernel_is_told_so() -> None:
    assert COLOURS[0] == (0, 0, 0)
    assert COLOURS[7] == (255, 255, 255)
    told = dict(one.split("=") for one in kernel_arguments().split())
    channels = [told[f"vt.default_{name}"].split(",") for name in ("red", "grn", "blu")]
    assert [tuple(map(int, colour)) for colour in zip(*channels, strict=True)] == [*COLOURS]
