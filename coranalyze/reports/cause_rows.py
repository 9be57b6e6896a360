"""Rows of a card: the cause of a failure, what says so, who answered; and the words of the browser's console."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.finding import Confidence
from coranalyze.reports.canvas import Row
from coranalyze.reports.wording import browser_name
from coranalyze.visible import visible


def cause_rows(cause: Cause | None, missing: str = "") -> Iterator[Row]:
    """Label and value, a row each; none without a cause. `missing` is what the card tells of anyway."""
    if cause is None:
        return
    suspected = ", suspected" if cause.confidence is Confidence.SUSPECTED else ""
    yield (
        "cause",
        Text.assemble((visible(cause.sentence), "bold"), (f"\n{cause.name}{suspected}", "dim"), overflow="fold"),
    )
    layer = cause.layer
    said = [each for each in cause.evidence if layer is None or each != layer.why]
    if said:
        yield "because", Text("\n".join(map(visible, said)), overflow="fold")
    if layer is not None:
        yield "answered by", f"{visible(str(layer))}: {visible(layer.why)}"
    if cause.settle and cause.settle != missing:
        yield "to settle", visible(cause.settle)


def said_rows(said: Sequence[Said]) -> Iterator[Row]:
    """The browser's own words, and where they do not fit the verdict."""
    for each in said:
        text = Text(visible(each.text), style="italic", overflow="fold")
        if each.of > 1:
            text.append(f"\n(about one of {each.of:,} equal requests; it does not tell which)", "dim")
        if not each.agrees:
            text.append(f"\nThat is {each.reason}: the verdict here differs.", "bold red")
        yield browser_name(each.browser), text
