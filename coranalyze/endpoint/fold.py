"""Endpoint, Server and Fold: all that was seen of each policy, counted. Folding is a commutative monoid.

`Fold()` is the empty fold, `add` takes a fetch in, `merge` another fold; the result is the same in any order and any
grouping. So the same rules work live, on a file, and over the parts of a crowd of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from coranalyze.cors.origin import origin_of
from coranalyze.endpoint.answer import Answer
from coranalyze.endpoint.kept import EVERY, Kept, rank
from coranalyze.endpoint.reading import Reading
from coranalyze.endpoint.relation import Network, network
from coranalyze.endpoint.seen import Seen
from coranalyze.endpoint.template import place
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch

ALL = 150_000
"""Answers of all servers together; where there are more, of the endpoints a sample is kept."""
ENDPOINTS = 2_000
"""Of one server."""
ANSWERS = 256
"""Of one endpoint."""


class Endpoint(Kept[Answer, Seen]):
    """One server and path template: the multiset of its answers."""

    __slots__ = ("count", "server", "template", "traits")

    def __init__(self, server: str, template: str) -> None:
        super().__init__()
        self.server = server
        """Serialized origin; ws and wss count as http and https."""
        self.template = template
        self.count = 0
        """Exchanges, those of answers that are not kept included."""
        self.traits = 0
        """The traits of all answers that were seen, together."""

    @property
    def name(self) -> str:
        """`https://api.example/users/{id}`"""
        return self.server + self.template

    @property
    def answers(self) -> dict[Answer, Seen]:
        return self._items if len(self._items) <= ANSWERS else self._kept()

    @property
    def left_out(self) -> int:
        """Exchanges whose answers are not kept: there were more than `ANSWERS` different ones."""
        return self.count - sum(seen.count for seen in self.answers.values())

    def add(self, answer: Answer, exchange: Exchange, input: int) -> bool:
        """Whether such an answer is seen for the first time."""
        self.count += 1
        seen = self._items.get(answer)
        if seen is None:
            seen = self._put(answer, Seen())
        seen.add(exchange, input)
        return seen.count == 1

    def merge(self, other: Endpoint) -> None:
        """Take in what another has seen; `other` is used up."""
        self.count += other.count
        self.traits |= other.traits
        for answer, seen in other.answers.items():
            self._take(answer, seen)

    def __getstate__(self) -> tuple[Any, ...]:
        answers = self.answers
        seen = [each.packed() for each in answers.values()]
        return self.server, self.template, self.count, self.traits, list(answers), seen

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.server, self.template, self.count, self.traits, answers, seen = state
        self._items = dict(zip(answers, map(Seen.unpacked, seen), strict=True))

    def _limit(self) -> int:
        return ANSWERS

    def _rank(self, key: Answer) -> tuple[int, str]:
        # Answers with a policy before those without: a flood of the latter shall not push it out.
        text = msgspec.json.encode(msgspec.to_builtins(key)).decode("utf-8", "replace")
        silent = not key.allow_origin and not key.preflight
        return (EVERY if silent else 0) + rank(text), text


class Server(Kept[str, Endpoint]):
    """All endpoints of one origin."""

    __slots__ = ("internal", "origin", "traits")

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin
        self.traits = 0
        """The traits of all answers that were seen, together."""
        parsed = origin_of(origin)
        self.internal = parsed is not None and network(parsed.host) is not Network.PUBLIC
        """It stands in a private network or on this machine."""

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """By path template."""
        return self._kept()

    @property
    def size(self) -> int:
        """Answers that are kept."""
        return sum([len(endpoint.answers) for endpoint in self.endpoints.values()])

    def at(self, template: str) -> Endpoint:
        found = self._items.get(template)
        return found if found is not None else self._put(template, Endpoint(self.origin, template))

    def merge(self, other: Server, below: int) -> bool:
        """Take in those endpoints of `other` that rank below this number; whether there are any then.

        `other` is used up.
        """
        self.traits |= other.traits
        for template, endpoint in other.endpoints.items():
            if below == EVERY or self.number(template) < below:
                self._take(template, endpoint)
        return bool(self._items)

    def thin(self, below: int) -> bool:
        """Keep the endpoints that rank below this number; whether there are any."""
        for template in [template for template in self._items if self.number(template) >= below]:
            del self._items[template]
        return bool(self._items)

    def number(self, template: str) -> int:
        """Where an endpoint ranks among all of all servers."""
        return rank(self.origin + template)

    def _limit(self) -> int:
        return ENDPOINTS

    def _rank(self, key: str) -> tuple[int, str]:
        return self.number(key), key


class Fold:
    """What all fetches show of all policies; bounded, whatever the captures hold.

    Where the answers are too many, the endpoints are kept that rank below half of all numbers, a quarter, and so on:
    the first such part that is small enough, which hangs on the endpoints and their answers alone.
    """

    __slots__ = ("_below", "_readings", "_servers", "_size", "count")

    def __init__(self, below: int = EVERY) -> None:
        self.count = 0
        """Exchanges, those of endpoints that are not kept included."""
        self._servers: dict[str, Server] = {}
        self._below = below
        self._size = 0
        """Answers, or more where some are no longer kept."""
        self._readings: dict[bool, Reading] = {}

    @property
    def below(self) -> int:
        """The rank below which endpoints are kept: no higher in any fold that takes this one in."""
        return self._below

    @property
    def servers(self) -> dict[str, Server]:
        """By serialized origin."""
        if self._size > ALL:
            self._thin()
        return self._servers

    @property
    def left_out(self) -> int:
        """Exchanges of endpoints that are not kept."""
        return self.count - sum(endpoint.count for endpoint in self.endpoints())

    def endpoints(self) -> Iterator[Endpoint]:
        """All of them, sorted by name."""
        for _, server in sorted(self.servers.items()):
            for _, endpoint in sorted(server.endpoints.items()):
                yield endpoint

    def add(self, fetch: Fetch, *, credentials_recorded: bool = True) -> bool:
        """Take a fetch in; whether it shows an answer that was not there yet.

        `credentials_recorded` False: the capture drops Cookie and Authorization.
        """
        reading = self._readings.get(credentials_recorded)
        if reading is None:
            reading = self._readings[credentials_recorded] = Reading(credentials_recorded=credentials_recorded)
        exchanges = fetch.exchanges
        deciding = exchanges[0] if len(exchanges) == 1 else fetch.deciding
        is_new = False
        for sent in exchanges:
            exchange = sent.exchange
            origin, template = place(exchange.url)
            self.count += 1
            if self._below < EVERY and rank(origin + template) >= self._below:
                continue
            server = self._server(origin)
            answer = reading.answer(fetch, sent, decides=sent is deciding, internal=server.internal)
            endpoint = server.at(template)
            if endpoint.add(answer, exchange, fetch.input):
                is_new = True
                self._size += 1
                traits = reading.traits[answer]
                endpoint.traits |= traits
                server.traits |= traits
        # A quarter more first: what is over it is told apart in one go.
        if self._size > ALL + ALL // 4:
            self._thin()
        return is_new

    def merge(self, other: Fold) -> None:
        """Take in what another fold has seen; `other` is used up: it may be part of this one then."""
        self.count += other.count
        theirs = other.servers
        if other._below < self._below:
            self._below = other._below
            self._drop()
        for origin, server in theirs.items():
            if not self._server(origin).merge(server, self._below):
                del self._servers[origin]
        self._size += other._size
        if self._size > ALL + ALL // 4:
            self._thin()

    def parted(self, count: int, share: Callable[[str], int]) -> list[Fold]:
        """So many folds, each with the servers of one share; the servers are those of this fold, not copies."""
        parts = [Fold(self._below) for _ in range(count)]
        for origin, server in self.servers.items():
            part = parts[share(origin)]
            part._servers[origin] = server
            part.count += sum([endpoint.count for endpoint in server.endpoints.values()])
        return parts

    def __getstate__(self) -> tuple[object, ...]:
        """What was seen: readings are of the process that reads."""
        return self.count, self.servers, self._below, self._size

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.count, self._servers, self._below, self._size = state
        self._readings = {}

    def _server(self, origin: str) -> Server:
        found = self._servers.get(origin)
        if found is None:
            found = self._servers[origin] = Server(origin)
        return found

    def _thin(self) -> None:
        """Keep no more than `ALL` answers."""
        while (size := sum([server.size for server in self._servers.values()])) > ALL:
            self._below //= 2
            self._drop()
        self._size = size

    def _drop(self) -> None:
        """Keep the endpoints below the limit only, and servers that have some."""
        for origin in [origin for origin, server in self._servers.items() if not server.thin(self._below)]:
            del self._servers[origin]
