"""No secret leaves, nothing is sent, and what is written for a while is private and removed."""

import gzip
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.cli.app import VERBS
from coranalyze.cli.choices import Format
from coranalyze.cli.rendering import chunks
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES
from tests.hostile.planted import SECRETS, look, planted, planted_capture, planted_console, planted_flows, planted_text
from tests.hostile.watching import IN_NAMESPACE, watched
from tests.sources.hars import dump, log

OUTPUTS = (
    ".txt", ".json", ".jsonl", ".md", ".sarif", ".xml", ".gitlab.json", ".csv", ".endpoints.csv", ".findings.csv",
    ".html", ".parquet",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of every kind, and a console log."""
    path = tmp_path_factory.mktemp("planted")
    (path / "planted.har").write_bytes(dump(log(*planted())))
    (path / "planted.cors.jsonl").write_bytes(planted_capture())
    (path / "planted.flow").write_bytes(planted_flows())
    (path / "planted.http").write_bytes(planted_text())
    (path / "console.txt").write_bytes(planted_console())
    return path


@pytest.fixture(scope="module")
def capture(folder: Path) -> Path:
    return folder / "planted.har"


def test_planted_secrets_are_in_no_output(tmp_path: Path, folder: Path) -> None:
    # What a run leaves among temporary files would be found there.
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    outputs = [f"--output={tmp_path}/x{suffix}" for suffix in OUTPUTS]
    done = watched(
        "analyze", str(folder), *outputs, f"--report-dir={tmp_path}/report", f"--write-baseline={tmp_path}/b.json",
        f"--console-log={folder}/console.txt", "--stack=nginx", "--fail-on=info", "-v",
        TMPDIR=str(temporary),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    look("stdout", done.stdout)
    look("stderr", done.stderr)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > len(OUTPUTS) + 10
    for path in written:
        look(path.name, path.read_bytes())
    inputs = json.loads((tmp_path / "x.json").read_bytes())["inputs"]
    assert {source["format"]: source["entries"] for source in inputs} == {
        "har": 22, "flow": 22, "capture": 22, "text": 22, "console": 0,
    }  # fmt: skip
    # Nothing is written but what was asked for, each first under a name of its own, and what matplotlib keeps of fonts.
    touched = [Path(line.removeprefix("open ")) for line in done.events]
    asked = {path for path in touched if path.suffix == ".part" and tmp_path in path.parents}
    assert {path for path in touched if "matplotlib" not in str(path)} == asked
    assert not list(temporary.rglob("*"))


@pytest.mark.parametrize("name", ["planted.har", "planted.cors.jsonl", "planted.flow", "planted.http"])
def test_planted_secrets_are_in_no_copy_and_no_comparison(tmp_path: Path, folder: Path, name: str) -> None:
    capture = str(folder / name)
    copy = tmp_path / "copy.har"
    for arguments in (
        ("sanitize", capture, "--output", str(copy)),
        ("diff", capture, str(SAMPLES / "shop-chrome.har"), "--format", "text"),
        ("diff", capture, str(copy), "--format", "json"),
        *([("judge", capture), ("judge", capture, "--format", "json")] if name.endswith(".http") else []),
    ):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        look(str(arguments), (done.stdout + done.stderr).encode())
    look(copy.name, copy.read_bytes())


@pytest.mark.parametrize("format", ["text", "json"])
def test_secrets_in_what_is_pasted_are_not_told_again(folder: Path, format: str) -> None:
    unknown = " ".join(f"https://api.example/?token={secret}" for secret in SECRETS.values())
    for pasted in (folder.joinpath("console.txt").read_text(), unknown):
        done = run("explain", "-", "--format", format, stdin=pasted)
        look("explain", (done.stdout + done.stderr).encode())


BROKEN = {
    "line.http": "GET https://api.example/\nX-Api-Key {}\n\n200\n",
    "status.http": "GET https://api.example/\n\n{}\n",
    "request.http": "GET https://api.example/\n\n200\n\n{} x\n",
    "keys.har": '{{"{}": 1}}',
    "torn.cors.jsonl": '{{"coranalyze_capture": 1}}\n{{"method": {}}}\n{{"url": "{}", "status": "{}"}}\n{{"url": "{}',
    "entry.har": '{{"log": {{"entries": [{{"request": {{"method": "{} x", "url": "{}"}}}}, {{"request": "{}"}}]}}}}',
    "torn.har": '{{"log": {{"creator": {{"name": "{}"}}, "entries": [{{"request": {{"url": "{}',
    "x.flow": "9:4:{};",
}  # fmt: skip
"""What is wrong is told, and not with what stands there."""


@pytest.mark.parametrize("name", BROKEN)
def test_secrets_in_what_cannot_be_read_are_not_told(tmp_path: Path, name: str) -> None:
    for kind, secret in SECRETS.items():
        if kind == "named" and name in ("keys.har", "request.http"):
            continue
        path = tmp_path / name
        path.write_text(BROKEN[name].replace("{}", secret).replace("{{", "{").replace("}}", "}"))
        analysis = analyze(str(path))
        look(name, b"".join(chunks(analysis, Format.JSON)) + b"".join(chunks(analysis, Format.TEXT, verbose=True)))


@pytest.mark.parametrize("option", ["--verbose", "--quiet"])
def test_keep_values_keeps_no_cookies_and_credentials(capture: Path, option: str) -> None:
    done = run("analyze", str(capture), "--keep-values", option, "--format", "json")
    for name in ("sid=", "Bearer", "Basic"):
        assert f"{name}{SECRETS['named']}" not in done.stdout
        assert f"{name} {SECRETS['named']}" not in done.stdout
    assert f"u:{SECRETS['named']}@" not in done.stdout


@pytest.mark.parametrize("verbose", [True, False])
def test_planted_secrets_are_in_no_traceback(tmp_path: Path, capture: Path, verbose: bool) -> None:
    # An error in the middle of the work: the traceback shows code, and no captured text.
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\n"
        "from coranalyze.engine import Engine\n"
        "def fails(self, chain, page):\n"
        "    raise ValueError(chain.hops[0].url)\n"
        "Engine._judge = fails\n"
        "from coranalyze.cli import main\n"
        f"sys.argv = ['coranalyze', 'analyze', {str(capture)!r}, {'--verbose' if verbose else '--quiet'!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"internal error: ValueError" in done.stderr
    assert (b"Traceback" in done.stderr) == verbose
    look("traceback", done.stderr)


def test_reports_are_private_until_they_are_whole(tmp_path: Path) -> None:
    from coranalyze.cli.outputs import Target

    target = Target(tmp_path / "x.json")
    (unfinished,) = tmp_path.iterdir()
    assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
    target.discard()
    assert not list(tmp_path.iterdir())


def test_nothing_is_sent(tmp_path: Path) -> None:
    sample = str(SAMPLES / "shop-chrome.har")
    commands = [
        ["analyze", str(SAMPLES), "--report-dir", str(tmp_path / "report"), "--output", str(tmp_path / "x.parquet")],
        ["judge", str(SAMPLES / "put-with-token.http")],
        ["explain", "COR101", "acao-missing"],
        ["rules"],
        ["diff", sample, str(SAMPLES / "bank-mitmproxy.har")],
        ["sanitize", sample, "--output", str(tmp_path / "x.har")],
        ["init"],
        ["addon"],
    ]
    assert {command[0] for command in commands} == VERBS - {"capture"}
    for command in commands:
        done = watched(*command, cwd=tmp_path, alone=True)
        assert done.returncode == 0, (command, done.stderr.decode())
        assert not [event for event in done.events if not event.startswith("open ")], command


def test_what_is_sent_is_seen() -> None:
    done = watched(program="import socket; socket.create_connection(('127.0.0.1', 9), 1)", alone=True)
    assert done.returncode != 0
    assert any(event.startswith("socket.connect") for event in done.events)
    if IN_NAMESPACE:
        assert b"Network is unreachable" in done.stderr


def test_packed_input_leaves_no_temporary_file(tmp_path: Path, capture: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    packed = tmp_path / "a.har.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))
    archive = tmp_path / "a.har.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(capture, "a.har")
    for path in (packed, archive):
        done = run("analyze", str(path), "--format", "json", TMPDIR=str(temporary))
        assert json.loads(done.stdout)["summary"]["entries"] > 10
    assert not list(temporary.rglob("*"))
