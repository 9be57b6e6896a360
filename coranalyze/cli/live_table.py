"""What a running capture shows: a table of hosts on a terminal, else a line per blocked request."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from coranalyze.live import LiveJudge

ROWS = 12
LINES = 6
"""The latest blocked requests and warnings that stay in sight."""


class Telling:
    """Says each line as it comes."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def tell(self, line: str) -> None:
        """From any thread."""
        from coranalyze.cli import streams

        if not self._quiet:
            streams.say(line)

    def show(self, judge: LiveJudge | None) -> None:
        pass


class LiveTable(Telling):
    """Redraws the table at the foot of the terminal."""

    def __init__(self, draw: Callable[[RenderableType], None]) -> None:
        self._draw = draw
        self._lines: deque[str] = deque(maxlen=LINES)
        self._drawn: object = None

    def tell(self, line: str) -> None:
        self._lines.append(line)

    def show(self, judge: LiveJudge | None) -> None:
        lines = tuple(self._lines)
        state = (judge.requests if judge is not None else 0, lines)
        if state != self._drawn:
            self._draw(render(judge, lines))
            self._drawn = state


@contextmanager
def telling(*, quiet: bool, table: bool) -> Iterator[Telling]:
    """A table where stderr is a terminal and one is wanted, else lines."""
    if not table or quiet or not sys.stderr.isatty():
        yield Telling(quiet)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield LiveTable(lambda content: live.update(content, refresh=True))


def render(judge: LiveJudge | None, lines: tuple[str, ...]) -> RenderableType:
    """Hosts with the most blocked requests first, the latest lines below."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from coranalyze.visible import visible

    table = Table(box=None, pad_edge=False)
    table.add_column("host", overflow="ellipsis", no_wrap=True)
    for name in ("requests", "blocked", "findings"):
        table.add_column(name, justify="right")
    hosts = sorted(list(judge.hosts.items()) if judge is not None else [], key=lambda item: item[0])
    hosts.sort(key=lambda item: (item[1].blocked, item[1].requests), reverse=True)
    for host, counts in hosts[:ROWS]:
        style = "red" if counts.blocked else ""
        table.add_row(Text(visible(host), style=style), str(counts.requests), str(counts.blocked), str(counts.findings))
    if judge is not None and len(hosts) != 1:
        more = f"{len(hosts) - ROWS} more, all" if len(hosts) > ROWS else "all"
        table.add_row(Text(more, style="dim"), str(judge.requests), str(judge.blocked), str(judge.findings))
    return Group(table, *(Text(visible(line), overflow="ellipsis", no_wrap=True) for line in lines))
