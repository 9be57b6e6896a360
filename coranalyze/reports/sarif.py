"""SARIF 2.1.0, as code scanning takes it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

Every result has a physical location (the capture file, relative to the working folder), since one without spoils the
whole upload; the endpoint is its logical location.

Severities are computed for each finding. Code scanning reads `security-severity` at rules alone, so a rule has that of
its worst finding; each result has its own there too, for those who look, as its `level` and as its `rank` (of 100), and
says it in its message where the rule's is another.

An alert is known by rule, file and `primaryLocationLineHash`, and by no other fingerprint. Where a tool gives none,
uploading makes one of the line's text: of a HAR in one line, all results of a rule would be one alert.
"""

import gzip
from collections.abc import Iterable

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.cors.steps import Reason
from coranalyze.explain.pages import PAGES
from coranalyze.finding import Severity
from coranalyze.issues import Issue, issues
from coranalyze.reports.located import Lines, place_of
from coranalyze.rules import Rule, find_rule

MAX_RESULTS = 5_000
"""What code scanning keeps of one run; it refuses more than 25,000."""
MAX_BYTES = 10_000_000
"""Of the file when packed by gzip: code scanning refuses more."""
MAX_LOCATIONS = 10
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.5",
}
"""Within the ranges that code scanning names critical, high, medium and low."""


def render(
    analysis: Analysis, *, lines: Lines | None = None, root: str = "/", suppressed: Iterable[tuple[str, str]] = ()
) -> str:
    """The log as JSON text. `suppressed`: fingerprint and justification of what is accepted.

    What code scanning would not take is left out, the least severe first; the log says how much that is.
    """
    found = sorted(issues(analysis), key=lambda issue: issue.severity.rank)
    accepted = dict(suppressed)
    count = min(len(found), MAX_RESULTS)
    while True:
        log = _log(analysis, found[:count], len(found) - count, lines or {}, root, accepted)
        if len(log) <= MAX_BYTES or len(gzip.compress(log, 6)) <= MAX_BYTES:
            return log.decode()
        count //= 2


def _log(analysis: Analysis, shown: list[Issue], left: int, lines: Lines, root: str, accepted: dict[str, str]) -> bytes:
    from coranalyze import __version__

    # The worst come first.
    worst = {issue.code: issue for issue in reversed(shown)}
    codes = sorted(worst)
    driver = {
        "name": "coranalyze",
        "semanticVersion": __version__,
        "rules": [_rule(worst[code]) for code in codes],
    }
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "results": [
            {
                "ruleId": issue.code,
                "ruleIndex": codes.index(issue.code),
                **_result(analysis, issue, worst[issue.code].severity, lines, root, accepted),
            }
            for issue in shown
        ],
    }
    if left:
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": f"{left:,} more results are left out."}}
                ],
            }
        ]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=1) + b"\n"


def _is_security(rule: Rule | None) -> bool:
    return rule is not None and rule.group in (1, 2, 3, 4)


def _rule(worst: Issue) -> dict[str, object]:
    """Of the worst of its results."""
    code = worst.code
    rule = find_rule(code)
    properties: dict[str, object] = {"tags": ["cors"], "precision": "high"}
    if rule is not None:
        text, help_text = rule.page.title, f"{rule.page.text}\n\n{rule.page.why}"
        weaknesses = [f"external/cwe/cwe-{number}" for number in rule.weaknesses]
        properties["tags"] = ["cors", *(["security"] if _is_security(rule) else []), *weaknesses]
        if _is_security(rule):
            properties["security-severity"] = _SCORES[worst.severity]
    else:
        page = PAGES[Reason(code)]
        text, help_text = page.happened, f"{page.why}\n\n{page.first}"
    named = {"name": worst.name} if worst.name != code else {}
    return {
        "id": code,
        **named,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": _LEVELS[worst.severity]},
        "properties": properties,
    }


def _result(
    analysis: Analysis, issue: Issue, worst: Severity, lines: Lines, root: str, accepted: dict[str, str]
) -> dict[str, object]:
    """What it says; `worst`: of all results of its rule."""
    logical = [{"fullyQualifiedName": endpoint, "kind": "resource"} for endpoint in issue.endpoints[:MAX_LOCATIONS]]
    at = issue.at[:MAX_LOCATIONS] or ((0, 0),)
    text = issue.message + (f" Suspected: {issue.settle}" if issue.suspected and issue.settle else "")
    properties = {"severity": issue.severity, "confidence": "suspected" if issue.suspected else "proven"}
    if _is_security(find_rule(issue.code)):
        properties["security-severity"] = _SCORES[issue.severity]
        if issue.severity is not worst:
            text += f" Its own severity: {issue.severity}."
    result: dict[str, object] = {
        "level": _LEVELS[issue.severity],
        "rank": float(_SCORES[issue.severity]) * 10,
        # In a message `[text](0)` would be a link.
        "message": {"text": text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")},
        "locations": [_location(analysis, at[0], lines, root, logical)],
        "partialFingerprints": {"primaryLocationLineHash": issue.fingerprint, "coranalyze/v1": issue.fingerprint},
        "properties": properties,
    }
    if len(at) > 1:
        result["relatedLocations"] = [
            {"id": number, **_location(analysis, each, lines, root, [])} for number, each in enumerate(at[1:], 1)
        ]
    if issue.fingerprint in accepted:
        result["suppressions"] = [{"kind": "external", "justification": accepted[issue.fingerprint]}]
    return result


def _location(
    analysis: Analysis, at: tuple[int, int], lines: Lines, root: str, logical: list[dict[str, str]]
) -> dict[str, object]:
    place = place_of(analysis, *at, lines, root)
    location: dict[str, object] = {
        "physicalLocation": {
            "artifactLocation": {"uri": place.uri, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line},
        },
        "message": {"text": f"entry {at[1]}"},
    }
    if logical:
        location["logicalLocations"] = logical
    return location
