"""Photographs of QR codes that others published, and pictures that hold none."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from appliance.wire.camera import grey, symbols_in
from tests.shared_vectors import folder

FLOOR = 0.90
"""The share of photographs that is read at least; the rest are shadows and curves."""
CHARACTER_SETS = ("utf-8", "shift_jis", "gb2312", "latin-1")
PICTURES = {".png", ".jpg", ".webp"}


def pictures(*topics: str) -> list[Path]:
    root = folder() / "qr-images"
    found = (path for topic in topics for path in sorted(root.glob(topic)))
    paths = [path for path in found if path.suffix in PICTURES]
    if not paths:
        pytest.skip("the shared vectors are not here (AIRLOCK_VECTORS)")
    return paths


def read(path: Path) -> tuple[bytes, ...] | None:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if image is None else symbols_in(grey(image))


def meanings(content: bytes) -> Iterator[str]:
    for name in CHARACTER_SETS:
        try:
            yield _plain(content.decode(name))
        except UnicodeDecodeError:
            continue


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_photographs_are_read_as_what_they_say() -> None:
    decoded, total = 0, 0
    for path in pictures("zxing/qrcode-*/*", "zxing-cpp/qrcode-*/*"):
        text = path.with_suffix(".txt")
        if not text.exists():
            continue
        said, contents = _plain(text.read_text("utf-8")), read(path) or ()
        total += 1
        decoded += any(said in meanings(content) for content in contents)
    assert total > 150
    assert decoded / total >= FLOOR, f"{decoded} of {total}"


def test_photographs_of_several_codes_and_of_screens_are_read() -> None:
    for path in pictures("boofcv/*", "hermit/*", "*.png", "zxing-cpp/qrcode-7/*"):
        assert read(path), path.name


def test_small_kinds_of_codes_are_read() -> None:
    read_ones = [bool(read(path)) for path in pictures("zxing-cpp/*microqrcode-1/*")]
    assert sum(read_ones) / len(read_ones) >= 0.8


def test_pictures_without_a_code_yield_nothing() -> None:
    for path in pictures("zxing-cpp/falsepositives-*/*"):
        assert not read(path), path.name
