"""Kinds: fetches that failed alike at one endpoint, counted, with the first of them at hand. Mergeable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.analysis import begins_at
from coranalyze.causes import Cause
from coranalyze.failure import kind_of
from coranalyze.fetch import Fetch

ALIKE = 3
"""Fetches kept of one kind."""
KINDS = 5_000
"""Kinds that are kept, the first ones."""


class Kept(NamedTuple):
    """A fetch that is kept, its cause, and how many it stands for, itself included."""

    fetch: Fetch
    cause: Cause | None
    weight: int


class _Alike:
    __slots__ = ("cause", "count", "fetches")

    def __init__(self, cause: Cause | None) -> None:
        self.cause = cause
        self.count = 0
        self.fetches: list[Fetch] = []
        """The first of them."""


class Kinds:
    """Takes fetches in their order; `merge` takes what was taken before, behind or between."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[object, _Alike] = {}

    def add(self, fetch: Fetch, cause: Cause | None = None) -> None:
        kind = kind_of(fetch, cause)
        alike = self._found.get(kind)
        if alike is None:
            if len(self._found) >= KINDS:
                return
            alike = self._found[kind] = _Alike(cause)
        alike.count += 1
        if len(alike.fetches) < ALIKE:
            alike.fetches.append(fetch)

    def merge(self, other: Kinds) -> None:
        """Take in what another has counted; `other` is used up."""
        for kind, theirs in other._found.items():
            mine = self._found.get(kind)
            if mine is None:
                self._found[kind] = theirs
                continue
            mine.count += theirs.count
            if len(mine.fetches) < ALIKE or place_of(theirs.fetches[0]) < place_of(mine.fetches[-1]):
                mine.fetches = sorted([*mine.fetches, *theirs.fetches], key=place_of)[:ALIKE]
        # Twice as many first: what is over it is told apart in one go.
        if len(self._found) > 2 * KINDS:
            self._found = dict(self._first())

    def kept(self) -> Iterator[Kept]:
        """All that are kept, in the order of the captures; the first of a kind stands for those that are not."""
        found = [
            Kept(fetch, alike.cause, 1 if number else 1 + alike.count - len(alike.fetches))
            for _, alike in self._first()
            for number, fetch in enumerate(alike.fetches)
        ]
        yield from sorted(found, key=lambda kept: place_of(kept.fetch))

    def _first(self) -> list[tuple[object, _Alike]]:
        return sorted(self._found.items(), key=lambda item: place_of(item[1].fetches[0]))[:KINDS]


def place_of(fetch: Fetch) -> tuple[int, int]:
    """Its input, and the entry with which it begins: fetches are told in this order."""
    return fetch.input, begins_at(fetch)
