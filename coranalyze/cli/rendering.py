"""An analysis in the format that is asked for, as bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coranalyze.cli.choices import Format

if TYPE_CHECKING:
    import pandas as pd

    from coranalyze.analysis import Analysis
    from coranalyze.cli.gate import Gate

FILE_WIDTH = 100


def chunks(
    analysis: Analysis, format: Format, *, gate: Gate | None = None, verbose: bool = False, stack: str | None = None
) -> Iterator[bytes]:
    """The report in pieces. `verbose` concerns text, `stack` also HTML; what the gate accepts is marked in SARIF."""
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

            yield markdown.render(analysis).encode()
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

            yield csv.render(_frame(analysis, format)).encode()
        case Format.PARQUET:
            yield _parquet(analysis)


def _frame(analysis: Analysis, format: Format) -> pd.DataFrame:
    if format is Format.ENDPOINTS_CSV:
        return analysis.endpoints_frame()
    return analysis.findings_frame() if format is Format.FINDINGS_CSV else analysis.frame()


def _parquet(analysis: Analysis) -> bytes:
    from coranalyze.cli.outputs import OutputError

    try:
        return analysis.frame().to_parquet(engine="pyarrow")
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
