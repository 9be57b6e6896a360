"""A sanitized copy gives the same analysis as the original, and holds no secret."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.reports.json import plain_finding
from coranalyze.sources import Capture, open_captures
from coranalyze.sources.har_writer import Sanitized
from tests.cli.run import ROOT, run

SAMPLES = sorted(
    path for path in (ROOT / "sample_data").iterdir() if path.suffix in (".har", ".flow", ".http", ".jsonl")
)
ORACLE = [ROOT / "tests" / "oracle" / name for name in ("chromium/chromium.har.gz", "firefox/proxy.flow.gz")]


def opened(path: Path) -> Capture:
    (capture,) = open_captures([str(path)])
    assert isinstance(capture, Capture)
    return capture


def told(analysis: Analysis) -> Iterator[object]:
    """Everything that both must agree on: not where the file lies, nor the values of parameters."""
    for index, fetch in enumerate(analysis.fetches):
        cause = analysis.causes.get(index)
        yield (
            fetch.url.partition("?")[0], fetch.method, fetch.origin, fetch.mode, fetch.credentials,
            re.sub(r"\?[^\s',]*", "?", repr(fetch.verdict)), fetch.observed, fetch.preflight, fetch.browser,
            [(sent.role, sent.exchange.entry) for sent in fetch.exchanges], cause and (cause.name, cause.confidence),
        )  # fmt: skip
    for finding in analysis.findings:
        yield plain_finding(finding)


@pytest.mark.parametrize("path", [*SAMPLES, *ORACLE], ids=lambda path: path.name)
def test_the_copy_gives_the_same_analysis(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.har"
    copy.write_bytes(Sanitized(opened(path), "1").render())
    original, again = analyze(str(path)), analyze(str(copy))
    assert again.inputs[0].dialect == original.inputs[0].dialect
    assert set(original.inputs[0].notes) <= set(again.inputs[0].notes)
    assert again.inputs[0].skipped == ()
    assert list(told(again)) == list(told(original))
    # A copy of the copy is the same.
    second = tmp_path / "second.har"
    second.write_bytes(Sanitized(opened(copy), "1").render())
    assert list(told(analyze(str(second)))) == list(told(original))


def test_the_code_of_a_closed_websocket_stays(tmp_path: Path) -> None:
    original, copy = tmp_path / "x.http", tmp_path / "copy.har"
    original.write_text("GET wss://a.example/\n\n101 closed 4403\n")
    copy.write_bytes(Sanitized(opened(original), "1").render())
    assert [exchange.close_code for exchange in opened(copy).exchanges()] == [4403]


SECRETS = {
    "cookie": "c00kie-value-8f7a6b5c", "set": "s3t-cookie-1f2e3d4c", "bearer": "eyJhbGciOiJIUzI1NiJ9.bearer.sig",
    "basic": "dXNlcjpwYXNzd29yZA==", "query": "q-token-5d6e7f8a9b0c", "body": "b0dy-secret", "json": "json-password-1",
    "key": "api-key-0a1b2c3d", "person": "jane.doe@mail.example", "phone": "+49 170 1234567",
    "card": "4111111111111111", "path": "person@path.example",
}  # fmt: skip


def har(tmp_path: Path) -> Path:
    value = SECRETS
    entry = {
        "startedDateTime": "2026-11-24T10:00:00.000Z",
        "time": 12,
        "request": {
            "method": "POST",
            "url": f"https://api.example/u/{value['path']}?access_token={value['query']}&mail={value['person']}"
            f"&tel={value['phone'].replace('+', '%2B').replace(' ', '')}&card={value['card']}#frag-secret",
            "headers": [
                {"name": "Host", "value": "api.example"},
                {"name": "Origin", "value": "https://app.example"},
                {"name": "Cookie", "value": f"sid={value['cookie']}"},
                {"name": "Authorization", "value": f"Bearer {value['bearer']}"},
                {"name": "X-Api-Key", "value": value["key"]},
                {"name": "Content-Type", "value": "application/json"},
            ],
            "cookies": [{"name": "sid", "value": value["cookie"]}],
            "postData": {"mimeType": "application/json", "text": json.dumps({"password": value["json"]})},
        },
        "response": {
            "status": 200,
            "headers": [
                {"name": "Set-Cookie", "value": f"sid={value['set']}; Path=/"},
                {"name": "WWW-Authenticate", "value": f"Basic realm={value['basic']}"},
                {"name": "Access-Control-Allow-Origin", "value": "https://app.example"},
            ],
            "content": {"mimeType": "application/json", "text": value["body"]},
        },
    }
    path = tmp_path / "in.har"
    log = {"version": "1.2", "creator": {"name": "mitmproxy", "version": "12"}, "entries": [entry]}
    path.write_text(json.dumps({"log": log}))
    return path


def test_no_secret_is_in_the_copy(tmp_path: Path) -> None:
    copy = tmp_path / "out.har"
    done = run("sanitize", str(har(tmp_path)), "-o", str(copy))
    assert (done.returncode, done.stdout) == (0, "")
    text = copy.read_text()
    assert [name for name, value in SECRETS.items() if value in text or value in done.stderr] == []
    assert "frag-secret" not in text
    assert "1 cookies" in done.stderr or "2 cookies" in done.stderr
    held = json.loads(text)["log"]["entries"][0]
    assert held["request"]["url"].startswith("https://api.example/u/person-1@example.invalid?access_token=[redacted-1]")
    assert "postData" not in held["request"]


@pytest.mark.parametrize("name", ["shop-chrome.har", "near-miss-firefox.har", "bank-mitmproxy.har"])
def test_in_place_and_once_only(name: str, tmp_path: Path) -> None:
    """A hook may run it again and again: the copy of a copy is the same file, and is left alone."""
    file = tmp_path / name
    file.write_bytes((ROOT / "sample_data" / name).read_bytes())
    first = run("sanitize", "--in-place", str(file))
    assert (first.returncode, first.stderr.startswith("coranalyze: wrote")) == (0, True)
    made = file.read_bytes()
    again = run("sanitize", "--in-place", str(file), str(file))
    assert (again.returncode, again.stderr, file.read_bytes()) == (0, "", made)


@pytest.mark.parametrize(
    "arguments", [("a.har",), ("a.har", "--in-place", "-o", "b.har"), ("a.har", "b.har", "-o", "c.har"),
    ("a.flow", "--in-place"), ("missing.har", "--in-place")],
)  # fmt: skip
def test_in_place_or_not(arguments: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("a.har", "b.har", "a.flow"):
        (tmp_path / name).write_bytes((ROOT / "sample_data" / "shop-chrome.har").read_bytes())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = run("sanitize", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.har", "-o", "OUT"], "missing.har"),
        (["sample_data", "-o", "OUT"], "captures, and a copy is made of one"),
        (["sample_data/shop-chrome.har", "-o", "/no/such/folder/out.har"], "cannot be written"),
    ],
)
def test_what_cannot_be_copied(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = run("sanitize", *[str(tmp_path / "out.har") if each == "OUT" else each for each in arguments])
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_claimed_copy_is_redacted_all_the_same(tmp_path: Path) -> None:
    path = har(tmp_path)
    held = json.loads(path.read_text())
    held["log"]["creator"] = {"name": "coranalyze", "version": "1", "_dialect": {"name": "mitmproxy"}, "_notes": ["x"]}
    path.write_text(json.dumps(held))
    analysis = analyze(str(path))
    (exchange,) = [sent.exchange for fetch in analysis.fetches for sent in fetch.exchanges]
    text = repr(exchange)
    assert SECRETS["cookie"] not in text
    assert SECRETS["bearer"] not in text
    assert SECRETS["query"] not in text
