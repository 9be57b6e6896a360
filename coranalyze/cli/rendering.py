"""An analysis in the format that is asked for, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coranalyze.cli.choices import Format

if TYPE_CHECKING:
    import pandas as pd

    from coranalyze.analysis import Analysis, Row
    from coranalyze.cli.gate import Gate

FILE_WIDTH = 100


def chunks(
    analysis: Analysis, format: Format, *, gate: Gate | None = None, verbose: bool = False, stack: str | None = None
) -> Iterator[bytes]:
    """The report in pieces. `verbose` is for text, `stack` for HTML and Markdown too; the gate for SARIF."""
    match format:
        case Format.TEXT:
            from coranalyze.reports import terminal

            yield terminal.render(analysis, width=FILE_WIDTH, verbose=verbose, stack=stack).encode()
        case Format.JSON:
            from coranalyze.reports import json

            yield from json.chunks(analysis)
        case Format.JSONL:
            from coranalyze.reports import json

            yield from json.line_chunks(analysis)
        case Format.MARKDOWN:
            from coranalyze.reports import markdown

            yield markdown.render(analysis, stack=stack).encode()
        case Format.SARIF:
            from coranalyze.reports import sarif

            accepted = gate.accepted() if gate is not None else ()
            yield sarif.render(analysis, lines=_lines(analysis), root=_root(), suppressed=accepted).encode()
        case Format.JUNIT:
            from coranalyze.reports import junit

            yield junit.render(analysis, lines=_lines(analysis), root=_root()).encode()
        case Format.GITLAB:
            from coranalyze.reports import gitlab

            yield gitlab.render(analysis, lines=_lines(analysis), root=_root()).encode()
        case Format.GITHUB:
            from coranalyze.reports import annotations

            yield annotations.render(analysis, lines=_lines(analysis), root=_root()).encode()
        case Format.HTML:
            from coranalyze.reports import html

            yield html.render(analysis, stack=stack).encode()
        case Format.CSV | Format.ENDPOINTS_CSV | Format.FINDINGS_CSV:
            from coranalyze.reports import csv

            for number, frame in enumerate(_frames(analysis, format)):
                yield csv.render(frame, header=number == 0).encode()
        case Format.PARQUET:
            yield from _parquet(analysis)


def rows_for(formats: Iterable[Format]) -> tuple[Callable[[], Row[Any]], ...]:
    """What makes the rows of the fetches in these formats."""
    wanted = set(formats)
    makers: list[Callable[[], Row[Any]]] = []
    if wanted & {Format.JSON, Format.JSONL}:
        from coranalyze.reports.json import FetchRow

        makers.append(FetchRow)
    if wanted & {Format.CSV, Format.PARQUET}:
        from coranalyze.frame import FetchTuple

        makers.append(FetchTuple)
    return tuple(makers)


def _frames(analysis: Analysis, format: Format) -> Iterator[pd.DataFrame]:
    """The frame in parts: that of the fetches may be larger than memory."""
    if format is Format.ENDPOINTS_CSV:
        return iter([analysis.endpoints_frame()])
    if format is Format.FINDINGS_CSV:
        return iter([analysis.findings_frame()])
    from coranalyze.frame import fetch_frames

    return fetch_frames(analysis)


def _parquet(analysis: Analysis) -> Iterator[bytes]:
    from coranalyze.cli.outputs import OutputError
    from coranalyze.reports import parquet

    try:
        yield from parquet.chunks(_frames(analysis, Format.PARQUET))
    except ImportError:
        raise OutputError("Parquet needs pyarrow: install coranalyze[parquet]") from None


def _root() -> str:
    return str(Path.cwd())


def _lines(analysis: Analysis) -> dict[tuple[int, int], int]:
    """The lines of all that is reported, where the captures have lines."""
    from coranalyze.issues import issues
    from coranalyze.sources.lines import lines_of

    wanted: dict[int, set[int]] = {}
    for issue in issues(analysis):
        for input, entry in issue.at:
            wanted.setdefault(input, set()).add(entry)
    return {
        (input, entry): line
        for input, entries in wanted.items()
        for entry, line in lines_of(analysis.inputs[input].path, entries).items()
    }
