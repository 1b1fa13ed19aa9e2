"""How much of a serial line's byte rate a message gets, one way, until it is whole and verified.

The line is a pair of pseudo-terminals with a relay between them that holds to the baud rate and
damages bytes. The sender works without an answer and without knowing how much arrived.
"""

import random
import threading
import time
from collections.abc import Iterator

from appliance.wire import link
from appliance.wire.frame import line_encoder
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import Line, SerialPort
from tests.appliance.wire.serial_lines import PtyLine
from tests.benchmarks.measure import RUNS, Figure, of_limit, spread

SIZES = {115_200: 100_000, 921_600: 300_000}
BITS_PER_BYTE = 10
ERRORS = {"clean": 0.0, "noisy_1e-4": 1e-4}


def figures() -> Iterator[Figure]:
    """Measure the line at each rate, clean and noisy."""
    for baud, size in SIZES.items():
        for name, error_rate in ERRORS.items():
            reached = spread([goodput(size, baud, error_rate, seed) for seed in range(RUNS)])
            limit = "the line's byte rate"
            yield of_limit(
                f"link.serial.{baud}.{name}", reached, "B/s", limit, baud / BITS_PER_BYTE
            )


def goodput(size: int, baud: int, error_rate: float, seed: int) -> float:
    """Bytes of message a second, over one line."""
    message = random.Random(seed).randbytes(size)
    parts = link.run_of_parts(line_encoder(message))
    done = threading.Event()
    with PtyLine(baud, error_rate, seed) as line:
        near = Line(line.ends[0], baud, one_way=True)
        far = Line(line.ends[1], baud, one_way=True)
        with SerialPort(far) as incoming, SerialPort(near) as outgoing:

            def work() -> None:
                link.send(outgoing, parts, done.is_set)

            sending = threading.Thread(target=work)
            began = time.perf_counter()
            sending.start()
            arrived = link.receive(incoming, Receiver())
            taken = time.perf_counter() - began
            done.set()
            sending.join()
    if arrived != message or line.carried[1]:
        raise AssertionError("the message did not cross, or something went the other way")
    return size / taken
