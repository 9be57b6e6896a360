"""The same bytes from the workers of a Dask cluster, which runs on this machine here; and what is said without one."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from coranalyze.large.pool import PoolError
from coranalyze.large.workers import MISSING, cluster
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES
from tests.large.captures import many, write
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


def python(code: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: a client leaves threads behind, which other tests would see."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def wait_for(file: Path) -> str:
    for _ in range(600):
        if file.exists() and file.read_text():
            address = str(json.loads(file.read_text())["address"])
            code = (
                f"import distributed as d, os; d.Client({address!r}, timeout=60).wait_for_workers(2, 60); os._exit(0)"
            )
            assert python(code).returncode == 0
            return address
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


def test_the_same_as_alone(address: str, tmp_path: Path) -> None:
    ballast = [b'{"lost":0,"ballast":"%s"}\n' % (b"x" * 1_000_000) for _ in range(35)]
    half = many(300).splitlines(keepends=True)
    cut = write(tmp_path / "a.cors.jsonl", b"".join([*half[:200], *ballast, *half[200:300], *ballast, *half[300:]]))
    paths = [cut, str(SAMPLES), padded(tmp_path / "b.cors.jsonl.gz", many(200)), str(tmp_path / "none.har")]
    alone = run("analyze", *paths, "--format", "jsonl")
    shared = run("analyze", *paths, "--format", "jsonl", "--scheduler", address)
    assert (shared.returncode, shared.stderr) == (0, alone.stderr)
    assert shared.stdout == alone.stdout
    assert len(shared.stdout) > 100_000


REFUSED = """
import coranalyze, os
from coranalyze.large import workers
{change}
try:
    workers.cluster({address!r})
except workers.PoolError as error:
    print(error, flush=True)
os._exit(0)
"""


def test_another_version(address: str) -> None:
    told = python(REFUSED.format(change='coranalyze.__version__ = "9.9.9"', address=address)).stdout
    assert re.fullmatch(r"the worker at tcp://\S+ has coranalyze \S+ on Python \S+, and here it is 9.9.9 on .*\n", told)


def test_no_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    told = python(REFUSED.format(change="workers.PATIENCE = 0.2", address=address)).stdout
    assert told.startswith(f"no Dask scheduler answers at {address}: ")


@pytest.mark.parametrize("address", ["127.0.0.1", "nonsense://x", "tcp://"])
def test_what_is_no_address(address: str) -> None:
    done = run("analyze", str(SAMPLES), "--scheduler", address)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PoolError) as problem:
        cluster("tcp://127.0.0.1:1")
    assert str(problem.value) == MISSING
