"""A camera's frame made as small as its preview."""

import numpy as np

from appliance.wire.qr import Image
from appliance.wire.sight.preview import HEIGHT, LEVELS, WIDTH


def thumbnail(frame: Image) -> bytes:
    """Return HEIGHT rows of WIDTH greys from 0 black to LEVELS - 1; nothing for a tiny frame."""
    rows, columns = frame.shape
    if rows < HEIGHT or columns < WIDTH:
        return b""
    down = np.linspace(0, rows, HEIGHT, endpoint=False).astype(np.intp)
    across = np.linspace(0, columns, WIDTH, endpoint=False).astype(np.intp)
    sums = np.add.reduceat(frame, down, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, across, axis=1)
    sizes = np.outer(np.diff(down, append=rows), np.diff(across, append=columns))
    return bytes((sums * LEVELS // (sizes * 256)).astype(np.uint8).tobytes())
