"""Failure: fetches that were blocked, refused or not decided for one and the same cause, told once with all entries."""

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.cors.steps import NOT_CORS, Reason
from coranalyze.endpoint import place
from coranalyze.fetch import Fetch, Observed, Outcome, Taken, Verdict

_ORDER = {
    Outcome.BLOCKED: 0, Outcome.NOT_SUBJECT: 1, Outcome.ALLOWED: 1, Outcome.CONDITIONAL: 2, Outcome.UNKNOWN: 3
}  # fmt: skip
_BESIDE = frozenset({"not-cors-network", "local-network", "service-worker", "embedder-block", "cookie-absent"})
"""Names of causes that are not CORS, whatever the verdict's reason is called."""
_FAILING = frozenset({Outcome.BLOCKED, Outcome.CONDITIONAL, Outcome.UNKNOWN})


class Failure(msgspec.Struct):
    """One distinct failure. `fetches` holds (index in the analysis, fetch); the first stands for all."""

    fetches: list[tuple[int, Fetch]]
    count: int
    """Fetches, those included that `Analysis.fetches` leaves out."""
    endpoints: dict[str, int]
    """Origin and path template of the URLs that were judged → requests; all on one server."""
    cause: Cause | None = None
    """Of the first; all have one of this name, about the same method and header."""
    said: tuple[Said, ...] = ()
    """What the browser's console says about the first."""

    @property
    def example(self) -> Fetch:
        return self.fetches[0][1]

    @property
    def verdict(self) -> Verdict:
        return self.example.verdict

    @property
    def is_past_cors(self) -> bool:
        """CORS let it in, or has no say in it, and it failed all the same; no handshake of a WebSocket."""
        return self.verdict.outcome not in _FAILING and self.example.refused_handshake is None

    @property
    def is_of_cors(self) -> bool:
        """CORS is what stops it: neither the reason nor the cause is another one."""
        if self.is_past_cors or self.example.refused_handshake is not None or self.verdict.reason in NOT_CORS:
            return False
        return self.cause is None or self.cause.name not in _BESIDE

    @property
    def aside(self) -> int:
        """How far it stands from what is to be mended: 1 for a stranger that perhaps is to stay out; 2 for one that
        is not meant to be, and for what is not known to be of another origin, often the browser's own.
        """
        cause = self.cause
        if not self.example.cross_origin or (cause is not None and cause.meant):
            return 2
        return int(cause is not None and cause.stranger)

    @property
    def server(self) -> str:
        """Serialized origin of the server that all `endpoints` are on."""
        return place(next(iter(self.endpoints)))[0]


def failures(analysis: Analysis) -> list[Failure]:
    """Every distinct failure: blocked before what failed beside CORS before undecided, what stands aside last, then by
    number of requests, then as captured.
    """
    groups: dict[tuple[object, ...], Failure] = {}
    for index, fetch in enumerate(analysis.fetches):
        cause = analysis.causes.get(index)
        if not is_failure(fetch, cause):
            continue
        key, endpoint = kind_of(fetch, cause)
        failure = groups.get(key)
        if failure is None:
            failure = groups[key] = Failure([], 0, {}, cause, analysis.said.get(index, ()))
        failure.fetches.append((index, fetch))
        weight = analysis.weights.get(index, 1)
        failure.count += weight
        failure.endpoints[endpoint] = failure.endpoints.get(endpoint, 0) + weight
    return sorted(groups.values(), key=lambda f: (_ORDER[f.verdict.outcome], f.aside, -f.count, f.fetches[0][0]))


def is_failure(fetch: Fetch, cause: Cause | None = None) -> bool:
    """Blocked, not decided, a WebSocket that its server refused, or of no use for a cause beside CORS."""
    return fetch.verdict.outcome in _FAILING or fetch.refused_handshake is not None or cause is not None


def kind_of(fetch: Fetch, cause: Cause | None) -> tuple[tuple[object, ...], str]:
    """What fetches of one failure have in common, and the endpoint of this one."""
    verdict = fetch.verdict
    endpoint = endpoint_of(fetch)
    kind = (
        verdict.outcome, verdict.reason, verdict.stage, verdict.hop, verdict.detail, verdict.missing,
        verdict.conditions, fetch.origin, place(endpoint)[0], hidden_status(fetch),
        fetch.refused_handshake,
        (cause.name, cause.method, cause.header) if cause is not None else None,
    )  # fmt: skip
    return kind, endpoint


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
