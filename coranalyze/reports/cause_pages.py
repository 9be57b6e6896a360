"""The page of a cause, for people and programs."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from coranalyze.causes import Pattern
from coranalyze.reports.canvas import Row, fields
from coranalyze.reports.rule_pages import example, prose


def plain(pattern: Pattern) -> dict[str, object]:
    """A cause as JSON holds it."""
    page = pattern.page
    return {
        "cause": pattern.name,
        "title": page.title,
        "text": page.text,
        "recognise": page.recognise,
        "do": page.do,
        "example": page.example,
        "not": page.other,
        "fixes": pattern.fixes,
    }


def page(pattern: Pattern) -> Iterator[RenderableType]:
    """The page of one cause."""
    told = pattern.page
    yield Text.assemble((pattern.name, "bold"), f"  {told.title}", ("   (a cause)", "dim"))
    yield Text("")
    rows: list[Row] = [
        ("happens", prose(told.text)),
        ("recognise", prose(told.recognise)),
        ("do", prose(told.do)),
    ]
    rows += [("example", example(text)) for text in told.example[:1]]
    rows += [("not", example(text)) for text in told.other[:1]]
    yield fields(rows)
