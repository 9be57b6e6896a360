"""The same bytes from any number of workers; a worker that is killed costs its tasks only."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.fetch import Fetch
from coranalyze.large.pool import PoolError
from coranalyze.large.run import analyze_large
from coranalyze.large.workers import processes
from coranalyze.reports.json import FetchRow
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES
from tests.large.captures import FIRST, document, many, write


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """A file that is cut, one that is packed and cut, one that cannot be cut, some that are not, some that are none."""
    secret = many(40).replace(b"/items/", b"/items/?token=geheim-")
    (tmp_path / "folder").mkdir()
    return [
        write(tmp_path / "a.cors.jsonl", many(300)),
        str(SAMPLES),
        str(tmp_path / "none.har"),
        write(tmp_path / "b.cors.jsonl.gz", many(200)),
        write(tmp_path / "c.cors.jsonl", secret),
        str(tmp_path / "folder"),
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_the_same_as_alone(paths: list[str], count: int) -> None:
    told: list[tuple[str, int, int | None]] = []
    large = analyze_large(
        paths, pool=processes(count), rows=(FetchRow,), cut=8_000, margin=2_000, few=40,
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert document(large) == document(analyze(*paths))
    assert {path for path, _, _ in told} >= {paths[0], paths[3]}


def test_few_fetches_are_all_at_hand() -> None:
    large, whole = analyze_large([str(SAMPLES)], pool=processes(2)), analyze(str(SAMPLES))
    assert large.fetches == whole.fetches
    assert large.left_out == 0
    assert document(large) == document(whole)


class KillsOnce(FetchRow):
    """Ends its process in the middle of a part, the first time."""

    times = 1

    def __call__(self, fetch: Fetch, cause: Cause | None, said: tuple[Said, ...]) -> bytes:
        flag = Path(os.environ["KILLED"])
        killed = len(flag.read_text()) if flag.exists() else 0
        if fetch.exchanges[0].exchange.entry == 104 and killed < self.times:
            flag.write_text("x" * (killed + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(fetch, cause, said)


class KillsTwice(KillsOnce):
    times = 2


class KillsLate(FetchRow):
    """Ends its process where a cause is told, the first time."""

    times = 1

    def __call__(self, fetch: Fetch, cause: Cause | None, said: tuple[Said, ...]) -> bytes:
        flag = Path(os.environ["KILLED"])
        killed = len(flag.read_text()) if flag.exists() else 0
        if cause is not None and killed < self.times:
            flag.write_text("x" * (killed + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(fetch, cause, said)


class KillsLateTwice(KillsLate):
    times = 99


def test_a_worker_that_is_killed_while_causes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
    path = write(tmp_path / "a.cors.jsonl", many(300))
    large = analyze_large([path], pool=processes(2), rows=(KillsLate,), cut=8_000, margin=2_000)
    assert (tmp_path / "killed").exists()
    assert list(large.rows(KillsLate)) == list(analyze(path).rows(FetchRow))
    with pytest.raises(PoolError, match=r"no causes can be told: the process that worked on it was killed, twice"):
        analyze_large([path], pool=processes(2), rows=(KillsLateTwice,), cut=8_000, margin=2_000)


def test_a_worker_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
    path = write(tmp_path / "a.cors.jsonl", many(300))
    large = analyze_large([path, str(SAMPLES)], pool=processes(2), rows=(KillsOnce,), cut=8_000, margin=2_000)
    assert (tmp_path / "killed").exists()
    assert list(large.rows(KillsOnce)) == list(analyze(path, str(SAMPLES)).rows(FetchRow))


def test_a_task_that_kills_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
    path = write(tmp_path / "a.cors.jsonl", many(300))
    large = analyze_large([path, str(SAMPLES)], pool=processes(2), rows=(KillsTwice,), cut=8_000, margin=2_000)
    assert large.inputs[0].error.startswith("the process that worked on it was killed, twice")
    others = analyze(str(SAMPLES))
    assert large.inputs[1:] == others.inputs
    assert large.summary == others.summary


def padded(path: Path, text: bytes) -> str:
    """The capture with so much in it that is not read that it counts as large."""
    ballast = random.Random(1)
    lines = [b'{"lost":0,"ballast":"%s"}\n' % ballast.randbytes(60_000).hex().encode() for _ in range(80)]
    return write(path, FIRST + b"".join(lines) + text.removeprefix(FIRST))


FORMATS = ("jsonl", "json", "csv", "html", "md", "sarif", "xml", "findings.csv")


def test_the_command(tmp_path: Path) -> None:
    path = padded(tmp_path / "a.cors.jsonl.gz", many(600))
    written = []
    for workers in ([], ["--workers", "2"]):
        outputs = [f"--output={tmp_path / name}" for name in map("x.{}".format, FORMATS)]
        done = run("analyze", path, str(SAMPLES), *outputs, "-q", "-v", *workers)
        assert done.returncode == 0, done.stderr
        written.append([done.stdout, *((tmp_path / f"x.{name}").read_text() for name in FORMATS)])
    assert written[0] == written[1]
    text, lines, document, table, page, *_ = written[0]
    whole = analyze(path, str(SAMPLES))
    assert sum(json.loads(line)["type"] == "fetch" for line in lines.splitlines()) == len(whole.fetches)
    assert json.loads(document)["summary"]["fetches"] == len(whole.fetches)
    assert len(table.splitlines()) == 1 + len(whole.fetches)
    for report in (text, page):
        assert f"all {len(whole.fetches):,} are counted" in " ".join(report.split())
        assert f"{whole.summary.blocked:,} of {whole.summary.cross_origin:,} cross-origin requests" in report


def test_every_output_of_a_large_capture(tmp_path: Path) -> None:
    import pandas as pd

    path = padded(tmp_path / "a.cors.jsonl.gz", many(200))
    folder, table = tmp_path / "report", tmp_path / "x.parquet"
    done = run("analyze", path, "--report-dir", str(folder), "-o", str(table), "-q", "--workers", "2")
    assert done.returncode == 0, done.stderr
    frame = pd.read_parquet(table)
    whole = analyze(path).frame()
    assert frame["url"].tolist() == whole["url"].tolist()
    assert frame["cause"].fillna("").tolist() == whole["cause"].fillna("").tolist()
    names = {each.name for each in folder.rglob("*") if each.is_file()}
    assert {"report.html", "report.jsonl", "report.csv", "policies.svg"} <= names
    assert "outcomes.svg" not in names
    assert not [name for name in names if name.endswith(".part")]


def children(parent: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == parent:
            found.add(int(number.split()[0]))
    return found


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_is_left(tmp_path: Path, number: int) -> None:
    path, endless = padded(tmp_path / "a.cors.jsonl.gz", many(2_000)), str(tmp_path / "pipe")
    os.mkfifo(endless)
    options = ["--workers", "2", "-o", str(tmp_path / "x.jsonl")]
    command = [sys.executable, "-m", "coranalyze", "analyze", path, endless, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        wait_for(lambda: len(children(process.pid)) >= 2)
        workers = children(process.pid)
        process.send_signal(number)
        assert process.wait(60) == (130 if number == signal.SIGINT else -number)
        assert process.stderr is not None
        told = process.stderr.read()
    assert number == signal.SIGKILL or told == b""
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert not list(tmp_path.glob("x.jsonl"))


def test_wrong_usage() -> None:
    both = run("analyze", str(SAMPLES), "--workers", "2", "--scheduler", "tcp://127.0.0.1:1")
    assert (both.returncode, both.stderr) == (2, "coranalyze: --workers and --scheduler: one of them\n")
    assert run("analyze", str(SAMPLES), "--workers", "0").returncode == 2
