"""Parts of UR and BBQr as symbols in alphanumeric mode."""

import random

import numpy as np
import pytest

from appliance.wire import bbqr, qr, qr_text, ur
from appliance.wire.qr import Correction, Modules
from tests import symbols


def read_back(modules: Modules) -> bytes:
    grid = np.array([list(row) for row in modules.rows], np.uint8)
    image = np.pad(1 - grid, qr.QUIET_ZONE, constant_values=1) * np.uint8(255)
    (content,) = symbols.read_thoroughly(image.repeat(4, axis=0).repeat(4, axis=1))
    return content


@pytest.mark.parametrize(
    ("version", "correction", "characters"),
    [
        (1, Correction.LOW, 25),
        (9, Correction.LOW, 335),
        (10, Correction.LOW, 395),
        (25, Correction.LOW, 1853),
        (27, Correction.LOW, 2132),
        (40, Correction.LOW, 4296),
        (40, Correction.MEDIUM, 3391),
    ],
)
def test_the_capacity_is_that_of_the_standard(
    version: int, correction: Correction, characters: int
) -> None:
    assert qr_text.capacity(version, correction) == characters


@pytest.mark.parametrize("version", [5, 10, 27])
def test_the_largest_parts_fit_and_are_read_back(version: int) -> None:
    message = random.Random(1).randbytes(3000)
    fragments = ur.Encoder("crypto-psbt", message, qr_text.fragment_size("crypto-psbt", version))
    for number in (1, 99_999):
        text = fragments.part(number)
        assert read_back(qr_text.symbol(text, version)) == text.upper().encode()
    for text in bbqr.encode(message, bbqr.FileType.PSBT, qr_text.share_size(version))[:2]:
        assert read_back(qr_text.symbol(text, version)) == text.encode()


def test_a_part_that_does_not_fit_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="fit"):
        qr_text.symbol("A" * 26, 1)
