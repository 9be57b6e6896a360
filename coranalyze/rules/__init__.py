"""Rules: what is wrong with a policy. `audit` runs them all over a fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from coranalyze.endpoint import Answer, Endpoint, Fold
from coranalyze.finding import Confidence, Evidence, Finding, Severity, by_severity
from coranalyze.preflight_cost import CostRow, PreflightCost
from coranalyze.rules.host import Host
from coranalyze.rules.neighbours import Neighbours
from coranalyze.rules.rule import Hit, Page, Rule
from coranalyze.rules.selection import choose

__all__ = ["Neighbours", "Page", "Rule", "all_rules", "audit", "audit_part", "choose_rules", "find_rule"]

EVIDENCE = 10
"""Exchanges that a finding names."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    from coranalyze.rules import (
        after_preflight,
        allow_origin,
        authority,
        breadth,
        caching,
        capture,
        comparison,
        consistency,
        cookie_switch,
        credentials,
        exposure,
        headers,
        hygiene,
        lists,
        mismatch,
        networks,
        origins,
        patterns,
        places,
        preflight,
        preflight_answer,
        preflight_use,
        replicas,
        shared_caches,
        transport,
    )

    rooms = (
        after_preflight, allow_origin, authority, breadth, caching, capture, comparison, consistency, cookie_switch,
        credentials, exposure, headers, hygiene, lists, mismatch, networks, origins, patterns, places, preflight,
        preflight_answer, preflight_use, replicas, shared_caches, transport,
    )  # fmt: skip
    return tuple(
        sorted((each for room in rooms for each in vars(room).values() if isinstance(each, Rule)), key=lambda r: r.code)
    )


def choose_rules(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that these codes, prefixes and names select; raises UnknownRule."""
    return choose(all_rules(), select, ignore)


def find_rule(code: str) -> Rule | None:
    """The rule with this code or name, case aside."""
    wanted = code.strip().lower()
    return next((each for each in all_rules() if wanted in (each.code.lower(), each.name)), None)


def audit(
    fold: Fold, *, first_parties: Iterable[str] = (), rules: Sequence[Rule] | None = None,
    preflight_cost: PreflightCost | None = None,
) -> list[Finding]:  # fmt: skip
    """Every finding of the rules (all of them by default) on every server of the fold, worst first.

    One finding stands for one policy: hits of one rule, server and fact are one, with their endpoints listed. Where one
    of the rules is proven on an endpoint, those that it says all of (`Rule.within`) are silent there, unless they are
    worse and medium at least. Without `preflight_cost` the rules about it (COR804, the grade of COR801) have nothing to
    go by.
    """
    costs = preflight_cost.by_endpoint() if preflight_cost is not None else {}
    return audit_part(fold, Neighbours(fold), costs, first_parties=first_parties, rules=rules)


def audit_part(
    part: Fold, neighbours: Neighbours, costs: Mapping[str, CostRow], *, first_parties: Iterable[str] = (),
    rules: Sequence[Rule] | None = None,
) -> list[Finding]:  # fmt: skip
    """The findings on the servers of a part of a fold, of which `neighbours` are.

    A part has all servers of a host. `costs`: endpoint → what its preflights cost.
    """
    parties = frozenset(first_parties)
    by_code = {rule.code: rule for rule in (all_rules() if rules is None else rules)}
    findings: list[Finding] = []
    for _, server in sorted(part.servers.items()):
        host = Host(server, part, parties, costs, neighbours)
        if host.silent:
            continue
        hits = [(rule, hit) for rule in all_rules() for hit in rule.check(host)]
        fired: dict[tuple[str, str], int] = {}
        for rule, hit in hits:
            if hit.confidence is Confidence.PROVEN and rule.code in by_code:
                at = rule.code, hit.endpoint.template
                fired[at] = min(fired.get(at, len(Severity)), hit.severity.rank)
        groups: dict[tuple[str, str], list[Hit]] = {}
        for rule, hit in hits:
            if rule.code in by_code and not _is_said(rule, hit, fired):
                groups.setdefault((rule.code, hit.fact), []).append(hit)
        findings += [_finding(by_code[code], group) for (code, _), group in groups.items()]
    return sorted(findings, key=by_severity)


def _is_said(rule: Rule, hit: Hit, fired: dict[tuple[str, str], int]) -> bool:
    """Another rule says all of it: `fired` holds the worst rank of each proven rule and template."""
    severity = _severity(hit)
    least = severity.rank if severity.rank <= Severity.MEDIUM.rank else len(Severity)
    return any(fired.get((code, hit.endpoint.template), len(Severity) + 1) <= least for code in rule.within)


def _finding(rule: Rule, hits: list[Hit]) -> Finding:
    proven = [hit for hit in hits if hit.confidence is Confidence.PROVEN]
    told = min(proven or hits, key=lambda hit: (hit.severity.rank, hit.endpoint.name))
    shown = {(hit.endpoint.name, answer): hit.endpoint for hit in hits for answer in hit.answers}
    return Finding(
        rule=rule.code,
        name=rule.name,
        severity=_severity(told),
        confidence=told.confidence,
        endpoint=min(hit.endpoint.name for hit in hits),
        endpoints=tuple(sorted({hit.endpoint.name for hit in hits})),
        message=told.message,
        why=told.why,
        evidence=_evidence([(endpoint, answer) for (_, answer), endpoint in shown.items()]),
        count=sum(endpoint.answers[answer].count for (_, answer), endpoint in shown.items()),
        settle="" if proven else told.settle,
        fixes=rule.fixes,
        fact=told.fact,
        origin=told.origin,
        method=told.method,
        header=told.header,
    )


def _severity(hit: Hit) -> Severity:
    """A suspicion is low at most."""
    return hit.severity if hit.confidence is Confidence.PROVEN else hit.severity.at_most(Severity.LOW)


def _evidence(shown: list[tuple[Endpoint, Answer]]) -> tuple[Evidence, ...]:
    """Something of every answer before more of one."""
    each = [endpoint.answers[answer].exemplars() for endpoint, answer in shown]
    firsts = sorted({found[0] for found in each})[:EVIDENCE]
    others = sorted({at for found in each for at in found[1:]} - set(firsts))[: EVIDENCE - len(firsts)]
    return tuple(Evidence(*at) for at in sorted((*firsts, *others)))
