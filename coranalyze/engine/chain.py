"""Chains: the exchanges that belong to one fetch, and what tells that one belongs to another.

A chain is a list of hops, one per URL of the redirect chain; a hop has a preflight, an actual request, or both.
"""

from __future__ import annotations

import msgspec

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import method_after_redirect, taints_origin
from coranalyze.cors.origin import http_origin_of, same_origin
from coranalyze.cors.safelist import REQUEST_BODY_HEADERS
from coranalyze.engine.documents import Policies
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Exchange, Family

# Chromium's `time` of an entry under-counts by up to this (measured on parallel equal requests).
PENDING_SLACK_MS = 250.0
# A preflight may be recorded this much before the request that it belongs to.
START_SLACK_MS = 2.0
# How long after a preflight or a redirect what should follow may start (longest seen: 898 ms).
WAIT_MS = 30_000.0
# Headers of a browser's own, which a script may set as well.
_SENT_ANYWAY = frozenset({
    "accept", "accept-language", "authorization", "cache-control", "content-type", "if-modified-since", "if-none-match",
    "last-event-id", "pragma", "range", "user-agent",
})  # fmt: skip


class Hop(msgspec.Struct, eq=False):
    url: str
    preflight: Request | None = None
    actual: Request | None = None
    passed: tuple[bool, bool] = (True, True)
    """On the wire: whether the preflight passes without and with credentials."""


class Chain(msgspec.Struct, eq=False):
    hops: list[Hop]
    target: str | None = None
    """The URL that the last response redirects to, while the chain waits for it."""
    deadline: float = 0.0
    """When the capture's clock passes it, nothing more is expected."""
    closed: bool = False
    number: int = -1
    """Among the chains that wait."""
    parent_id: str = ""
    policies: Policies | None = None
    """Those of the page when it was led on; None where it was not."""
    waits: list[tuple[Waiting, str, int]] = []
    """The queues that it stands in, and its place there."""

    @property
    def last(self) -> Hop:
        return self.hops[-1]


_RANKS = {"same-origin": 0, "same-site": 1, "cross-site": 2}
"""Sec-Fetch-Site never gets closer along redirects, preflights and what they clear apart."""
Waiting = dict[str, dict[int, tuple["Chain", Hop]]]
"""URL → place → what waits for it, the oldest first."""


def end(exchange: Exchange) -> float:
    return exchange.ended if exchange.ended is not None else exchange.started or 0.0


def _same_method(a: str, b: str, family: Family) -> bool:
    # Proxies (mitmproxy) write methods in upper case, whatever the wire said; methods compare byte for byte.
    return a.upper() == b.upper() if family is Family.WIRE else a == b


def is_pending(hop: Hop, preflight: Request, dialect: Dialect) -> bool:
    """Browser view: this request was waiting when the preflight was sent."""
    actual = hop.actual
    if actual is None or hop.preflight is not None or not _asks_for(preflight, actual, dialect):
        return False
    start, at = actual.exchange.started, preflight.exchange.started
    if start is None or at is None:
        return True
    return start <= at + START_SLACK_MS and at <= end(actual.exchange) + PENDING_SLACK_MS


def is_cleared(chain: Chain, hop: Hop, actual: Request, dialect: Dialect) -> bool:
    """Wire view: this preflight came before, and asks for this request."""
    preflight = hop.preflight
    if preflight is None or hop.actual is not None:
        return False
    if not _asks_for(preflight, actual, dialect, redirected=hop is not chain.hops[0]):
        return False
    if not hop.passed[1] and ("cookie" in actual.headers or "sec-fetch-storage-access" in actual.headers):
        return False
    start, at = actual.exchange.started, preflight.exchange.started
    if start is None or at is None:
        return True
    return start + START_SLACK_MS >= at and start <= end(preflight.exchange) + WAIT_MS


def names_told(hop: Hop) -> int:
    """How many of the names that the preflight asks for tell its request from others: no browser sends them itself."""
    return sum(name not in _SENT_ANYWAY for name in hop.preflight.requested_headers) if hop.preflight is not None else 0


def _asks_for(preflight: Request, actual: Request, dialect: Dialect, redirected: bool = True) -> bool:
    if not _same_method(preflight.requested_method, actual.exchange.method, dialect.family):
        return False
    if actual.exchange.service_worker or actual.exchange.cached:
        return False
    if preflight.exchange.pageless and not actual.exchange.pageless:
        # The page's request stands beside that of the service worker that answers it. Measured, Chromium 150 and 156:
        # the preflights of dedicated workers are filed under the page, and their requests are not.
        return False
    if actual.exchange.provisional:
        return True
    if preflight.origin != "null" and actual.origin not in (None, "null", preflight.origin):
        return False
    return carries(actual, preflight, dialect, redirected)


def carries(actual: Request | None, preflight: Request, dialect: Dialect, redirected: bool = True) -> bool:
    """Whether the request has the headers that the preflight asks for; `redirected`: both may follow a redirect."""
    if actual is None:
        return False
    return all(
        name in actual.headers or _may_be_gone(name, actual, dialect, redirected)
        for name in preflight.requested_headers
    )


def _may_be_gone(name: str, actual: Request, dialect: Dialect, redirected: bool) -> bool:
    """Whether a header that the preflight names may be missing from its request all the same."""
    if name == "authorization" and not dialect.credentials_recorded:
        return True
    # Firefox's and WebKit's preflights behind a redirect still name what it removed: Authorization on the way to
    # another origin, what tells of a body where it made the request a GET.
    if not redirected:
        return False
    return name == "authorization" or (actual.exchange.method in ("GET", "HEAD") and name in REQUEST_BODY_HEADERS)


def continues(hop: Hop, request: Request, dialect: Dialect, profile: Profile, *, upgraded: bool = False) -> bool:
    """Whether this exchange is what the chain's last redirect leads to; `upgraded`: to http, and it came by https."""
    previous = hop.actual
    if previous is None or previous.exchange.status is None:
        return False
    method = request.requested_method if request.is_preflight else request.exchange.method
    crosses = not same_origin(previous.target, request.target)
    expected = method_after_redirect(previous.exchange.method, previous.exchange.status, crosses, profile)
    if not _same_method(method, expected, dialect.family):
        return False
    # Behind a preflight Chromium counts this hop alone; what led back from elsewhere has Origin: null.
    counts = not request.is_preflight and request.origin != "null"
    if counts and _RANKS.get(request.site, 2) < _RANKS.get(previous.site, 0):
        return False
    # Not its end: headers are enough to follow it, and Chromium's `time` of a redirect hop may reach into the next one.
    start, before = request.exchange.started, previous.exchange.started
    if (
        start is not None
        and before is not None
        and not before - START_SLACK_MS <= start <= end(previous.exchange) + WAIT_MS
    ):
        return False
    if not request.is_preflight and previous.mode and request.mode and previous.mode != request.mode:
        return False
    if (
        not request.is_preflight
        and previous.destination
        and request.destination != previous.destination
        and request.mode
    ):
        return False
    if upgraded and _differ_in_cookies(previous, request):
        return False
    if previous.origin in (None, "null") or request.origin in (None, "null"):
        return True
    # Firefox preflights a tainted request with the page's own Origin.
    untainted = request.is_preflight and profile.preflight_origin_untainted
    tainted = taints_origin(http_origin_of(previous.origin), previous.target, request.target)
    tainted = tainted or (upgraded and profile.upgraded_redirect_taints)
    return request.origin == previous.origin and (untainted or not tainted)


def _differ_in_cookies(previous: Request, request: Request) -> bool:
    """One has cookies and the other has none, though nothing was set between: they are not for the same call."""
    return not previous.exchange.response.has("set-cookie") and ("cookie" in previous.headers) != (
        "cookie" in request.headers
    )
