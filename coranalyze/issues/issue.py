"""Issue: one thing that somebody should look at, be it a finding or a distinct failure."""

from operator import itemgetter
from typing import NamedTuple

from coranalyze.analysis import Analysis
from coranalyze.causes import find_pattern
from coranalyze.cors.steps import NOT_CORS
from coranalyze.explain.pages import PAGES
from coranalyze.failure import Failure, endpoint_of, failures
from coranalyze.finding import Confidence, Finding, Severity, fingerprint, without_port
from coranalyze.fixes.reasons import failed
from coranalyze.visible import visible


class Issue(NamedTuple):
    """What gates, baselines and code hosts count."""

    code: str
    """`COR101`, or the reason of a failure (`acao-missing`)."""
    name: str
    severity: Severity
    """Blocked by CORS is medium, blocked for other reasons low."""
    endpoint: str
    endpoints: tuple[str, ...]
    message: str
    """Captured text in it has no control characters left."""
    at: tuple[tuple[int, int], ...]
    """(input, entry) of the exchanges that show it."""
    fingerprint: str
    """Of no other issue of the analysis."""
    fingerprints: tuple[tuple[str, str], ...] = ()
    """(fingerprint, name) of each endpoint, with the method where it is a failure: what a baseline holds."""
    suspected: bool = False
    settle: str = ""
    is_failure: bool = False


def issues(analysis: Analysis) -> list[Issue]:
    """Findings worst first, then what was blocked; no two have the same fingerprint."""
    blocked: dict[tuple[object, ...], list[Failure]] = {}
    for failure in failures(analysis):
        if _is_blocked(failure):
            blocked.setdefault(_kind(failure), []).append(failure)
    return _told_apart([*map(_finding, analysis.findings), *map(_failure, blocked.values())])


def _told_apart(found: list[Issue]) -> list[Issue]:
    """Those that differ in a port only are numbered in the order of their endpoints."""
    alike: dict[str, list[Issue]] = {}
    for issue in found:
        alike.setdefault(issue.fingerprint, []).append(issue)
    numbers = {
        id(issue): number
        for group in alike.values()
        for number, issue in enumerate(sorted(group, key=lambda issue: (issue.endpoints, issue.message)), 1)
    }
    return [
        issue if numbers[id(issue)] == 1 else issue._replace(fingerprint=f"{issue.fingerprint}:{numbers[id(issue)]}")
        for issue in found
    ]


def _finding(finding: Finding) -> Issue:
    return Issue(
        finding.rule,
        finding.name,
        finding.severity,
        visible(finding.endpoint),
        tuple(visible(endpoint) for endpoint in finding.endpoints),
        visible(finding.message),
        tuple((at.input, at.entry) for at in finding.evidence),
        finding.fingerprint,
        tuple(zip(finding.endpoint_fingerprints, map(visible, finding.endpoints), strict=True)),
        finding.confidence is Confidence.SUSPECTED,
        visible(finding.settle),
    )


def _is_blocked(failure: Failure) -> bool:
    """For certain, be it by one check or by another."""
    verdict = failure.verdict
    return verdict.is_blocked and failed(verdict).reason is not None


def _kind(failure: Failure) -> tuple[object, ...]:
    """What failures of one issue have in common. Their causes may differ: those hang on what else a capture shows."""
    verdict = failure.verdict
    return verdict.blocked_either_way, *failed(verdict), failure.example.origin, failure.server


def _failure(alike: list[Failure]) -> Issue:
    verdict, origin = alike[0].verdict, alike[0].example.origin
    reason, _, detail = failed(verdict)
    assert reason is not None
    server = alike[0].server
    sent = sorted(((number, fetch) for failure in alike for number, fetch in failure.fetches), key=itemgetter(0))
    requests = sorted({(fetch.method, endpoint_of(fetch)) for _, fetch in sent})
    methods = sorted({visible(method) for method, _ in requests})
    endpoints = tuple(sorted({visible(endpoint) for _, endpoint in requests}))
    return Issue(
        reason.value,
        reason.value,
        Severity.LOW if reason in NOT_CORS else Severity.MEDIUM,
        endpoints[0],
        endpoints,
        " and ".join(methods)
        + f" from {'an unknown page' if origin is None else visible(origin)}"
        + f" {'is' if len(methods) == 1 else 'are'} blocked{' either way' if verdict.blocked_either_way else ''}"
        + f": {PAGES[reason].title}"
        + (f" ({visible(detail)})" if detail else "")
        + _causes(alike),
        tuple((fetch.input, fetch.deciding.exchange.entry) for _, fetch in sent if fetch.deciding is not None),
        _fingerprint(alike[0], server),
        tuple((_fingerprint(alike[0], server, *request), visible(" ".join(request))) for request in requests),
        is_failure=True,
    )


def _causes(alike: list[Failure]) -> str:
    """`. Cause: an error page without CORS headers (error-drops-cors)`"""
    names = sorted({failure.cause.name for failure in alike if failure.cause is not None})
    told = [f"{pattern.page.title} ({name})" for name in names if (pattern := find_pattern(name)) is not None]
    return f". Cause: {'; '.join(told)}" if told else ""


def _fingerprint(failure: Failure, server: str, method: str = "", endpoint: str = "") -> str:
    """Stable over time, port, entry and order: of reason, detail, page and server, and of one request where given."""
    reason, stage, detail = failed(failure.verdict)
    either = "either way " if failure.verdict.blocked_either_way else ""
    return fingerprint(
        f"{either}{reason or ''}",
        stage or "",
        detail,
        without_port(failure.example.origin or ""),
        without_port(server),
        method,
        without_port(endpoint),
    )
