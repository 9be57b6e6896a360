"""`python -m benchmarks.growth [--full] [OPTION OF ANALYZE ...]`: time and memory of captures that grow tenfold.

Each is analyzed by a process of its own, `coranalyze analyze X.cors.jsonl.gz --format jsonl`, its output thrown away.
Linear time shows in the column `each`: a row's processor time for each exchange, beside that of the row before.
"""

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import large_capture
from benchmarks.measure import captured, spawned

SIZES = (10_000, 100_000, 1_000_000)
FULL = 10_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"go on to {FULL:,} exchanges")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="leave out what is larger")
    parser.add_argument("--folder", type=Path, help="keep the generated captures here, and take those that are there")
    options, of_analyze = parser.parse_known_args()
    sizes = [size for size in SIZES if size <= options.most] + [FULL] * options.full
    print(
        f"{'exchanges':>12}{'gzip':>11}{'bytes each':>12}{'cpu':>10}{'each':>11}{'growth':>8}{'wall':>10}{'memory':>11}"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        before = 0.0
        for size in sizes:
            before = row(folder, size, of_analyze, before)


def row(folder: Path, size: int, of_analyze: list[str], before: float) -> float:
    """Prints it; gives the microseconds for each exchange, of which `before` were those of the row before."""
    path = captured(folder / f"growth-{size}.cors.jsonl.gz", partial(large_capture.write, exchanges=size))
    arguments = ["analyze", "--isolated", "--no-progress", "--format", "jsonl", *of_analyze, str(path)]
    started = time.perf_counter()
    cost = spawned([sys.executable, "-m", "coranalyze", *arguments])
    wall = time.perf_counter() - started
    packed = path.stat().st_size
    each = cost.processor / size * 1e6
    growth = f"{each / before:8.2f}" if before else " " * 8
    print(
        f"{size:12,}{packed / 1e6:8,.1f} MB{packed / size:12.1f}{cost.processor:8,.1f} s{each:8.1f} µs{growth}"
        f"{wall:8,.1f} s{cost.memory_mb:8,.0f} MB",
        flush=True,
    )
    return each


if __name__ == "__main__":
    main()
