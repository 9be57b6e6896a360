"""Documents: the pages that a capture shows, and what it takes from them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from coranalyze.cors.checks import REQUIRE_CORP, embedder_policy, upgrades_insecure_requests
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
    """The last page does, and others do not, or it may stand in a frame of one that does not."""


class Policies(NamedTuple):
    """What the pages of an origin ask of what stands in them."""

    embedder: Embedder = Embedder.ANY
    """Of no-cors responses."""
    framer: Embedder = Embedder.ANY
    """Of frames."""
    upgrades: bool | None = None
    """Whether one of them sends `upgrade-insecure-requests`, which makes https of what they ask by http; None where
    no page is in the capture. (A page may also hold it in a meta element.)
    https://w3c.github.io/webappsec-upgrade-insecure-requests/"""


class Documents:
    """The pages so far: sites of the top-level ones, in any of which a frame may stand, and what they ask for."""

    __slots__ = ("embedders", "framed", "framers", "lenient", "sites", "upgrading")

    def __init__(self) -> None:
        self.sites: set[str] = set()
        self.embedders: dict[Origin, Embedder] = {}
        """By the origins of pages, of what they load."""
        self.framers: dict[Origin, Embedder] = {}
        """By the origins of top-level pages, of the frames in them: credentialless asks the same of those."""
        self.framed: set[Origin] = set()
        """Origins of pages in frames."""
        self.lenient = False
        """Some top-level page asks its frames for nothing."""
        self.upgrading: set[Origin] = set()
        """Origins of pages that send `upgrade-insecure-requests`."""

    def copy(self) -> Documents:
        """These pages, whatever comes later."""
        copied = Documents()
        copied.sites, copied.embedders = self.sites.copy(), self.embedders.copy()
        copied.framers, copied.framed, copied.lenient = self.framers.copy(), self.framed.copy(), self.lenient
        copied.upgrading = self.upgrading.copy()
        return copied

    def add(self, request: Request) -> None:
        """Take in a request, which may be for anything."""
        page = request.target
        if request.destination not in _PAGES or page is None:
            return
        at_top = request.destination == "document"
        if at_top and len(self.sites) < LIMIT:
            self.sites.add(site_of(page.host))
        if not at_top and request.exchange.status not in REDIRECT_STATUS and len(self.framed) < LIMIT:
            self.framed.add(page)
        if request.exchange.status in _TELL_NOTHING:
            return
        policy = embedder_policy(request.exchange.response) if is_trustworthy(page) else ""
        _note(self.embedders, page, policy == REQUIRE_CORP)
        csp = request.exchange.response.values("content-security-policy")
        if len(self.upgrading) < LIMIT and any(map(upgrades_insecure_requests, csp)):
            self.upgrading.add(page)
        if at_top:
            _note(self.framers, page, policy != "")
            self.lenient = self.lenient or not policy

    def may_embed(self, target: Origin | None, page: Origin | None) -> bool:
        """Whether a page of the origin `page` may stand in a frame of one of the site of `target`.

        Not where the capture has it at the top and nowhere in a frame. Of too many nothing is known any more.
        """
        if target is None:
            return False
        if page in self.framers and page not in self.framed and len(self.framed) < LIMIT:
            return False
        return site_of(target.host) in self.sites or len(self.sites) >= LIMIT

    def policies(self, page: Origin | None) -> Policies:
        """Those of the pages of this origin; around a page that stands in a frame may be another."""
        if page is None or not self.embedders:
            return _NONE
        framer = self.framers.get(page, Embedder.ANY)
        if framer is Embedder.REQUIRES and self.lenient and page in self.framed:
            framer = Embedder.SOME
        upgrades = page in self.upgrading if page in self.embedders else None
        return Policies(self.embedders.get(page, Embedder.ANY), framer, upgrades)


_NONE = Policies()


def _note(known: dict[Origin, Embedder], page: Origin, requires: bool) -> None:
    before = known.get(page)
    if before is not None or len(known) < LIMIT:
        alone = before in (None, Embedder.REQUIRES)
        known[page] = (Embedder.REQUIRES if alone else Embedder.SOME) if requires else Embedder.ANY
