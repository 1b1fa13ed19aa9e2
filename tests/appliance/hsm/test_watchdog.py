"""What does not return in time ends with its process; what does leaves no timer behind."""

import multiprocessing
import signal
import time
from collections.abc import Callable

import pytest

from appliance.hsm.watchdog import bounded


def hang(seconds: float) -> None:
    with bounded(seconds):
        time.sleep(30)


def be_quick(seconds: float) -> None:
    for _ in range(3):
        with bounded(seconds):
            pass
    time.sleep(2 * seconds)


def hang_with_the_signal_blocked(seconds: float) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGALRM,))
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    hang(seconds)


@pytest.mark.parametrize(
    ("target", "argument", "exit_code"),
    [
        (hang, 0.2, -signal.SIGALRM),
        (hang_with_the_signal_blocked, 0.2, -signal.SIGALRM),
        (be_quick, 0.2, 0),
    ],
)
def test_bounds_the_life_of_a_process(
    target: Callable[[float], None], argument: float, exit_code: int
) -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=(argument,))
    process.start()
    process.join(60)
    assert process.exitcode == exit_code
