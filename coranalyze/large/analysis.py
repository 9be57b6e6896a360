"""LargeAnalysis: an analysis whose fetches are on disk, with some of them at hand that stand for all that failed."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

import msgspec

from coranalyze.analysis import Analysis, Audited, Input, Row
from coranalyze.causes import Advisories, Advisory, Cause, Causes
from coranalyze.endpoint import Fold
from coranalyze.failure import is_failure
from coranalyze.fetch import Fetch, Verdict
from coranalyze.large.kinds import Kinds
from coranalyze.large.spool import Spool
from coranalyze.preflight_cost import PreflightCost
from coranalyze.tally import Places, Tally

T = TypeVar("T")
CAUSES = 50_000
"""Distinct causes kept between two looks at the fetches; others are worked out anew."""
_NONE, _ANEW = -1, -2


class LargeAnalysis(Analysis):
    """`fetches` holds the first of those that failed alike; all counts are of all. `rows` gives every fetch."""

    def __init__(
        self, inputs: list[Input], spool: Spool, audited: Audited, fold: Fold, tally: Tally, places: Places,
        cost: PreflightCost, undecided: Kinds,
    ) -> None:  # fmt: skip
        self._spool = spool
        self._told = _Told(spool, fold, audited.first_parties, undecided)
        kept = list(undecided.kept())
        super().__init__(inputs, [each.fetch for each in kept], fold, audited)
        self.weights: Mapping[int, int] = {i: each.weight for i, each in enumerate(kept) if each.weight > 1}
        self.left_out = tally.fetches - len(kept)
        causes = {i: each.cause for i, each in enumerate(kept) if each.cause is not None}
        # What the properties would work out of the fetches at hand alone.
        self.__dict__.update(tally=tally, places=places, preflight_cost=cost, causes=causes)

    @cached_property
    def advisories(self) -> list[Advisory]:
        return self._told.advisories

    def rows(self, make: Callable[[], Row[T]]) -> Iterator[T]:
        """A row for every fetch; `make` has to be among those that were asked for before the fetches were judged."""
        row, told, one = make(), self._told, _OneObject()
        order = 0
        for _, made, found in self._spool.items(make):
            if found is None:
                yield made
                continue
            fetch = one.of(found)
            yield row(fetch, told.cause_of(fetch, order), ())
            order += 1


class _Told:
    """What is told of single fetches: worked out once, in their order."""

    def __init__(self, spool: Spool, fold: Fold, first_parties: tuple[str, ...], kinds: Kinds) -> None:
        self._of = Causes(fold, first_parties).of if fold.count else _no_cause
        self._known: dict[Cause, int] = {}
        self._causes: list[Cause] = []
        self._numbers = array("l")
        """For each fetch that is told late, the number of its cause."""
        advised = Advisories(fold) if fold.count else None
        one = _OneObject()
        for number, found in spool.late():
            fetch = one.of(found)
            cause = self._of(fetch)
            self._numbers.append(self._number(cause))
            if advised is not None:
                advised.add(number, fetch)
            if is_failure(fetch):
                kinds.add(fetch, cause)
        self.advisories = advised.sorted() if advised is not None else []

    def cause_of(self, fetch: Fetch, order: int) -> Cause | None:
        """The cause of a fetch, which is so many after the first of those that are told late."""
        number = self._numbers[order]
        if number == _ANEW:
            return self._of(fetch)
        return self._causes[number] if number != _NONE else None

    def _number(self, cause: Cause | None) -> int:
        if cause is None:
            return _NONE
        number = self._known.get(cause)
        if number is None and len(self._known) < CAUSES:
            number = self._known[cause] = len(self._causes)
            self._causes.append(cause)
        return _ANEW if number is None else number


class _OneObject:
    """Makes equal verdicts of fetches that come from the disk one object, as they were: they are told apart by that."""

    def __init__(self) -> None:
        self._verdicts: dict[Verdict, Verdict] = {}
        self._aliases: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def of(self, fetch: Fetch) -> Fetch:
        if len(self._verdicts) >= CAUSES:
            self._verdicts.clear()
        verdict = self._verdicts.setdefault(fetch.verdict, fetch.verdict)
        aliases = self._aliases.setdefault(tuple(fetch.aliases.items()), fetch.aliases)
        return msgspec.structs.replace(fetch, verdict=verdict, aliases=aliases)


def _no_cause(_: Fetch) -> Cause | None:
    return None
