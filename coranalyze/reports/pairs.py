"""Pairs: for each page's origin and each server, the three questions that developers ask."""

from collections import Counter
from enum import StrEnum

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import place
from coranalyze.failure import judged_url
from coranalyze.fetch import Fetch, Outcome, Preflight, Stage, Verdict

CORS_CHECK = "concept-cors-check"
_LISTS = frozenset(
    {
        Reason.METHOD_NOT_ALLOWED, Reason.HEADER_NOT_ALLOWED, Reason.AUTHORIZATION_WILDCARD, Reason.ACAM_UNPARSABLE,
        Reason.ACAH_UNPARSABLE,
    }
)  # fmt: skip


class Said(StrEnum):
    YES = "yes"
    NO = "no"
    OPEN = "open"
    """It hangs on what the capture does not hold."""
    NOT_ASKED = "not-asked"
    """No request raised the question: no preflight was needed."""
    NOT_SEEN = "not-seen"


class Answer(msgspec.Struct):
    """The answers to one question over all requests of a pair; `why` counts what stands behind each no."""

    said: Counter[Said]
    why: Counter[tuple[Reason, str, str]]
    """Reason, expected and received (or what it ended on) → requests."""

    @property
    def is_no(self) -> bool:
        return self.said[Said.NO] > 0


class Pair(msgspec.Struct):
    """One page's origin and one server."""

    origin: str | None
    server: str
    """Of requests that were redirected, the one that refused, or the last that allowed."""
    outcomes: Counter[Outcome]
    origin_allowed: Answer
    lists_allow: Answer
    preflight_passes: Answer

    @property
    def requests(self) -> int:
        return self.outcomes.total()


One = tuple[Said, Reason | None, str, str]
Three = tuple[One, One, One]


def pairs(analysis: Analysis) -> list[Pair]:
    """The pairs of all requests that CORS applies to, those with most failures first."""
    found: dict[tuple[str | None, str], Pair] = {}
    memo: dict[tuple[int, Preflight, str], Three] = {}
    for fetch in analysis.fetches:
        verdict = fetch.verdict
        if verdict.outcome is Outcome.NOT_SUBJECT or not fetch.cross_origin or fetch.mode not in ("cors", "unknown"):
            continue
        key = (fetch.origin, _server(fetch))
        pair = found.get(key)
        if pair is None:
            pair = found[key] = Pair(*key, Counter(), _empty(), _empty(), _empty())
        pair.outcomes[verdict.outcome] += 1
        # Equal verdicts are one object, alive as long as the analysis.
        judged = (id(verdict), fetch.preflight, fetch.method)
        three = memo.get(judged)
        if three is None:
            three = memo[judged] = (_origin(verdict), *_preflight(fetch))
        for answer, (said, reason, expected, received) in zip(
            (pair.origin_allowed, pair.lists_allow, pair.preflight_passes), three, strict=True
        ):
            answer.said[said] += 1
            if said is Said.NO and reason is not None:
                answer.why[reason, expected, received] += 1
    return sorted(found.values(), key=_rank)


def _server(fetch: Fetch) -> str:
    """Whose answer it is: along redirects the one that refused, or the last that allowed."""
    passed = fetch.verdict.outcome is Outcome.ALLOWED and fetch.exchanges
    return place(fetch.exchanges[-1].exchange.url if passed else judged_url(fetch))[0]


def _rank(pair: Pair) -> tuple[int, int, int, str, str]:
    undecided = pair.outcomes[Outcome.CONDITIONAL] + pair.outcomes[Outcome.UNKNOWN]
    return -pair.outcomes[Outcome.BLOCKED], -undecided, -pair.requests, pair.origin or "", pair.server


def _empty() -> Answer:
    return Answer(Counter(), Counter())


def _origin(verdict: Verdict) -> One:
    """Of all CORS checks of the chain, the failing one counts; credentials are part of the check."""
    checks = [taken.ended for taken in verdict.steps if taken.ended.step.anchor == CORS_CHECK]
    failed = next((ended for ended in checks if not ended.passed), None)
    if verdict.outcome is Outcome.CONDITIONAL:
        if any(c.reason is not None and not _is_list(c.reason) for c in verdict.conditions):
            return _one(Said.OPEN)
    elif failed is not None and verdict.outcome is Outcome.BLOCKED:
        return Said.NO, failed.step.reason, failed.expected, failed.received
    return _one(Said.YES if checks else Said.NOT_SEEN)


def _preflight(fetch: Fetch) -> tuple[One, One]:
    """Whether method and headers are allowed, and whether the preflight passes."""
    verdict = fetch.verdict
    if fetch.preflight is Preflight.NOT_NEEDED and is_safelisted_method(fetch.method):
        return _one(Said.NOT_ASKED), _one(Said.NOT_ASKED)
    if fetch.preflight in (Preflight.NOT_NEEDED, Preflight.NOT_RECORDED):
        return _one(Said.NOT_SEEN), _one(Said.NOT_SEEN)
    if verdict.outcome is Outcome.BLOCKED and verdict.stage is Stage.PREFLIGHT:
        no = (Said.NO, verdict.reason, "", verdict.detail)
        return (no, no) if _is_list(verdict.reason) else (_one(Said.NOT_SEEN), no)
    conditions = [c for c in verdict.conditions if c.stage is Stage.PREFLIGHT]
    if conditions:
        fails = len(conditions) == len(verdict.conditions)
        asked = any(_is_list(c.reason) for c in conditions)
        lists = Said.OPEN if asked else Said.NOT_SEEN if fails else Said.YES
        return _one(lists), (Said.NO, conditions[0].reason, "", conditions[0].detail) if fails else _one(Said.OPEN)
    return _one(Said.YES), _one(Said.YES)


def _one(said: Said) -> One:
    return said, None, "", ""


def _is_list(reason: Reason | None) -> bool:
    return reason in _LISTS
