"""Siblings: what else the same server answered, looked through once."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, lru_cache
from typing import NamedTuple

from coranalyze.causes.fixed_texts import is_html
from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.site import site_of
from coranalyze.endpoint import Answer, Endpoint, Presence, Server, layers_of
from coranalyze.endpoint.layer import IN_FRONT, lines_of, mark_of

# Set by the application, or by a proxy because the application answered: missing means that it did not.
_FROM_WITHIN = (
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-envoy-upstream-service-time",
    "x-kong-upstream-latency",
)
_ENOUGH = 2
"""Successful answers that must carry one of these before its absence says something."""
_ON_WHAT_PASSES = (
    "via", "x-envoy-upstream-service-time", "x-kong-upstream-latency", "cf-cache-status", "x-cloud-trace-context",
    "x-render-origin-server",
)  # fmt: skip
"""What proxies add to all that comes from behind them: an error without it is their own, as one success shows."""
_OFTEN_THEIRS = frozenset({400, 404, 410, 422, 500})
"""Statuses with which applications answer by pages that their frameworks do not touch."""


class Seen(NamedTuple):
    """One answer of the server, and where."""

    endpoint: Endpoint
    answer: Answer

    def __str__(self) -> str:
        return f"{self.answer.method} {self.endpoint.template} ({self.answer.status})"


class Siblings:
    """The answers of one server: who was allowed, who answered, which cookies it set."""

    def __init__(self, server: Server | None) -> None:
        self.allowed: dict[str, Seen] = {}
        """Access-Control-Allow-Origin of successful answers → one that carries it, preflights last."""
        self.on_errors: dict[str, Seen] = {}
        """The same of answers from 400 on."""
        self.refused: dict[str, Seen] = {}
        """Origin → a successful answer to it that carries no Access-Control-Allow-Origin."""
        self.unnamed: Counter[str] = Counter()
        """Origin → the ways in which it was answered without Access-Control-Allow-Origin, redirects apart."""
        self.servers: dict[str, int] = {}
        """`server` values of successful answers → how often."""
        self.always: frozenset[str] = frozenset()
        """Headers that name a layer and that every successful answer carries."""
        self.cookies: dict[str, str] = {}
        """Name of each cookie that was set → its SameSite, empty without one."""
        self.cookie_sent: Seen | None = None
        """An answer to a request with cookies."""
        self.fronts: set[str] = set()
        """Layers in front whose own mark stands on answers that the page may read: it proves nothing here."""
        self._successes = 0
        self._server = server
        self._at: dict[str, list[Seen]] = {}
        self._naming: dict[tuple[str, bool, str], Seen | None] = {}
        self._in_place_of: dict[tuple[str, int], Seen | None] = {}
        self._by_url: dict[str, dict[str, list[Seen]]] = {}
        if server is not None:
            self._look([Seen(e, a) for _, e in sorted(server.endpoints.items()) for a in _in_order(e)])

    def _look(self, seen: list[Seen]) -> None:
        common: frozenset[str] | None = None
        successes = 0
        for each in sorted(seen, key=lambda s: s.answer.preflight):
            endpoint, answer = each
            for cookie in answer.cookies:
                self.cookies.setdefault(cookie.name, cookie.same_site)
            if answer.cookie is Presence.YES and self.cookie_sent is None:
                self.cookie_sent = each
            if not answer.is_policy or answer.status is None:
                continue
            value = answer.acao
            if answer.origin is not None and not answer.allow_origin and not 300 <= answer.status < 400:
                self.unnamed[answer.origin] += 1
            if 200 <= answer.status < 300:
                if value is not None:
                    self.allowed.setdefault(value, each)
                    if not answer.preflight:
                        self.fronts |= _front(answer.layer)
                elif answer.origin is not None and not answer.allow_origin:
                    self.refused.setdefault(answer.origin, each)
                if not answer.preflight:
                    count = endpoint.answers[answer].count
                    successes += count
                    names = _names(answer.layer)
                    common = names if common is None else common & names
                    for server in _servers(answer.layer):
                        self.servers[server] = self.servers.get(server, 0) + count
            elif answer.status >= 400 and value is not None:
                self.on_errors.setdefault(value, each)
        self.always = common or frozenset()
        self._successes = successes

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Those of the origins that are allowed."""
        return frozenset([origin.host for value in self.allowed if (origin := http_origin_of(value)) is not None])

    @cached_property
    def lets_its_own_in(self) -> bool:
        """Pages of the server's own site are allowed by name."""
        own = http_origin_of(self._server.origin) if self._server is not None else None
        return own is not None and site_of(own.host) in map(site_of, self.hosts)

    @cached_property
    def brands(self) -> frozenset[str]:
        """These hosts, their sites and the server's own host: what look-alikes resemble."""
        own = http_origin_of(self._server.origin) if self._server is not None else None
        return self.hosts.union(map(site_of, self.hosts), () if own is None else (own.host,))

    def allowing(self, origin: str | None) -> Seen | None:
        """A successful answer that this origin (or everyone) may read."""
        return self.allowed.get(origin or "*") or self.allowed.get("*")

    def unlike(self, response: Headers, status: int) -> str:
        """How an answer differs from the successful ones in who made it; empty where it does not."""
        mine = layers_of(response)
        servers = _servers(mine)
        if self.servers and servers != ["(none)"] and not set(servers) & set(self.servers):
            theirs = ", ".join(sorted(self.servers)[:3])
            return f"its `server` is {servers[0]}; the successful answers of this host say {theirs}"
        missing = self.always - _names(mine)
        page = status >= 400 and status not in _OFTEN_THEIRS and is_html(response)
        within = _FROM_WITHIN if page or self._successes >= _ENOUGH else ()
        for name in (*(_ON_WHAT_PASSES if status >= 400 else ()), *within):
            if name in missing:
                return f"it lacks `{name}`, which every successful answer of this host carries"
        return ""

    def at(self, template: str) -> list[Seen]:
        """The answers of one endpoint, the first seen first."""
        found = self._at.get(template)
        if found is None:
            endpoint = self._server.endpoints.get(template) if self._server is not None else None
            found = [] if endpoint is None else [Seen(endpoint, answer) for answer in _in_order(endpoint)]
            self._at[template] = found
        return found

    def passing(self, template: str, origin: str) -> list[Seen]:
        """The preflights at one endpoint that let this origin in."""
        return [seen for seen in self.at(template) if _lets_in(seen.answer, origin)]

    def naming(self, template: str, preflight: bool, method: str) -> Seen | None:
        """A success at one endpoint that names the origin which asked, of requests or of the preflights of them."""
        key = template, preflight, method
        if key not in self._naming:
            self._naming[key] = next(
                (seen for seen in self.at(template) if _names_one(seen.answer, preflight, method)), None
            )
        return self._naming[key]

    def in_place_of(self, origin: str, status: int) -> Seen | None:
        """A success that names another origin, to a request to which this one was answered with this status and without
        Access-Control-Allow-Origin."""
        key = origin, status
        if key not in self._in_place_of:
            endpoints = self._server.endpoints if self._server is not None else {}
            refused = (
                (template, answer.method)
                for template, endpoint in sorted(endpoints.items())
                for answer in _in_order(endpoint)
                if not answer.preflight and (answer.origin, answer.status) == key and not answer.allow_origin
            )
            named = (self.naming(template, False, method) for template, method in refused)
            self._in_place_of[key] = next((seen for seen in named if seen is not None), None)
        return self._in_place_of[key]

    def successes(self, template: str, url: str) -> list[Seen]:
        """The successful answers to requests of this very URL, as far as the fold keeps it."""
        by_url = self._by_url.get(template)
        if by_url is None:
            by_url = self._by_url[template] = {}
            for seen in self.at(template):
                if not seen.answer.preflight and seen.answer.status is not None and seen.answer.status < 300:
                    for known in seen.endpoint.answers[seen.answer].urls():
                        by_url.setdefault(known, []).append(seen)
        return by_url.get(url, [])


def _is_success(answer: Answer, preflight: bool) -> bool:
    """A success that tells the policy: of a preflight, or of a request."""
    return answer.preflight is preflight and answer.is_policy and 200 <= (answer.status or 0) < 300


def _lets_in(answer: Answer, origin: str) -> bool:
    return _is_success(answer, preflight=True) and answer.acao in (origin, "*")


def _names_one(answer: Answer, preflight: bool, method: str) -> bool:
    asked = answer.requested_method if preflight else answer.method
    return _is_success(answer, preflight) and asked == method and answer.reflects and answer.origin != "null"


def _in_order(endpoint: Endpoint) -> list[Answer]:
    answers = endpoint.answers
    return list(answers) if len(answers) < 2 else sorted(answers, key=lambda answer: answers[answer].first)


@lru_cache(maxsize=4096)
def _front(layer: tuple[str, ...]) -> frozenset[str]:
    mark = mark_of(lines_of(layer))
    return frozenset({mark.name} if mark is not None and mark.itself and mark.kind in IN_FRONT else ())


@lru_cache(maxsize=4096)
def _names(layer: tuple[str, ...]) -> frozenset[str]:
    return frozenset([line.partition(":")[0] for line in layer])


@lru_cache(maxsize=4096)
def _servers(layer: tuple[str, ...]) -> list[str]:
    """Products in `server`, without versions: `nginx/1.25` → `nginx`."""
    values = [line.partition(": ")[2] for line in layer if line.startswith("server:")]
    return [value.partition("/")[0].partition(" ")[0] or "(none)" for value in values] or ["(none)"]
