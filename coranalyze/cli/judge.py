"""`coranalyze judge`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from coranalyze.cli.choices import Answer, Browser

if TYPE_CHECKING:
    from coranalyze.exchange import Exchange

LIMIT = 16 << 20
"""Bytes read: the notation is for what is written by hand."""


def judge(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An exchange or a chain as plain text, - for stdin.")],
    browser: Annotated[
        Browser, typer.Option("--browser", help="Whose verdict; auto goes by the User-Agent, else Chromium.")
    ] = Browser.AUTO,
    format: Annotated[Answer, typer.Option("--format", "-f", help="What goes to stdout.")] = Answer.TEXT,
) -> None:
    """Judge one exchange or chain, written as plain text, step by step.

    Request line with the full URL, headers, an empty line, the status, headers; an empty line between exchanges.
    """
    from coranalyze.analysis import analyze
    from coranalyze.cli import streams

    analysis = analyze(_exchanges(file), browser=browser)
    if format is Answer.JSON:
        from coranalyze.reports import json

        streams.write_bytes(json.chunks(analysis, steps=True))
        return
    from coranalyze.reports import judgement

    streams.write_text(
        judgement.render(
            analysis, width=streams.width(), color=streams.has_color(sys.stdout), unicode=streams.is_unicode(sys.stdout)
        )
    )


def _exchanges(file: str) -> list[Exchange]:
    from coranalyze.cli import streams
    from coranalyze.sources.text import parse_text

    try:
        text = streams.read_stdin(LIMIT) if file == "-" else _start_of(file).decode("utf-8", "backslashreplace")
        exchanges = parse_text(text)
    except OSError as error:
        streams.fail(f"{file}: {(error.strerror or str(error)).lower()}")
    except ValueError as error:
        streams.fail(f"{'stdin' if file == '-' else file}: {error}")
    if not exchanges:
        streams.fail(
            f"{file}: no exchange in it; write for instance `GET https://api.example/`, headers, an empty line, `200`"
        )
    return exchanges


def _start_of(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read(LIMIT)
