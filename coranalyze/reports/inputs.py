"""Inputs: what was read, what was skipped, and what each capture does not show."""

from rich.console import Console
from rich.text import Text

from coranalyze.analysis import Input
from coranalyze.reports.visible import visible
from coranalyze.reports.wording import plural

MAX_LINES = 6


def input_lines(inputs: list[Input], width: int, verbose: bool) -> Text:
    """A line for each input, its notes and skipped entries below; at most `MAX_LINES` lines unless verbose."""
    lines = [line for source in inputs for line in _of(source, verbose)]
    if not verbose:
        console = Console(width=width, _environ={})
        wrapped = [row for line in lines for row in line.wrap(console, width)]
        if len(wrapped) > MAX_LINES:
            left = len(wrapped) - MAX_LINES + 1
            lines = [*wrapped[: MAX_LINES - 1], Text(f"… {plural(left, 'more line')}; -v shows all", style="dim")]
    return Text("\n").join(lines)


def _of(source: Input, verbose: bool) -> list[Text]:
    path = visible(source.path)
    if source.error:
        return [Text.assemble((path, "bold"), f": not read: {visible(source.error)}", style="red")]
    line = Text.assemble(
        (path, "bold"), f": {plural(source.entries, 'entry', 'entries')}, {visible(source.dialect)} ({source.format})"
    )
    lines = [line]
    if source.skipped:
        first = source.skipped[0]
        line.append(f", {len(source.skipped):,} skipped")
        shown = source.skipped if verbose else [first]
        lines += [Text(f"  entry {skipped.entry}: {visible(skipped.reason)}", style="yellow") for skipped in shown]
    lines += [Text(f"  {visible(note)}", style="yellow") for note in source.notes]
    return lines
