import numpy as np
import pytest

from appliance.wire.sight.preview import HEIGHT, LEVELS, WIDTH
from appliance.wire.sight.thumbnail import thumbnail


@pytest.mark.parametrize("shape", [(720, 1280), (1080, 1920), (480, 640), (HEIGHT, WIDTH)])
def test_a_preview_has_one_size_and_four_greys(shape: tuple[int, int]) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, shape[1]).astype(np.uint8), shape)
    picture = thumbnail(ramp)
    assert len(picture) == WIDTH * HEIGHT
    assert set(picture) == set(range(LEVELS))
    assert list(picture[:WIDTH]) == sorted(picture[:WIDTH])


def test_greys_are_means() -> None:
    checked = np.indices((360, 640)).sum(axis=0) % 2 * np.uint8(255)
    assert set(thumbnail(checked.astype(np.uint8))) == {1}


@pytest.mark.parametrize("shape", [(0, 0), (0, 640), (HEIGHT - 1, 640), (480, WIDTH - 1)])
def test_of_a_tiny_frame_there_is_none(shape: tuple[int, int]) -> None:
    assert thumbnail(np.zeros(shape, np.uint8)) == b""
