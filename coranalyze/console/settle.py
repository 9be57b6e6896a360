"""Settle: what a console message proves about a verdict."""

from __future__ import annotations

from msgspec.structs import replace

from coranalyze.console.paste import Found
from coranalyze.cors import codes
from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.fetch import Condition, Credentials, Fetch, Observed, Outcome, Role, Stage, Taken, Verdict

_VALUES = frozenset({Reason.ACAO_MISMATCH, Reason.ACAO_INVALID, Reason.ACAO_MULTIPLE})
"""One wording of Firefox and WebKit stands for all of these."""
_ALIKE = (_VALUES, frozenset({Reason.PREFLIGHT_STATUS, Reason.PREFLIGHT_REDIRECT}))
"""Firefox says of a redirected preflight that it did not succeed, too."""
CONSOLE = "the browser's console"
_ASSUMED = {"credentials=include": Credentials.INCLUDE, "credentials=not-include": Credentials.NOT_INCLUDE}


def agrees(found: Found, verdict: Verdict) -> bool:
    """Whether a verdict blocks for the reason of the message, or the message leaves the reason open."""
    return verdict.outcome is Outcome.BLOCKED and verdict.reason is not None and _means(found, verdict.reason)


def settled(found: Found, fetch: Fetch) -> Fetch | None:
    """The fetch with its verdict settled, where just one of its answers is what the message says; else None.

    Of a fetch whose answer the capture does not hold, the message alone tells, where its wording has one meaning.
    """
    verdict = fetch.verdict
    if verdict.outcome is Outcome.UNKNOWN:
        silent = bool(fetch.exchanges) and fetch.exchanges[-1].exchange.status is None
        return _decided(fetch, _told(found)) if silent and _has_one_meaning(found) else None
    if verdict.outcome is not Outcome.CONDITIONAL:
        return None
    fitting = [c for c in verdict.conditions if c.outcome is Outcome.BLOCKED and c.reason and _means(found, c.reason)]
    if len(fitting) != 1:
        return None
    return _decided(fetch, fitting[0])


def with_blocked(fetch: Fetch) -> Fetch:
    """The fetch as one that was seen to be blocked."""
    return fetch if fetch.observed is Observed.BLOCKED else replace(fetch, observed=Observed.BLOCKED)


def _means(found: Found, reason: Reason) -> bool:
    return (
        found.general
        or reason in (found.reason, *found.others)
        or any({reason, found.reason} <= alike for alike in _ALIKE)
    )


def _has_one_meaning(found: Found) -> bool:
    if found.general or found.others:
        return False
    return found.browser == "chromium" or not any(found.reason in alike for alike in _ALIKE)


def _told(found: Found) -> Condition:
    facts = found.facts
    detail = next((facts[name] for name in ("header", "method", "status") if name in facts), "")
    stage = Stage(found.stage) if found.stage is not None else Stage.ACTUAL
    return Condition("", Outcome.BLOCKED, found.reason, stage, detail)


def _decided(fetch: Fetch, condition: Condition) -> Fetch:
    reason, stage = condition.reason, condition.stage or Stage.ACTUAL
    assert reason is not None
    role = Role.PREFLIGHT if stage is Stage.PREFLIGHT else Role.ACTUAL
    sent = next((s.exchange for s in reversed(fetch.exchanges) if s.role is role), None)
    hop = sum(s.role is not Role.PREFLIGHT for s in fetch.exchanges) - 1 if stage is not Stage.PREFLIGHT else 0
    received = sent.response.get(_HEADER[reason]) if sent is not None and reason in _HEADER else None
    expected = "true" if reason is Reason.ACAC_NOT_TRUE else fetch.origin or ""
    # Reasons that no step of the standard gives: the local network, policies of the page, what the browser stopped.
    step = next((step for step in Step if step.reason is reason), Step.NO_RESPONSE)
    ended = Ended(step, condition.detail, expected if reason in _HEADER else "", received or "")
    verdict = Verdict(
        outcome=Outcome.BLOCKED,
        reason=reason,
        stage=stage,
        detail=condition.detail,
        expected=ended.expected,
        received=ended.received,
        hop=max(hop, 0),
        steps=(Taken(max(hop, 0), stage, ended),),
    )
    credentials = next((mode for text, mode in _ASSUMED.items() if text in condition.assumption), fetch.credentials)
    return replace(
        fetch,
        verdict=verdict,
        credentials=credentials,
        credentials_evidence=CONSOLE if credentials is not fetch.credentials else fetch.credentials_evidence,
        aliases=codes.aliases(reason, stage, condition.detail),
    )


_HEADER = {
    **dict.fromkeys(
        (*_VALUES, Reason.ACAO_MISSING, Reason.ACAO_WILDCARD_WITH_CREDENTIALS), "access-control-allow-origin"
    ),
    Reason.ACAC_NOT_TRUE: "access-control-allow-credentials",
}
