"""LargeAnalysis: an analysis whose fetches are on disk, with some of them at hand that stand for all that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from coranalyze.analysis import Analysis, Audited, Row
from coranalyze.causes import Advisory
from coranalyze.finding import Finding
from coranalyze.input import Input
from coranalyze.large.shares import numbered
from coranalyze.large.spool import Spool
from coranalyze.large.sums import Sums

T = TypeVar("T")


class LargeAnalysis(Analysis):
    """`fetches` holds the first of those that failed alike; all counts are of all. `rows` gives every fetch."""

    def __init__(
        self, inputs: list[Input], spool: Spool, audited: Audited, sums: Sums, findings: list[Finding],
        advisories: list[Advisory],
    ) -> None:  # fmt: skip
        """The fetches of `advisories` are named as in `shares.Told`."""
        kept = list(sums.failed.kept())
        super().__init__(inputs, [each.fetch for each in kept], sums.fold, audited)
        self._spool = spool
        self._advisories = advisories
        self.weights: Mapping[int, int] = {i: each.weight for i, each in enumerate(kept) if each.weight > 1}
        self.left_out = sums.tally.fetches - len(kept)
        causes = {i: each.cause for i, each in enumerate(kept) if each.cause is not None}
        # What the properties would work out of the fetches at hand alone, or once more.
        self.__dict__.update(
            tally=sums.tally, places=sums.places, preflight_cost=sums.cost, causes=causes, findings=findings
        )

    @cached_property
    def advisories(self) -> list[Advisory]:
        return numbered(self._advisories, self._spool)

    def rows(self, make: Callable[[], Row[T]]) -> Iterator[T]:
        """A row for every fetch; `make` has to be among those that were asked for before the fetches were judged."""
        return self._spool.rows(make)
