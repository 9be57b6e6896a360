"""Tally: fetches, counted by all that reports count them by. Counts of parts add up to those of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from coranalyze.endpoint import Kept, place, rank
from coranalyze.fetch import Fetch, Outcome, Preflight, Role

PLACES = 100_000
"""Endpoints whose fetches are counted each on its own."""


class AtPlace:
    """What the fetches of one endpoint add up to."""

    __slots__ = ("allowed", "blocked", "cross_origin", "fetches", "saved", "undecided")

    def __init__(self) -> None:
        self.fetches = self.cross_origin = self.allowed = self.blocked = self.undecided = 0
        self.saved = 0
        """Fetches whose preflight the browser's cache spared."""

    def add(self, fetch: Fetch) -> None:
        outcome = fetch.verdict.outcome
        self.fetches += 1
        self.cross_origin += fetch.cross_origin
        self.allowed += outcome is Outcome.ALLOWED
        self.blocked += outcome is Outcome.BLOCKED
        self.undecided += outcome in (Outcome.CONDITIONAL, Outcome.UNKNOWN)
        self.saved += fetch.preflight is Preflight.CACHED

    def merge(self, other: AtPlace) -> None:
        self.fetches += other.fetches
        self.cross_origin += other.cross_origin
        self.allowed += other.allowed
        self.blocked += other.blocked
        self.undecided += other.undecided
        self.saved += other.saved


class Places(Kept[tuple[str, str], AtPlace]):
    """Server and path template of the first URL → the fetches there; of more than `PLACES`, some."""

    __slots__ = ()

    def add(self, fetches: Iterable[Fetch]) -> None:
        for fetch in fetches:
            self.at(place(fetch.url)).add(fetch)

    def merge(self, other: Places) -> None:
        """Take in what was counted over other fetches; `other` is used up."""
        for key, theirs in other._kept().items():
            self._take(key, theirs)

    def at(self, key: tuple[str, str]) -> AtPlace:
        found = self._items.get(key)
        return found if found is not None else self._put(key, AtPlace())

    def get(self, key: tuple[str, str]) -> AtPlace:
        return self._kept().get(key) or AtPlace()

    def _limit(self) -> int:
        return PLACES

    def _rank(self, key: tuple[str, str]) -> tuple[int, str]:
        name = "".join(key)
        return rank(name), name


class Tally:
    """Counts of fetches."""

    __slots__ = ("aside", "browsers", "cross_origin", "fetches", "kinds", "outcomes", "preflights")

    def __init__(self, fetches: Sequence[Fetch] = ()) -> None:
        preflight = Role.PREFLIGHT
        self.fetches = len(fetches)
        self.cross_origin = sum([fetch.cross_origin for fetch in fetches])
        self.aside = sum([fetch.cross_origin and fetch.verdict.outcome is Outcome.NOT_SUBJECT for fetch in fetches])
        """Cross-origin ones that CORS does not apply to."""
        self.preflights = sum(sent.role is preflight for fetch in fetches for sent in fetch.exchanges)
        """Preflights in the capture."""
        self.outcomes: Counter[Outcome] = Counter([fetch.verdict.outcome for fetch in fetches])
        self.kinds: Counter[Preflight] = Counter([fetch.preflight for fetch in fetches])
        """How the preflights of the fetches stand in the capture."""
        self.browsers: Counter[str] = Counter([fetch.browser for fetch in fetches])
        """Names of the profiles that judged."""

    def merge(self, other: Tally) -> None:
        """Take in what was counted over other fetches."""
        self.fetches += other.fetches
        self.cross_origin += other.cross_origin
        self.aside += other.aside
        self.preflights += other.preflights
        self.outcomes += other.outcomes
        self.kinds += other.kinds
        self.browsers += other.browsers
