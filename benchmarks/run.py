"""`make bench`: the main job against yardsticks in the same run, as ratios.

Each large HAR is analyzed as a whole process (`coranalyze analyze --format json`) in turns with `json.load` of the
same file, for its verdicts only and with its policies audited too. Ratios are taken round by round, of wall time and of
processor time; medians count. Memory is the peak of RssAnon, read from /proc while the process runs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import large_har

ROOT = Path(__file__).resolve().parents[1]
MAIN = [sys.executable, "-m", "coranalyze"]
YARDSTICK = "import json,sys; json.load(open(sys.argv[1], encoding='utf-8'))"


class Run(NamedTuple):
    seconds: float
    processor: float
    """Seconds of processor time, user and system."""
    anonymous_mb: float


class Large(NamedTuple):
    name: str
    entries: int
    bodies: bool
    ratio_limit: float
    """Of the verdicts against `json.load`."""
    memory_limit_mb: int


AUDIT_LIMIT = 1.4
"""Of verdicts and audit against the verdicts alone."""
LARGE = (
    Large("HAR with bodies", 30_000, True, 0.30, 200),
    Large("HAR without bodies", 100_000, False, 0.50, 400),
)


def measure(command: list[str]) -> Run:
    """Time and peak anonymous memory of one process; its output is thrown away."""
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _anonymous_kb(process.pid))
        time.sleep(0.005)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds, after = time.perf_counter() - started, os.times()
    processor = after.children_user - before.children_user + after.children_system - before.children_system
    return Run(seconds, processor, peak / 1024)


def _anonymous_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def middle(runs: list[Run]) -> Run:
    return Run(median(r.seconds for r in runs), median(r.processor for r in runs), max(r.anonymous_mb for r in runs))


def ratios(ours: list[Run], theirs: list[Run]) -> str:
    """Median of wall time against wall time, and of processor time, round by round."""
    wall = median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
    processor = median(a.processor / b.processor for a, b in zip(ours, theirs, strict=True))
    return f"{wall:8.2f}{processor:7.2f}"


def large(folder: Path, scale: float, rounds: int) -> None:
    print(f"{'':34}{'time':>9}{'ratio':>8}{'cpu':>7}{'aim':>7}{'RssAnon':>11}{'aim':>8}")
    for case in LARGE:
        path = folder / f"{case.name.replace(' ', '-')}-{scale}.har"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                large_har.write(file, int(case.entries * scale), case.bodies)
        analyze = [*MAIN, "analyze", "--format", "json", "--no-progress", str(path)]
        loads, verdicts, audits = [], [], []
        for _ in range(rounds):
            loads.append(measure([sys.executable, "-c", YARDSTICK, str(path)]))
            verdicts.append(measure([*analyze, "--verdicts-only"]))
            audits.append(measure(analyze))
        print(f"{case.name + ': json.load':34}{middle(loads).seconds:7.2f} s   {path.stat().st_size / 1e6:.0f} MB")
        for name, runs, base, limit in (
            ("  verdicts, against json.load", verdicts, loads, case.ratio_limit),
            ("  and audit, against verdicts", audits, verdicts, AUDIT_LIMIT),
        ):
            run = middle(runs)
            print(f"{name:34}{run.seconds:7.2f} s{ratios(runs, base)}{limit:7.2f}", end="")
            print(f"{run.anonymous_mb:8.0f} MB{case.memory_limit_mb:5} MB")


def start_up(rounds: int) -> None:
    sample = sorted((ROOT / "sample_data").glob("*.har"))[0]
    bare = middle([measure([sys.executable, "-c", "pass"]) for _ in range(rounds)])
    for name, command in (
        ("--help", [*MAIN, "--help"]),
        ("small HAR to text", [*MAIN, "analyze", str(sample)]),
    ):
        run = middle([measure(command) for _ in range(rounds)])
        ratio = run.seconds / bare.seconds
        print(f"{name:24}{run.seconds:8.3f} s   {ratio:5.1f} x an empty Python ({bare.seconds:.3f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the generated captures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        large(folder, options.scale, options.rounds)
    start_up(5 * options.rounds)


if __name__ == "__main__":
    main()
