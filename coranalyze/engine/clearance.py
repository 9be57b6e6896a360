"""Clearance: what the answer to a preflight lets through."""

from __future__ import annotations

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import PreflightRequest, preflight_check
from coranalyze.cors.origin import Origin, origin_of, same_origin
from coranalyze.engine.request import Request


def checked_origin(preflight: Request, carried: str | None, page: Origin | None, profile: Profile) -> str | None:
    """The origin that the answer to a preflight is checked against: the one that it carried.

    None, for no check at all: Firefox's preflights to the page's own origin, after a redirect back.
    """
    return None if profile.preflight_origin_untainted and same_origin(page, preflight.target) else carried


def passes(preflight: Request, profile: Profile) -> list[bool]:
    """Whether this preflight passes without and with credentials."""
    exchange = preflight.exchange
    if exchange.status is None:
        return [False, False]
    origin = checked_origin(preflight, preflight.origin, origin_of(preflight.origin or ""), profile)
    return [
        preflight_check(
            PreflightRequest(preflight.requested_method, preflight.requested_headers, credentials),
            origin, exchange.status, exchange.response, profile,
        )[-1].passed
        for credentials in (False, True)
    ]  # fmt: skip
