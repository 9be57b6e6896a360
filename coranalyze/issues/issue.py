"""Issue: one thing that somebody should look at, be it a finding or a distinct failure."""

from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.analysis import Analysis
from coranalyze.causes import blocked_either_way
from coranalyze.cors.steps import NOT_CORS
from coranalyze.endpoint import place
from coranalyze.explain.pages import PAGES
from coranalyze.failure import Failure, failures
from coranalyze.fetch import Outcome
from coranalyze.finding import Confidence, Severity, fingerprint, without_port
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
    fingerprints: tuple[tuple[str, str], ...] = ()
    """(fingerprint, endpoint) of each endpoint: what a baseline holds."""
    suspected: bool = False
    settle: str = ""
    is_failure: bool = False


def issues(analysis: Analysis) -> list[Issue]:
    """Findings worst first, then what was blocked."""
    return [*_findings(analysis), *(_failure(failure) for failure in failures(analysis) if _is_blocked(failure))]


def _findings(analysis: Analysis) -> Iterator[Issue]:
    for finding in analysis.findings:
        yield Issue(
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
    return (verdict.outcome is Outcome.BLOCKED or blocked_either_way(verdict)) and failed(verdict).reason is not None


def _failure(failure: Failure) -> Issue:
    fetch = failure.example
    reason, _, detail = failed(failure.verdict)
    assert reason is not None
    endpoints = tuple(sorted(visible(endpoint) for endpoint in failure.endpoints))
    told = f" ({visible(detail)})" if detail else ""
    blocked = "is blocked either way" if blocked_either_way(failure.verdict) else "is blocked"
    origin = "an unknown page" if fetch.origin is None else visible(fetch.origin)
    sent = [(fetch.input, fetch.deciding) for _, fetch in failure.fetches]
    return Issue(
        reason.value,
        reason.value,
        Severity.LOW if reason in NOT_CORS else Severity.MEDIUM,
        endpoints[0],
        endpoints,
        f"{visible(fetch.method)} from {origin} {blocked}: {PAGES[reason].title}{told}",
        tuple((input, each.exchange.entry) for input, each in sent if each is not None),
        _fingerprint(failure, ""),
        tuple((_fingerprint(failure, endpoint), endpoint) for endpoint in endpoints),
        is_failure=True,
    )


def _fingerprint(failure: Failure, endpoint: str) -> str:
    """Stable over time, port, entry and order: of reason, detail, page, method, server and endpoint."""
    fetch = failure.example
    reason, stage, detail = failed(failure.verdict)
    either = "either way " if blocked_either_way(failure.verdict) else ""
    return fingerprint(
        f"{either}{reason or ''}",
        stage or "",
        detail,
        without_port(fetch.origin or ""),
        fetch.method,
        without_port(place(min(failure.endpoints))[0]),
        without_port(endpoint),
    )
