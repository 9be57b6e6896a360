"""Inputs: what was read, what was skipped, and what each capture does not show."""

from rich.console import Console
from rich.text import Text

from coranalyze.input import Input
from coranalyze.visible import plural, visible

MAX_LINES = 6


def input_lines(inputs: list[Input], width: int, verbose: bool) -> Text:
    """A line for each input, its notes and skipped entries below; at most `MAX_LINES` lines unless verbose."""
    console = Console(width=width, _environ={})
    rows = [
        row for source in inputs for text, indent in _of(source, verbose) for row in _wrapped(text, indent, console)
    ]
    if len(rows) <= MAX_LINES or verbose:
        return Text("\n").join(rows)
    head = [_total(inputs)] if len(inputs) > 1 else []
    kept = rows[: MAX_LINES - 1 - len(head)]
    left = len(rows) - len(kept)
    return Text("\n").join([*head, *kept, Text(f"… {plural(left, 'more line')}; -v shows all", style="dim")])


def _wrapped(text: Text, indent: int, console: Console) -> list[Text]:
    lines = text.wrap(console, max(console.width - indent, 10))
    return [Text(" " * indent).append_text(line) for line in lines]


def _total(inputs: list[Input]) -> Text:
    skipped = sum(source.skips for source in inputs)
    unread = sum(bool(source.error) for source in inputs)
    captures = sum(source.format != "console" for source in inputs)
    told = f"{plural(captures, 'capture')}, {plural(sum(source.entries for source in inputs), 'entry', 'entries')}"
    told += f", {skipped:,} skipped" if skipped else ""
    return Text(told + (f"; {unread:,} could not be read" if unread else ""), style="bold")


def _of(source: Input, verbose: bool) -> list[tuple[Text, int]]:
    """Lines and their indents."""
    path = visible(source.path)
    if source.error:
        return [(Text.assemble((path, "bold"), f": not read: {visible(source.error)}", style="red"), 0)]
    if source.format == "console":
        named = "console" if source.dialect == "unknown" else f"{visible(source.dialect)} console"
        console = Text.assemble((path, "bold"), f": {named}")
        return [(console, 0), *((Text(visible(note), style="yellow"), 2) for note in source.notes)]
    line = Text.assemble((path, "bold"), f": {plural(source.entries, 'entry', 'entries')}")
    if source.skips:
        line.append(f", {source.skips:,} skipped")
    line.append(f", {visible(source.dialect)} ({source.format})")
    skipped = source.skipped if verbose else source.skipped[:1]
    told = [f"entry {entry.entry}: {visible(entry.reason)}" for entry in skipped]
    told += [visible(note) for note in source.notes]
    return [(line, 0), *((Text(text, style="yellow"), 2) for text in told)]
