"""URLs on the command line: a web server on this machine, a storage in memory; nothing secret is printed."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from coranalyze.cli.choices import SUFFIXES
from coranalyze.cli.config import ConfigError, read
from coranalyze.cli.outputs import OutputError, open_outputs
from coranalyze.cli.report_folder import open_folder
from tests.cli.run import run
from tests.conftest import SAMPLES


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """`host:port` of a web server that has the samples."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SAMPLES))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_a_capture_on_the_web(site: str, tmp_path: Path) -> None:
    url = f"http://{site}/shop-chrome.har?X-Amz-Signature=5f1d0c&part=h1dd3n"
    files = [tmp_path / f"x{suffix}" for suffix in SUFFIXES]
    done = run("analyze", url, "-v", "--format", "github", *(f"--output={file}" for file in files))
    assert done.returncode == 0, done.stderr
    here = json.loads(run("analyze", str(SAMPLES / "shop-chrome.har"), "--format", "json").stdout)
    document = json.loads((tmp_path / "x.json").read_text())
    assert document["inputs"][0]["path"] == f"http://{site}/shop-chrome.har?…"
    assert document["fetches"] == here["fetches"]
    assert document["findings"] == here["findings"]
    for told in (done.stdout.encode(), done.stderr.encode(), *(file.read_bytes() for file in files)):
        assert b"5f1d0c" not in told
        assert b"h1dd3n" not in told


def test_what_is_not_there(site: str) -> None:
    done = run("analyze", f"http://joe:secret@{site}/none.har?key=k1")
    assert done.returncode == 2
    assert done.stderr == f"coranalyze: http://redacted:redacted@{site}/none.har?…: no such file\n"
    done = run("analyze", "http://127.0.0.1:1/none.har?key=k1")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "k1" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "{url}", "{url}", "--format", "markdown"),
        ("diff", "{url}", "{url}"),
        ("sanitize", "{url}", "-o", "{folder}/safe.har"),
        ("analyze", "{url}", "--follow"),
        ("analyze", "{url}", "-o", "https://{site}/report.json?sig=s3cret"),
        ("analyze", "{url}", "-o", "paper://desk/report.json?sig=s3cret"),
        ("analyze", "{url}", "-o", "s3://bucket/report?sig=s3cret"),
        ("analyze", "{url}", "-v", "--config", "{folder}/coranalyze.toml", "-o", "{folder}/x.json"),
    ],
)
def test_no_command_prints_a_signature(site: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "coranalyze.toml").write_text("fail-on = 'never'")
    url = f"http://{site}/shop-chrome.har?sig=s3cret"
    done = run(*(argument.format(url=url, folder=tmp_path, site=site) for argument in arguments))
    assert "internal error" not in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_outputs_are_there_when_they_are_whole(memory: Any) -> None:
    (output,) = open_outputs(["memory://r/report.json"])

    def chunks() -> Iterator[bytes]:
        yield b"{"
        assert not memory.exists("/r/report.json")
        yield b"}"

    output.write(chunks())
    assert memory.cat("/r/report.json") == b"{}"
    assert output.path == "memory://r/report.json"
    (output,) = open_outputs(["memory://r/report.json"])
    output.discard()
    assert memory.cat("/r/report.json") == b"{}"


def test_a_report_folder(memory: Any) -> None:
    import coranalyze as ca

    folder = open_folder("memory://all/")
    folder.write(ca.analyze([]), lambda analysis, format: [format.value.encode()])
    found = memory.find("/all")
    assert "/all/report.json" in found
    assert "/all/charts/outcomes.svg" in found


LOUD = """
import logging, fsspec
from fsspec.implementations.memory import MemoryFileSystem
from coranalyze.cli.app import run

class Loud(MemoryFileSystem):
    protocol = "loud"

    def isdir(self, path):
        try:
            raise RuntimeError("token=s3cr3t")
        except RuntimeError:
            logging.getLogger("loud").exception("again")
        raise PermissionError

fsspec.register_implementation("loud", Loud)
run(["analyze", "loud://bucket/night.har"])
"""


def test_what_a_library_logs_is_not_printed() -> None:
    done = subprocess.run([sys.executable, "-c", LOUD], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "coranalyze: loud://bucket/night.har: access was refused\n"


def test_an_output_that_fails(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (output,) = open_outputs(["memory://r/report.json"])

    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(memory, "put_file", refuse)
    with pytest.raises(OutputError, match=r"^memory://r/report\.json cannot be written: access was refused$"):
        output.write([b"{}"])
    with pytest.raises(OutputError, match=r"^https://h/x\.json cannot be written: https:// is for reading only$"):
        open_outputs(["https://h/x.json"])


@pytest.mark.parametrize("setting", ['output = "s3://b/x.json"', 'output = ["a.json", "https://h/x.json"]'])
def test_a_configuration_names_no_url(tmp_path: Path, setting: str) -> None:
    file = tmp_path / "coranalyze.toml"
    file.write_text(setting)
    with pytest.raises(ConfigError, match="'output' names a URL; URLs are opened where the command line names them"):
        read(file, {"output": True})
