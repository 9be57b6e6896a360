"""No output takes the place of an input."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.run import ROOT, run

SAMPLE = ROOT / "tests" / "golden" / "stories" / "shop.http"


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "t.json", "-o", "t.json"),
        ("analyze", ".", "-o", "./t.cors.jsonl"),
        ("analyze", "t.js*n", "-o", "link.json"),
        ("analyze", "t.json", "-o", "hard.json"),
        ("analyze", "t.json", "-o", "fine.html", "--write-baseline", "t.json"),
        ("analyze", "t.json", "--console-log", "log.txt", "-o", "log.txt"),
        ("sanitize", "t.har", "-o", "t.har"),
        ("sanitize", "link.har", "-o", "t.har"),
    ],
)
def test_an_output_that_is_an_input(arguments: tuple[str, ...], tmp_path: Path) -> None:
    names = ("t.json", "t.har", "t.cors.jsonl", "log.txt")
    for name in names:
        (tmp_path / name).write_bytes(SAMPLE.read_bytes())
    (tmp_path / "link.json").symlink_to("t.json")
    (tmp_path / "link.har").symlink_to("t.har")
    os.link(tmp_path / "t.json", tmp_path / "hard.json")
    before = sorted(os.listdir(tmp_path))
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{arguments[-1]} is one of the inputs, and would be replaced: name another file" in done.stderr
    assert ("--in-place" in done.stderr) is (arguments[0] == "sanitize")
    assert sorted(os.listdir(tmp_path)) == before
    assert all((tmp_path / name).read_bytes() == SAMPLE.read_bytes() for name in names)


def test_a_baseline_may_be_brought_up_to_date(tmp_path: Path) -> None:
    known = str(tmp_path / "known.json")
    assert run("analyze", str(SAMPLE), "--write-baseline", known).returncode == 0
    assert run("analyze", str(SAMPLE), "--baseline", known, "--write-baseline", known).returncode == 0


def test_sanitize_to_stdout(tmp_path: Path) -> None:
    done = run("sanitize", str(SAMPLE), "-o", "-", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["log"]["entries"]
    assert "wrote the copy to stdout" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("sanitize", str(SAMPLE), "-q", "-o", "-").stderr == ""
