"""How the preflight of a fetch stands in the capture: recorded, answered from the cache, or not recorded."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import PreflightRequest
from coranalyze.cors.origin import same_origin
from coranalyze.cors.preflight_cache import Grant, PreflightCache
from coranalyze.cors.safelist import SAFELISTED_METHODS, is_safelisted_request_header
from coranalyze.cors.steps import Step
from coranalyze.engine.chain import Chain, Hop
from coranalyze.engine.evidence import Known, Page
from coranalyze.engine.request import Request
from coranalyze.fetch import Credentials, Observed, Preflight, Verdict


class Judged(NamedTuple):
    """All that equal chains have in common."""

    asked: str | None
    """The origin of the page that it was first judged for, which its verdict may quote."""
    mode: Known
    credentials: Credentials
    known_by: str
    observed: Observed
    profile: Profile
    verdict: Verdict
    quotes: bool
    """Whether a step of the verdict quotes `asked`."""
    aliases: dict[str, str]
    cross_origin: bool
    needs_preflight: bool
    """Whether a hop has a preflight, or needs one that is not in its place."""


class _Passed(NamedTuple):
    """A preflight that passed, with what the cache asks of it."""

    preflight: Request
    include: bool
    """The credentials mode of its request is `include`."""
    ended: float
    """Seconds since the epoch."""


# As constants, since members of an enum are slow to look up before Python 3.12.
_NOT_NEEDED, _PASSED = Preflight.NOT_NEEDED, Step.PREFLIGHT_OK
REMEMBERED = 10_000
"""URLs whose preflights are kept for a later look, per browser."""
REMEMBERED_OF_URL = 64


class Preflights:
    """Remembers preflights that passed; looks into them as the browser's cache would when one is missing."""

    def __init__(self) -> None:
        self._caches: dict[str, PreflightCache] = {}
        self._passed: dict[str, dict[str, deque[_Passed]]] = {}
        """Browser → URL → preflights that no request has asked for yet: most are never looked at again."""

    def of(self, chain: Chain, page: Page, known: Judged) -> Preflight:
        """How the last hop that needed a preflight was cleared."""
        if not known.needs_preflight:
            return _NOT_NEEDED
        include = known.credentials is Credentials.INCLUDE
        answer = Preflight.NOT_NEEDED
        for i, hop in enumerate(chain.hops):
            if hop.preflight is not None:
                answer = Preflight.RECORDED
                if any(taken.hop == i and taken.ended.step is _PASSED for taken in known.verdict.steps):
                    self._remember(known.profile, hop.preflight, include)
            elif hop.actual is not None and _needed(hop.actual, page, known.profile):
                covered = self._covered(known.profile, hop, hop.actual, page, include)
                answer = Preflight.CACHED if covered else Preflight.NOT_RECORDED
        return answer

    def _remember(self, profile: Profile, preflight: Request, include: bool) -> None:
        passed = self._passed.setdefault(profile.name, {})
        if len(passed) >= REMEMBERED:
            del passed[next(iter(passed))]
        of_url = passed.get(preflight.url)
        if of_url is None:
            of_url = passed[preflight.url] = deque(maxlen=REMEMBERED_OF_URL)
        exchange = preflight.exchange
        if exchange.ended is not None:
            of_url.append(_Passed(preflight, include, exchange.ended / 1000))

    def _covered(self, profile: Profile, hop: Hop, actual: Request, page: Page, include: bool) -> bool:
        exchange = actual.exchange
        if exchange.started is None:
            return False
        cache = self._caches.get(profile.name)
        if cache is None:
            cache = self._caches[profile.name] = PreflightCache(profile)
        for preflight, was_include, ended in self._passed.get(profile.name, {}).pop(hop.url, ()):
            asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, was_include)
            grant = Grant.of(preflight.exchange.response, profile)
            cache.store(preflight.origin or "null", hop.url, asked, grant, ended)
        # Which of the wire's headers the author set is known from a preflight only: the method has to do.
        asked = PreflightRequest(exchange.method, (), include)
        return cache.covers(actual.origin or page.serialized or "null", hop.url, asked, exchange.started / 1000)


def needs_preflight(chain: Chain, page: Page, profile: Profile) -> bool:
    return any(
        hop.preflight is not None or (hop.actual is not None and _needed(hop.actual, page, profile))
        for hop in chain.hops
    )


def _needed(actual: Request, page: Page, profile: Profile) -> bool:
    """Whether method or Content-Type alone need a preflight; other headers of the wire may be the browser's own.

    Among provisional headers Authorization is not.
    """
    if not page.known or same_origin(page.origin, actual.target):
        return False
    if actual.mode in ("navigate", "no-cors", "websocket") or not actual.exchange.url.startswith("http"):
        return False
    if actual.exchange.method not in SAFELISTED_METHODS:
        return True
    if actual.exchange.provisional and "authorization" in actual.headers:
        return True
    # Every CORS request has one; provisional headers are those from before it was added.
    if actual.origin is None and not actual.exchange.provisional:
        return False
    content_type = actual.headers.get("content-type")
    return content_type is not None and not is_safelisted_request_header("content-type", content_type, profile)
