"""`analyze --follow` as a process of its own, next to a file that grows."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run import ROOT, run

HEAD = {"coranalyze_capture": 1}
BLOCKED = {
    "method": "GET", "url": "https://api.example/x", "status": 200, "started": 1.0,
    "request": [["Origin", "https://app.example"], ["Sec-Fetch-Mode", "cors"]], "response": [],
}  # fmt: skip
TOLD = "coranalyze: BLOCKED GET https://api.example/x from https://app.example: acao-missing (actual)"


def append(path: Path, *objects: object) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(each) + "\n" for each in objects)


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "Ctrl-C"])
def test_what_is_blocked_is_told_at_once_and_reported_at_the_end(tmp_path: Path, closed: bool) -> None:
    path = tmp_path / "a.cors.jsonl"
    append(path, HEAD)
    process = subprocess.Popen(
        [sys.executable, "-m", "coranalyze", "analyze", str(path), "--follow", "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    append(path, BLOCKED)
    assert process.stderr.readline().rstrip() == TOLD
    if closed:
        append(path, {"closed": 2.0})
    else:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["summary"]["blocked"] == 1


def test_wrong_usage() -> None:
    done = run("analyze", "a.cors.jsonl", "b.cors.jsonl", "--follow")
    assert done.returncode == 2
    assert "--follow takes one capture file" in done.stderr
    missing = run("analyze", "none.cors.jsonl", "--follow")
    assert missing.returncode == 2
    assert "none.cors.jsonl: no such file" in missing.stderr
