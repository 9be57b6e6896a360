"""Chains: the exchanges that belong to one fetch, put together as they come.

A chain is a list of hops, one per URL of the redirect chain; a hop has a preflight, an actual request, or both.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import (
    MAX_REDIRECTS,
    location_conflict,
    method_after_redirect,
)
from coranalyze.cors.origin import HTTP_SCHEMES, parse_authority, resolve
from coranalyze.cors.safelist import REDIRECT_STATUS, REQUEST_BODY_HEADERS
from coranalyze.engine.clearance import passes
from coranalyze.engine.request import Request, comparable_url
from coranalyze.exchange import Dialect, Exchange, Family

# Chromium's `time` of an entry under-counts by up to this (measured on parallel equal requests).
PENDING_SLACK_MS = 250.0
# A preflight may be recorded this much before the request that it belongs to.
START_SLACK_MS = 2.0
# How long after a preflight or a redirect what should follow may start (longest seen: 898 ms).
WAIT_MS = 30_000.0
# How long that may take to turn up where it is recorded when it is over: a stream that lasts.
LASTING_MS = 600_000.0
OPEN_LIMIT = 2_000
"""Chains of such a capture that wait; the oldest give way."""
QUEUE_LIMIT = 256
"""Hops that wait for one URL, each of which is looked at for every exchange there; the oldest are given up."""


class Hop(msgspec.Struct, eq=False):
    url: str
    preflight: Request | None = None
    actual: Request | None = None


class Chain(msgspec.Struct, eq=False):
    hops: list[Hop]
    target: str | None = None
    """The URL that the last response redirects to, while the chain waits for it."""
    deadline: float = 0.0
    """When the capture's clock passes it, nothing more is expected."""
    closed: bool = False
    number: int = -1
    """Among the chains that wait."""
    parent_id: str = ""
    waits: list[tuple[_Waiting, str, int]] = []
    """The queues that it stands in, and its place there."""

    @property
    def last(self) -> Hop:
        return self.hops[-1]


_Waiting = dict[str, dict[int, tuple[Chain, Hop]]]
"""URL → place → what waits for it, the oldest first."""


@dataclass(slots=True)
class Pairing:
    """Feed requests, collect closed chains. Memory holds what is still open only."""

    dialect: Dialect
    profile_of: Callable[[Request], Profile]
    redirecting: Chain | None = None
    """The chain that the last exchange led elsewhere."""
    _redirects: _Waiting = field(default_factory=lambda: defaultdict(dict))
    """Redirect target → hops that lead there."""
    _preflights: _Waiting = field(default_factory=lambda: defaultdict(dict))
    """URL → hops whose preflight waits for its request."""
    _requests: _Waiting = field(default_factory=lambda: defaultdict(dict))
    """URL → hops of a browser's record whose request may have a preflight."""
    _parents: dict[str, Chain] = field(default_factory=dict)
    """The exporter's request id, named by preflights only → chain."""
    _open: dict[int, Chain] = field(default_factory=dict)
    """Chains that wait, by their number."""
    _deadlines: list[tuple[float, int]] = field(default_factory=list)
    """A heap; chains that no longer wait until then leave theirs behind."""
    _serial: Iterator[int] = field(default_factory=itertools.count)
    _now: float = 0.0
    _is_browser: bool = field(init=False)
    _wait_ms: float = field(init=False)

    def __post_init__(self) -> None:
        self._is_browser = self.dialect.family is Family.BROWSER
        self._wait_ms = LASTING_MS if self.dialect.in_completion_order else WAIT_MS

    def feed(self, request: Request) -> list[Chain]:
        """The chains that this exchange closes."""
        exchange = request.exchange
        started = exchange.started
        if started is not None and started > self._now:
            self._now = started
        closed = self._expire() if self._deadlines and self._deadlines[0][0] < self._now else []
        if len(self._open) > OPEN_LIMIT and self.dialect.in_completion_order:
            closed += self.close([next(iter(self._open.values()))])
        self.redirecting = None
        if self._stands_alone(request):
            closed.append(Chain([Hop(request.url, None, request)], closed=True))
            return closed
        if request.is_preflight:
            chain = self._feed_preflight(request)
            # A refused preflight is never followed by its request, but the browser's record holds that request.
            if not self._is_browser and not any(passes(request, self.profile_of(request))):
                closed += self.close([chain])
            return closed
        chain, hop = self._feed_actual(request)
        # No browser follows more: a loop is cut here, or each turn would be judged with all that came before.
        if exchange.status in REDIRECT_STATUS and hop is chain.last and len(chain.hops) <= MAX_REDIRECTS:
            chain.target = self._redirect_target(request)
        if chain.target is not None:
            self.redirecting = chain
            self._wait(self._redirects, chain.target, chain, hop, _end(exchange) + self._wait_ms)
        if self._is_browser and hop.preflight is None and request.may_be_preflighted:
            self._wait(self._requests, request.url, chain, hop, _end(exchange) + PENDING_SLACK_MS)
        elif chain.target is None and all(h.actual is not None for h in chain.hops):
            closed += self.close([chain])
        return closed

    def _stands_alone(self, request: Request) -> bool:
        """Most requests: nothing waits for them and they wait for nothing."""
        url = request.url
        return not (
            request.is_preflight
            or request.exchange.status in REDIRECT_STATUS
            or url in self._preflights
            or url in self._redirects
            or (self._is_browser and request.may_be_preflighted)
        )

    def finish(self) -> list[Chain]:
        """Everything that is still open."""
        return self.close(sorted(self._open.values(), key=lambda chain: (chain.deadline, chain.number)))

    def _feed_preflight(self, request: Request) -> Chain:
        waiting = self._take_pending(request)
        if waiting is not None:
            chain, hop = waiting
            hop.preflight = request
        else:
            hop = Hop(request.url, preflight=request)
            redirected = self._take(self._redirects, request.url, lambda h: _continues(h, request, self.dialect))
            chain = redirected[0] if redirected is not None else self._sibling(request) or Chain([])
            chain.hops.append(hop)
            chain.target = None
            self._wait(self._preflights, request.url, chain, hop, _end(request.exchange) + self._wait_ms)
        if request.exchange.parent_id:
            chain.parent_id = request.exchange.parent_id
            self._parents[chain.parent_id] = chain
        return chain

    def _sibling(self, preflight: Request) -> Chain | None:
        """The chain of an earlier preflight of the same request: Chromium may file the hop between them later."""
        chain = self._parents.get(preflight.exchange.parent_id) if preflight.exchange.parent_id else None
        return chain if chain is not None and not chain.closed and chain.last.actual is None else None

    def _feed_actual(self, request: Request) -> tuple[Chain, Hop]:
        cleared = self._take_cleared(request)
        if cleared is not None:
            cleared[1].actual = request
            return cleared
        hop = Hop(request.url, actual=request)
        redirected = self._take(self._redirects, request.url, lambda h: _continues(h, request, self.dialect))
        if redirected is not None:
            chain = redirected[0]
            chain.hops.append(hop)
            chain.target = None
            return chain, hop
        return Chain([hop]), hop

    def _redirect_target(self, request: Request) -> str | None:
        exchange = request.exchange
        profile = self.profile_of(request)
        if location_conflict(exchange.response, profile):
            return None
        locations = exchange.response.values("location")
        if not locations or (not locations[0] and profile.empty_location_is_response):
            return None
        target = resolve(locations[0], exchange.url)
        authority = parse_authority(target)
        if authority is None or authority.scheme not in HTTP_SCHEMES:
            return None
        return comparable_url(target)

    def _wait(self, waiting: _Waiting, url: str, chain: Chain, hop: Hop, deadline: float) -> None:
        queue = waiting[url]
        if len(queue) >= QUEUE_LIMIT:
            del queue[next(iter(queue))]
        place = next(self._serial)
        queue[place] = (chain, hop)
        chain.waits.append((waiting, url, place))
        if not chain.deadline or deadline > chain.deadline:
            chain.deadline = deadline
            if chain.number < 0:
                chain.number = next(self._serial)
                self._open[chain.number] = chain
            heapq.heappush(self._deadlines, (deadline, chain.number))
            if len(self._deadlines) > 2 * len(self._open) + 1_000:
                self._deadlines = [(chain.deadline, number) for number, chain in self._open.items()]
                heapq.heapify(self._deadlines)

    def _take(self, waiting: _Waiting, url: str, fits: Callable[[Hop], bool]) -> tuple[Chain, Hop] | None:
        queue = waiting.get(url)
        if queue is None:
            return None
        for place, item in queue.items():
            if fits(item[1]):
                _leave(waiting, url, place)
                return item
        return None

    def _take_pending(self, preflight: Request) -> tuple[Chain, Hop] | None:
        """The hop whose request waits for this preflight; a refused one has no response."""
        if preflight.url not in self._requests:
            return None
        refused = preflight.exchange.status is not None and not any(passes(preflight, self.profile_of(preflight)))

        def fits(hop: Hop) -> bool:
            answered = hop.actual is not None and hop.actual.exchange.status is not None
            return not (refused and answered) and _is_pending(hop, preflight, self.dialect)

        # Headers of a script stand among the provisional ones too, apart from those that an export removes.
        return self._take(
            self._requests, preflight.url, lambda hop: fits(hop) and _carries(hop.actual, preflight, self.dialect)
        ) or self._take(self._requests, preflight.url, fits)

    def _take_cleared(self, request: Request) -> tuple[Chain, Hop] | None:
        """The hop whose preflight clears this request: the first, unless a later one tells that it was refused.

        A preflight that passes is followed at once; one that was asked for again, and answered, led nowhere.
        """
        waiting = self._preflights.get(request.url, {})
        found: tuple[int, tuple[Chain, Hop]] | None = None
        for place, item in waiting.items():
            if not _is_cleared(item[1], request, self.dialect):
                continue
            if found is None or self._is_asked_again(found[1][1].preflight, item[1].preflight, request):
                found = place, item
        if found is None:
            return None
        _leave(self._preflights, request.url, found[0])
        return found[1]

    def _is_asked_again(self, before: Request | None, again: Request | None, actual: Request) -> bool:
        """Whether the first may have been refused; the second started after that and was answered before `actual`."""
        if before is None or again is None or all(passes(before, self.profile_of(before))):
            return False
        start, at = again.exchange.started, actual.exchange.started
        if start is None or at is None:
            return False
        return start > _end(before.exchange) + START_SLACK_MS and _end(again.exchange) <= at + START_SLACK_MS

    def _expire(self) -> list[Chain]:
        due: list[Chain] = []
        while self._deadlines and self._deadlines[0][0] < self._now:
            deadline, number = heapq.heappop(self._deadlines)
            chain = self._open.get(number)
            if chain is not None and deadline == chain.deadline:
                due.append(chain)
        return self.close(due)

    def close(self, chains: list[Chain]) -> list[Chain]:
        closed = []
        for chain in chains:
            if chain.closed:
                continue
            chain.closed = True
            closed.append(chain)
            self._open.pop(chain.number, None)
            self._parents.pop(chain.parent_id, None)
            for waiting, url, place in chain.waits:
                _leave(waiting, url, place)
            chain.waits.clear()
        return closed


def _leave(waiting: _Waiting, url: str, place: int) -> None:
    queue = waiting.get(url)
    if queue is not None:
        queue.pop(place, None)
        if not queue:
            del waiting[url]


def _end(exchange: Exchange) -> float:
    return exchange.ended if exchange.ended is not None else exchange.started or 0.0


def _same_method(a: str, b: str, family: Family) -> bool:
    # Proxies (mitmproxy) write methods in upper case, whatever the wire said; methods compare byte for byte.
    return a.upper() == b.upper() if family is Family.WIRE else a == b


def _is_pending(hop: Hop, preflight: Request, dialect: Dialect) -> bool:
    """Browser view: this request was waiting when the preflight was sent."""
    actual = hop.actual
    if actual is None or hop.preflight is not None or not _asks_for(preflight, actual, dialect):
        return False
    start, at = actual.exchange.started, preflight.exchange.started
    if start is None or at is None:
        return True
    return start <= at + START_SLACK_MS and at <= _end(actual.exchange) + PENDING_SLACK_MS


def _is_cleared(hop: Hop, actual: Request, dialect: Dialect) -> bool:
    """Wire view: this preflight came before, and asks for this request."""
    preflight = hop.preflight
    if preflight is None or hop.actual is not None or not _asks_for(preflight, actual, dialect):
        return False
    start, at = actual.exchange.started, preflight.exchange.started
    if start is None or at is None:
        return True
    return start + START_SLACK_MS >= at and start <= _end(preflight.exchange) + WAIT_MS


def _asks_for(preflight: Request, actual: Request, dialect: Dialect) -> bool:
    if not _same_method(preflight.requested_method, actual.exchange.method, dialect.family):
        return False
    if actual.exchange.service_worker or actual.exchange.cached:
        return False
    if actual.exchange.provisional:
        return True
    if preflight.origin != "null" and actual.origin not in (None, "null", preflight.origin):
        return False
    return _carries(actual, preflight, dialect)


def _carries(actual: Request | None, preflight: Request, dialect: Dialect) -> bool:
    """Whether the request has the headers that the preflight asks for."""
    if actual is None:
        return False
    return all(name in actual.headers or _may_be_gone(name, actual, dialect) for name in preflight.requested_headers)


def _may_be_gone(name: str, actual: Request, dialect: Dialect) -> bool:
    """Whether a header that the preflight names may be missing from its request all the same."""
    if name == "authorization" and not dialect.credentials_recorded:
        return True
    # After a redirect that made it a GET, Firefox's and WebKit's preflights still name what the redirect removed.
    return actual.exchange.method in ("GET", "HEAD") and (name in REQUEST_BODY_HEADERS or name == "authorization")


def _continues(hop: Hop, request: Request, dialect: Dialect) -> bool:
    """Whether this exchange is what the chain's last redirect leads to."""
    previous = hop.actual
    if previous is None or previous.exchange.status is None:
        return False
    method = request.requested_method if request.is_preflight else request.exchange.method
    if not _same_method(
        method, method_after_redirect(previous.exchange.method, previous.exchange.status), dialect.family
    ):
        return False
    # Not its end: Chromium's `time` of a redirect hop may reach into the next one.
    start, before = request.exchange.started, previous.exchange.started
    if (
        start is not None
        and before is not None
        and not before - START_SLACK_MS <= start <= _end(previous.exchange) + WAIT_MS
    ):
        return False
    if not request.is_preflight and previous.mode and request.mode and previous.mode != request.mode:
        return False
    if (
        not request.is_preflight
        and previous.destination
        and request.destination != previous.destination
        and request.mode
    ):
        return False
    # Firefox preflights a tainted request with the page's own Origin.
    return previous.origin in (None, "null") or request.origin in (None, "null", previous.origin)
