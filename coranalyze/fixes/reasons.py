"""What mends a fetch that was blocked, by the step that failed, where nothing more is known of its cause."""

from __future__ import annotations

from typing import NamedTuple

from coranalyze.cors.steps import Reason
from coranalyze.fetch import Fetch, Stage, Verdict

_CODES: dict[Reason, tuple[str, ...]] = {
    Reason.ACAO_MISSING: ("F1",),
    Reason.ACAO_INVALID: ("F1",),
    Reason.ACAO_MISMATCH: ("F1",),
    Reason.ACAO_MULTIPLE: ("F11",),
    Reason.ACAO_WILDCARD_WITH_CREDENTIALS: ("F4",),
    Reason.ACAC_NOT_TRUE: ("F4",),
    Reason.PREFLIGHT_STATUS: ("F6",),
    Reason.PREFLIGHT_REDIRECT: ("F6",),
    Reason.ACAM_UNPARSABLE: ("F8",),
    Reason.ACAH_UNPARSABLE: ("F8",),
    Reason.METHOD_NOT_ALLOWED: ("F8",),
    Reason.HEADER_NOT_ALLOWED: ("F8",),
    Reason.AUTHORIZATION_WILDCARD: ("F8",),
}


def codes_of(reason: Reason) -> tuple[str, ...]:
    """Codes of what mends this reason by itself, whatever the fetch."""
    return _CODES.get(reason, ())


def lacks_credentials(reason: Reason | None) -> bool:
    """Whether the answer would pass if it allowed credentials."""
    return reason is not None and "F4" in codes_of(reason)


class Failed(NamedTuple):
    """The step that a fetch failed at."""

    reason: Reason | None
    stage: Stage | None
    detail: str


def failed(verdict: Verdict) -> Failed:
    """Of a verdict that blocks either way, the first of its answers; without reason where the fetch may pass."""
    if verdict.blocked_either_way:
        first = verdict.conditions[0]
        return Failed(first.reason, first.stage, first.detail)
    return Failed(verdict.reason, verdict.stage, verdict.detail)


def codes_for(fetch: Fetch) -> tuple[str, ...]:
    """Codes of what to set on the server; none where the page is what has to change."""
    reason, stage, detail = failed(fetch.verdict)
    if reason is None or fetch.origin == "null" or fetch.verdict.expected == "null":
        return ()
    if reason is Reason.HEADER_NOT_ALLOWED and detail.startswith("access-control-"):
        return ()
    sent = fetch.deciding
    status = (sent.exchange.status if sent is not None else None) or 0
    if stage is Stage.PREFLIGHT and status == 400:
        # So frameworks refuse an origin, a method or a header that is on no list.
        return ("F1", "F8")
    if reason is Reason.ACAO_MISSING:
        if stage is Stage.PREFLIGHT:
            return ("F6",) if status >= 300 else ("F6", "F1")
        if status >= 300:
            return ("F7",) if status >= 400 else ()
    return codes_of(reason)


def with_the_preflight(codes: tuple[str, ...], verdict: Verdict) -> tuple[str, ...]:
    """The codes, and that of the lists, on which a preflight that nobody could read would fail next."""
    if codes and failed(verdict).stage is Stage.PREFLIGHT and {"F1", "F4"} >= set(codes):
        return (*codes, "F8")
    return codes
