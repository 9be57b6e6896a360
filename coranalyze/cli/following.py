"""`analyze --follow`: what is told while a capture grows, and how it ends."""

import signal
import threading
from collections.abc import Callable

from coranalyze.cli import streams
from coranalyze.fetch import Fetch
from coranalyze.live import blocked_line


def interrupted() -> Callable[[float], bool]:
    """Waits so many seconds, and tells whether Ctrl-C was pressed: from now on it ends the reading, not the program."""
    pressed = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: pressed.set())
    signal.signal(signal.SIGTERM, lambda *_: pressed.set())
    return pressed.wait


def tell(fetch: Fetch) -> None:
    if fetch.verdict.is_blocked:
        streams.say(blocked_line(fetch))
