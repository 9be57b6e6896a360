"""`python -m benchmarks.hars`: HAR files of 800 and of 380 MB against `json.load` of the same file.

orjson and mitmproxy's own reader of HAR files stand beside it; they read and do no more.
"""

from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import large_har
from benchmarks.command import analyze, load_json
from benchmarks.measure import Group, captured, main, work


class Large(NamedTuple):
    name: str
    entries: int
    bodies: bool
    aims: tuple[float, float]
    """For the verdicts alone, against `json.load`: at the full size, and on little."""
    audit_aims: tuple[float, float]
    memory_mb: int


LARGE = (
    Large("with bodies", 30_000, True, (0.25, 0.8), (0.35, 1.3), 200),
    Large("without bodies", 100_000, False, (0.40, 1.4), (0.56, 3.2), 400),
)


def groups(folder: Path, scale: float) -> Iterator[Group]:
    for case in LARGE:
        entries = int(case.entries * scale)
        name = f"large-{'bodies' if case.bodies else 'bare'}-{entries}.har"
        path = captured(folder / name, partial(large_har.write, entries=entries, bodies=case.bodies))
        yield Group(
            f"HAR {case.name}, {path.stat().st_size / 1e6:,.0f} MB",
            entries,
            (
                work("json.load", load_json, path),
                work("orjson.loads", load_orjson, path),
                work("mitmproxy's FlowReader", read_flows, path),
                work("verdicts", analyze, path, "--verdicts-only", aims=case.aims, memory_aim_mb=case.memory_mb),
                work("verdicts and audit", analyze, path, aims=case.audit_aims, memory_aim_mb=case.memory_mb),
            ),
        )


def load_orjson(path: Path) -> None:
    import orjson

    orjson.loads(path.read_bytes())


def read_flows(path: Path) -> None:
    """Every flow in a HAR or flow file, as mitmproxy itself reads it."""
    from mitmproxy.io import FlowReader

    with path.open("rb") as file:
        deque(FlowReader(file).stream(), maxlen=0)


if __name__ == "__main__":
    main(__doc__, groups)
