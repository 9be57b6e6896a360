"""Case: what is told about a fetch, in words; equal fetches share one. Everything captured is made visible here."""

from typing import NamedTuple

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.cors.near_miss import near_miss
from coranalyze.cors.steps import NOT_CORS, Reason
from coranalyze.explain.page import Misconception
from coranalyze.explain.pages import PAGES
from coranalyze.failure import failed_step, hidden_status, is_failed_unknown
from coranalyze.fetch import Credentials, Fetch, Observed, Outcome, Preflight, Stage, Taken, Verdict
from coranalyze.finding import Confidence
from coranalyze.reports.canvas import OUTCOME_MARKS, mark_of
from coranalyze.reports.misread import misread
from coranalyze.reports.top_causes import do_first
from coranalyze.reports.wording import (
    HEADER_OF,
    Compared,
    answer,
    assumption,
    browser_name,
    compared,
    hops_of,
    known_from,
    place,
    sentence,
    step_name,
)
from coranalyze.visible import visible

SIGNS = {"yes": "✓", "no": "✗", "open": "?", "none": "·"}
_PREFLIGHTS = {
    Preflight.NOT_NEEDED: "not needed",
    Preflight.RECORDED: "in the capture",
    Preflight.CACHED: "answered from the browser's cache by an earlier one",
    Preflight.NOT_RECORDED: "needed, and not in the capture",
}
_CREDENTIALS = {
    Credentials.INCLUDE: "with credentials",
    Credentials.NOT_INCLUDE: "without credentials",
    Credentials.UNKNOWN: "unknown",
}


class StepLine(NamedTuple):
    passed: bool
    place: str
    name: str
    sentence: str
    url: str
    expected: str
    received: str


class Either(NamedTuple):
    """One of the answers of an undecided fetch."""

    mark: str
    assumption: str
    answer: str


class Received(NamedTuple):
    """What came, with the bytes that set a near miss apart in the middle."""

    before: str
    odd: str = ""
    after: str = ""
    note: str = ""


class Told(msgspec.Struct, frozen=True):
    """The cause of a failure."""

    name: str
    sentence: str
    suspected: bool
    evidence: list[str]
    layer: str
    """Who answered, and what says so."""
    settle: str


class Case(msgspec.Struct, frozen=True):
    mark: str
    """yes, no, open or none."""
    outcome: str
    title: str
    reason: str = ""
    stage: str = ""
    is_cors: bool = True
    failed: StepLine | None = None
    expected: str = ""
    received: Received | None = None
    cause: Told | None = None
    said: list[tuple[str, str, str]] = []
    """Browser, its own words on its console, and a remark."""
    advice: str = ""
    known: list[tuple[str, str]] = []
    """The browsers' own codes."""
    either: list[Either] = []
    missing: str = ""
    misread: list[Misconception] = []
    observed: str = ""
    how: list[tuple[str, str]] = []
    """How the request was made, and how we know."""
    steps: list[StepLine] = []


class Cases:
    """Makes the case of each fetch; those of equal fetches are one object."""

    def __init__(self, analysis: Analysis) -> None:
        self._causes = analysis.causes
        self._said = analysis.said
        self._made: dict[tuple[object, ...], Case] = {}

    def of(self, index: int, fetch: Fetch) -> Case:
        """The case of `analysis.fetches[index]`."""
        verdict, cause, said = fetch.verdict, self._causes.get(index), self._said.get(index, ())
        blocked = verdict.reason is not None
        notes = tuple(misread(fetch))
        both = compared(fetch) if blocked else None
        advice = visible(do_first(fetch, cause))
        # Verdicts and aliases that are equal are one object each, alive as long as the analysis.
        key = (
            id(verdict), id(fetch.aliases), fetch.mode, fetch.credentials, fetch.preflight, fetch.observed,
            fetch.browser, fetch.origin_evidence, fetch.mode_evidence, fetch.credentials_evidence, fetch.cross_origin,
            hops_of(fetch), notes, both, advice, hidden_status(fetch) if blocked else fetch.refused_handshake,
            _error(fetch), id(cause), said,
        )  # fmt: skip
        case = self._made.get(key)
        if case is None:
            case = self._made[key] = _case(fetch, notes, both, advice, cause, said)
        return case


def _case(
    fetch: Fetch, notes: tuple[Misconception, ...], both: Compared | None, advice: str, cause: Cause | None,
    said: tuple[Said, ...],
) -> Case:  # fmt: skip
    verdict = fetch.verdict
    hops = hops_of(fetch)
    failed = failed_step(verdict)
    return Case(
        mark=mark_of(fetch),
        outcome=verdict.outcome.value,
        title=_title(fetch),
        reason=verdict.reason.value if verdict.reason is not None else "",
        stage=verdict.stage.value if verdict.stage is not None else "",
        is_cors=verdict.reason not in NOT_CORS and fetch.refused_handshake is None,
        failed=_step(failed, hops) if failed is not None else None,
        expected=both.expected if both is not None else "",
        received=_received(verdict, both.received, cause) if both is not None else None,
        cause=_told(cause, verdict.missing),
        said=[(browser_name(each.browser), visible(each.text), _remark(each)) for each in said],
        advice=advice,
        known=[(browser_name(browser), visible(code)) for browser, code in sorted(fetch.aliases.items())],
        either=[Either(OUTCOME_MARKS[c.outcome], assumption(c.assumption), answer(c)) for c in verdict.conditions],
        missing=visible(verdict.missing),
        misread=list(notes),
        observed=_observed(fetch),
        how=_how(fetch),
        steps=[_step(taken, hops) for taken in verdict.steps],
    )


def _title(fetch: Fetch) -> str:
    verdict = fetch.verdict
    status = hidden_status(fetch)
    if status is not None:
        return f"Preflight refused with {status}" if verdict.stage is Stage.PREFLIGHT else f"Error {status} behind CORS"
    if verdict.reason is not None:
        return PAGES[verdict.reason].title
    if verdict.blocked_either_way:
        return "Blocked either way; which check fails is open"
    if verdict.conditions:
        on_credentials = any("credentials=" in each.assumption for each in verdict.conditions)
        return f"Hangs on {'the credentials mode' if on_credentials else 'how the page asked'}"
    if verdict.outcome is Outcome.ALLOWED:
        return "The page may read the response"
    if fetch.refused_handshake is not None:
        return f"WebSocket refused with {fetch.refused_handshake}"
    if verdict.outcome is Outcome.NOT_SUBJECT:
        return "CORS does not apply"
    return "Failed; the capture does not show why" if is_failed_unknown(fetch) else "Not decided"


def _step(taken: Taken, hops: int) -> StepLine:
    ended = taken.ended
    told = (visible(ended.expected), visible(ended.received)) if not ended.passed else ("", "")
    return StepLine(ended.passed, place(taken, hops), step_name(ended.step), sentence(ended), ended.step.url, *told)


def _received(verdict: Verdict, shown: str, cause: Cause | None) -> Received:
    reason = verdict.reason
    if reason not in (Reason.ACAO_MISMATCH, Reason.ACAO_INVALID) or not verdict.received:
        return Received(shown)
    miss = near_miss(verdict.expected, verdict.received)
    note = miss.sentence if cause is None or miss.sentence not in cause.sentence else ""
    if miss.start < 0:
        return Received(shown, note=note)
    parts = (verdict.received[: miss.start], verdict.received[miss.start : miss.end], verdict.received[miss.end :])
    before, odd, after = map(visible, parts)
    return Received(f"{HEADER_OF[reason]}: {before}", odd, after, note)


def _told(cause: Cause | None, missing: str) -> Told | None:
    if cause is None:
        return None
    layer = cause.layer
    return Told(
        name=cause.name,
        sentence=visible(cause.sentence),
        suspected=cause.confidence is Confidence.SUSPECTED,
        evidence=[visible(each) for each in cause.evidence if layer is None or each != layer.why],
        layer=visible(f"{layer}: {layer.why}") if layer is not None else "",
        settle=visible(cause.settle) if cause.settle != missing else "",
    )


def _remark(said: Said) -> str:
    if not said.agrees:
        return f"That is {said.reason}: the verdict here differs."
    return f"It is about one of {said.of:,} equal requests and does not tell which." if said.of > 1 else ""


def _error(fetch: Fetch) -> str:
    sent = fetch.deciding
    return sent.exchange.error if sent is not None else ""


def _observed(fetch: Fetch) -> str:
    error = visible(_error(fetch))
    if fetch.observed is Observed.BLOCKED:
        return f"blocked ({error})" if error else "blocked"
    if fetch.observed is Observed.ALLOWED and fetch.verdict.outcome is Outcome.BLOCKED:
        return "allowed: the capture's own account differs"
    return error


def _how(fetch: Fetch) -> list[tuple[str, str]]:
    told = [
        ("mode", known_from(visible(fetch.mode), fetch.mode_evidence)),
        ("credentials", known_from(_CREDENTIALS[fetch.credentials], fetch.credentials_evidence)),
    ]
    if fetch.origin_evidence:
        told.insert(0, ("origin known from", visible(fetch.origin_evidence)))
    if fetch.cross_origin:
        told.append(("preflight", _PREFLIGHTS[fetch.preflight]))
    return [*told, ("judged as", browser_name(fetch.browser))]
