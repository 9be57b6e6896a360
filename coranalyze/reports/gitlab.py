"""GitLab Code Quality: a JSON array, one object for each issue and endpoint."""

from hashlib import blake2b

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.finding import Severity
from coranalyze.issues import issues
from coranalyze.reports.located import Lines, place_of

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(analysis: Analysis, *, lines: Lines | None = None, root: str = "/") -> str:
    """The array. Fingerprints are unique in it: of equal ones GitLab would show one only."""
    found = []
    for issue in issues(analysis):
        place = place_of(analysis, *(issue.at or ((0, 0),))[0], lines or {}, root)
        for endpoint in issue.endpoints:
            told = f"{issue.fingerprint}\0{endpoint}".encode("utf-8", "replace")
            found.append(
                {
                    "description": f"{endpoint}: {issue.message}{' (suspected)' if issue.suspected else ''}",
                    "check_name": issue.code if issue.is_failure else f"{issue.code} {issue.name}",
                    "fingerprint": blake2b(told, digest_size=16).hexdigest(),
                    "severity": _SEVERITIES[issue.severity],
                    "location": {"path": place.path, "lines": {"begin": place.line}},
                }
            )
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
