"""Misconceptions that a fetch gives the occasion to set straight."""

from collections.abc import Iterator

from coranalyze.cors.steps import NOT_CORS
from coranalyze.explain.page import (
    COOKIE_REQUEST_HEADER,
    CREDENTIALED_GET,
    ERROR_HIDDEN,
    ERROR_READABLE,
    NULL_GRANTS,
    PREFLIGHT_AUTH,
    Misconception,
)
from coranalyze.failure import hidden_status
from coranalyze.fetch import Credentials, Fetch, Outcome, Preflight, Role, Stage

_REFUSED = frozenset({401, 403, 407})


def misread(fetch: Fetch) -> Iterator[Misconception]:
    """What is often got wrong about a fetch like this one."""
    if fetch.mode not in ("cors", "unknown") or not fetch.cross_origin:
        return
    blocked = fetch.verdict.outcome is Outcome.BLOCKED
    # Header look-ups on allowed fetches are worth their time only where `null` can be the answer.
    if (blocked or fetch.origin == "null" or len(fetch.exchanges) > 1) and _answers_null(fetch):
        yield NULL_GRANTS
    if (
        fetch.credentials is Credentials.INCLUDE
        and fetch.preflight is Preflight.NOT_NEEDED
        and fetch.method in ("GET", "HEAD")
        and fetch.verdict.reason not in NOT_CORS
        and hidden_status(fetch) is None
    ):
        yield CREDENTIALED_GET
        if blocked and fetch.exchanges and fetch.exchanges[0].exchange.request.has("cookie"):
            yield COOKIE_REQUEST_HEADER
    if not blocked:
        if fetch.verdict.outcome is Outcome.ALLOWED and _status(fetch) >= 400:
            yield ERROR_READABLE
        return
    if hidden_status(fetch) is not None and fetch.verdict.stage is not Stage.PREFLIGHT:
        yield ERROR_HIDDEN
    sent = fetch.deciding
    if fetch.verdict.stage is Stage.PREFLIGHT and sent is not None and sent.exchange.status in _REFUSED:
        yield PREFLIGHT_AUTH


def _answers_null(fetch: Fetch) -> bool:
    return any(sent.exchange.response.get("access-control-allow-origin") == "null" for sent in fetch.exchanges)


def _status(fetch: Fetch) -> int:
    last = fetch.exchanges[-1] if fetch.exchanges else None
    return last.exchange.status or 0 if last is not None and last.role is not Role.PREFLIGHT else 0
