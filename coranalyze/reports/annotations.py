"""Annotations of GitHub Actions: workflow commands, one issue a line, printed to stdout."""

from coranalyze.analysis import Analysis
from coranalyze.finding import Severity
from coranalyze.issues import issues
from coranalyze.reports.located import Lines, place_of

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
MAX = 50
"""Annotations that one run may show, over all kinds."""


def render(analysis: Analysis, *, lines: Lines | None = None, root: str = "/") -> str:
    """The commands, the worst first; those of severity info are left out."""
    found = [issue for issue in issues(analysis) if issue.severity is not Severity.INFO]
    found.sort(key=lambda issue: issue.severity.rank)
    commands = []
    for issue in found[:MAX]:
        place = place_of(analysis, *(issue.at or ((0, 0),))[0], lines or {}, root)
        title = issue.name if issue.is_failure else f"{issue.code} {issue.name}"
        suspected = "Suspected: " if issue.suspected else ""
        commands.append(
            f"::{_COMMANDS[issue.severity]} file={_property(place.path)},line={place.line},title={_property(title)}"
            f"::{_data(f'{suspected}{issue.message} ({issue.endpoint})')}\n"
        )
    if len(found) > MAX:
        commands.append(f"::notice title=coranalyze::{len(found) - MAX:,} more issues are not shown here\n")
    return "".join(commands)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
