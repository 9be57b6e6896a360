"""What is left when the proxy is killed, has no room to write, or is told to end."""

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import coranalyze as ca
from tests.addons.addon import PATH
from tests.addons.lab import PATIENCE, Proxy, request, server

DELIVERED_BEFORE = 1.0
"""Seconds: what was delivered so long before the end must be in the file."""


class Load:
    """Clients that ask without a pause; `delivered` is when each numbered response had arrived."""

    def __init__(self, proxy: Proxy, api: str, clients: int = 4) -> None:
        self.delivered: dict[int, float] = {}
        self._proxy = proxy
        self._url = f"http://{api}/item?h=Access-Control-Allow-Origin:*&n="
        self._threads = [threading.Thread(target=self._ask, args=(i, clients)) for i in range(clients)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int, step: int) -> None:
        try:
            with self._proxy.connect() as connection, connection.makefile("rb") as answers:
                while True:
                    connection.sendall(request("GET", f"{self._url}{number}", "Origin: https://app.example"))
                    while answers.readline() not in (b"\r\n", b""):
                        pass
                    if answers.read(2) != b"ok":
                        return
                    self.delivered[number] = time.monotonic()
                    number += step
        except OSError:
            return

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


def numbers(analysis: ca.Analysis) -> set[int]:
    return {int(fetch.url.rpartition("=")[2]) for fetch in analysis.fetches if "n=" in fetch.url}


def killed(tmp_path: Path, name: str, moment: float) -> None:
    """Kill the proxy so many seconds after the first response of a load; check what is in its file."""
    folder = tmp_path / "killed"
    folder.mkdir()
    with server() as api, Proxy(folder, "--set", f"cors_out={name}") as proxy:
        proxy.wait_for("recording to")
        load = Load(proxy, api)
        while not load.delivered:
            time.sleep(0.01)
        time.sleep(moment)
        proxy.process.send_signal(signal.SIGKILL)
        end = time.monotonic()
        proxy.process.wait()
        load.wait()
    analysis = ca.analyze(str(folder / name))
    (source,) = analysis.inputs
    assert source.error == ""
    assert len(source.skipped) <= 1
    due = {number for number, at in load.delivered.items() if at <= end - DELIVERED_BEFORE}
    assert due
    assert due <= numbers(analysis)
    # More than asked: what was delivered at all is there, since it is written before it is delivered.
    assert set(load.delivered) <= numbers(analysis)


@pytest.mark.parametrize("name", ["a.cors.jsonl", "b.cors.jsonl", "c.cors.jsonl.gz"])
def test_killed_under_load(tmp_path: Path, name: str) -> None:
    killed(tmp_path, name, random.uniform(1.1, 1.6))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_killed_at_random_moments(tmp_path: Path, number: int) -> None:
    killed(tmp_path, "a.cors.jsonl" if number % 2 else "a.cors.jsonl.gz", random.uniform(1.1, 4.0))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system with little room."""
    disk = folder / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root and mount: a full disk is a small tmpfs")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", ["full.cors.jsonl", "full.cors.jsonl.gz"])
def test_a_full_disk(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with small_disk(tmp_path, "32k") as disk, server() as api:
        (disk / "filler").write_bytes(b"x" * 28_000)
        with Proxy(folder, "--set", f"cors_out={disk / name}", "--set", "cors_live=false") as proxy:
            answers = [
                proxy.fetch("GET", f"http://{api}/{i}-{random.random()}", "Origin: http://a.example")
                for i in range(150)
            ]
            assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
            full = ca.analyze(str(disk / name))
            assert 5 < full.summary.entries < 150
            assert len(full.inputs[0].skipped) <= 1
            assert proxy.log.count("not recorded until there is room") == 1
            (disk / "filler").unlink()
            assert proxy.fetch("GET", f"http://{api}/room-again", "Origin: http://a.example").startswith(
                b"HTTP/1.1 200"
            )
            assert proxy.stop() == 0
        after = ca.analyze(str(disk / name))
        (source,) = after.inputs
        assert source.skipped == ()
        assert after.fetches[-1].url.endswith("/room-again")
        assert source.notes == (
            f"{151 - after.summary.entries} exchanges are missing: there was no room to write them",
        )
        assert proxy.log.count("No space left on device") == 1
        assert "Traceback" not in proxy.log


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end(tmp_path: Path, how: signal.Signals) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with server() as api, Proxy(folder, "--set", "cors_out=a.cors.jsonl") as proxy:
        proxy.fetch("GET", f"http://{api}/", "Origin: https://app.example")
        assert proxy.stop(how) == 0
        assert "cors capture: 1 exchanges in a.cors.jsonl" in proxy.log
    (source,) = ca.analyze(str(folder / "a.cors.jsonl")).inputs
    assert (source.entries, source.skipped, source.notes) == (1, (), ())


def test_the_script_is_loaded_anew(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    script = tmp_path / "cors_capture.py"
    shutil.copy(PATH, script)
    with server() as api, Proxy(folder, "--set", "cors_out=a.cors.jsonl", script=script) as proxy:
        proxy.fetch("GET", f"http://{api}/before", "Origin: https://app.example")
        os.utime(script, (time.time() + 5, time.time() + 5))
        proxy.wait_for("recording to a-2.cors.jsonl")
        proxy.fetch("GET", f"http://{api}/after", "Origin: https://app.example")
        assert proxy.stop() == 0
        assert "Traceback" not in proxy.log
        assert "Over-riding" not in proxy.log
    before, after = (ca.analyze(str(folder / name)) for name in ("a.cors.jsonl", "a-2.cors.jsonl"))
    assert [fetch.url for fetch in (*before.fetches, *after.fetches)] == [f"http://{api}/before", f"http://{api}/after"]
    assert before.inputs[0].notes == after.inputs[0].notes == ()


def test_a_path_that_cannot_be_written_ends_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    proxy = Proxy(folder, "--set", "cors_out=/dev/null/no-folder/a.cors.jsonl")
    assert proxy.process.wait(PATIENCE) == 1
    assert "cors_out: /dev/null/no-folder/a.cors.jsonl cannot be written: " in proxy.log


def test_without_the_package_it_records_and_says_how_to_get_verdicts(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    blocker = tmp_path / "path"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['coranalyze'] = None\n")
    with server() as api, Proxy(folder, "--set", "cors_out=a.cors.jsonl", PYTHONPATH=str(blocker)) as proxy:
        proxy.fetch("GET", f"http://{api}/", "Origin: https://app.example")
        assert proxy.stop() == 0
        assert proxy.log.count("uv tool install mitmproxy --with coranalyze") == 1
        assert "BLOCKED" not in proxy.log
        assert "Traceback" not in proxy.log
    assert ca.analyze(str(folder / "a.cors.jsonl")).summary.blocked == 1
