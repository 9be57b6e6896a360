"""The causes of what was blocked, put together over servers, and what to do first about one."""

from collections.abc import Iterable, Sequence

import msgspec

from coranalyze.causes import Cause, find_pattern
from coranalyze.cors.steps import NOT_CORS, Reason
from coranalyze.explain.pages import PAGES
from coranalyze.failure import Failure, endpoint_of, hidden_status
from coranalyze.fetch import Fetch, Outcome
from coranalyze.visible import visible


class Top(msgspec.Struct):
    """One cause (or, where none is known, one reason), with the endpoints and requests that it hits."""

    name: str
    title: str
    reason: Reason | None
    first: Failure
    endpoints: set[str]
    hidden: set[int]
    """Error statuses that CORS hides."""
    plain: bool = False
    """Some of it hides none."""
    requests: int = 0

    @property
    def is_cors(self) -> bool:
        first = self.first
        return self.reason not in NOT_CORS and first.example.refused_handshake is None and not first.is_past_cors


def top_causes(found: Iterable[Failure]) -> list[Top]:
    """The causes of what was blocked, those that hit most endpoints first; what stands aside last."""
    groups: dict[str, Top] = {}
    for failure in found:
        verdict, cause = failure.verdict, failure.cause
        pattern = find_pattern(cause.name) if cause is not None else None
        if pattern is not None:
            name, title = pattern.name, pattern.page.title
        elif verdict.reason is not None:
            name, title = str(verdict.reason), PAGES[verdict.reason].title
        else:
            continue
        top = groups.setdefault(name, Top(name, title, verdict.reason, failure, set(), set()))
        status = hidden_status(failure.example)
        if status is None:
            top.plain = True
        else:
            top.hidden.add(status)
        top.endpoints.update(failure.endpoints)
        top.requests += failure.count
    return sorted(groups.values(), key=_by_weight)


def _by_weight(top: Top) -> tuple[object, ...]:
    first = top.first
    certain = first.verdict.outcome is Outcome.BLOCKED
    return (
        first.aside, -len(top.endpoints), -top.requests, not top.is_cors, not certain, not top.hidden, top.name,
    )  # fmt: skip


def first_of(top: Sequence[Top]) -> Top | None:
    """What to begin with: not with what stands aside, and rather with what CORS decides."""
    return min(top, key=lambda each: (each.first.aside, not each.is_cors), default=None)


def asked_first(failure: Failure) -> str:
    """`at PUT https://api.example/cart/{id}`: the request that the advice is about."""
    if failure.cause is not None and failure.cause.at:
        return f"at {visible(failure.cause.at)}"
    return f"at {visible(failure.example.method)} {visible(endpoint_of(failure.example))}"


def do_first(fetch: Fetch, cause: Cause | None) -> str:
    """One piece of advice for a fetch that is blocked, or blocked either way; empty for others."""
    if cause is not None:
        return cause.advice
    verdict = fetch.verdict
    reason = verdict.conditions[0].reason if verdict.blocked_either_way else verdict.reason
    return PAGES[reason].first if reason is not None else ""
