"""The same bytes from the workers of a Dask cluster, which runs on this machine here; and what is said without one."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import coranalyze
from coranalyze.analysis import analyze
from coranalyze.large import workers
from coranalyze.large.pool import PoolError
from coranalyze.large.run import analyze_large
from coranalyze.large.workers import MISSING, cluster
from coranalyze.reports.json import FetchRow
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES
from tests.large.captures import document, many, write
from tests.large.test_workers import padded

LOCAL = ("--host", "127.0.0.1", "--no-dashboard")


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *arguments, *LOCAL]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, each a process."""
    folder = tmp_path_factory.mktemp("dask")
    file = str(folder / "scheduler.json")
    worker = ("worker", "--scheduler-file", file, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
    with ExitStack() as running:
        for arguments in (("scheduler", "--port", "0", "--scheduler-file", file), worker, worker):
            process = running.enter_context(start(*arguments))
            running.callback(process.kill)
        yield wait_for(folder / "scheduler.json")


def wait_for(file: Path) -> str:
    from distributed import Client

    for _ in range(600):
        if file.exists() and file.read_text():
            address = str(json.loads(file.read_text())["address"])
            with Client(address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
                client.wait_for_workers(2, timeout=60)
            return address
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


def test_the_same_as_alone(address: str, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.cors.jsonl", many(200)),
        str(SAMPLES),
        write(tmp_path / "b.cors.jsonl.gz", many(200)),
        str(tmp_path / "none.har"),
    ]
    large = analyze_large(paths, pool=cluster(address), rows=(FetchRow,), cut=8_000, margin=2_000, few=40)
    assert document(large) == document(analyze(*paths))


def test_the_command(address: str, tmp_path: Path) -> None:
    path = padded(tmp_path / "a.cors.jsonl.gz", many(200))
    alone = run("analyze", path, "--format", "jsonl")
    shared = run("analyze", path, "--format", "jsonl", "--scheduler", address)
    assert (shared.returncode, shared.stderr) == (0, "")
    assert shared.stdout == alone.stdout


def test_another_version(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coranalyze, "__version__", "9.9.9")
    with pytest.raises(PoolError, match=r"worker at tcp://\S+ has coranalyze \S+ on Python \S+, and here it is 9.9.9"):
        cluster(address)


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(PoolError, match=f"no Dask scheduler answers at tcp://127.0.0.1:{port}"):
        cluster(f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["127.0.0.1", "nonsense://x", "tcp://"])
def test_what_is_no_address(address: str) -> None:
    done = run("analyze", str(SAMPLES), "--scheduler", address)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PoolError) as problem:
        cluster("tcp://127.0.0.1:1")
    assert str(problem.value) == MISSING
