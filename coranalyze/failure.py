"""Failure: fetches that were blocked or not decided for one and the same cause, told once with all their entries."""

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import place
from coranalyze.fetch import Fetch, Observed, Outcome, Taken, Verdict

_ORDER = {Outcome.BLOCKED: 0, Outcome.CONDITIONAL: 1, Outcome.UNKNOWN: 2}


class Failure(msgspec.Struct):
    """One distinct failure. `fetches` holds (index in the analysis, fetch); the first stands for all."""

    fetches: list[tuple[int, Fetch]]
    endpoints: dict[str, int]
    """Origin and path template of the URLs that were judged → requests; all on one server."""
    cause: Cause | None = None
    """Of the first; all have one of this name."""
    said: tuple[Said, ...] = ()
    """What the browser's console says about the first."""

    @property
    def example(self) -> Fetch:
        return self.fetches[0][1]

    @property
    def verdict(self) -> Verdict:
        return self.example.verdict


def failures(analysis: Analysis) -> list[Failure]:
    """Every distinct failure: blocked before undecided, then by number of requests, then as captured."""
    groups: dict[tuple[object, ...], Failure] = {}
    for index, fetch in enumerate(analysis.fetches):
        verdict = fetch.verdict
        if verdict.outcome not in _ORDER:
            continue
        endpoint = endpoint_of(fetch)
        cause = analysis.causes.get(index)
        key = (
            verdict.outcome, verdict.reason, verdict.stage, verdict.detail, verdict.missing, verdict.conditions,
            fetch.origin, place(endpoint)[0], hidden_status(fetch), cause.name if cause is not None else "",
        )  # fmt: skip
        failure = groups.get(key)
        if failure is None:
            failure = groups[key] = Failure([], {}, cause, analysis.said.get(index, ()))
        failure.fetches.append((index, fetch))
        failure.endpoints[endpoint] = failure.endpoints.get(endpoint, 0) + 1
    return sorted(groups.values(), key=lambda f: (_ORDER[f.verdict.outcome], -len(f.fetches), f.fetches[0][0]))


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


def endpoint_of(fetch: Fetch) -> str:
    """Origin and path template of the URL that was judged."""
    return "".join(place(judged_url(fetch)))
