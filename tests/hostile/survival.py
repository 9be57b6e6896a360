"""What must hold for every input: it is counted, judged, and told in every format without letting anything through."""

import csv
import io
import json
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

from coranalyze.analysis import Analysis, analyze
from coranalyze.cli import config
from coranalyze.cli.choices import Format
from coranalyze.cli.gate import read_baseline
from coranalyze.cli.rendering import chunks
from coranalyze.explain import look_up
from coranalyze.fetch import Fetch
from coranalyze.issues.baseline import BaselineError
from coranalyze.issues.difference import difference
from coranalyze.reports import difference as told_difference
from coranalyze.reports import explanation, judgement, terminal
from coranalyze.sources import Capture, follow, open_captures, parse_text
from coranalyze.sources.har_writer import Sanitized

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
    everything = {(i, entry) for i, source in enumerate(analysis.inputs) for entry in range(source.entries)}
    untold = sum(source.more_skipped for source in analysis.inputs)
    told = set(judged + skipped)
    assert len(told) == len(judged + skipped) == len(everything) - untold, "every entry is judged once, or skipped"
    assert told <= everything
    for format in formats:
        check(format, b"".join(chunks(analysis, format)))
    if formats:
        for text in (terminal.render(analysis, width=100, verbose=True), judgement.render(analysis, width=100)):
            assert not _STEERING.search(text.replace("\n", ""))
    return analysis


def other_verbs_survive(path: Path, before: Analysis) -> None:
    """The same for what `diff`, `sanitize` and `--follow` make of a file that may hold anything."""
    analysis = analyze(str(path))
    found = difference(before, analysis, {})
    for text in (told_difference.render(found, "a", "b"), told_difference.render_markdown(found, "a", "b")):
        assert not _STEERING.search(text)
    json.loads(told_difference.render_json(found), parse_constant=_refuse)
    copy = path.with_name("copy.har")
    for index, capture in enumerate(open_captures([str(path)])):
        if isinstance(capture, Capture):
            copy.write_bytes(Sanitized(capture, "1").render())
            again = analyze(str(copy))
            assert not again.inputs[0].error
            judged = [_judged(fetch) for fetch in analysis.fetches if fetch.input == index]
            assert [_judged(fetch) for fetch in again.fetches] == judged, "a copy gives the same analysis"
    for followed in follow(str(path), lambda _: True):
        if isinstance(followed, Capture):
            whole = len(list(followed.exchanges()))
            assert followed.entries == whole + followed.skips


def _judged(fetch: Fetch) -> tuple[object, ...]:
    return fetch.method, fetch.outcome, fetch.reason, fetch.verdict.stage, fetch.credentials, len(fetch.exchanges)


SETTINGS = {"browser": False, "fail_on": False, "select": True, "min_severity": False}
"""Parameters of `analyze` → whether they take several values."""


def companion_survives(path: Path, capture: Path) -> None:
    """What is read beside captures: told, or refused in one sentence."""
    refused = ""
    match path.name:
        case "coranalyze.toml" | "pyproject.toml":
            try:
                assert config.read(path, SETTINGS).path == path
            except config.ConfigError as error:
                refused = str(error)
        case "baseline.json":
            try:
                json.loads(read_baseline(path).render())
            except BaselineError as error:
                refused = str(error)
        case _:
            analysis = analyze(str(capture), console_logs=[str(path)])
            for format in QUICK:
                check(format, b"".join(chunks(analysis, format)))
            pasted = path.read_bytes().decode("utf-8", "backslashreplace")
            found = look_up(pasted)
            json.loads(explanation.render_json(found), parse_constant=_refuse)
            assert not _STEERING.search(explanation.render(found))
            with suppress(ValueError):
                parse_text(pasted)
    assert refused in ("", f"{path}: {refused.partition(': ')[2]}")


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
