"""Values that options take, and options of several commands."""

from enum import StrEnum
from typing import Annotated

import typer


class Browser(StrEnum):
    AUTO = "auto"
    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    WEBKIT = "webkit"
    SPEC = "spec"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    JUNIT = "junit"
    GITLAB = "gitlab"
    GITHUB = "github"
    CSV = "csv"
    ENDPOINTS_CSV = "endpoints-csv"
    FINDINGS_CSV = "findings-csv"
    PARQUET = "parquet"
    HTML = "html"


class Answer(StrEnum):
    """Formats of `judge` and `explain`."""

    TEXT = "text"
    JSON = "json"


class FailOn(StrEnum):
    NEVER = "never"
    NEW = "new"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    BLOCKED = "blocked"


SUFFIXES = {
    ".txt": Format.TEXT,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".md": Format.MARKDOWN,
    ".sarif": Format.SARIF,
    ".xml": Format.JUNIT,
    ".gitlab.json": Format.GITLAB,
    ".csv": Format.CSV,
    ".endpoints.csv": Format.ENDPOINTS_CSV,
    ".findings.csv": Format.FINDINGS_CSV,
    ".parquet": Format.PARQUET,
    ".html": Format.HTML,
}
"""How a file's name ends → its format."""

SelectOption = Annotated[
    list[str] | None, typer.Option("--select", metavar="RULES", help="Only such rules: COR1, COR401, … Repeatable.")
]
IgnoreOption = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="RULES", help="Without such rules. Repeatable.")
]


def check_stack(name: str | None) -> None:
    """End with code 2, and the names that there are, where `name` is no stack."""
    if name is None:
        return
    from coranalyze.cli import streams
    from coranalyze.fixes import STACKS, find_stack

    if find_stack(name) is None:
        streams.fail(f"--stack: no {name!r}; there are {', '.join(STACKS)}")
