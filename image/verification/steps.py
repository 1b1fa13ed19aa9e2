"""Long work, step by step: a line as each step begins and one as it ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str, took: dict[str, float]) -> Iterator[None]:
    """Say that a step begins, and how it ended; keep its seconds under its name."""
    told = name.replace("_", " ")
    print(f"{told} begins", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException as error:
        print(f"{told} failed after {time.monotonic() - began:.1f} s: {error!s:.500}", flush=True)
        raise
    took[name] = round(time.monotonic() - began, 1)
    print(f"{told} took {took[name]} s", flush=True)
