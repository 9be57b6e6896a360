"""`python -m benchmarks.reports`: each report of one capture, against `json.dumps` of what the JSON one says."""

import json
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import large_capture
from benchmarks.measure import ROOT, Group, captured, main, work
from coranalyze.analysis import Analysis, analyze
from coranalyze.cli.choices import Format
from coranalyze.cli.rendering import chunks

EXCHANGES = 20_000
SAMPLE = str(ROOT / "sample_data" / "shop-chrome.har")
AIMS = {
    Format.JSON: (0.8, 1.0),
    Format.JSONL: (0.8, 1.0),
    Format.CSV: (4.0, 4.0),
    Format.HTML: (20.0, 80.0),
    Format.TEXT: (3.0, 6.0),
    Format.MARKDOWN: (1.0, 1.5),
    Format.SARIF: (1.5, 2.0),
}


def groups(folder: Path, scale: float) -> Iterator[Group]:
    count = int(EXCHANGES * scale)
    path = captured(folder / f"large-{count}.cors.jsonl", partial(large_capture.write, exchanges=count))
    for format in AIMS:  # each loads what it needs
        render(analyze(SAMPLE), format)
    analysis = analyze(str(path))
    said = json.loads(b"".join(chunks(analysis, Format.JSON)))
    fetches = len(analysis.fetches)
    yield Group(
        f"Reports of {fetches:,} fetches, {len(analysis.findings):,} findings",
        fetches,
        (
            work("json.dumps of the JSON report", json.dumps, said),
            *(
                work(format.value, render, analysis, format, aims=aims, memory_aim_mb=200)
                for format, aims in AIMS.items()
            ),
        ),
    )


def render(analysis: Analysis, format: Format) -> None:
    deque(chunks(analysis, format), maxlen=0)


if __name__ == "__main__":
    main(__doc__, groups)
