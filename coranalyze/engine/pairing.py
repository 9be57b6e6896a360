"""Pairing: chains put together as their exchanges come."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import MAX_REDIRECTS, location_conflict, locations_of
from coranalyze.cors.origin import HTTP_SCHEMES, parse_authority, resolve
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.engine.chain import (
    PENDING_SLACK_MS,
    START_SLACK_MS,
    WAIT_MS,
    Chain,
    Hop,
    Waiting,
    carries,
    continues,
    end,
    is_cleared,
    is_pending,
    names_told,
)
from coranalyze.engine.clearance import is_reusable, passes
from coranalyze.engine.request import Request, comparable_url
from coranalyze.exchange import Dialect, Family

# How long that may take to turn up where it is recorded when it is over: a stream that lasts.
LASTING_MS = 600_000.0
OPEN_LIMIT = 2_000
"""Chains of such a capture that wait; the oldest give way."""
QUEUE_LIMIT = 256
"""Hops that wait for one URL, each of which is looked at for every exchange there; the oldest are given up."""


@dataclass(slots=True)
class Pairing:
    """Feed requests, collect closed chains. Memory holds what is still open only."""

    dialect: Dialect
    profile_of: Callable[[Request], Profile]
    redirecting: Chain | None = None
    """The chain that the last exchange led elsewhere."""
    _redirects: Waiting = field(default_factory=lambda: defaultdict(dict))
    """Redirect target → hops that lead there."""
    _upgrades: Waiting = field(default_factory=lambda: defaultdict(dict))
    """Redirect target, by https in place of http → hops that may lead there."""
    _preflights: Waiting = field(default_factory=lambda: defaultdict(dict))
    """URL → hops whose preflight waits for its request."""
    _requests: Waiting = field(default_factory=lambda: defaultdict(dict))
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
            if not self._is_browser:
                chain.last.passed = passes(request, self.profile_of(request))
                if not any(chain.last.passed):
                    closed += self.close([chain])
            return closed
        chain, hop = self._feed_actual(request)
        # No browser follows more: a loop is cut here, or each turn would be judged with all that came before.
        leads_on = exchange.status in REDIRECT_STATUS and hop is chain.last and len(chain.hops) <= MAX_REDIRECTS
        # What a browser's record marks as failed ended there; a like redirect beside it may have been followed.
        if leads_on and not (self._is_browser and exchange.error):
            chain.target = self._redirect_target(request)
        if chain.target is not None:
            self.redirecting = chain
            self._wait(self._redirects, chain.target, chain, hop, end(exchange) + self._wait_ms)
        if self._is_browser and hop.preflight is None and request.may_be_preflighted:
            self._wait(self._requests, request.url, chain, hop, end(exchange) + PENDING_SLACK_MS)
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
            or url in self._upgrades
            or (self._is_browser and request.may_be_preflighted)
        )

    def wait_upgraded(self, chain: Chain) -> None:
        """The redirect to http at the end of this chain may arrive by https: by Strict-Transport-Security of its
        target, or a policy of the page."""
        if chain.target is not None and not chain.closed:
            url = f"https:{chain.target.removeprefix('http:')}"
            self._wait(self._upgrades, url, chain, chain.last, chain.deadline)

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
            chain = self._led_to(request) or self._sibling(request) or Chain([])
            chain.hops.append(hop)
            self._wait(self._preflights, request.url, chain, hop, end(request.exchange) + self._wait_ms)
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
        chain = self._led_to(request) or Chain([])
        chain.hops.append(hop)
        return chain, hop

    def _led_to(self, request: Request) -> Chain | None:
        """The chain whose redirect led to this request, and so to no other."""
        profile = self.profile_of(request)
        found = self._take(
            self._redirects, request.url, lambda hop: continues(hop, request, self.dialect, profile)
        ) or self._take(
            self._upgrades, request.url, lambda hop: continues(hop, request, self.dialect, profile, upgraded=True)
        )
        if found is None:
            return None
        chain = found[0]
        for waiting, url, place in chain.waits:
            if waiting is self._redirects or waiting is self._upgrades:
                _leave(waiting, url, place)
        chain.target = None
        return chain

    def _redirect_target(self, request: Request) -> str | None:
        exchange = request.exchange
        profile = self.profile_of(request)
        if location_conflict(exchange.response, profile):
            return None
        locations = locations_of(exchange.response, profile)
        if not locations or (not locations[0] and profile.empty_location_is_response):
            return None
        target = resolve(locations[0], exchange.url)
        authority = parse_authority(target)
        if authority is None or authority.scheme not in HTTP_SCHEMES:
            return None
        return comparable_url(target)

    def _wait(self, waiting: Waiting, url: str, chain: Chain, hop: Hop, deadline: float) -> None:
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

    def _take(self, waiting: Waiting, url: str, fits: Callable[[Hop], bool]) -> tuple[Chain, Hop] | None:
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
            return not (refused and answered) and is_pending(hop, preflight, self.dialect)

        def is_waiting(hop: Hop) -> bool:
            at = preflight.exchange.started
            return hop.actual is not None and (at is None or at <= end(hop.actual.exchange))

        def carried(hop: Hop) -> bool:
            return fits(hop) and carries(hop.actual, preflight, self.dialect)

        # One that was over before the preflight began had used the cache, as far as its times can be trusted. Headers
        # of a script stand among the provisional ones too, apart from those that an export removes.
        return (
            self._take(self._requests, preflight.url, lambda hop: carried(hop) and is_waiting(hop))
            or self._take(self._requests, preflight.url, carried)
            or self._take(self._requests, preflight.url, fits)
        )

    def _take_cleared(self, request: Request) -> tuple[Chain, Hop] | None:
        """The hop whose preflight clears this request: it asks for the most of what the request has.

        Of several the first, unless a later one tells that it was refused: a preflight that passes is followed at once,
        and one that was asked for again, and answered, led nowhere. Of those that a page sends at once none was. Where
        the cache may clear what comes next, what was refused waits for nothing more.
        """
        waiting = self._preflights.get(request.url)
        if waiting is None:
            return None
        cleared = [(place, item) for place, item in waiting.items() if is_cleared(*item, request, self.dialect)]
        if not cleared:
            return None
        started = request.exchange.started
        if started is not None:
            answered = [each for each in cleared if _end(each[1][1]) <= started + START_SLACK_MS]
            cleared = answered or cleared
        most = max(names_told(hop) for _, (_, hop) in cleared)
        fitting = [each for each in cleared if names_told(each[1][1]) == most]
        place, found = fitting[0]
        alone = _alone([hop for _, (_, hop) in cleared])
        for later, item in fitting:
            if found[1] in alone and self._is_asked_again(found[1], item[1], request):
                place, found = later, item
        _leave(self._preflights, request.url, place)
        refused = [
            before for before, (_, hop) in cleared if hop in alone and self._is_asked_again(hop, found[1], request)
        ]
        if refused and found[1].preflight and is_reusable(found[1].preflight, self.profile_of(found[1].preflight)):
            for before in refused:
                _leave(self._preflights, request.url, before)
        return found

    def _is_asked_again(self, before: Hop, again: Hop, actual: Request) -> bool:
        """Whether the first may have been refused; the second started after that and was answered before `actual`."""
        first, second = before.preflight, again.preflight
        if first is None or second is None:
            return False
        start, at = second.exchange.started, actual.exchange.started
        if start is None or at is None:
            return False
        # The times first: they tell most of them, and cost little.
        if start <= end(first.exchange) + START_SLACK_MS or end(second.exchange) > at + START_SLACK_MS:
            return False
        return not all(passes(first, self.profile_of(first)))

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


def _alone(hops: list[Hop]) -> set[Hop]:
    """Those whose preflights were on their way while no other was."""
    ordered = sorted(hops, key=lambda hop: (_start(hop), _end(hop)))
    found, latest = set(), -math.inf
    for hop, next_start in zip(ordered, [*map(_start, ordered), math.inf][1:], strict=True):
        if latest < _start(hop) and _end(hop) < next_start:
            found.add(hop)
        latest = max(latest, _end(hop))
    return found


def _start(hop: Hop) -> float:
    return (hop.preflight.exchange.started if hop.preflight is not None else None) or 0.0


def _end(hop: Hop) -> float:
    """When its preflight was answered."""
    return end(hop.preflight.exchange) if hop.preflight is not None else 0.0


def _leave(waiting: Waiting, url: str, place: int) -> None:
    queue = waiting.get(url)
    if queue is not None:
        queue.pop(place, None)
        if not queue:
            del waiting[url]
