"""Documents: the pages that a capture shows, and what it takes from them."""

from __future__ import annotations

from enum import StrEnum

from coranalyze.cors.checks import REQUIRE_CORP
from coranalyze.cors.origin import Origin, is_trustworthy
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.site import site_of
from coranalyze.engine.request import Request

LIMIT = 100_000
"""Sites, and origins, remembered."""
_PAGES = frozenset({"document", "iframe", "frame"})
_TELL_NOTHING = REDIRECT_STATUS | {None, 204, 205, 304}
"""Statuses of no page, and of one whose headers are elsewhere."""


class Embedder(StrEnum):
    """The embedder policy of an origin's page. https://html.spec.whatwg.org/#coep"""

    ANY = "unsafe-none"
    """The last page asks for no Cross-Origin-Resource-Policy of what it embeds, or no page is in the capture."""
    REQUIRES = REQUIRE_CORP
    """All pages do."""
    SOME = "some"
    """The last page does, and others do not."""


class Documents:
    """The pages so far: sites of the top-level ones, in any of which a frame may stand, and embedder policies."""

    __slots__ = ("embedders", "sites")

    def __init__(self) -> None:
        self.sites: set[str] = set()
        self.embedders: dict[Origin, Embedder] = {}
        """By the origins of pages."""

    def copy(self) -> Documents:
        """These pages, whatever comes later."""
        copied = Documents()
        copied.sites, copied.embedders = self.sites.copy(), self.embedders.copy()
        return copied

    def add(self, request: Request) -> None:
        """Take in a request, which may be for anything."""
        page = request.target
        if request.destination not in _PAGES or page is None:
            return
        if request.destination == "document" and len(self.sites) < LIMIT:
            self.sites.add(site_of(page.host))
        if request.exchange.status not in _TELL_NOTHING:
            self._add_policy(page, request)

    def _add_policy(self, page: Origin, request: Request) -> None:
        lines = request.exchange.response.values("cross-origin-embedder-policy")
        requires = len(lines) == 1 and lines[0].partition(";")[0].strip(" ") == REQUIRE_CORP and is_trustworthy(page)
        known = self.embedders.get(page)
        if known is None and len(self.embedders) >= LIMIT:
            return
        alone = known in (None, Embedder.REQUIRES)
        self.embedders[page] = (Embedder.REQUIRES if alone else Embedder.SOME) if requires else Embedder.ANY

    def may_embed(self, target: Origin | None) -> bool:
        """Whether a frame may stand in a page of this origin's site; of too many sites nothing is known any more."""
        if target is None:
            return False
        return site_of(target.host) in self.sites or len(self.sites) >= LIMIT

    def embedder(self, page: Origin | None) -> Embedder:
        """What the pages of this origin ask of no-cors responses."""
        return self.embedders.get(page, Embedder.ANY) if page is not None else Embedder.ANY
