"""A short form of `make bench` runs; how long things take is for the benchmarks alone to say, on a quiet machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import large_capture
from benchmarks.measure import Cost, Group, Work, forked, table
from coranalyze import Outcome, analyze
from coranalyze.fetch import Role
from tests.conftest import ROOT

SUBJECTS = ("hars", "flows", "capture_files", "stages", "reports", "start_up")


def test_every_subject_runs() -> None:
    short = ["--scale", "0.02", "--rounds", "1", "--only", *SUBJECTS]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *short], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for title in ("HAR with bodies", "Stages, on a capture file", "Reports of", "Start-up"):
        assert title in done.stdout


@pytest.mark.parametrize(("ratio", "memory_mb", "missed"), [(1.9, 10, False), (2.1, 10, True), (1.0, 21, True)])
def test_what_is_far_from_its_aim_is_told(
    capsys: pytest.CaptureFixture[str], ratio: float, memory_mb: float, missed: bool
) -> None:
    works = (
        Work("yardstick", lambda: Cost(2.0, 5.0)),
        Work("ours", lambda: Cost(2.0 * ratio, memory_mb), (1.0, 1.0), 10.0),
    )
    assert table([Group("Reading", 100, works)], 1, 1.0, 2.0) == (["Reading: ours"] if missed else [])
    assert ("!" in capsys.readouterr().out) is missed


def test_cost_of_a_fork() -> None:
    blank = forked(lambda: None)
    held: list[list[int]] = []
    cost = forked(lambda: held.append(list(range(2_000_000))))
    assert cost.processor > blank.processor
    assert cost.memory_mb > 32
    assert not held
    with pytest.raises(SystemExit, match="ended with 1"):
        forked(lambda: [][0])


def test_large_captures_hold_what_they_promise(tmp_path: Path) -> None:
    plain, packed, other = (tmp_path / name for name in ("a.cors.jsonl", "b.cors.jsonl.gz", "c.cors.jsonl"))
    large_capture.write(plain, 5_000)
    large_capture.write(packed, 5_000)
    large_capture.write(other, 5_000, seed=2)
    assert plain.read_bytes() != other.read_bytes()
    analysis, again = analyze(str(plain)), analyze(str(packed))
    assert [(f.url, f.verdict) for f in analysis.fetches] == [(f.url, f.verdict) for f in again.fetches]
    assert analysis.summary.entries == 5_000
    assert analysis.inputs[0].skipped == ()
    assert analysis.inputs[0].notes == ()
    assert analysis.summary.preflights > 1_000
    # A preflight without a request is one that failed, or the last ones of the file.
    alone = [fetch for fetch in analysis.fetches if [sent.role for sent in fetch.exchanges] == [Role.PREFLIGHT]]
    assert sum(not fetch.verdict.is_blocked for fetch in alone) < 5 < len(alone)
    blocked = [fetch for fetch in analysis.fetches if fetch.verdict.is_blocked]
    assert 50 < len(blocked) < analysis.summary.allowed / 4
    assert len({fetch.reason for fetch in analysis.fetches if fetch.outcome is Outcome.BLOCKED}) > 2
    assert len(analysis.causes) > 50
    assert len({finding.rule for finding in analysis.findings}) >= 5
