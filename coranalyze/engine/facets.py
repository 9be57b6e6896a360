"""Facets: everything that a verdict can hang on, with origins reduced to how they relate. Equal facets, equal verdicts.

A capture holds few distinct combinations: judging each once is what keeps large captures fast.
"""

from __future__ import annotations

from functools import lru_cache

from coranalyze.cors.origin import Origin
from coranalyze.cors.site import registrable_domain, schemelessly_same_site
from coranalyze.engine.evidence import Page
from coranalyze.engine.memo import Memo
from coranalyze.engine.request import Request

_RESPONSE = frozenset(
    {
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers", "content-type", "cross-origin-resource-policy", "location",
        "non-authoritative-reason", "x-content-type-options",
    }
)  # fmt: skip

Facets = tuple[object, ...]


_RELEVANT: Memo[str, bool] = Memo(lambda name: name.lower() in _RESPONSE)
"""Response header name as spelt → whether a verdict can hang on it."""


def facets(request: Request, page: Page, documents: frozenset[Origin]) -> Facets:
    """The facets of one exchange of a chain that `page` asked for."""
    exchange = request.exchange
    asked, origin, target = page.serialized, request.origin, request.target
    home = page.origin is not None and page.origin == target
    relevant = _RELEVANT
    return (
        exchange.method,
        exchange.status,
        exchange.error,
        exchange.resource_type,
        exchange.provisional,
        exchange.service_worker,
        exchange.cached,
        home or _sites(page.origin, target),
        target is None or exchange.url.startswith("ws"),
        "page" if origin is not None and origin == asked else origin,
        page.known and page.origin is None,
        bool(documents) and any(schemelessly_same_site(document, target) for document in documents),
        bool(documents),
        request.view.facets,
        tuple([_answer(line, asked) for line in exchange.response if relevant[line[0]]]),
    )


def _sites(origin: Origin | None, target: Origin | None) -> tuple[bool, str, str] | None:
    """Whether page and target are the same site, and their schemes: CORP asks which of the two is https."""
    if origin is None or target is None:
        return None
    return site_of(origin.host) == site_of(target.host), origin.scheme, target.scheme


@lru_cache(maxsize=65536)
def site_of(host: str) -> str:
    return registrable_domain(host) or host


def _answer(line: tuple[str, str], asked: str | None) -> tuple[str, str | None]:
    # The very origin that asked, whichever it is; `null` is told apart from any other.
    name, value = line
    return (name, None) if value == asked and value != "null" else line
