"""What is no failure and worth knowing, at the end of the report."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from coranalyze.analysis import Analysis
from coranalyze.reports.canvas import heading
from coranalyze.visible import plural, visible

MAX_ADVISORIES = 5


def advisory_cards(analysis: Analysis, *, verbose: bool) -> Iterator[RenderableType]:
    """A paragraph for each; nothing without any."""
    found = analysis.advisories
    if not found:
        return
    yield heading("No failure, and worth knowing")
    shown = found if verbose else found[:MAX_ADVISORIES]
    for advisory in shown:
        cause = advisory.cause
        text = Text.assemble(
            (visible(cause.sentence), "bold"), (f"  {cause.name}, {plural(advisory.count, 'request')}", "dim"),
            "\n", visible(cause.advice), overflow="fold",
        )  # fmt: skip
        yield Padding(text, (1, 0, 0, 2))
    left = len(found) - len(shown)
    if left:
        yield Text(f"\n  … and {left:,} more; -v shows all", style="dim")
