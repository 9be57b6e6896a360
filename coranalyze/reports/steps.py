"""Steps: the way of one fetch through the standard, a line for each step taken."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coranalyze.fetch import Fetch
from coranalyze.reports.canvas import mark
from coranalyze.reports.wording import hops_of, place, sentence, step_name
from coranalyze.visible import visible


def step_lines(fetch: Fetch, *, urls: bool = False) -> RenderableType:
    """A mark, where it was, the algorithm's step and its sentence; with `urls` also anchor and values."""
    hops = hops_of(fetch)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for taken in fetch.verdict.steps:
        ended = taken.ended
        line = Text.assemble(
            (f"{place(taken, hops)}: ", "dim"), f"{step_name(ended.step)}: ", sentence(ended),
            overflow="fold",
        )  # fmt: skip
        if urls:
            line.append(f"\n{ended.step.url}", style="dim")
            if not ended.passed and (ended.expected or ended.received):
                line.append(f"\nexpected {visible(ended.expected) or 'nothing'}", style="green")
                line.append(f"\nreceived {visible(ended.received) or 'nothing'}", style="red")
        grid.add_row(mark("yes" if ended.passed else "no"), line)
    return grid
