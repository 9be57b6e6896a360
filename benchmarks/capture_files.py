"""`python -m benchmarks.capture_files`: capture files, plain and as gzip, against `json.loads` of each line."""

import gzip
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import large_capture
from benchmarks.command import analyze
from benchmarks.measure import Group, captured, main, work

EXCHANGES = 200_000


def groups(folder: Path, scale: float) -> Iterator[Group]:
    count = int(EXCHANGES * scale)
    for suffix, read, verdicts, audit in (
        ("", load_lines, (11, 7), (18, 14)),
        (".gz", load_packed_lines, (9, 7), (15, 14)),
    ):
        path = captured(folder / f"large-{count}.cors.jsonl{suffix}", partial(large_capture.write, exchanges=count))
        yield Group(
            f"Capture file{suffix and ' as gzip'}, {path.stat().st_size / 1e6:,.0f} MB",
            count,
            (
                work("json.loads of each line", read, path),
                work("verdicts", analyze, path, "--verdicts-only", aims=verdicts, memory_aim_mb=1000),
                work("verdicts and audit", analyze, path, aims=audit, memory_aim_mb=1000),
            ),
        )


def load_lines(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def load_packed_lines(path: Path) -> None:
    with gzip.open(path, "rb") as file:
        for line in file:
            json.loads(line)


if __name__ == "__main__":
    main(__doc__, groups)
