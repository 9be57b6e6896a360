"""`make bench`: the main job against yardsticks in the same run, as ratios.

Each large HAR is analyzed as a whole process (`coranalyze analyze --format json`) in turns with `json.load` of the
same file; the median of the rounds counts. Memory is the peak of RssAnon, read from /proc while the process runs.
"""

import argparse
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
    anonymous_mb: float


class Large(NamedTuple):
    name: str
    entries: int
    bodies: bool
    ratio_limit: float
    memory_limit_mb: int


LARGE = (
    Large("HAR with bodies", 30_000, True, 0.30, 200),
    Large("HAR without bodies", 100_000, False, 0.50, 400),
)


def measure(command: list[str]) -> Run:
    """Wall time in seconds and peak anonymous memory in MB of one process; its output is thrown away."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _anonymous_kb(process.pid))
        time.sleep(0.005)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(time.perf_counter() - started, peak / 1024)


def _anonymous_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def middle(runs: list[Run]) -> Run:
    return Run(median(r.seconds for r in runs), max(r.anonymous_mb for r in runs))


def large(folder: Path, scale: float, rounds: int) -> None:
    print(f"{'':24}{'size':>9}{'json.load':>12}{'coranalyze':>12}{'ratio':>8}{'aim':>7}{'RssAnon':>10}{'aim':>8}")
    for case in LARGE:
        path = folder / f"{case.name.replace(' ', '-')}-{scale}.har"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                large_har.write(file, int(case.entries * scale), case.bodies)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(measure([sys.executable, "-c", YARDSTICK, str(path)]))
            ours.append(measure([*MAIN, "analyze", "--format", "json", "--no-progress", str(path)]))
        mine, yard = middle(ours), middle(theirs)
        size, ratio = path.stat().st_size / 1e6, mine.seconds / yard.seconds
        print(f"{case.name:24}{size:6.0f} MB{yard.seconds:10.2f} s{mine.seconds:10.2f} s{ratio:8.2f}", end="")
        print(f"{case.ratio_limit:7.2f}{mine.anonymous_mb:7.0f} MB{case.memory_limit_mb:5} MB")


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
