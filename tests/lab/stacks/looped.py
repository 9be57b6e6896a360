"""A server of asyncio in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager


@contextmanager
def in_loop(start: Callable[[], Awaitable[dict[str, int]]]) -> Iterator[dict[str, int]]:
    """Run `start` in a new loop, which goes on while the block runs; gives what `start` gave."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def started() -> dict[str, int]:
        return await start()

    try:
        yield asyncio.run_coroutine_threadsafe(started(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
