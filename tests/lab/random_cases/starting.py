"""Browsers that have been started, until they can be spoken to."""

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0


def started(process: "subprocess.Popen[bytes]", name: str, look: Callable[[], T | None]) -> T:
    """What `look` finds at last; raises TimeoutError, at once when the browser has ended instead."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{name} does not start")
