"""Host: one server of a fold, with what rules ask of it worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from coranalyze.cors.origin import DEFAULT_PORTS, Origin, origin_of
from coranalyze.endpoint import Answer, Cookie, Endpoint, Fold, Network, Presence, Relation, Server, network, relation
from coranalyze.endpoint.cookies import is_incidental
from coranalyze.endpoint.seen import Seen
from coranalyze.endpoint.traits import BIT, CHECKED_MODES, TELLING, bits
from coranalyze.fetch import Observed, Outcome
from coranalyze.preflight_cost import CostRow
from coranalyze.rules.data import Worth, is_session_cookie, worth_at
from coranalyze.rules.grade import Ambient, Attacker, Data, Grade, grade
from coranalyze.rules.neighbours import Neighbours

T = TypeVar("T")

_HTTP_AUTHENTICATION = frozenset({"basic", "digest", "negotiate", "ntlm", "kerberos"})
"""Schemes of `Authorization` that browsers add by themselves."""
_NOT_BY_SCRIPT = _HTTP_AUTHENTICATION | {"", "unknown"}

_ATTACKERS = {
    Relation.NULL: Attacker.ANYONE,
    Relation.SHARED_HOST: Attacker.ANYONE,
    Relation.PLAYGROUND: Attacker.ANYONE,
    Relation.HTTP_TWIN: Attacker.FOOTHOLD,
    Relation.LOOPBACK: Attacker.FOOTHOLD,
    Relation.PRIVATE: Attacker.FOOTHOLD,
    Relation.EXTENSION: Attacker.FOOTHOLD,
    Relation.CUSTOM_SCHEME: Attacker.FOOTHOLD,
}


_CHECKED = BIT["checked"]
_ASKING = TELLING | bits("fails", "switches", "allow_private_network", "requested_private_network")
"""Traits for which some rule looks at a host."""


class Host:
    """One server, the other servers of the same fold, and the domains that the user named as their own."""

    def __init__(
        self, server: Server, fold: Fold, first_parties: Iterable[str] = (), costs: Mapping[str, CostRow] | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:  # fmt: skip
        self.server = server
        self.fold = fold
        self.first_parties = frozenset(first_parties)
        self.origin: Origin | None = origin_of(server.origin)
        self._costs = costs or {}
        self._neighbours = neighbours if neighbours is not None else Neighbours(fold)
        self._having: dict[tuple[str, ...], list[Endpoint]] = {}
        self._saying: dict[tuple[str, ...], list[Endpoint]] = {}
        self._answered: dict[object, object] = {}
        self._relations: dict[str, Relation] = {}
        self.seen: Callable[[Endpoint], list[Answer]] = _Sorted().__getitem__
        """All answers of an endpoint, the first seen first: what is told must not hang on the order of a fold."""
        self.policy: Callable[[Endpoint], list[Answer]] = _Policies().__getitem__
        """The answers of an endpoint that the server itself gave, the first seen first."""
        self._remembered: dict[tuple[object, Endpoint], object] = {}

    def remember(self, ask: Callable[[Host, Endpoint], T], endpoint: Endpoint) -> T:
        """What `ask` says of an endpoint, asked once."""
        key = (ask, endpoint)
        if key not in self._remembered:
            self._remembered[key] = ask(self, endpoint)
        return self._remembered[key]  # type: ignore[return-value]

    def once(self, ask: Callable[[Host], T]) -> T:
        """What `ask` says of this host, asked once."""
        if ask not in self._answered:
            self._answered[ask] = ask(self)
        return self._answered[ask]  # type: ignore[return-value]

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        """Sorted by template."""
        return sorted(self.server.endpoints.values(), key=_template)

    @cached_property
    def telling(self) -> list[Endpoint]:
        """The endpoints with something about CORS: asked by pages of other origins, or with a header of it."""
        found = []
        for traits, places in self._alike.items():
            if traits & TELLING:
                found += places
            elif traits & _CHECKED:
                found += [place for place in places if self.used(self.endpoints[place])]
        return [self.endpoints[place] for place in sorted(found)]

    def having(self, *traits: str) -> list[Endpoint]:
        """The endpoints with an answer that has one of these traits (of `BIT`)."""
        found = self._having.get(traits)
        if found is None:
            wanted = bits(*traits)
            places = [place for each, places in self._alike.items() if each & wanted for place in places]
            places.sort()
            found = self._having[traits] = [self.endpoints[place] for place in places]
        return found

    @cached_property
    def _alike(self) -> dict[int, list[int]]:
        """Traits → positions in `endpoints` of those whose answers have just these, all together."""
        found: dict[int, list[int]] = {}
        for place, endpoint in enumerate(self.endpoints):
            if endpoint.traits in found:
                found[endpoint.traits].append(place)
            else:
                found[endpoint.traits] = [place]
        return found

    @cached_property
    def speaking(self) -> list[Endpoint]:
        """The endpoints with Access-Control-Allow-Origin on some answer of the server."""
        return [e for e in self.having("allow_origin") if any(answer.allow_origin for answer in self.policy(e))]

    def saying(self, *traits: str) -> list[Endpoint]:
        """Those of `speaking` that are in `having` as well."""
        found = self._saying.get(traits)
        if found is None:
            having = frozenset(self.having(*traits))
            found = self._saying[traits] = [e for e in self.speaking if e in having] if having else []
        return found

    @property
    def silent(self) -> bool:
        """No rule has anything to ask: no CORS, no error, no WebSocket, nothing about private networks."""
        if self.internal or self.server.traits & _ASKING:
            return False
        return not self.server.traits & _CHECKED or not self.telling

    @cached_property
    def varied(self) -> list[Endpoint]:
        """Those of `telling` that the server answered in more than one way."""
        return [e for e in self.telling if len(e.answers) > 1 and len(self.policy(e)) > 1]

    @cached_property
    def crossing(self) -> list[tuple[Endpoint, Answer]]:
        """The server's own answers to pages of other origins in CORS mode, preflights included."""
        return [(e, answer) for e in self.telling for answer in self.policy(e) if self.crosses(answer)]

    def crosses(self, answer: Answer) -> bool:
        """A page of another origin asked, so that the browser checks the answer."""
        if answer.mode not in CHECKED_MODES:
            return False
        asking = answer.origin
        # Without Origin it may be no-cors; but browsers' records hold none where they failed it, and do not say why.
        if asking is None and (answer.mode != "unknown" or _is_failed(answer)):
            asking = answer.page
        # Both are serialized.
        return asking is not None and asking != self.server.origin

    def used(self, endpoint: Endpoint) -> bool:
        """Some page of another origin asks for it."""
        return self.remember(_used, endpoint)

    @cached_property
    def preflighted(self) -> list[Endpoint]:
        """The endpoints with a preflight that the server answered."""
        return [e for e in self.having("preflight") if any(answer.preflight for answer in self.policy(e))]

    def cost(self, endpoint: Endpoint) -> CostRow | None:
        """What the endpoint's preflights cost; None where nobody counted."""
        return self._costs.get(endpoint.name)

    @cached_property
    def askers(self) -> frozenset[str]:
        """The other origins whose pages ask."""
        asking = (answer.origin or answer.page for _, answer in self.crossing)
        return frozenset(origin for origin in asking if origin is not None)

    @cached_property
    def let_in(self) -> frozenset[str]:
        """The origins that the server names back, on whatever endpoint."""
        return frozenset(answer.origin for _, answer in self.crossing if answer.reflects and answer.origin is not None)

    @cached_property
    def let_in_by_twin(self) -> frozenset[str]:
        """The origins that the twin names back; none where this server itself lets somebody in."""
        if self.let_in or self.twin is None:
            return frozenset()
        answers = (answer for endpoint in self.twin.endpoints.values() for answer in endpoint.answers)
        return frozenset(a.origin for a in answers if a.is_policy and a.reflects and a.origin is not None)

    def welcomes(self, endpoint: Endpoint, origin: str) -> bool | None:
        """Whether the server means to let this origin in; None where the captures do not tell.

        False: others are let in and this one never is, so what fails is a refusal and no fault. Of one owner's pages
        some may be refused too, or were forgotten.
        """
        if origin in self.let_in or origin in self.let_in_by_twin:
            return True
        if any(answer.acao == "*" for answer in self.policy(endpoint)):
            return True
        others = bool(self.let_in or self.let_in_by_twin)
        if self.relation(origin) is Relation.FIRST_PARTY:
            return None if others else True
        return False if others else None

    @cached_property
    def network(self) -> Network:
        return network(self.origin.host) if self.origin is not None else Network.PUBLIC

    @property
    def internal(self) -> bool:
        return self.network is not Network.PUBLIC

    @cached_property
    def inside_by_address(self) -> bool:
        """A public name, of which every address that answered stands in a private network."""
        if self.internal or not self._neighbours.direct:
            return False
        return {answer.address for e in self.endpoints for answer in e.answers} - {None} == {Network.PRIVATE}

    @cached_property
    def twin(self) -> Server | None:
        """The server of the same host and default port under the other of http and https."""
        if self.origin is None or self.origin.port != DEFAULT_PORTS.get(self.origin.scheme):
            return None
        other = {"http": "https", "https": "http"}.get(self.origin.scheme)
        return self.fold.servers.get(f"{other}://{self.origin.host}")

    def relation(self, origin: str) -> Relation:
        found = self._relations.get(origin)
        if found is None:
            found = self._relations[origin] = relation(origin, self.origin, self.first_parties)
        return found

    def is_strict(self, name: str) -> bool:
        """Whether this host, or one that it is under, was seen to ask for https on all its subdomains too."""
        labels = name.split(".")
        return any(".".join(labels[i:]) in self._neighbours.strict for i in range(len(labels)))

    @property
    def gone(self) -> frozenset[str]:
        """Origins of servers that the captures show not to be there any more."""
        return self._neighbours.gone

    def attacker(self, origin: str) -> Attacker:
        """What it takes to speak from an origin that is trusted by name."""
        return _ATTACKERS.get(self.relation(origin), Attacker.OWN)

    @cached_property
    def ambient_seen(self) -> Presence:
        """Whether cookies, sent or set, or HTTP authentication were seen on this host; UNKNOWN where the captures may
        hide them."""
        if self.ambient_sent:
            return Presence.YES
        unknown = False
        for endpoint in self.endpoints:
            for answer in endpoint.answers:
                if answer.cookies:
                    return Presence.YES
                unknown = unknown or answer.cookie is Presence.UNKNOWN
        return Presence.UNKNOWN if unknown else Presence.NO

    @cached_property
    def ambient_sent(self) -> bool:
        """A request to this host carried cookies or HTTP authentication."""
        return any(
            answer.cookie is Presence.YES or answer.authorization in _HTTP_AUTHENTICATION
            for endpoint in self.endpoints
            for answer in endpoint.answers
        )

    @cached_property
    def cookies(self) -> list[Cookie]:
        """Every cookie that this host, or another of its site for it too, was seen to set."""
        return self._neighbours.cookies_of(self.origin)

    @property
    def session_cookies(self) -> list[Cookie]:
        """Those whose names say that they carry a session; where none says so, all that may carry one."""
        named = [cookie for cookie in self.cookies if is_session_cookie(cookie)]
        return named or [cookie for cookie in self.cookies if not is_incidental(cookie.name)]

    @property
    def same_site_only(self) -> bool:
        """Every session cookie that was seen set is `SameSite=Lax` or `Strict`."""
        cookies = self.session_cookies
        return bool(cookies) and all(cookie.same_site in ("lax", "strict") for cookie in cookies)

    @cached_property
    def script_authorized(self) -> bool:
        """No cookie and no HTTP authentication was seen, though captured; scripts add Authorization (Bearer) by hand.

        Then a page of another site has nothing that the browser would add for it.
        """
        return self.ambient_seen is Presence.NO and any(
            answer.authorization not in _NOT_BY_SCRIPT for endpoint in self.endpoints for answer in endpoint.answers
        )

    def ambient(self, answers: Iterable[Answer]) -> Ambient:
        """Which credentials these answers let in."""
        if not any(answer.allows_credentials and answer.acao not in (None, "*") for answer in answers):
            return Ambient.NONE
        if self.script_authorized:
            return Ambient.NONE
        if self.ambient_sent:
            return Ambient.SEEN
        return Ambient.SET if self.ambient_seen is Presence.YES else Ambient.POSSIBLE

    def data(self, endpoint: Endpoint) -> Data:
        """What the endpoint's successful answers hold, by the evidence of their headers."""
        return self.worth(endpoint).data

    def worth(self, endpoint: Endpoint) -> Worth:
        """The same, with what says so."""
        return self.remember(_worth, endpoint)

    def grade(
        self, endpoint: Endpoint, answers: Iterable[Answer], attacker: Attacker, *, from_same_site: bool = False,
        writes: bool = False, inside: bool = False,
    ) -> Grade | None:  # fmt: skip
        """The severity of letting `attacker` read what `answers` give out; None where it is no finding.

        `inside`: as if it stood in a private network, whatever its name says.
        """
        answers = tuple(answers)
        return grade(
            attacker,
            self.ambient(answers),
            *self.worth(endpoint),
            internal=self.internal or inside,
            same_site_only=self.withholds_cookies(answers),
            from_same_site=from_same_site,
            writes=writes,
        )

    def withholds_cookies(self, answers: Iterable[Answer]) -> bool:
        """Browsers keep the session cookies from other sites: by their attributes, and none was seen to come."""
        return self.same_site_only and not any(self._carried_across(answer) for answer in answers)

    def _carried_across(self, answer: Answer) -> bool:
        """Cookies came along from another site: whatever was seen set, some of them do. Those of measuring aside."""
        if answer.cookie is not Presence.YES or answer.incidental or answer.origin is None:
            return False
        return self.relation(answer.origin) not in (Relation.SAME_ORIGIN, Relation.SAME_SITE, Relation.HTTP_TWIN)


def _is_failed(answer: Answer) -> bool:
    return answer.observed is Observed.BLOCKED and answer.outcome is Outcome.UNKNOWN


def _template(endpoint: Endpoint) -> str:
    return endpoint.template


def _worth(_: Host, endpoint: Endpoint) -> Worth:
    return worth_at(endpoint)


def _used(host: Host, endpoint: Endpoint) -> bool:
    return any(host.crosses(answer) for answer in endpoint.answers)


class _Sorted(dict[Endpoint, list[Answer]]):
    def __missing__(self, endpoint: Endpoint) -> list[Answer]:
        seen = endpoint.answers
        answers = self[endpoint] = _first_seen_first(seen, list(seen))
        return answers


class _Policies(dict[Endpoint, list[Answer]]):
    def __missing__(self, endpoint: Endpoint) -> list[Answer]:
        seen = endpoint.answers
        policy = self[endpoint] = _first_seen_first(seen, [answer for answer in seen if answer.is_policy])
        return policy


def _first_seen_first(seen: Mapping[Answer, Seen], answers: list[Answer]) -> list[Answer]:
    return answers if len(answers) < 2 else sorted(answers, key=lambda answer: seen[answer].first)
