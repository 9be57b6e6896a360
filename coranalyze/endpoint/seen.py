"""Seen: how often, when and where one answer was seen, with some of its URLs."""

from __future__ import annotations

from typing import Any, NamedTuple

from coranalyze.endpoint.kept import EVERY, rank
from coranalyze.exchange import Exchange

EXEMPLARS = 4
"""URLs kept of one answer."""


class Exemplar(NamedTuple):
    """Where an answer stands in the captures."""

    input: int
    entry: int
    url: str


_NOWHERE = Exemplar(1 << 60, 0, "")


class Seen:
    """How often, when and where one answer was seen."""

    __slots__ = ("_highest", "_urls", "count", "earliest", "first", "latest")

    def __init__(self) -> None:
        self.count = 0
        self.first = _NOWHERE
        """The first in the order of inputs and entries."""
        self.earliest: float | None = None
        """Milliseconds since the epoch, UTC; None where no exchange had a time."""
        self.latest: float | None = None
        self._urls: dict[int, Exemplar] | None = None
        """By hash of the URL; None while there is one URL only, which is that of `first`."""
        self._highest = EVERY
        """The hash above which nothing more is kept."""

    def add(self, exchange: Exchange, input: int) -> None:
        at = Exemplar(input, exchange.entry, exchange.url)
        started = exchange.started
        if self.count == 0:
            self.first, self.earliest, self.latest = at, started, started
        else:
            self._take(at)
            if started is not None:
                self._span(started, started)
        self.count += 1

    def merge(self, other: Seen) -> None:
        for at in (other.first,) if other._urls is None else other._urls.values():
            self._take(at)
        # The first need not be among the URLs that are kept.
        self.first = min(self.first, other.first)
        self.count += other.count
        if other.earliest is not None and other.latest is not None:
            self._span(other.earliest, other.latest)

    def exemplars(self) -> list[Exemplar]:
        """The first, then some with other URLs, in the order of the captures."""
        return sorted({self.first, *(self._urls or {}).values()})

    def urls(self) -> set[str]:
        """Some of the URLs: of two answers to the same URLs, the same ones."""
        return {self.first.url} if self._urls is None else {at.url for at in self._urls.values()}

    def packed(self) -> tuple[Any, ...]:
        """For the way to another process: plain values, which are written and read in a fraction of the time."""
        urls = self._urls
        kept = {number: tuple(at) for number, at in urls.items()} if urls is not None else None
        return self.count, tuple(self.first), self.earliest, self.latest, kept

    @classmethod
    def unpacked(cls, values: tuple[Any, ...]) -> Seen:
        seen = cls()
        seen.count, first, seen.earliest, seen.latest, kept = values
        seen.first = Exemplar(*first)
        if kept is not None:
            seen._urls = {number: Exemplar(*at) for number, at in kept.items()}
        return seen

    def _span(self, earliest: float, latest: float) -> None:
        if self.earliest is None or earliest < self.earliest:
            self.earliest = earliest
        if self.latest is None or latest > self.latest:
            self.latest = latest

    def _take(self, at: Exemplar) -> None:
        first, urls = self.first, self._urls
        if urls is None and first is not _NOWHERE and first.url != at.url:
            urls = self._urls = {rank(first.url): first}
        if at < first:
            self.first = at
        if urls is None:
            return
        # The lowest by hash of the URL: which are kept does not hang on the order, and two answers keep the same.
        number = rank(at.url)
        if number > self._highest:
            return
        known = urls.get(number)
        if known is None or at < known:
            urls[number] = at
        if len(urls) > EXEMPLARS:
            del urls[max(urls)]
        if len(urls) == EXEMPLARS:
            self._highest = max(urls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and self._plain() == other._plain()

    __hash__ = None  # type: ignore[assignment]

    def _plain(self) -> tuple[object, ...]:
        return self.count, self.first, self.earliest, self.latest, self._urls
