"""`python -m benchmarks.flows`: a flow file against mitmproxy's FlowReader alone, which is part of reading it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import large_har
from benchmarks.command import analyze
from benchmarks.hars import read_flows
from benchmarks.measure import Group, captured, main, work

FLOWS = 20_000


def groups(folder: Path, scale: float) -> Iterator[Group]:
    count = int(FLOWS * scale)
    path = captured(folder / f"large-{count}.flow", partial(write, flows=count))
    yield Group(
        f"Flow file, {path.stat().st_size / 1e6:,.0f} MB",
        count,
        (
            work("mitmproxy's FlowReader", read_flows, path),
            work("verdicts", analyze, path, "--verdicts-only", aims=(1.5, 1.7), memory_aim_mb=200),
            work("verdicts and audit", analyze, path, aims=(1.7, 1.9), memory_aim_mb=200),
        ),
    )


def write(path: Path, flows: int) -> None:
    """The requests of a large HAR as the flows that mitmproxy makes of them."""
    from mitmproxy.io import FlowWriter
    from mitmproxy.io.har import request_to_flow

    with path.open("wb") as file:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]
        for entry in large_har.Writer(flows, bodies=False, seed=1).entries_of():
            writer.add(request_to_flow(entry))


if __name__ == "__main__":
    main(__doc__, groups)
