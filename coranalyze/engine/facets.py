"""Facets: everything that a verdict can hang on, with origins reduced to how they relate. Equal facets, equal verdicts.

A capture holds few distinct combinations: judging each once is what keeps large captures fast.
"""

from __future__ import annotations

from coranalyze.cors.checks import ACAO
from coranalyze.cors.headers import HTTP_WHITESPACE
from coranalyze.cors.origin import Origin
from coranalyze.cors.site import is_address, site_of
from coranalyze.engine.documents import Documents
from coranalyze.engine.evidence import Page
from coranalyze.engine.request import Request
from coranalyze.memo import Memo

_RESPONSE = frozenset(
    {
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers", "content-range", "content-type", "cross-origin-embedder-policy",
        "cross-origin-resource-policy", "location",
        "non-authoritative-reason", "x-content-type-options",
    }
)  # fmt: skip

Facets = tuple[object, ...]


_RELEVANT: Memo[str, bool] = Memo(lambda name: name.lower() in _RESPONSE)
"""Response header name as spelt → whether a verdict can hang on it."""
_MEASURES: Memo[str, bool] = Memo(lambda name: name.lower() == "content-length")
"""The same → whether it is Content-Length, of which only 0 tells something."""
_ALLOWS: Memo[str, bool] = Memo(lambda name: name.lower() == ACAO)
"""The same → whether it is Access-Control-Allow-Origin."""


def facets(request: Request, page: Page, documents: Documents, alone: bool = False) -> Facets:
    """The facets of one exchange of a chain that `page` asked for; `alone`: the only one of its chain."""
    exchange = request.exchange
    asked, origin, target = page.serialized, request.origin, request.target
    home = page.origin is not None and page.origin == target
    relevant, measures = _RELEVANT, _MEASURES
    # A same-origin response is asked nothing, unless it is a frame.
    told = (
        ()
        if home and alone and request.mode != "navigate"
        else [line for line in exchange.response if relevant[line[0]] or (line[1] == "0" and measures[line[0]])]
    )
    answer: list[tuple[str, str | None]] = [*told]
    allowed = [i for i, line in enumerate(told) if _ALLOWS[line[0]]]
    # None for the very origin that asked, whichever it is; `null` is told apart from any other. A verdict on several
    # lines quotes them.
    if len(allowed) == 1 and asked != "null" and told[allowed[0]][1].strip(HTTP_WHITESPACE) == asked:
        answer[allowed[0]] = told[allowed[0]][0], None
    return (
        exchange.method,
        exchange.status,
        exchange.error,
        exchange.resource_type,
        exchange.provisional,
        exchange.service_worker,
        home or _sites(page.origin, target),
        exchange.url[:5] if exchange.url.startswith("http") else exchange.url.partition(":")[0],
        target is None,
        "page" if origin == asked and origin not in (None, "null") else origin,
        page.known,
        page.origin is None,
        bool(documents.sites) and documents.may_embed(target, page.origin),
        bool(documents.sites),
        documents.policies(page.origin),
        request.view.facets,
        tuple(answer),
    )


def _sites(origin: Origin | None, target: Origin | None) -> tuple[bool, bool, str, str] | None:
    """Whether page and target are the same site, that of an address, and their schemes: what CORP asks."""
    if origin is None or target is None:
        return None
    same = _SITES[origin.host] == _SITES[target.host]
    return same, same and is_address(target.host), origin.scheme, target.scheme


_SITES: Memo[str, str] = Memo(site_of)
