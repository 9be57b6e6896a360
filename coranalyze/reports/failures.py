"""Failures: fetches that were blocked or not decided for one and the same cause, told once with all their entries."""

from collections.abc import Iterable

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.cors.steps import NOT_CORS, Reason
from coranalyze.endpoint import place
from coranalyze.fetch import Fetch, Observed, Outcome, Stage, Taken, Verdict

_ORDER = {Outcome.BLOCKED: 0, Outcome.CONDITIONAL: 1, Outcome.UNKNOWN: 2}


class Failure(msgspec.Struct):
    """One distinct failure. `fetches` holds (index in the analysis, fetch); the first stands for all."""

    fetches: list[tuple[int, Fetch]]
    endpoints: dict[str, int]
    """Origin and path template of the URLs that were judged → requests; all on one server."""

    @property
    def example(self) -> Fetch:
        return self.fetches[0][1]

    @property
    def verdict(self) -> Verdict:
        return self.example.verdict


class Cause(msgspec.Struct):
    """One reason (apart for error answers that lack the headers), with the endpoints and requests that it hits."""

    reason: Reason
    hidden_status: int | None
    """The error status behind a missing Access-Control-Allow-Origin; None otherwise."""
    stage: Stage | None
    example: Fetch
    endpoints: set[str]
    requests: int = 0


def failures(analysis: Analysis) -> list[Failure]:
    """Every distinct failure: blocked before undecided, then by number of requests, then as captured."""
    groups: dict[tuple[object, ...], Failure] = {}
    for index, fetch in enumerate(analysis.fetches):
        verdict = fetch.verdict
        if verdict.outcome not in _ORDER:
            continue
        endpoint = endpoint_of(judged_url(fetch))
        key = (
            verdict.outcome, verdict.reason, verdict.stage, verdict.detail, verdict.missing, verdict.conditions,
            fetch.origin, server_of(endpoint), hidden_status(fetch),
        )  # fmt: skip
        failure = groups.setdefault(key, Failure([], {}))
        failure.fetches.append((index, fetch))
        failure.endpoints[endpoint] = failure.endpoints.get(endpoint, 0) + 1
    return sorted(groups.values(), key=lambda f: (_ORDER[f.verdict.outcome], -len(f.fetches), f.fetches[0][0]))


def causes(found: Iterable[Failure]) -> list[Cause]:
    """The causes of what was blocked, those that hit most endpoints first."""
    groups: dict[tuple[Reason, bool, Stage | None], Cause] = {}
    for failure in found:
        verdict = failure.verdict
        if verdict.outcome is not Outcome.BLOCKED or verdict.reason is None:
            continue
        hidden = hidden_status(failure.example)
        stage = verdict.stage if verdict.stage is Stage.PREFLIGHT else None
        key = (verdict.reason, hidden is not None, stage)
        cause = groups.setdefault(key, Cause(verdict.reason, hidden, stage, failure.example, set()))
        cause.endpoints.update(failure.endpoints)
        cause.requests += len(failure.fetches)
    return sorted(
        groups.values(),
        key=lambda c: (-len(c.endpoints), -c.requests, c.reason in NOT_CORS, c.reason.value, c.stage or ""),
    )


def blocked_either_way(verdict: Verdict) -> bool:
    """Conditional in its reason only: every answer is "blocked"."""
    return bool(verdict.conditions) and all(c.outcome is Outcome.BLOCKED for c in verdict.conditions)


def is_failed_unknown(fetch: Fetch) -> bool:
    """The capture itself records a failure and does not show enough to tell its cause."""
    return fetch.verdict.outcome is Outcome.UNKNOWN and fetch.observed is Observed.BLOCKED


def hidden_status(fetch: Fetch) -> int | None:
    """The error status that a missing Access-Control-Allow-Origin hides."""
    if fetch.verdict.reason is not Reason.ACAO_MISSING:
        return None
    sent = fetch.deciding
    status = sent.exchange.status if sent is not None else None
    return status if status is not None and status >= 400 else None


def judged_url(fetch: Fetch) -> str:
    sent = fetch.deciding if fetch.verdict.hop else None
    return sent.exchange.url if sent is not None else fetch.url


def failed_step(verdict: Verdict) -> Taken | None:
    """The step that decided, where the verdict is blocked."""
    if verdict.reason is None:
        return None
    return next((taken for taken in reversed(verdict.steps) if taken.ended.step.reason is verdict.reason), None)


def endpoint_of(url: str) -> str:
    """Origin and path template of a URL."""
    server, template = place(url)
    return server + template


def server_of(url: str) -> str:
    """The origin of a URL as text; the scheme alone where it has none."""
    return place(url)[0]
