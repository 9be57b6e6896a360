"""Verdicts and findings hang on the traffic alone: not on order, place, time zone, locale, hash seed or files."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.cli.choices import SUFFIXES
from coranalyze.fetch import Verdict
from tests.cli.run import run
from tests.conftest import SAMPLES

SAMPLE = SAMPLES / "shop-chrome.har"
Told = tuple[Counter[tuple[object, ...]], set[tuple[object, ...]]]


def told(analysis: Analysis) -> Told:
    """Verdicts and findings, without the places where they stand."""
    fetches: Counter[tuple[object, ...]] = Counter(
        (fetch.method, fetch.url, fetch.origin, fetch.mode, fetch.credentials, fetch.verdict)
        for fetch in analysis.fetches
    )
    findings: set[tuple[object, ...]] = {
        (finding.rule, finding.severity, finding.confidence, finding.endpoint, finding.message, finding.fingerprint)
        for finding in analysis.findings
    }
    return fetches, findings


def judged(analysis: Analysis) -> Told:
    """The same, without what hangs on a file as a whole: which pages were opened, and whether cookies were removed."""
    fetches, findings = told(analysis)
    outcomes: Counter[tuple[object, ...]] = Counter()
    for (*request, _, verdict), count in fetches.items():
        assert isinstance(verdict, Verdict)
        outcomes[*request, verdict.outcome, verdict.reason, verdict.stage] += count
    return outcomes, {finding for finding in findings if not str(finding[0]).startswith("COR9")}


def entries_of(path: Path) -> tuple[dict[str, Any], list[list[Any]]]:
    """The log without entries, and the entries of each fetch."""
    log = json.loads(path.read_bytes())["log"]
    entries = log.pop("entries")
    groups = [
        sorted(sent.exchange.entry for sent in fetch.exchanges) for fetch in analyze(str(path)).fetches
    ]  # fmt: skip
    return log, [[entries[i] for i in group] for group in groups]


def write(path: Path, log: dict[str, Any], groups: Iterable[list[Any]]) -> str:
    path.write_text(json.dumps({"log": {**log, "entries": [entry for group in groups for entry in group]}}))
    return str(path)


HARS = sorted(SAMPLES.glob("*.har"))


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.name)
def test_the_order_of_independent_exchanges(tmp_path: Path, path: Path) -> None:
    log, groups = entries_of(path)
    whole = told(analyze(write(tmp_path / "whole.har", log, groups)))
    for seed in range(3):
        random.Random(seed).shuffle(groups)
        assert told(analyze(write(tmp_path / "other.har", log, groups))) == whole


@pytest.mark.parametrize("parts", [2, 5])
@pytest.mark.parametrize("path", HARS, ids=lambda path: path.name)
def test_a_capture_in_several_files(tmp_path: Path, path: Path, parts: int) -> None:
    log, groups = entries_of(path)
    whole = judged(analyze(write(tmp_path / "whole.har", log, groups)))
    size = len(groups) // parts + 1
    files = [write(tmp_path / f"{i}.har", log, groups[i * size : (i + 1) * size]) for i in range(parts)]
    for order in (files, files[::-1]):
        assert judged(analyze(*order)) == whole


SURROUNDINGS: list[dict[str, str]] = [
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "0", "TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8", "LC_ALL": "", "PYTHONUTF8": "0"},
]


def test_every_format_in_any_surroundings(tmp_path: Path) -> None:
    """One run each writes them all, charts and Parquet included; annotations go to stdout."""
    captures = (str(SAMPLE), str(SAMPLES / "shop-mitmproxy.flow"))
    written = []
    for number, surroundings in enumerate(SURROUNDINGS):
        folder = tmp_path / str(number)
        done = run(
            "analyze", *captures, "--format", "github", "--report-dir", str(folder), stdin=b"", cwd=tmp_path,
            **surroundings,
        )  # fmt: skip
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        written.append({**files, "stdout": done.stdout.encode()})
    first, *others = written
    assert {name for name, text in first.items() if not text} == set()
    suffixes = {name.partition(".")[2] for name in first}
    assert suffixes == {suffix[1:] for suffix in SUFFIXES} | {"svg", "png", ""}
    for other in others:
        assert [name for name in first if first[name] != other.get(name)] == []
        assert other.keys() == first.keys()
