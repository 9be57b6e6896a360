"""Clearance: what the answer to a preflight lets through."""

from __future__ import annotations

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import PreflightRequest, preflight_check
from coranalyze.cors.origin import Origin, origin_of, same_origin
from coranalyze.cors.preflight_cache import PreflightCache
from coranalyze.engine.request import Request


def checked_origin(preflight: Request, carried: str | None, page: Origin | None, profile: Profile) -> str | None:
    """The origin that the answer to a preflight is checked against: the one that it carried.

    None, for no check at all: Firefox's preflights to the page's own origin, after a redirect back.
    """
    return None if profile.preflight_origin_untainted and same_origin(page, preflight.target) else carried


def passes(preflight: Request, profile: Profile) -> tuple[bool, bool]:
    """Whether this preflight passes without and with credentials."""
    exchange = preflight.exchange
    if exchange.status is None:
        return False, False
    origin = checked_origin(preflight, preflight.origin, origin_of(preflight.origin or ""), profile)
    asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, False)
    plain, credentialed = (
        preflight_check(request, origin, exchange.status, exchange.response, profile)[-1].passed
        for request in (asked, asked._replace(credentials=True))
    )
    return plain, credentialed


def is_reusable(preflight: Request, profile: Profile) -> bool:
    """Whether the cache can let what this preflight cleared go once more without one."""
    origin, url, response = preflight.origin or "null", preflight.url, preflight.exchange.response
    for credentials, passed in zip((False, True), passes(preflight, profile), strict=True):
        asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, credentials)
        cache = PreflightCache(profile)
        cache.store(origin, url, asked, response, 0)
        if passed and cache.covers(origin, url, asked, 0):
            return True
    return False
