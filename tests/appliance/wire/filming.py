"""What a camera makes of a screen: one picture under stated conditions, or a film of an animation.

The conditions are those of the room that the links are specified for: distance, angle, focus,
hands, light, noise, compression, the grid of a screen, and pictures of two frames at once. A film
is taken row by row while the screen changes row by row.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.wire.qr import Image

Light = NDArray[np.float32]
"""A picture from 0 black to 1 white."""
Resolution = tuple[int, int]
"""Width and height in pixels."""

P720, P1080 = (1280, 720), (1920, 1080)


@dataclass(frozen=True, slots=True)
class Scene:
    """How a code stands before the camera.

    `share` of the picture's height that it fills, degrees of `turn`, `tilt` as a share of its side,
    `blur` and `motion` in pixels, `noise` in greys of 255, JPEG `quality`. `tear` is the share of
    rows that show the next code already, `blend` how far all rows do.
    """

    share: float = 0.9
    turn: float = 0.0
    tilt: float = 0.0
    blur: float = 0.5
    motion: int = 0
    contrast: float = 0.9
    noise: float = 2.0
    quality: int = 95
    grid: bool = False
    glare: bool = False
    tear: float = 0.0
    blend: float = 0.0


TYPICAL = Scene(turn=5, tilt=0.05, blur=0.8, noise=5, contrast=0.7, quality=80)
HANDHELD = Scene(0.8, 15, 0.10, blur=1.1, motion=3, noise=8, contrast=0.6, quality=75)
DECODABLE = {
    "clean": Scene(),
    "typical": TYPICAL,
    "handheld": HANDHELD,
    "half as large": replace(TYPICAL, tilt=0.03, share=0.5),
    "blur 1.5": Scene(blur=1.5),
    "blur 2.5": Scene(blur=2.5),
    "perspective": Scene(tilt=0.20, turn=10, share=0.8),
    "turned by 45": Scene(turn=45, share=0.65),
    "noise 20": Scene(noise=20),
    "noise 40": Scene(noise=40),
    "contrast 0.25": Scene(contrast=0.25, noise=4),
    "contrast 0.12": Scene(contrast=0.12, noise=3),
    "JPEG 30": Scene(quality=30),
    "moire": Scene(grid=True, blur=0.4, tilt=0.03, turn=3),
    "motion 4": Scene(motion=4),
    "motion 8": Scene(motion=8),
    "glare": Scene(glare=True, contrast=0.7),
    "torn by 5 %": Scene(tear=0.05),
    "blend 0.15": Scene(blend=0.15),
    "blend 0.3": Scene(blend=0.3),
}
HOPELESS = {
    "torn by 20 %": Scene(tear=0.2),
    "torn by half": Scene(tear=0.5),
}

_GRID = 3
_SUBPIXELS = np.outer((1, 1, 0.35), (1, 1, 0.35)).astype(np.float32) * np.float32(1.6)


def picture(
    shown: Image,
    following: Image,
    scene: Scene,
    resolution: Resolution,
    chance: np.random.Generator,
) -> Image:
    """Return what a camera sees of a screen that shows one code, or two at once."""
    lit = _lit(shown)
    if scene.tear:
        torn = round(len(lit) * (1 - scene.tear))
        lit = np.vstack((lit[:torn], _lit(following)[torn:]))
    if scene.blend:
        lit = lit * np.float32(1 - scene.blend) + _lit(following) * np.float32(scene.blend)
    if scene.grid:
        lit = np.kron(lit, np.ones((_GRID, _GRID), np.float32))
        lit = lit * np.tile(_SUBPIXELS, (lit.shape[0] // _GRID, lit.shape[1] // _GRID))
    corners = _corners(scene, resolution, chance)
    seen = _warped(lit, corners, resolution, _wall(resolution, chance), is_grid=scene.grid)
    return _exposed(seen, scene, chance)


@dataclass(frozen=True, slots=True)
class Shutter:
    """A camera and a screen in time: seconds, and frames a second."""

    camera_rate: float = 30.0
    shown_rate: float = 15.0
    refresh: float = 60.0
    readout: float = 0.018
    exposure: float = 0.010
    response: float = 0.005
    unsteady: float = 0.001


def film(
    shown: Callable[[int], Image],
    scene: Scene,
    resolution: Resolution,
    seed: int,
    shutter: Shutter = Shutter(),
) -> Iterator[Image]:
    """Yield what a camera films of the codes that `shown` returns by number, for ever.

    It begins at any moment of the first code. A hand that holds it wanders; a stand does not.
    """
    chance = np.random.default_rng(seed)
    corners = _corners(scene, resolution, chance)
    wall = _wall(resolution, chance)
    begins = chance.uniform(0, 1 / shutter.shown_rate)
    sway = chance.uniform(0, 2 * math.pi, 4) if scene.motion else None
    warped = lru_cache(4)(
        lambda number: _warped(_lit(shown(number)), corners, resolution, wall, is_grid=False)
    )
    for count in range(1 << 32):
        start = begins + count / shutter.camera_rate + chance.uniform(0, shutter.unsteady)
        first = int(start * shutter.shown_rate)
        seen = warped(max(first - 1, 0))
        for number in range(max(first, 1), first + 3):
            share = _share(shutter, start, number, resolution[1], scene.share)
            if share.max() > 0:
                seen = seen + (warped(number) - seen) * share[:, None]
        if sway is not None:
            seen = _moved(seen, count, sway)
        yield _exposed(seen, scene, chance)


def _share(shutter: Shutter, start: float, number: int, rows: int, height: float) -> Light:
    """Return by row how far a picture begun at `start` shows code `number` in place of the last."""
    flip = math.ceil(number / shutter.shown_rate * shutter.refresh - 1e-9) / shutter.refresh
    row = np.arange(rows) / rows
    on_screen = np.clip((row - (1 - height) / 2) / height, 0, 1)
    opened = start + row * shutter.readout - flip - on_screen / shutter.refresh

    def light(until: NDArray[np.float64]) -> NDArray[np.float64]:
        passed = np.maximum(until, 0)
        return passed - shutter.response * (1 - np.exp(-passed / shutter.response))

    share = (light(opened + shutter.exposure) - light(opened)) / shutter.exposure
    return np.clip(share, 0, 1).astype(np.float32)


def _lit(shown: Image) -> Light:
    return shown.astype(np.float32) / np.float32(255)


def _corners(
    scene: Scene, resolution: Resolution, chance: np.random.Generator
) -> NDArray[np.float64]:
    width, height = resolution
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * height * scene.share / 2
    if scene.tilt:
        corners *= 1 - chance.uniform(0, scene.tilt, corners.shape)
        axis, sign = chance.integers(2), chance.choice((-1, 1))
        along = corners[:, 1 - axis] * sign / (height * scene.share / 2)
        corners[:, axis] *= 1 - scene.tilt * (along + 1) / 2
    angle = np.deg2rad(chance.uniform(-scene.turn, scene.turn))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (width / 2, height / 2) + chance.uniform(-0.02, 0.02, 2) * height
    return np.asarray(corners @ turned.T + middle)


def _warped(
    lit: Light, corners: NDArray[np.float64], resolution: Resolution, wall: Light, *, is_grid: bool
) -> Light:
    size = lit.shape[0]
    source = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    view = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    side = float(np.linalg.norm(corners[1] - corners[0]))
    soft = lit if is_grid else cv2.GaussianBlur(lit, (0, 0), max(0.3, 0.45 * size / side))
    how = cv2.INTER_NEAREST if is_grid else cv2.INTER_LINEAR
    seen = wall.copy()
    cv2.warpPerspective(
        soft, view, resolution, dst=seen, flags=how, borderMode=cv2.BORDER_TRANSPARENT
    )
    return np.asarray(seen, np.float32)


def _wall(resolution: Resolution, chance: np.random.Generator) -> Light:
    rough = chance.uniform(0.05, 0.5, (7, 12)).astype(np.float32)
    return np.asarray(cv2.resize(rough, resolution, interpolation=cv2.INTER_CUBIC), np.float32)


def _moved(seen: Light, count: int, sway: NDArray[np.float64]) -> Light:
    """Return the picture as a hand holds it after so many frames: turned and shifted a little."""
    height, width = seen.shape
    across, down = (6 * math.sin(count / 4 + phase) for phase in sway[:2])
    turn, nearer = (math.sin(count / 9 + phase) for phase in sway[2:])
    view = cv2.getRotationMatrix2D((width / 2, height / 2), 0.8 * turn, 1 + 0.01 * nearer)
    view[:, 2] += np.array((across, down))
    moved = cv2.warpAffine(seen, view, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _exposed(seen: Light, scene: Scene, chance: np.random.Generator) -> Image:
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), scene.blur), np.float32)
    if scene.motion > 1:
        seen = np.asarray(cv2.filter2D(seen, -1, _streak(scene.motion, chance)), np.float32)
    seen = np.float32(0.5) + (seen - np.float32(0.5)) * np.float32(scene.contrast)
    if scene.glare:
        seen = seen + _glare(seen.shape, chance)
    noisy = seen * np.float32(255) + np.float32(scene.noise) * _noise(seen.shape, chance)
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    _, compressed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, scene.quality])
    return np.asarray(cv2.imdecode(compressed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _streak(length: int, chance: np.random.Generator) -> Light:
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle = chance.uniform(0, math.pi)
    for place in np.linspace(-length / 2, length / 2, 8 * length):
        row, column = length + place * math.sin(angle), length + place * math.cos(angle)
        kernel[round(row), round(column)] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)


def _glare(shape: tuple[int, ...], chance: np.random.Generator) -> Light:
    height, width = shape
    x, y = np.array((width, height)) / 2 + chance.uniform(-0.3, 0.3, 2) * height
    down, across = np.ogrid[:height, :width]
    distance = (across - x) ** 2 + (down - y) ** 2
    return np.asarray(0.7 * np.exp(-distance / (2 * (0.08 * height) ** 2)), np.float32)


def _noise(shape: tuple[int, ...], chance: np.random.Generator) -> Light:
    """Return noise cut from one piece: making it anew takes longer than all the rest."""
    height, width = shape
    top, left = chance.integers(0, 256, 2)
    return _grain(height + 256, width + 256)[top : top + height, left : left + width]


@lru_cache(2)
def _grain(height: int, width: int) -> Light:
    return np.random.default_rng(0).standard_normal((height, width), dtype=np.float32)
