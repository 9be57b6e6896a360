"""A progress bar on stderr for reads that take long; nothing when stderr is no terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.5
"""Seconds before a bar appears: short reads need none."""

Report = Callable[[str, int, int | None], None]


@contextmanager
def progress(wanted: bool) -> Iterator[Report | None]:
    """Gives the callback for `analyze`, or None where no bar is wanted."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.report
    finally:
        bar.close()


class _Bar:
    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._path = ""

    def report(self, path: str, done: int, total: int | None) -> None:
        if self._progress is None:
            if time.monotonic() - self._begun < PATIENCE:
                return
            self._progress = self._open()
        if self._task is None or path != self._path:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._path = path
            self._task = self._progress.add_task(_name(path), total=total)
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _open(self) -> "Progress":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        opened = Progress(*columns, console=Console(stderr=True), transient=True)
        opened.start()
        return opened


def _name(path: str) -> str:
    from coranalyze.visible import visible

    return visible(path.replace("\\", "/").rpartition("/")[2] or path)
