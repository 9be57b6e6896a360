"""Clearance: what the answer to a preflight lets through."""

from __future__ import annotations

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import PreflightRequest, preflight_check
from coranalyze.cors.headers import HTTP_WHITESPACE
from coranalyze.cors.origin import Origin, origin_of, same_origin
from coranalyze.cors.preflight_cache import Grant, PreflightCache
from coranalyze.engine.request import Request
from coranalyze.memo import Known, Memo

Passes = tuple[bool, bool]

_ASKED: Memo[str, bool] = Memo(lambda name: name.lower().startswith("access-control-"))
"""Response header name as spelt → whether the check of a preflight looks at it."""
_KNOWN: Known[tuple[object, ...], Passes] = Known()


def checked_origin(preflight: Request, carried: str | None, page: Origin | None, profile: Profile) -> str | None:
    """The origin that the answer to a preflight is checked against: the one that it carried.

    None, for no check at all: Firefox's preflights to the page's own origin, after a redirect back.
    """
    return None if profile.preflight_origin_untainted and same_origin(page, preflight.target) else carried


def passes(preflight: Request, profile: Profile) -> Passes:
    """Whether this preflight passes without and with credentials."""
    exchange = preflight.exchange
    if exchange.status is None:
        return False, False
    origin = checked_origin(preflight, preflight.origin, origin_of(preflight.origin or ""), profile)
    # Many pages are answered alike: who asked counts only where the answer names another.
    answer = [
        (name, value.strip(HTTP_WHITESPACE) == origin or value) for name, value in exchange.response if _ASKED[name]
    ]
    key = profile.name, preflight.view.facets, exchange.status, origin in (None, "null") and origin, *answer
    known = _KNOWN.get(key)
    if known is None:
        known = _KNOWN[key] = _check(preflight, origin, profile, False), _check(preflight, origin, profile, True)
    return known


def _check(preflight: Request, origin: str | None, profile: Profile, credentials: bool) -> bool:
    exchange = preflight.exchange
    assert exchange.status is not None
    asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, credentials)
    return preflight_check(asked, origin, exchange.status, exchange.response, profile)[-1].passed


def is_reusable(preflight: Request, profile: Profile) -> bool:
    """Whether the cache can let what this preflight cleared go once more without one."""
    origin, url, response = preflight.origin or "null", preflight.url, preflight.exchange.response
    for credentials, passed in zip((False, True), passes(preflight, profile), strict=True):
        asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, credentials)
        cache = PreflightCache(profile)
        cache.store(origin, url, asked, Grant.of(response, profile), 0)
        if passed and cache.covers(origin, url, asked, 0):
            return True
    return False
