"""How the preflight of a fetch stands in the capture: recorded, answered from the cache, or not recorded."""

from __future__ import annotations

from typing import NamedTuple

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import PreflightRequest
from coranalyze.cors.origin import same_origin
from coranalyze.cors.preflight_cache import PreflightCache
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
    aliases: dict[str, str]
    cross_origin: bool
    needs_preflight: bool
    """Whether a hop has a preflight, or needs one that is not in its place."""


class Preflights:
    """Remembers preflights that passed, per browser, as that browser's cache does."""

    def __init__(self) -> None:
        self._caches: dict[str, PreflightCache] = {}

    def of(self, chain: Chain, page: Page, known: Judged) -> Preflight:
        """How the last hop that needed a preflight was cleared."""
        if not known.needs_preflight:
            return Preflight.NOT_NEEDED
        cache = self._caches.get(known.profile.name)
        if cache is None:
            cache = self._caches[known.profile.name] = PreflightCache(known.profile)
        include = known.credentials is Credentials.INCLUDE
        answer = Preflight.NOT_NEEDED
        for i, hop in enumerate(chain.hops):
            if hop.preflight is not None:
                answer = Preflight.RECORDED
                if any(taken.hop == i and taken.ended.step is Step.PREFLIGHT_OK for taken in known.verdict.steps):
                    _store(cache, hop, hop.preflight, include)
            elif hop.actual is not None and _needed(hop.actual, page, known.profile):
                covered = _covered(cache, hop, hop.actual, page, include)
                answer = Preflight.CACHED if covered else Preflight.NOT_RECORDED
        return answer


def needs_preflight(chain: Chain, page: Page, profile: Profile) -> bool:
    return any(
        hop.preflight is not None or (hop.actual is not None and _needed(hop.actual, page, profile))
        for hop in chain.hops
    )


def _store(cache: PreflightCache, hop: Hop, preflight: Request, include: bool) -> None:
    exchange = preflight.exchange
    if exchange.ended is not None:
        asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, include)
        cache.store(preflight.origin or "null", hop.url, asked, exchange.response, exchange.ended / 1000)


def _covered(cache: PreflightCache, hop: Hop, actual: Request, page: Page, include: bool) -> bool:
    exchange = actual.exchange
    if exchange.started is None:
        return False
    # Which of the wire's headers the author set is known from a preflight only: the method has to do.
    asked = PreflightRequest(exchange.method, (), include)
    return cache.covers(actual.origin or page.serialized or "null", hop.url, asked, exchange.started / 1000)


def _needed(actual: Request, page: Page, profile: Profile) -> bool:
    """Whether method or Content-Type alone need a preflight; other headers of the wire may be the browser's own."""
    if not page.known or same_origin(page.origin, actual.target):
        return False
    if actual.mode in ("navigate", "no-cors", "websocket") or not actual.exchange.url.startswith("http"):
        return False
    if actual.exchange.method not in SAFELISTED_METHODS:
        return True
    if actual.origin is None:
        return False
    content_type = actual.headers.get("content-type")
    return content_type is not None and not is_safelisted_request_header("content-type", content_type, profile)
