"""Whether time grows with the size of the input, and no faster."""

import time
from collections.abc import Callable


def is_linear(run: Callable[[int], object], size: int) -> bool:
    """Four times the size takes four times as long, sixteen times where it is quadratic; measured again if in doubt."""
    return any(_seconds(run, 4 * size) < 10 * _seconds(run, size) for _ in range(5))


def _seconds(run: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    run(size)
    # What is too short to be measured shows nothing.
    return max(time.process_time() - start, 0.01)
