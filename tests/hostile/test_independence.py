"""Verdicts and findings hang on the traffic alone: not on order, place, time zone, locale, hash seed or files."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.cli.choices import SUFFIXES
from coranalyze.fetch import Verdict
from coranalyze.sources import Capture, open_captures
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


class File(NamedTuple):
    """A capture taken apart."""

    head: bytes
    between: bytes
    tail: bytes
    groups: list[list[bytes]]
    """The entries of each fetch, as they are written."""

    def write(self, path: Path, groups: Iterable[list[bytes]]) -> str:
        path.write_bytes(self.head + self.between.join(entry for group in groups for entry in group) + self.tail)
        return str(path)


def file_of(path: Path) -> File:
    data = path.read_bytes()
    groups = [sorted(sent.exchange.entry for sent in fetch.exchanges) for fetch in analyze(str(path)).fetches]
    if path.suffix == ".flow":
        head, between, tail, entries = b"", b"", b"", list(netstrings(data))
    elif path.suffix == ".jsonl":
        (first, *entries), between = data.splitlines(keepends=True), b""
        head, tail = first, b"".join(line for line in entries if b'"method"' not in line)
    else:
        log = json.loads(data)["log"]
        entries = [json.dumps(entry).encode() for entry in log.pop("entries")]
        head, between, tail = json.dumps({"log": {**log, "entries": []}}).encode()[:-3], b",", b"]}}"
    return File(head, between, tail, [[entries[i] for i in group] for group in groups])


def netstrings(data: bytes) -> Iterator[bytes]:
    """The flows of a file of mitmproxy: each has its length in front."""
    at = 0
    while at < len(data):
        end = data.index(b":", at) + 2 + int(data[at : data.index(b":", at)])
        yield data[at:end]
        at = end


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flows of a sample as the addon would have recorded them: in the order of their ends."""
    (flows,) = open_captures([str(SAMPLES / "shop-mitmproxy.flow")])
    assert isinstance(flows, Capture)
    lines: list[dict[str, object]] = [
        {
            "method": sent.method, "url": sent.url, "status": sent.status, "started": sent.started, "ended": sent.ended,
            "request": list(sent.request), "response": list(sent.response), "error": sent.error,
        }
        for sent in sorted(flows.exchanges(), key=lambda sent: sent.ended or 0)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("recorded") / "shop.cors.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in [{"coranalyze_capture": 1}, *lines, {"closed": 1.0}]))
    return path


CAPTURES = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".har", ".flow"))
RECORDED = Path("shop.cors.jsonl")


@pytest.mark.parametrize("path", [*CAPTURES, RECORDED], ids=lambda path: path.name)
def test_the_order_of_independent_exchanges(tmp_path: Path, path: Path, recorded: Path) -> None:
    file = file_of(recorded if path is RECORDED else path)
    whole = told(analyze(file.write(tmp_path / f"whole{path.suffix}", file.groups)))
    for seed in range(3):
        shuffled = random.Random(seed).sample(file.groups, len(file.groups))
        assert told(analyze(file.write(tmp_path / f"other{path.suffix}", shuffled))) == whole


@pytest.mark.parametrize("parts", [2, 5])
@pytest.mark.parametrize("path", [*CAPTURES, RECORDED], ids=lambda path: path.name)
def test_a_capture_in_several_files(tmp_path: Path, path: Path, parts: int, recorded: Path) -> None:
    file = file_of(recorded if path is RECORDED else path)
    whole = judged(analyze(file.write(tmp_path / f"whole{path.suffix}", file.groups)))
    size = len(file.groups) // parts + 1
    pieces = [file.groups[at : at + size] for at in range(0, len(file.groups), size)]
    files = [file.write(tmp_path / f"{i}{path.suffix}", piece) for i, piece in enumerate(pieces)]
    for order in (files, files[::-1]):
        assert judged(analyze(*order)) == whole


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_files(order: int) -> None:
    """Of every kind, together: what each shows does not hang on what was read before."""
    files = [str(path) for path in CAPTURES]
    assert told(analyze(*files[::order])) == told(analyze(*random.Random(0).sample(files, len(files))))


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


def test_names_that_the_locale_cannot_spell(tmp_path: Path) -> None:
    path = tmp_path / "größe☃.har"
    path.write_bytes(SAMPLE.read_bytes())
    found: list[dict[str, Any]] = []
    for locale in ("C.UTF-8", "C"):
        target = tmp_path / f"übersicht{len(found)}.json"
        done = run(
            "analyze", str(path), "--output", str(target), "--quiet", stdin=b"", cwd=tmp_path,
            LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii() == (locale == "C")
        found.append(json.loads(target.read_bytes()))
    first, other = found
    assert other["inputs"][0].pop("path") != first["inputs"][0].pop("path") == str(path)
    assert other == first
