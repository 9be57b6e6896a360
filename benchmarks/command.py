"""coranalyze's own command as a work to be measured."""

import gc
import io
import json
from contextlib import redirect_stdout, suppress
from pathlib import Path

from benchmarks.measure import ROOT
from coranalyze.cli.app import run


def analyze(path: Path, *options: str) -> None:
    """`coranalyze analyze PATH` to JSON; ends with SystemExit, as the command does."""
    run(["analyze", "--isolated", "--format", "json", "--no-progress", *options, str(path)])


def load_json(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        json.load(file)


# Once here, so that what is measured in a fork finds every import done, mitmproxy too, and its tables made.
with redirect_stdout(io.TextIOWrapper(io.BytesIO())), suppress(SystemExit):
    analyze(ROOT / "sample_data" / "shop-mitmproxy.flow")
gc.enable()
