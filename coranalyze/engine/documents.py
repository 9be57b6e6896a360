"""Documents: the top-level pages that a capture shows."""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.cors.origin import Origin
from coranalyze.cors.site import site_of

LIMIT = 100_000
"""Sites remembered."""


class Documents:
    """The sites of the top-level pages so far. A frame may stand in any of them, whichever page it is from."""

    __slots__ = ("sites",)

    def __init__(self, sites: Iterable[str] = ()) -> None:
        self.sites = set(sites)

    def add(self, page: Origin | None) -> None:
        if page is not None and len(self.sites) < LIMIT:
            self.sites.add(site_of(page.host))

    def may_embed(self, target: Origin | None) -> bool:
        """Whether a frame may stand in a page of this origin's site; of too many sites nothing is known any more."""
        if target is None:
            return False
        return site_of(target.host) in self.sites or len(self.sites) >= LIMIT
