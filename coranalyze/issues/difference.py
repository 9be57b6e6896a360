"""The difference of two analyses: what is newly blocked or allowed, which policies changed, what came and went."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from coranalyze.analysis import Analysis
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import Answer, Endpoint, place
from coranalyze.fetch import Outcome, Verdict
from coranalyze.finding import Finding, without_port

HEADERS = (
    ("Access-Control-Allow-Origin", "allow_origin"),
    ("Access-Control-Allow-Credentials", "allow_credentials"),
    ("Access-Control-Allow-Methods", "allow_methods"),
    ("Access-Control-Allow-Headers", "allow_headers"),
    ("Access-Control-Expose-Headers", "expose_headers"),
    ("Access-Control-Max-Age", "max_age"),
    ("Access-Control-Allow-Private-Network", "allow_private_network"),
)
REFLECTED = "(the Origin that asks)"
"""Stands for an Access-Control-Allow-Origin that repeats the request's Origin."""


REFUSED = "(none, although an Origin asks)"


class Request(NamedTuple):
    """What makes requests of two captures the same one."""

    method: str
    endpoint: str
    """Server without port, and path template."""
    origin: str
    """The page's, without port; empty where unknown."""


class Turned(NamedTuple):
    """A request whose outcome is another one now."""

    request: Request
    before: str
    """`allowed`, `blocked: acao-missing`, …; several joined by `, ` where requests of one kind ended differently."""
    after: str
    other_reason: bool = False
    """Blocked before and after, and not for the same reason."""


class Change(NamedTuple):
    """One header of one endpoint that says something else now."""

    endpoint: str
    preflight: bool
    header: str
    before: tuple[str, ...]
    """The values seen, sorted; empty where the header was not there."""
    after: tuple[str, ...]


class Difference(NamedTuple):
    newly_blocked: list[Turned]
    newly_allowed: list[Turned]
    changed: list[Turned]
    """Outcome or reason differ in another way."""
    only_before: list[Request]
    only_after: list[Request]
    policies: list[Change]
    appeared: list[Finding]
    went: list[Finding]
    outcomes: Mapping[Request, str] = MappingProxyType({})
    """How those of one capture only ended, in the words of `Turned`."""
    blocked_after: tuple[Request, ...] = ()
    """Those of `only_after` that are blocked: new, and broken from the start."""

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.newly_blocked,
                self.newly_allowed,
                self.changed,
                self.policies,
                self.appeared,
                self.went,
                self.blocked_after,
            )
        )


class _Side:
    """One of the two analyses, its hosts under the names that they have in the other."""

    def __init__(self, analysis: Analysis, hosts: Mapping[str, str] = MappingProxyType({})) -> None:
        self._hosts = {name.lower(): other for name, other in hosts.items()}
        names = "|".join(re.escape(name) for name in sorted(self._hosts, key=len, reverse=True))
        self._name = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-]|\.\w)", re.IGNORECASE) if names else None
        self._analysis = analysis

    def named(self, text: str) -> str:
        """Whole host names only: `shop.example` is not found in `api.shop.example`."""
        return self._name.sub(lambda match: self._hosts[match[0].lower()], text) if self._name is not None else text

    @cached_property
    def outcomes(self) -> dict[Request, Counter[str]]:
        found: dict[Request, Counter[str]] = {}
        for fetch in self._analysis.fetches:
            if fetch.cross_origin and fetch.outcome is not Outcome.NOT_SUBJECT:
                server, template = place(fetch.url)
                endpoint, origin = self.named(without_port(server)), self.named(without_port(fetch.origin or ""))
                request = Request(fetch.method, endpoint + template, origin)
                found.setdefault(request, Counter())[self.named(_outcome(fetch.verdict))] += 1
        return found

    @cached_property
    def endpoints(self) -> dict[str, list[Endpoint]]:
        found: dict[str, list[Endpoint]] = {}
        for endpoint in self._analysis.endpoints:
            found.setdefault(self.named(without_port(endpoint.name)), []).append(endpoint)
        return found

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """By fingerprint, in order."""
        return {
            replace(each, endpoint=self.named(each.endpoint), fact=self.named(each.fact)).fingerprint: each
            for each in self._analysis.findings
        }


def difference(before: Analysis, after: Analysis, hosts: Mapping[str, str] = MappingProxyType({})) -> Difference:
    """Compare cross-origin requests, policies and findings of two analyses; ports play no part.

    `hosts`: host in `before` → what the same one is called in `after`.
    """
    one, other = _Side(before, hosts), _Side(after)
    was, now = one.outcomes, other.outcomes
    turned = [
        Turned(request, _told(was[request]), _told(now[request]), _stays(was[request]) and _stays(now[request]))
        for request in sorted(was.keys() & now.keys())
        if set(was[request]) != set(now[request])
    ]
    newly_blocked = [each for each in turned if _blocks(now[each.request]) and not _blocks(was[each.request])]
    newly_allowed = [
        each for each in turned if _blocks(was[each.request]) and set(now[each.request]) == {Outcome.ALLOWED.value}
    ]
    only_before, only_after = sorted(was.keys() - now.keys()), sorted(now.keys() - was.keys())
    return Difference(
        newly_blocked,
        newly_allowed,
        [each for each in turned if each not in newly_blocked and each not in newly_allowed],
        only_before,
        only_after,
        _policies(one, other),
        [finding for fingerprint, finding in other.findings.items() if fingerprint not in one.findings],
        [finding for fingerprint, finding in one.findings.items() if fingerprint not in other.findings],
        {request: _told((was if request in was else now)[request]) for request in (*only_before, *only_after)},
        tuple(request for request in only_after if _blocks(now[request])),
    )


def _outcome(verdict: Verdict) -> str:
    if verdict.blocked_either_way:
        return "blocked either way"
    if verdict.reason is None:
        return verdict.outcome.value
    detail = f" {verdict.detail}" if verdict.detail else ""
    return f"{verdict.outcome}: {verdict.reason}{detail}"


def _told(outcomes: Counter[str]) -> str:
    return ", ".join(sorted(outcomes))


def _blocks(outcomes: Counter[str]) -> bool:
    return any(outcome.startswith("blocked") for outcome in outcomes)


def _stays(outcomes: Counter[str]) -> bool:
    """Whether all of them are blocked."""
    return all(outcome.startswith("blocked") for outcome in outcomes)


def _policies(before: _Side, after: _Side) -> list[Change]:
    return [
        change
        for name in sorted(before.endpoints.keys() & after.endpoints.keys())
        for preflight in (True, False)
        for change in _changes(name, preflight, before, after)
    ]


def _changes(name: str, preflight: bool, before: _Side, after: _Side) -> list[Change]:
    was, now = _answers(before.endpoints[name], preflight), _answers(after.endpoints[name], preflight)
    if not was or not now:
        return []
    changes = []
    for header, attribute in HEADERS:
        old, new = tuple(sorted(before.named(value) for value in _values(was, attribute))), _values(now, attribute)
        if old != new:
            changes.append(Change(name, preflight, header, old, new))
    old, new = _vary(was), _vary(now)
    if old != new:
        changes.append(Change(name, preflight, "Vary", old, new))
    return changes


def _answers(endpoints: list[Endpoint], preflight: bool) -> list[Answer]:
    return [
        answer
        for endpoint in endpoints
        for answer in endpoint.answers
        if answer.preflight is preflight and answer.is_policy and (answer.origin is not None or answer.allow_origin)
    ]


def _values(answers: list[Answer], attribute: str) -> tuple[str, ...]:
    found = set()
    for answer in answers:
        lines: tuple[str, ...] = getattr(answer, attribute)
        if attribute == "allow_origin" and answer.reflects and answer.origin != "null":
            found.add(REFLECTED)
        elif attribute == "allow_origin" and not lines:
            found.add(REFUSED)
        elif lines:
            found.add(", ".join(without_port(line) if origin_of(line) else line for line in lines))
    return tuple(sorted(found))


def _vary(answers: list[Answer]) -> tuple[str, ...]:
    return tuple(sorted({", ".join(answer.vary) for answer in answers if answer.vary}))
