import random
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

from appliance.wire import qr
from appliance.wire.camera import render
from appliance.wire.errors import ScreenTooSmall
from appliance.wire.fountain import Encoder
from appliance.wire.qr import Correction, Modules, animation, part_size, symbol, version_for_cells
from tests import symbols


def read_back(modules: Modules) -> tuple[bytes, ...]:
    return symbols.read(render(modules, 4 * (modules.size + 8)))


@pytest.mark.parametrize("version", [10, 18, 27, 40])
@pytest.mark.parametrize("correction", Correction)
def test_every_byte_value_comes_back_from_a_full_symbol(
    version: int, correction: Correction
) -> None:
    content = bytes(range(256)) + random.Random(version).randbytes(3000)
    part = content[: part_size(version, correction)]
    modules = symbol(part, version, correction)
    assert modules.size == 17 + 4 * version
    assert read_back(modules) == (part,)


@pytest.mark.parametrize("version", [1, 5, 9, 10, 18, 26, 27, 40])
@pytest.mark.parametrize("correction", Correction)
def test_symbols_are_those_of_an_independent_library(version: int, correction: Correction) -> None:
    levels = {Correction.LOW: ERROR_CORRECT_L, Correction.MEDIUM: ERROR_CORRECT_M}
    for size in (1, part_size(version, correction) // 2, part_size(version, correction)):
        part = random.Random(size).randbytes(size)
        peer = QRCode(version, levels[correction], border=0, mask_pattern=3)
        peer.add_data(QRData(part, mode=MODE_8BIT_BYTE))
        peer.make(fit=False)
        rows = tuple(bytes(map(bool, row)) for row in peer.modules)
        assert symbol(part, version, correction).rows == rows


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x20, 0x55, 0xAA, 0xEC, 0xFF])
def test_monotonous_content_comes_back_under_the_fixed_mask(byte: int) -> None:
    part = bytes((byte,)) * part_size(15)
    assert read_back(symbol(part, 15)) == (part,)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=106), st.integers(5, 8))
def test_any_part_comes_back_at_any_length(part: bytes, version: int) -> None:
    assert read_back(symbol(part, version)) == (part,)


@pytest.mark.parametrize(
    ("version", "low", "medium"),
    [
        (1, 17, 14),
        (9, 230, 180),
        (10, 271, 213),
        (25, 1273, 997),
        (27, 1465, 1125),
        (40, 2953, 2331),
    ],
)
def test_capacities_are_those_of_the_standard(version: int, low: int, medium: int) -> None:
    assert part_size(version) == low
    assert part_size(version, Correction.MEDIUM) == medium


def test_refuses_a_part_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        symbol(bytes(part_size(10) + 1), 10)


@pytest.mark.parametrize(
    ("columns", "rows", "version"),
    [(80, 24, 5), (80, 25, 6), (160, 50, 18), (240, 67, 27), (1000, 1000, 40), (41, 200, 4)],
)
def test_the_largest_version_that_fits_a_terminal(columns: int, rows: int, version: int) -> None:
    assert version_for_cells(columns, rows) == version


@pytest.mark.parametrize(("columns", "rows"), [(80, 16), (32, 67), (0, 0)])
def test_refuses_a_terminal_that_holds_no_usable_symbol(columns: int, rows: int) -> None:
    with pytest.raises(ScreenTooSmall):
        version_for_cells(columns, rows)


def test_an_animation_shows_the_parts_in_turn() -> None:
    encoder = Encoder(random.Random(1).randbytes(1000), part_size(10))
    shown = animation(encoder, 10, Correction.LOW)
    assert [read_back(next(shown)) for _ in range(3)] == [(encoder.part(n),) for n in range(3)]


def test_the_most_repetitive_message_can_be_shown() -> None:
    encoder = Encoder(bytes(4 << 20), part_size(10))
    for modules in islice(animation(encoder, 10, Correction.LOW), encoder.transfer.symbols):
        assert read_back(modules)


@pytest.mark.parametrize(("columns", "rows", "scale"), [(80, 25, 1), (160, 50, 2), (10, 10, 1)])
def test_a_small_symbol_is_drawn_as_large_as_it_fits(columns: int, rows: int, scale: int) -> None:
    assert qr.scale_for_cells(6, columns, rows) == scale
    lines = symbol(b"\xa1part", 6).half_blocks(scale)
    assert len(lines) == -(-49 * scale // 2)
    assert {len(line) for line in lines} == {49 * scale}


def test_two_symbols_side_by_side_are_both_read() -> None:
    one, two = (render(symbol(text, 5), 200) for text in (b"https://example.org", b"\xa1two"))
    assert set(symbols.read_thoroughly(np.hstack((one, two)))) == {
        b"https://example.org",
        b"\xa1two",
    }


def test_turned_and_inverted_symbols_are_read_thoroughly() -> None:
    image = render(symbol(b"\xa1part", 5), 200)
    assert symbols.read_thoroughly(np.ascontiguousarray(255 - image)) == (b"\xa1part",)
    assert symbols.read_thoroughly(np.rot90(image, 2)) == (b"\xa1part",)
