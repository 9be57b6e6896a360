"""Targets that are full, gone, closed or no files; and runs that are ended while they write."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from coranalyze.cli.choices import Format
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES

SAMPLE = str(SAMPLES / "shop-chrome.har")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs a system that lets root mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def bash(command: str, *paths: str, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    """A command line in which `coranalyze` is the program; its exit code is that of the first of a pipe."""
    program = f'coranalyze() {{ "{sys.executable}" -m coranalyze "$@"; }}; set -o pipefail; '
    return subprocess.run(
        ["bash", "-c", program + command, "bash", *paths],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip


@root_only
@pytest.mark.parametrize("option", ["--output", "--report-dir", "--write-baseline"])
def test_a_full_disk_leaves_what_was_there(small: Path, option: str) -> None:
    target = small / ("old" if option == "--report-dir" else "old.json")
    report = target / "report.json" if option == "--report-dir" else target
    report.parent.mkdir(exist_ok=True)
    report.write_text("old")
    with suppress(OSError), open(small / "filler", "wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass
    done = run("analyze", SAMPLE, option, str(target))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(small) in done.stderr
    assert "No space left on device" in done.stderr
    assert report.read_text() == "old"
    assert not [path for path in small.rglob("*") if path.suffix == ".part"]


@pytest.mark.parametrize("command", ["analyze", "sanitize"])
def test_a_folder_that_is_not_there(tmp_path: Path, command: str) -> None:
    target = tmp_path / "gone" / "x.har" if command == "sanitize" else tmp_path / "gone" / "x.json"
    done = run(command, SAMPLE, "--output", str(target))
    assert done.returncode == 2
    assert done.stderr == f"coranalyze: {target} cannot be written: No such file or directory\n"


@pytest.mark.parametrize("option", ["--output", "--write-baseline"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device"])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, option: str, kind: str) -> None:
    path = tmp_path / "x.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        if os.geteuid() != 0:
            pytest.skip("needs root")
        os.mknod(path, 0o20666, os.makedev(1, 3))
    else:
        path.symlink_to("/dev/null")
    before = path.lstat().st_mode
    done = run("analyze", SAMPLE, option, str(path))
    assert done.returncode == 2
    assert "it is a device or a pipe" in done.stderr
    assert path.lstat().st_mode == before


@pytest.mark.parametrize("command", ["analyze $1 -f json", "rules", "explain COR101", "--help", "judge $2"])
def test_a_full_stdout_is_an_error(command: str) -> None:
    done = bash(f"coranalyze {command} > /dev/full", SAMPLE, str(SAMPLES / "put-with-token.http"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("command", ["analyze $1 -f json", "analyze $1", "rules"])
def test_a_reader_who_leaves_is_none(command: str) -> None:
    done = bash(f"coranalyze {command} | head -c 10", SAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.encode()) == 10


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_closed_streams(tmp_path: Path, closed: str, unbuffered: str) -> None:
    target = tmp_path / "x.json"
    done = bash(f"coranalyze analyze $1 nowhere.har -o $2 {closed}", SAMPLE, str(target), unbuffered=unbuffered)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert target.read_bytes().startswith(b'{"schema_version"')
    assert target.read_bytes().endswith(b"]}\n")


COMMANDS = {
    "analyze": ["analyze", SAMPLE, "--output", "{}/x.json", "--output", "{}/x.html", "--write-baseline", "{}/b.json"],
    "report": ["analyze", SAMPLE, "--report-dir", "{}/report"],
    "sanitize": ["sanitize", SAMPLE, "--output", "{}/x.har"],
}


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("analyze", signal.SIGINT),
        ("analyze", signal.SIGTERM),
        ("sanitize", signal.SIGINT),
        *(pytest.param("report", number, marks=SLOW) for number in (signal.SIGINT, signal.SIGTERM)),
        *(pytest.param(command, signal.SIGKILL, marks=SLOW) for command in COMMANDS),
    ],
)
def test_no_half_report_under_its_name(tmp_path: Path, command: str, number: signal.Signals) -> None:
    (tmp_path / "whole").mkdir()
    started = time.monotonic()
    assert run(*[each.format(tmp_path / "whole") for each in COMMANDS[command]]).returncode == 0
    whole = time.monotonic() - started
    for turn in range(3):
        folder = tmp_path / str(turn)
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "coranalyze", *(each.format(folder) for each in COMMANDS[command])],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(whole * random.uniform(0.2, 1.1))
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".part":
                assert path.read_bytes() == (tmp_path / "whole" / path.relative_to(folder)).read_bytes(), path
        if number is not signal.SIGKILL and process.returncode >= 0:
            assert process.returncode in (0, 130, 143)
            # Python itself drops what is raised while it unlocks an import: such a run goes on to its end.
            assert b"Traceback" not in told or b"Exception ignored in" in told
            assert not list(folder.rglob("*.part"))


MOMENT = """\
import os, shutil, signal, sys
# However this was started: a job in the background inherits that they are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
moment, act, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
del sys.argv[1:4]
def count(frame, event, argument):
    global moment
    if frame.f_code.co_filename.endswith("outputs.py"):
        moment -= 1
        if moment == 0:
            shutil.rmtree(folder) if act == "remove" else os.kill(os.getpid(), int(act))
sys.setprofile(count)
from coranalyze.cli import main
main()
"""
"""Does something at a moment that is counted, in calls and returns within the file that writes outputs."""
LAST_MOMENT = 240
"""Of `analyze` with three outputs; `sanitize` has some sixty."""


def at(moment: int, act: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MOMENT, str(moment), act, str(folder), *arguments],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip


MOMENTS = {
    "analyze": ["analyze", SAMPLE, "-o", "{}/x.json", "-o", "{}/x.txt", "--write-baseline", "{}/b.json"],
    "sanitize": ["sanitize", SAMPLE, "-o", "{}/x.har"],
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "moments",
    [
        [("analyze", 12), ("analyze", 100), ("analyze", 200), ("sanitize", 30)],
        pytest.param([("analyze", n) for n in range(1, LAST_MOMENT, 3)], marks=SLOW),
        pytest.param([("sanitize", n) for n in range(1, 60, 2)], marks=SLOW),
    ],
    ids=["some", "analyze", "sanitize"],
)
def test_a_signal_at_any_moment_leaves_nothing_half(
    tmp_path: Path, moments: list[tuple[str, int]], number: signal.Signals
) -> None:
    ended = set()
    for command, moment in moments:
        folder = tmp_path / f"{command}{moment}"
        folder.mkdir()
        done = at(moment, str(int(number)), folder, *(each.format(folder) for each in MOMENTS[command]))
        assert "Traceback" not in done.stderr
        ended.add(done.returncode)
        for path in folder.rglob("*"):
            text = path.read_text("utf-8")
            assert path.suffix != ".part"
            assert text.endswith("\n")
            if path.suffix != ".txt":
                json.loads(text)
    # One that comes when all is done changes nothing.
    assert ended <= {0, 130 if number is signal.SIGINT else 128 + number}
    assert max(ended) > 0


@pytest.mark.parametrize("moment", [40, 100, 150])
def test_a_folder_that_goes_while_it_is_written_to(tmp_path: Path, moment: int) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    done = at(moment, "remove", folder, *(each.format(folder) for each in MOMENTS["analyze"]))
    assert done.returncode == 2
    assert re.fullmatch(rf"coranalyze: {folder}/\S+ cannot be written: No such file or directory\n", done.stderr)


@root_only
@pytest.mark.parametrize("option", ["--output", "--report-dir", "--write-baseline"])
def test_a_folder_that_must_not_be_written_to(small: Path, option: str) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    target = small / ("report" if option == "--report-dir" else "x.json")
    done = run("analyze", SAMPLE, option, str(target))
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"coranalyze: {target} cannot be (written|made): Read-only file system\n", done.stderr)


@pytest.mark.parametrize(
    "format",
    [
        pytest.param(each.value, marks=() if each in (Format.TEXT, Format.JSON, Format.HTML, Format.PARQUET) else SLOW)
        for each in Format
    ],
)
def test_nobody_reads_any_format(format: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "coranalyze", "analyze", SAMPLE, "--format", format],
            stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
