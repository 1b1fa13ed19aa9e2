"""How fast and how surely a camera reads, from pictures of screens as cameras take them."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from appliance.wire import link, qr
from appliance.wire.camera import Camera, record, render, symbols_in
from appliance.wire.fountain import MAGIC, Encoder
from appliance.wire.qr import Image
from appliance.wire.receiver import Receiver
from tests.appliance.wire.filming import (
    DECODABLE,
    HANDHELD,
    P720,
    P1080,
    TYPICAL,
    Resolution,
    Scene,
    film,
    picture,
)
from tests.benchmarks.measure import RUNS, Figure, of_limit, spread

FPS = 30
MESSAGE_BYTES = 100_000
"""Long enough that a film's beginning and end, where a code may be seen once, count little."""
VERSIONS = range(10, 31, 4)
FRAMES_EACH = 18
PEER_EVERY = 12
PIXELS = 1040


def figures() -> Iterator[Figure]:
    """Measure the camera link."""
    yield goodput("link.qr.goodput.720p_v25", TYPICAL, P720, 25)
    yield goodput("link.qr.goodput.1080p_v27", TYPICAL, P1080, 27)
    yield goodput("link.qr.goodput.720p_v25_handheld", HANDHELD, P720, 25)
    yield from decoding()


def goodput(name: str, scene: Scene, resolution: Resolution, version: int) -> Figure:
    """Bytes of message a second of film, through the file that a camera's frames are recorded in.

    The receiver joins late, in the middle of a code, and the whole message must come out.
    """
    reached = [_one(seed, scene, resolution, version) for seed in range(RUNS)]
    limit = qr.part_size(version) * FPS / 2
    return of_limit(name, spread(reached), "bytes/s", "byte capacity x camera fps / 2", limit)


def _one(seed: int, scene: Scene, resolution: Resolution, version: int) -> float:
    message = random.Random(seed).randbytes(MESSAGE_BYTES)
    encoder = Encoder(message, qr.part_size(version))
    late = random.Random(~seed).randrange(10_000)
    parts = encoder.parts(late)

    @lru_cache(4)
    def shown(_: int) -> Image:
        return render(qr.symbol(next(parts), version), PIXELS)

    frames = islice(film(shown, scene, resolution, seed), round(2.6 * encoder.parts_needed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.avi"
        record(frames, path, FPS)
        with Camera(path) as camera:
            assert link.receive(camera, Receiver()) == message
            return MESSAGE_BYTES / camera.telemetry.seconds


def decoding() -> Iterator[Figure]:
    """Share of frames that are read under each condition, and processor time against OpenCV's."""
    ours: list[float] = []
    theirs: list[float] = []
    shares: list[float] = []
    peer = cv2.QRCodeDetector()
    every = cycle(range(PEER_EVERY))
    for scene in DECODABLE.values():
        decoded = total = 0
        for content, frame in _frames(scene):
            began = time.process_time()
            contents = symbols_in(frame)
            ours.append(time.process_time() - began)
            assert contents in ((), (content,)), "a wrong payload"
            decoded, total = decoded + bool(contents), total + 1
            if next(every) == 0:
                began = time.process_time()
                peer.detectAndDecode(frame)
                theirs.append(time.process_time() - began)
        shares.append(decoded / total)
    mean = statistics.mean(shares)
    limit = f"of {len(ours):,} frames under the decodable conditions"
    yield Figure("link.qr.decode_success", spread(shares), "share", limit, 1.0, mean)
    mine, other = statistics.mean(ours), statistics.mean(theirs)
    told = f"cv2.QRCodeDetector {cv2.__version__}"
    yield Figure("link.qr.cpu_vs_cv2", spread(ours), "s/frame", told, other, other / mine)


def _frames(scene: Scene) -> Iterator[tuple[bytes, Image]]:
    """Yield frames of codes of every version, and what each code holds."""
    for version in VERSIONS:
        chance = np.random.default_rng(version)
        contents = [
            bytes((MAGIC,)) + chance.bytes(qr.part_size(version) - 1) for _ in range(FRAMES_EACH)
        ]
        codes = [render(qr.symbol(each, version), PIXELS) for each in contents]
        for number, content in enumerate(contents):
            yield content, picture(codes[number], codes[number - 1], scene, P720, chance)
