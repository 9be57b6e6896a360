"""Sums: what the fetches of some pieces add up to, in any order."""

from __future__ import annotations

import msgspec

from coranalyze.endpoint import Fold
from coranalyze.large.kinds import Kinds
from coranalyze.preflight_cost import PreflightCost
from coranalyze.tally import Places, Tally


class Sums(msgspec.Struct):
    tally: Tally = msgspec.field(default_factory=Tally)
    places: Places = msgspec.field(default_factory=Places)
    fold: Fold = msgspec.field(default_factory=Fold)
    cost: PreflightCost = msgspec.field(default_factory=PreflightCost)
    failed: Kinds = msgspec.field(default_factory=Kinds)
    """Fetches that failed, or may have; before all is read only those that have no cause."""

    def add(self, other: Sums) -> None:
        """Take in what others add up to; `other` is used up."""
        self.tally.merge(other.tally)
        self.places.merge(other.places)
        self.fold.merge(other.fold)
        self.cost.merge(other.cost)
        self.failed.merge(other.failed)
