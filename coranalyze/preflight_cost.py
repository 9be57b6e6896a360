"""What preflights cost, and what `Access-Control-Max-Age` at each browser's cap would have saved.

Fed with the fetches of a capture in the order of their time, it replays the preflights that passed through the
preflight cache of each browser, as the Fetch standard and the browsers have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, PROFILES, WEBKIT, Profile
from coranalyze.cors.checks import ACAH, ACAM, PreflightRequest
from coranalyze.cors.headers import Headers, requested_names
from coranalyze.cors.preflight_cache import DEFAULT_MAX_AGE, Grant, PreflightCache
from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.cors.steps import Step
from coranalyze.endpoint import EVERY, Kept, place, rank
from coranalyze.exchange import Exchange
from coranalyze.fetch import Credentials, Fetch, Role
from coranalyze.memo import Memo

BROWSERS = (CHROMIUM, FIREFOX, WEBKIT)
"""For which savings are computed, with their caps of 2 hours, 24 hours and 10 minutes."""
FORCED = "forced"
"""Cause of a preflight that names no header and a harmless method: an upload listener or a streamed body."""
ROWS = 25_000
"""Pairs of page origin and endpoint with a row of their own."""
_RELEVANT = frozenset({
    "origin", "access-control-request-method", "access-control-request-headers", ACAM, ACAH, "access-control-max-age",
})  # fmt: skip
_COUNTS: Memo[str, bool] = Memo(lambda name: name.lower() in _RELEVANT)
"""Header name as spelt → whether it matters here."""


class Saving(NamedTuple):
    """Preflights that would not have been sent, and the time that they took."""

    preflights: int = 0
    ms: float = 0.0

    def plus(self, ms: float) -> Saving:
        return Saving(self.preflights + 1, self.ms + ms)

    def __add__(self, other: Saving) -> Saving:  # type: ignore[override]
        return Saving(self.preflights + other.preflights, self.ms + other.ms)


class CostRow(msgspec.Struct):
    """The preflights of one page origin to one endpoint; times in milliseconds."""

    origin: str
    """Serialized origin of the page; empty in totals."""
    endpoint: str
    """Server and path template; empty in totals."""
    preflights: int = 0
    ms: float = 0.0
    """Time from sending the preflights to their answers: what they add to the requests that wait for them."""
    fetch_ms: float = 0.0
    """Time of the whole fetches, preflights included."""
    untimed: int = 0
    """Preflights without times; they count as 0 ms."""
    failed: int = 0
    """Preflights that did not pass: no cache would have spared them."""
    repeated: Saving = Saving()
    """Sent although the answer before was still good by its own Access-Control-Max-Age (or the 5 s without one)."""
    crowded: Saving = Saving()
    """Sent within five seconds of the answer before, or while that was still good by its own Access-Control-Max-Age."""
    avoidable: dict[str, Saving] = {}
    """Browser → what Access-Control-Max-Age at its cap would have saved."""
    causes: dict[str, int] = {}
    """Method or header name → preflights that asked for it; `forced` where they asked for nothing."""
    sole_causes: dict[str, int] = {}
    """The same, for preflights that had no other cause."""

    @property
    def share(self) -> float:
        """Part of the fetches' time that preflights took, 0 to 1."""
        return self.ms / self.fetch_ms if self.fetch_ms else 0.0

    @property
    def most_avoidable(self) -> Saving:
        """In the browser that it would have helped most."""
        return max(self.avoidable.values(), default=Saving())

    def merge(self, other: CostRow) -> None:
        self.preflights += other.preflights
        self.ms += other.ms
        self.fetch_ms += other.fetch_ms
        self.untimed += other.untimed
        self.failed += other.failed
        self.repeated += other.repeated
        self.crowded += other.crowded
        for browser, saving in other.avoidable.items():
            self.avoidable[browser] = self.avoidable.get(browser, Saving()) + saving
        for mine, theirs in ((self.causes, other.causes), (self.sole_causes, other.sole_causes)):
            for cause, count in theirs.items():
                mine[cause] = mine.get(cause, 0) + count


class _Read:
    """The header lines of a preflight, and of its answer, that matter here."""

    __slots__ = ("_answer", "_capped", "_grants", "causes", "method", "names", "origin")

    def __init__(self, headers: tuple[Headers, Headers]) -> None:
        request, response = headers
        self.origin = request.get("origin")
        self.method = request.get("access-control-request-method") or ""
        self.names = requested_names(request.get("access-control-request-headers") or "")
        own = [] if not self.method or is_safelisted_method(self.method) else [self.method]
        self.causes = list(dict.fromkeys([*own, *self.names])) or [FORCED]
        self._answer = response
        self._grants: dict[str, Grant] = {}
        self._capped: list[Grant] = []

    def grant(self, profile: Profile) -> Grant:
        """What the answer lets a browser keep."""
        found = self._grants.get(profile.name)
        if found is None:
            found = self._grants[profile.name] = Grant.of(self._answer, profile)
        return found

    @property
    def capped(self) -> list[Grant]:
        """The same with the longest lifetime that each of `BROWSERS` takes."""
        if not self._capped:
            self._capped = [self.grant(profile)._replace(age=profile.cache_cap) for profile in BROWSERS]
        return self._capped


class _Rows(Kept[tuple[str, str], CostRow]):
    """Page origin and endpoint → its row; of more than `ROWS`, those of some endpoints, the same as a fold keeps."""

    __slots__ = ("_highest", "rest")

    def __init__(self) -> None:
        super().__init__()
        self._highest = EVERY
        """The rank above which no row is kept any more."""
        self.rest = CostRow(origin="", endpoint="")
        """What all others add up to."""

    def at(self, key: tuple[str, str]) -> CostRow:
        found = self._items.get(key)
        return found if found is not None else self._put(key, CostRow(origin=key[0], endpoint=key[1]))

    def kept(self) -> Collection[CostRow]:
        return self._kept().values()

    def merge(self, other: _Rows) -> None:
        for key, theirs in other._kept().items():
            if key not in self._items and self._highest < EVERY and rank(key[1]) > self._highest:
                self.rest.merge(theirs)
            else:
                self._take(key, theirs)
        self.rest.merge(other.rest)

    def _limit(self) -> int:
        return ROWS

    def _rank(self, key: tuple[str, str]) -> tuple[int, str]:
        return rank(key[1]), key[1] + key[0]

    def _shrink(self) -> None:
        before = dict(self._items)
        super()._shrink()
        for key, row in before.items():
            if key not in self._items:
                self.rest.merge(row)
        self._highest = max(rank(key[1]) for key in self._items)


class PreflightCost:
    """Adds up preflights. `add` takes fetches in the order of their time; `merge` what other inputs gave."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._replays: dict[tuple[int, str], PreflightCache] = {}
        """(input, browser) → its cache: with the cap of each browser; of the one that asked also as answered, and for
        five seconds at least."""
        self._read = Memo(_Read)

    @classmethod
    def of(cls, fetches: Iterable[Fetch], counted: Callable[[Fetch], bool] | None = None) -> PreflightCost:
        """Of fetches in any order; those that are not `counted` only fill the caches."""
        found = _in_time(fetches)
        cost = cls()
        seen = Counter(exchange.url for fetch in found for _, exchange in _preflights(fetch))
        for fetch in found:
            # What is asked once can be saved by no cache.
            replayed = any(seen[exchange.url] > 1 for _, exchange in _preflights(fetch))
            cost._add(fetch, replayed=replayed, counted=counted is None or counted(fetch))
        return cost

    @property
    def rows(self) -> list[CostRow]:
        """One for each page origin and endpoint, the costliest first."""
        return sorted(self._rows.kept(), key=lambda row: (-row.ms, -row.preflights, row.origin, row.endpoint))

    @property
    def total(self) -> CostRow:
        return _sum((*self._rows.kept(), self._rows.rest))

    def of_origin(self, origin: str) -> CostRow:
        """Of all pages of one origin."""
        return _sum(row for row in self._rows.kept() if row.origin == origin)

    def by_endpoint(self) -> dict[str, CostRow]:
        """Endpoint → of all origins."""
        found: dict[str, CostRow] = {}
        for row in self._rows.kept():
            found.setdefault(row.endpoint, CostRow(origin="", endpoint=row.endpoint)).merge(row)
        return found

    def add(self, fetch: Fetch) -> None:
        """Take in the preflights of a fetch that is no earlier than those of its input before it."""
        if _has_preflight(fetch):
            self._add(fetch, replayed=True)

    def add_all(self, fetches: Iterable[Fetch]) -> None:
        """Take in fetches in any order, none of which is earlier than those of its input before them."""
        for fetch in _in_time(fetches):
            self._add(fetch, replayed=True)

    def _add(self, fetch: Fetch, *, replayed: bool, counted: bool = True) -> None:
        span = _span([sent.exchange for sent in fetch.exchanges])
        for i, (hop, exchange) in enumerate(_preflights(fetch)):
            read = self._read[_counting(exchange.request), _counting(exchange.response)]
            row = self._row(fetch, exchange, read) if counted else CostRow(origin="", endpoint="")
            ms = _span([exchange])
            row.preflights += 1
            row.ms += ms
            row.fetch_ms += span if i == 0 else 0.0
            row.untimed += not ms
            _count_causes(row, read.causes)
            if any(taken.hop == hop and taken.ended.step is _PASSED for taken in fetch.verdict.steps):
                if replayed:
                    self._replay(row, fetch, exchange, read, ms)
            else:
                row.failed += 1

    def merge(self, other: PreflightCost) -> None:
        """Take in what was added up over other inputs; `other` is used up."""
        self._rows.merge(other._rows)

    def __getstate__(self) -> _Rows:
        """What is added up: the caches are of the process that fills them."""
        return self._rows

    def __setstate__(self, rows: _Rows) -> None:
        self.__init__()  # type: ignore[misc]
        self._rows = rows

    def _row(self, fetch: Fetch, exchange: Exchange, read: _Read) -> CostRow:
        return self._rows.at((fetch.origin or read.origin or "", "".join(place(exchange.url))))

    def _replay(self, row: CostRow, fetch: Fetch, exchange: Exchange, read: _Read, ms: float) -> None:
        if exchange.started is None:
            return
        request = PreflightRequest(read.method or fetch.method, read.names, fetch.credentials is Credentials.INCLUDE)
        origin = read.origin or fetch.origin or "null"
        now, then = exchange.started / 1000, (exchange.ended or exchange.started) / 1000
        for profile, capped in zip(BROWSERS, read.capped, strict=True):
            cache = self._cache(fetch.input, profile.name, profile)
            if cache.covers(origin, exchange.url, request, now):
                row.avoidable[profile.name] = row.avoidable.get(profile.name, Saving()).plus(ms)
            else:
                cache.store(origin, exchange.url, request, capped, then)
        own = PROFILES[fetch.browser]
        cache = self._cache(fetch.input, f"{own.name} as answered", own)
        if cache.covers(origin, exchange.url, request, now):
            row.repeated = row.repeated.plus(ms)
        grant = read.grant(own)
        cache.store(origin, exchange.url, request, grant, then)
        cache = self._cache(fetch.input, f"{own.name} for five seconds", own)
        if cache.covers(origin, exchange.url, request, now):
            row.crowded = row.crowded.plus(ms)
        cache.store(origin, exchange.url, request, grant._replace(age=max(grant.age or 0, DEFAULT_MAX_AGE)), then)

    def _cache(self, input: int, name: str, profile: Profile) -> PreflightCache:
        cache = self._replays.get((input, name))
        if cache is None:
            cache = self._replays[input, name] = PreflightCache(profile)
        return cache


def _counting(headers: Headers) -> Headers:
    return Headers([line for line in headers if _COUNTS[line[0]]])


def _sum(rows: Iterable[CostRow]) -> CostRow:
    total = CostRow(origin="", endpoint="")
    for row in rows:
        total.merge(row)
    return total


# As constants, since members of an enum are slow to look up before Python 3.12.
_PREFLIGHT, _PASSED = Role.PREFLIGHT, Step.PREFLIGHT_OK


def _has_preflight(fetch: Fetch) -> bool:
    exchanges = fetch.exchanges
    if len(exchanges) == 1:
        return exchanges[0].role is _PREFLIGHT
    return any(sent.role is _PREFLIGHT for sent in exchanges)


def _in_time(fetches: Iterable[Fetch]) -> list[Fetch]:
    """Those with preflights, in the order of their time."""
    found = [fetch for fetch in fetches if _has_preflight(fetch)]
    return sorted(found, key=lambda fetch: (fetch.input, fetch.exchanges[0].exchange.started or 0.0))


def _preflights(fetch: Fetch) -> Iterator[tuple[int, Exchange]]:
    """Hop and exchange of each preflight."""
    hop = 0
    for sent in fetch.exchanges:
        if sent.role is _PREFLIGHT:
            yield hop, sent.exchange
        else:
            hop += 1


def _span(exchanges: list[Exchange]) -> float:
    """Milliseconds from the first start to the last end; 0 without times."""
    starts = [each.started for each in exchanges if each.started is not None]
    ends = [each.ended for each in exchanges if each.ended is not None]
    return max(0.0, max(ends) - min(starts)) if starts and ends else 0.0


def _count_causes(row: CostRow, causes: list[str]) -> None:
    for cause in causes:
        row.causes[cause] = row.causes.get(cause, 0) + 1
    if len(causes) == 1:
        row.sole_causes[causes[0]] = row.sole_causes.get(causes[0], 0) + 1
