"""Odd values in every place: deep nesting, dates and numbers beyond all measure, wrong types, odd encodings."""

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mitmproxy.io import tnetstring

from coranalyze.cli.choices import Format
from coranalyze.sources.dates import LATEST_MS
from tests.hostile.seeds import seeds
from tests.hostile.survival import ALL, QUICK, TABLES, survives
from tests.sources.hars import dump, entry, log, preflight

DEEP = 100_000
REQUEST = '"request":{"method":"GET","url":"https://a.example/","headers":[]}'
PLACES = {
    "log": '{"log":%s}',
    "entries": '{"log":{"entries":%s}}',
    "entry": '{"log":{"entries":[%s]}}',
    "headers": '{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/","headers":%s}}]}}',
    "initiator": f'{{"log":{{"entries":[{{"_initiator":%s,{REQUEST}}}]}}}}',
    "error": f'{{"log":{{"entries":[{{"_error":%s,{REQUEST}}}]}}}}',
    "unknown field": f'{{"log":{{"entries":[{{"_x":%s,{REQUEST}}}]}}}}',
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}"), ("[{", ""), ("[", "")])
def test_deep_nesting(tmp_path: Path, place: str, begin: str, end: str) -> None:
    path = tmp_path / "x.har"
    path.write_text(PLACES[place].replace("%s", begin * DEEP + "1" * bool(end) + end * DEEP))
    (source,) = survives(path).inputs
    assert source.error or source.skipped


def test_a_deep_entry_costs_no_other(tmp_path: Path) -> None:
    deep = f'{{"_x":{"[" * DEEP}{"]" * DEEP},{REQUEST}}}'
    path = tmp_path / "x.har"
    path.write_text(f'{{"log":{{"entries":[{{{REQUEST}}},{deep},{{{REQUEST}}}]}}}}')
    analysis = survives(path)
    assert [sent.exchange.entry for fetch in analysis.fetches for sent in fetch.exchanges] == [0, 2]
    assert "nested too deeply" in analysis.inputs[0].skipped[0].reason


DATES = [
    "NaN", "Infinity", "1e308", "-1e308", "1e15", "8.64e15", "8.65e15", "1e18", "9.3e18", "9" * 400, "-1", "0",
    '"275760-09-13T00:00:00.000Z"', '"+275760-09-13T00:00:00Z"', '"999999-01-01T00:00:00Z"', '"0001-01-01"',
    '"9999-12-31T23:59:59.999-23:59"', '"NaN-NaN-NaNTNaN:NaN:NaN.NaNZ"', '"1e308"', '"inf"', '"2016-12-31T23:59:60Z"',
    "true", "[]", "{}", '""', '"\\ud800"',
]  # fmt: skip
DRAWN = ("1e15", '"275760-09-13T00:00:00.000Z"', '"9999-12-31T23:59:59.999-23:59"')
"""Also in charts, which take long."""


@pytest.mark.parametrize("date", DATES)
def test_dates_and_durations(tmp_path: Path, date: str) -> None:
    fields = '"url":"https://a.example/","method":"GET"'
    har = tmp_path / "x.har"
    har.write_text(
        f'{{"log":{{"entries":[{{"startedDateTime":{date},"time":{date},{REQUEST},"response":{{"status":200}}}},'
        f'{{"startedDateTime":"2026-01-01T00:00:00Z","time":{date},{REQUEST}}}]}}}}'
    )
    lines = tmp_path / "x.cors.jsonl"
    lines.write_text(f'{{"coranalyze_capture":1}}\n{{{fields},"started":{date},"ended":{date},"status":{date}}}\n')
    for path in (har, lines):
        for fetch in survives(path, ALL if date in DRAWN else QUICK + TABLES).fetches:
            for sent in fetch.exchanges:
                started, ended = sent.exchange.started, sent.exchange.ended
                assert started is None or 0 <= started <= LATEST_MS
                assert (started is None and ended is None) or (ended or 0) >= (started or 0)


def replaced(value: Any, at: tuple[Any, ...], by: Any) -> Any:
    """A copy with something else in one place."""
    if not at:
        return by
    changed = inside = copy.deepcopy(value)
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = by
    return changed


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*before, key))


ODD: list[Any] = [None, True, 1, -1, 1e308, "x", "", [], {}, [[]], {"a": {}}, "\ud800", "\0\x1b[31m\u202e", "9" * 5000]
ODD += [f"https://a:{'9' * 5000}"]


def test_wrong_types_in_every_field(tmp_path: Path) -> None:
    whole = log(
        entry(
            "PUT", asked={"Origin": "https://app.example"}, given={"Access-Control-Allow-Origin": "*"}, pageref="p",
            _initiator={"type": "script", "url": "x", "stack": {"callFrames": [{"url": "https://app.example/"}]}},
            _error={"message": "x", "code": 1}, serverIPAddress="192.0.2.1", _resourceType="fetch", _fromCache="disk",
        ),
        preflight(),
        pages=[{"id": "p", "title": "https://app.example/"}],
    )  # fmt: skip
    path = tmp_path / "x.har"
    count = 0
    for at in paths(whole):
        for value in ODD:
            count += 1
            path.write_text(json.dumps(replaced(whole, at, value)))
            survives(path, () if count % 7 else (Format.JSON, Format.SARIF) if count % 5 else QUICK)
    assert count > 600


def test_wrong_types_in_every_field_of_a_capture_file(tmp_path: Path) -> None:
    head, *lines = (json.loads(line) for line in seeds()["capture.cors.jsonl"].splitlines())
    path = tmp_path / "x.cors.jsonl"
    for number, line in enumerate(lines):
        for at in paths(line):
            for value in ODD:
                changed = [*lines[:number], replaced(line, at, value), *lines[number + 1 :]]
                path.write_text("".join(f"{json.dumps(each)}\n" for each in [head, *changed]))
                (source,) = survives(path, ()).inputs
                assert not source.error
                assert len(source.skipped) <= 1


ODD_IN_FLOWS: list[Any] = [None, b"\xff\0\x1b[31m", [{}]]


def test_wrong_types_in_every_field_of_a_flow(tmp_path: Path) -> None:
    data = seeds()["mitmproxy.flow"]
    first = tnetstring.load(io.BytesIO(data))
    path = tmp_path / "x.flow"
    whole = 0
    for at in paths(first):
        for value in ODD_IN_FLOWS:
            try:
                flow = tnetstring.dumps(replaced(first, at, value))
            except (TypeError, ValueError):
                continue  # nothing that mitmproxy could write
            path.write_bytes(flow + data)
            (source,) = survives(path, ()).inputs
            # The flows after it are read all the same, where it is one at all.
            assert source.entries == 3 or not at
            assert len(source.skipped) <= 1
            whole += source.entries == 3
    assert whole > 300


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.har"
    path.write_bytes(json.dumps(log(entry(url="https://a.example/é")), ensure_ascii=False).encode(encoding))
    (source,) = survives(path).inputs
    assert bool(source.error) == (encoding in ("utf-16-le", "utf-16-be", "utf-32"))


def test_duplicate_keys(tmp_path: Path) -> None:
    one, two = dump(log(entry("GET"))), dump(log(entry("PUT"), entry("PUT")))
    path = tmp_path / "x.har"
    path.write_bytes(one[:-1] + b"," + two[1:])
    assert survives(path).inputs[0].entries in (1, 2, 3)


NAMES = [
    "\x1b[31mred\x1b]0;title\x07.har", "a\nb\n::error::x.har", "=cmd|'/C calc'!A0.har", "<script>alert(1)</script>.har",
    "](javascript:alert(1)).har", "`code`|cell.har", "[bold]markup[/].har", "\u202egnp.har", "%00%2e%2e.har",
    "--output.har", "a!b.zip!c.har", "é\udcff.har",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_file_names(tmp_path: Path, name: str) -> None:
    path = Path(tmp_path / name.replace("/", "∕"))
    path.write_bytes(dump(log(entry(asked={"Origin": "https://app.example"}))))
    assert survives(path, ALL if name == NAMES[0] else QUICK + TABLES).fetches
