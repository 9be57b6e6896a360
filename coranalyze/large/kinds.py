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


class Kinds:
    """Takes fetches in their order; `merge` what comes after."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[object, _Alike] = {}

    def add(self, fetch: Fetch, cause: Cause | None = None) -> None:
        self._take(kind_of(fetch, cause), cause, [fetch], 1)

    def merge(self, later: Kinds) -> None:
        for kind, alike in later._found.items():
            self._take(kind, alike.cause, alike.fetches, alike.count)

    def kept(self) -> Iterator[Kept]:
        """All that are kept, in the order of the captures; the first of a kind stands for those that are not."""
        found = [
            Kept(fetch, alike.cause, 1 if number else 1 + alike.count - len(alike.fetches))
            for alike in self._found.values()
            for number, fetch in enumerate(alike.fetches)
        ]
        yield from sorted(found, key=lambda kept: (kept.fetch.input, begins_at(kept.fetch)))

    def _take(self, kind: object, cause: Cause | None, fetches: list[Fetch], count: int) -> None:
        alike = self._found.get(kind)
        if alike is None:
            if len(self._found) >= KINDS:
                return
            alike = self._found[kind] = _Alike(cause)
        alike.count += count
        if len(alike.fetches) < ALIKE:
            alike.fetches += fetches[: ALIKE - len(alike.fetches)]
