"""`python -m benchmarks.stages`: what each stage costs by itself: reading, judging, folding, the audit, causes.

Each works on what the one before it left in memory, against `json.loads` of each line of the same capture file.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import large_capture
from benchmarks.capture_files import load_lines
from benchmarks.measure import Group, captured, main, work
from coranalyze.causes import Cause, Servers, causes_of
from coranalyze.endpoint import Fold
from coranalyze.engine import Engine
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch
from coranalyze.preflight_cost import PreflightCost
from coranalyze.rules import audit
from coranalyze.sources import Capture, open_captures
from coranalyze.sources.capture import CAPTURE

EXCHANGES = 100_000


def groups(folder: Path, scale: float) -> Iterator[Group]:
    count = int(EXCHANGES * scale)
    path = captured(folder / f"large-{count}.cors.jsonl", partial(large_capture.write, exchanges=count))
    exchanges = read(path)
    fetches = judge(exchanges)
    folded = fold(fetches)
    yield Group(
        "Stages, on a capture file",
        count,
        (
            work("json.loads of each line", load_lines, path),
            work("reading: lines to exchanges", read_one_by_one, path, aims=(1.6, 1.5), memory_aim_mb=50),
            work("judging: exchanges to fetches", judge, exchanges, aims=(3.0, 2.5), memory_aim_mb=200),
            work("folding: fetches to endpoints", fold, fetches, aims=(1.8, 1.5), memory_aim_mb=200),
            work("audit: endpoints to findings", audit, folded, aims=(4.0, 3.0), memory_aim_mb=200),
            work("causes of what failed", explain, fetches, folded, aims=(0.8, 0.7), memory_aim_mb=200),
            work("preflight cost", PreflightCost.of, fetches, aims=(1.0, 0.9), memory_aim_mb=200),
        ),
    )


def opened(path: Path) -> Capture:
    (capture,) = open_captures([str(path)])
    assert isinstance(capture, Capture)
    return capture


def read(path: Path) -> list[Exchange]:
    return list(opened(path).exchanges())


def read_one_by_one(path: Path) -> None:
    deque(opened(path).exchanges(), maxlen=0)


def judge(exchanges: Iterable[Exchange]) -> list[Fetch]:
    engine = Engine(CAPTURE.dialect)
    fetches = [fetch for exchange in exchanges for fetch in engine.feed(exchange)]
    return [*fetches, *engine.finish()]


def fold(fetches: Iterable[Fetch]) -> Fold:
    folded = Fold()
    for fetch in fetches:
        folded.add(fetch)
    return folded


def explain(fetches: Iterable[Fetch], folded: Fold) -> dict[int, Cause]:
    return causes_of(fetches, Servers(folded))


if __name__ == "__main__":
    main(__doc__, groups)
