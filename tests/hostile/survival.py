"""What must hold for every input: it is counted, judged, and told in every format without letting anything through."""

import csv
import io
import json
import re
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

from coranalyze.analysis import Analysis, analyze
from coranalyze.cli.choices import Format
from coranalyze.cli.rendering import chunks
from coranalyze.reports import terminal

QUICK = (
    Format.TEXT, Format.JSON, Format.JSONL, Format.MARKDOWN, Format.SARIF, Format.JUNIT, Format.GITLAB, Format.GITHUB,
)  # fmt: skip
"""Formats that take no time to write."""
TABLES = (Format.CSV, Format.ENDPOINTS_CSV, Format.FINDINGS_CSV)
ALL = tuple(Format)
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def survives(path: Path, formats: Collection[Format] = QUICK) -> Analysis:
    """The analysis of a file that may hold anything, and its reports, looked at."""
    analysis = analyze(str(path))
    for source in analysis.inputs:
        if source.error:
            assert source.path.startswith(str(path))
    judged = [(fetch.input, sent.exchange.entry) for fetch in analysis.fetches for sent in fetch.exchanges]
    skipped = [(i, each.entry) for i, source in enumerate(analysis.inputs) for each in source.skipped]
    everything = [(i, entry) for i, source in enumerate(analysis.inputs) for entry in range(source.entries)]
    assert sorted(judged + skipped) == everything, "every entry is judged once, or skipped with its reason"
    for format in formats:
        check(format, b"".join(chunks(analysis, format)))
    if formats:
        assert not _STEERING.search(terminal.render(analysis, width=100, verbose=True).replace("\n", ""))
    return analysis


def check(format: Format, written: bytes) -> None:
    """That a report is what its format says, and steers no terminal."""
    if format is Format.PARQUET:
        assert written.startswith(b"PAR1")
        return
    text = written.decode("utf-8")
    assert not _STEERING.search(text.replace("\r\n", "\n")), format
    match format:
        case Format.JSON | Format.SARIF | Format.GITLAB:
            json.loads(text, parse_constant=_refuse)
        case Format.JSONL:
            for line in text.removesuffix("\n").split("\n") if text else ():
                json.loads(line, parse_constant=_refuse)
        case Format.JUNIT:
            ElementTree.fromstring(text)
        case Format.CSV | Format.ENDPOINTS_CSV | Format.FINDINGS_CSV:
            rows = list(csv.reader(io.StringIO(text)))
            assert len({len(row) for row in rows}) == 1
        case Format.GITHUB:
            assert all(line.startswith("::") for line in text.removesuffix("\n").split("\n") if text)
        case _:
            pass


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
