"""Facets: everything that a verdict can hang on, with origins reduced to how they relate. Equal facets, equal verdicts.

A capture holds few distinct combinations: judging each once is what keeps large captures fast.
"""

from __future__ import annotations

from functools import lru_cache

from coranalyze.cors.origin import Origin, same_origin, serialize
from coranalyze.cors.site import same_site, schemelessly_same_site
from coranalyze.engine.evidence import Page
from coranalyze.engine.request import LOWER, Request

_BY_VALUE = (
    "sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "sec-fetch-storage-access", "accept", "cache-control",
    "content-type", "upgrade", "user-agent", "access-control-request-method", "access-control-request-headers",
)  # fmt: skip
_BY_PRESENCE = ("cookie", "authorization", "if-none-match", "if-modified-since", "upgrade-insecure-requests")
_RESPONSE = frozenset(
    {
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers", "content-type", "cross-origin-resource-policy", "location",
        "non-authoritative-reason", "x-content-type-options",
    }
)  # fmt: skip

Facets = tuple[object, ...]


def facets(request: Request, page: Page, documents: frozenset[Origin]) -> Facets:
    """The facets of one exchange of a chain that `page` asked for."""
    exchange, headers = request.exchange, request.headers
    asked = page.serialized
    origin, target = request.origin, request.target
    home = same_origin(page.origin, target)
    return (
        exchange.method,
        exchange.status,
        exchange.error,
        exchange.resource_type,
        exchange.provisional,
        exchange.service_worker,
        exchange.cached,
        home,
        home or _sites(page.origin, target),
        target is None or exchange.url.startswith("ws"),
        "page" if origin is not None and origin == asked else origin,
        page.known and page.origin is None,
        bool(documents) and any(schemelessly_same_site(document, target) for document in documents),
        bool(documents),
        tuple([headers.get(name) for name in _BY_VALUE]),
        tuple([name in headers for name in _BY_PRESENCE]),
        tuple([_answer(line, asked) for line in exchange.response if LOWER[line[0]] in _RESPONSE]),
    )


@lru_cache(maxsize=65536)
def _sites(origin: Origin | None, target: Origin | None) -> tuple[bool, bool]:
    return same_site(origin, target), schemelessly_same_site(origin, target)


def _answer(line: tuple[str, str], asked: str | None) -> tuple[str, str | None]:
    name, value = line
    # The very origin that asked, whichever it is; `null` is told apart from any other.
    return (name, None) if value == asked and value != serialize(None) else line
