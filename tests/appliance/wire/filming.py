"""What a camera makes of a screen: perspective, blur, contrast, noise and compression."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from appliance.wire.qr import Image


@dataclass(frozen=True, slots=True)
class Scene:
    """How the screen stands before the camera: degrees, shares of the height, pixels, grey."""

    share: float = 0.9
    turn: float = 0.0
    tilt: float = 0.0
    blur: float = 0.5
    contrast: float = 0.9
    noise: float = 2.0
    quality: int = 95


CLEAN = Scene()
TYPICAL = Scene(turn=5, tilt=0.05, blur=0.8, noise=5, contrast=0.7, quality=80)
HANDHELD = Scene(share=0.8, turn=15, tilt=0.1, blur=1.5, noise=8, contrast=0.6, quality=75)


def filmed(
    shown: Iterable[Image], scene: Scene, resolution: tuple[int, int], seed: int = 0
) -> Iterator[Image]:
    """Yield what a camera of (width, height) sees, two frames of everything that is shown."""
    chance = np.random.default_rng(seed)
    for image in shown:
        for _ in range(2):
            yield _frame(image, scene, resolution, chance)


def _frame(
    image: Image, scene: Scene, resolution: tuple[int, int], chance: np.random.Generator
) -> Image:
    width, height = resolution
    side, size = height * scene.share, image.shape[0]
    angle = np.deg2rad(chance.uniform(-scene.turn, scene.turn))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    corners *= 1 - chance.uniform(0, scene.tilt, (4, 1))
    corners = corners @ turned.T + (width / 2, height / 2) + chance.uniform(-8, 8, 2)
    source = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    view = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    seen = cv2.warpPerspective(
        image.astype(np.float32),
        view,
        resolution,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=64.0,
    )
    seen = cv2.GaussianBlur(seen, (0, 0), scene.blur)
    seen = 127 + (seen - 127) * scene.contrast + chance.normal(0, scene.noise, seen.shape)
    grey = np.clip(seen, 0, 255).astype(np.uint8)
    _, compressed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, scene.quality])
    return np.asarray(cv2.imdecode(compressed, cv2.IMREAD_GRAYSCALE), np.uint8)
