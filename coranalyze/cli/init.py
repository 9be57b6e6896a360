"""`coranalyze init`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TEMPLATE = """\
# Configuration of coranalyze. The command line comes before it. In pyproject.toml the same keys stand in
# [tool.coranalyze], and the tables in [[tool.coranalyze.suppress]].

# Whose verdicts: auto, chromium, firefox, webkit or spec.
# browser = "auto"

# What makes the exit code 1: never, new, info, low, medium, high, critical or blocked.
# fail-on = "high"

# What is in this file is known; `coranalyze analyze … --write-baseline FILE` writes it.
# baseline = "cors-baseline.json"

# Rules by code, the beginning of a code, or name; `coranalyze rules` lists them.
# select = ["COR1", "COR2"]
# ignore = ["COR8"]
# min-severity = "low"

# Domains of yours, which may trust each other.
# first-party = ["shop.example"]

# Requests to such hosts only, or not to such hosts.
# include-host = ["*.shop.example"]
# exclude-host = ["*.analytics.example"]

# What somebody looked at and accepted. `expires` is the last day on which it holds.
# [[suppress]]
# rule = "COR112"
# endpoint = "https://staging.shop.example/*"
# reason = "staging is open to the developers' machines"
# expires = 2027-06-30
"""


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")] = Path("coranalyze.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a configuration file in which every key is commented out and explained."""
    from coranalyze.cli import streams

    try:
        with file.open("w" if force else "x", encoding="utf-8") as target:
            target.write(TEMPLATE)
    except FileExistsError:
        streams.fail(f"{file} is there already; --force replaces it")
    except OSError as error:
        streams.fail(f"{file} cannot be written: {(error.strerror or str(error)).lower()}")
    streams.say(f"wrote {file}")
