"""What mends a fetch that was blocked, by the step that failed, where nothing more is known of its cause."""

from __future__ import annotations

from coranalyze.cors.steps import Reason
from coranalyze.fetch import Fetch, Stage

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


def codes_for(fetch: Fetch) -> tuple[str, ...]:
    """Codes of what to set on the server; none where the page is what has to change."""
    verdict = fetch.verdict
    if verdict.reason is None or fetch.origin == "null" or verdict.expected == "null":
        return ()
    if verdict.reason is Reason.HEADER_NOT_ALLOWED and verdict.detail.startswith("access-control-"):
        return ()
    if verdict.reason is Reason.ACAO_MISSING:
        sent = fetch.deciding
        status = sent.exchange.status if sent is not None else None
        if verdict.stage is Stage.PREFLIGHT:
            return ("F6",) if status is not None and status >= 300 else ("F6", "F1")
        if status is not None and status >= 300:
            return ("F7",) if status >= 400 else ()
    return _CODES.get(verdict.reason, ())
