"""`python -m benchmarks.start_up`: whole runs on little, from start to end, against an empty Python."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ROOT, Group, command, main

MAIN = (sys.executable, "-m", "coranalyze")
SAMPLE = str(ROOT / "sample_data" / "shop-chrome.har")


def groups(folder: Path, scale: float) -> Iterator[Group]:
    yield Group(
        "Start-up",
        1,
        (
            command("python -c pass", sys.executable, "-c", "pass"),
            command("coranalyze --help", *MAIN, "--help", aim=12),
            command("coranalyze explain acao-missing", *MAIN, "explain", "acao-missing", aim=32),
            command("coranalyze analyze shop-chrome.har", *MAIN, "analyze", SAMPLE, aim=45),
        ),
    )


if __name__ == "__main__":
    main(__doc__, groups)
