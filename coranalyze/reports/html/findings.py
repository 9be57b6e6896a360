"""Findings with what they stand on, and the pages of their rules."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.finding import Confidence, Finding
from coranalyze.reports.html.fixes import Fix, Fixes
from coranalyze.rules import find_rule
from coranalyze.visible import visible

MAX_ENDPOINTS = 12
MAX_FINDINGS = 500
MAX_FIXES = 100
"""Findings with settings; beyond that nobody reads card by card."""


class Shown(msgspec.Struct):
    """An exchange that shows a finding, and the fetch that it belongs to."""

    fetch: int | None
    where: str


class FindingCard(msgspec.Struct):
    anchor: str
    rule: str
    name: str
    severity: str
    suspected: bool
    message: str
    why: str
    endpoints: list[str]
    more_endpoints: int
    evidence: list[Shown]
    count: int
    settle: str
    references: tuple[str, ...]
    fix: Fix | None


class RulePage(msgspec.Struct):
    code: str
    name: str
    title: str
    text: str
    why: str
    settle: str


def anchors(findings: Iterable[Finding]) -> list[str]:
    """`COR101-1f3a…` of each: stable like the fingerprint; with a number where several have the same."""
    seen: Counter[str] = Counter()
    made = []
    for finding in findings:
        anchor = f"{finding.rule}-{finding.fingerprint.rpartition(':')[2]}"
        seen[anchor] += 1
        made.append(anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}")
    return made


def finding_cards(analysis: Analysis, fixes: Fixes) -> list[FindingCard]:
    """At most `MAX_FINDINGS`, the worst first."""
    shown = analysis.findings[:MAX_FINDINGS]
    places = {(at.input, at.entry) for finding in shown for at in finding.evidence}
    fetches = {
        (fetch.input, sent.exchange.entry): index
        for index, fetch in enumerate(analysis.fetches)
        for sent in fetch.exchanges
        if (fetch.input, sent.exchange.entry) in places
    }
    several = len(analysis.inputs) > 1
    inputs = [visible(source.path) for source in analysis.inputs]
    return [
        _card(anchor, finding, fetches, inputs, several, fixes.of_finding(number) if number < MAX_FIXES else None)
        for number, (anchor, finding) in enumerate(zip(anchors(shown), shown, strict=True))
    ]


def _card(
    anchor: str,
    finding: Finding,
    fetches: dict[tuple[int, int], int],
    inputs: list[str],
    several: bool,
    fix: Fix | None,
) -> FindingCard:
    rule = find_rule(finding.rule)
    return FindingCard(
        anchor=anchor,
        rule=finding.rule,
        name=finding.name,
        severity=finding.severity.value,
        suspected=finding.confidence is Confidence.SUSPECTED,
        message=visible(finding.message),
        why=visible(finding.why),
        endpoints=[visible(endpoint) for endpoint in finding.endpoints[:MAX_ENDPOINTS]],
        more_endpoints=max(len(finding.endpoints) - MAX_ENDPOINTS, 0),
        evidence=[
            Shown(
                fetches.get((at.input, at.entry)),
                f"entry {at.entry}" + (f" of {inputs[at.input]}" if several and at.input < len(inputs) else ""),
            )
            for at in finding.evidence
        ],
        count=finding.count,
        settle=visible(finding.settle),
        references=rule.references if rule is not None else (),
        fix=fix,
    )


def rule_pages(findings: Iterable[FindingCard]) -> list[RulePage]:
    """The pages of the rules that fired, by code."""
    pages = []
    for code in sorted({finding.rule for finding in findings}):
        rule = find_rule(code)
        if rule is not None:
            told = rule.page
            pages.append(RulePage(rule.code, rule.name, told.title, told.text, told.why, told.settle))
    return pages
