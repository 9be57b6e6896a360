"""Canvas: Rich renderables to a string, in Unicode or plain ASCII; text that was captured is never read as markup."""

from collections.abc import Iterable
from io import StringIO
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coranalyze.fetch import Fetch, Outcome

NBSP = "\ue000"
"""Keeps words together and is a plain blank in the end. (Rich breaks lines at a real no-break space.)"""
MARKS = {"yes": ("✓", "green"), "no": ("✗", "bold red"), "open": ("?", "yellow"), "none": ("·", "dim")}
OUTCOME_MARKS = {
    Outcome.ALLOWED: "yes",
    Outcome.BLOCKED: "no",
    Outcome.CONDITIONAL: "open",
    Outcome.UNKNOWN: "open",
    Outcome.NOT_SUBJECT: "none",
}


class Code(str):
    """A line to be copied: never wrapped or cut, however narrow the terminal is."""

    __slots__ = ()


class Listing(NamedTuple):
    """A value with lines of code in it."""

    parts: tuple[Text | Code, ...]


Row = tuple[str, RenderableType | Listing | str]
"""Label and value, as `fields` shows them."""
# Of the same width each, so that columns stay where they are.
_ASCII = str.maketrans({"✓": "+", "✗": "x", "·": "-", "→": ">", "━": "-", "─": "-", "…": "~", "↑": "^", "’": "'"})


def mark_of(fetch: Fetch) -> str:
    """Name of the mark of what became of it."""
    if fetch.verdict.blocked_either_way or fetch.refused_handshake is not None:
        return "no"
    return OUTCOME_MARKS[fetch.verdict.outcome]


def to_text(parts: Iterable[RenderableType], *, width: int, color: bool, unicode: bool = True) -> str:
    """The parts as they stand in a terminal of this width. No line ends in blanks; the last one ends in a newline."""
    console = Console(
        file=StringIO(), width=max(width, 40),
        force_terminal=color, color_system="standard" if color else None, no_color=not color,
        markup=False, emoji=False, highlight=False, legacy_windows=False, soft_wrap=False, _environ={},
    )  # fmt: skip
    with console.capture() as captured:
        for part in parts:
            console.print(part, crop=False)
    text = "\n".join(line.rstrip() for line in captured.get().replace(NBSP, " ").splitlines()) + "\n"
    return text if unicode else to_ascii(text)


def to_ascii(text: str) -> str:
    """Own signs become ASCII signs; what else is not ASCII is shown as an escape."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def mark(name: str) -> Text:
    sign, style = MARKS[name]
    return Text(sign, style=style)


def fields(rows: Iterable[Row], indent: int = 2, label: int = 10) -> RenderableType:
    """Label and value, a row each; long values wrap under themselves, save for `Code`."""
    shown: list[RenderableType] = []
    grid: Table | None = None
    for name, value in rows:
        for i, part in enumerate(value.parts if isinstance(value, Listing) else (value,)):
            if isinstance(part, Code):
                line = " " * (indent + label + 2) + part
                shown.append(Text(line, style="green", no_wrap=True, overflow="ignore"))
                grid = None
                continue
            if grid is None:
                grid = Table.grid(padding=(0, 2, 0, 0), expand=False)
                grid.add_column(width=label, style="dim", no_wrap=True)
                grid.add_column(overflow="fold")
                shown.append(Padding(grid, (0, 0, 0, indent)))
            grid.add_row(Text("" if i else name), Text(part, overflow="fold") if isinstance(part, str) else part)
    return Group(*shown)


def heading(title: str) -> RenderableType:
    return Group(Text(""), Text(title, style="bold underline"))
