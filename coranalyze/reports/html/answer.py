"""The first section: what was read, what was blocked and why, what is exposed, what could not be known."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.failure import Failure
from coranalyze.fetch import Outcome
from coranalyze.finding import Finding, Severity
from coranalyze.reports.headline import headline, left_out, top_title
from coranalyze.reports.html.findings import anchors
from coranalyze.reports.top_causes import Top, asked_first, do_first, first_of, top_causes
from coranalyze.reports.wording import browser_name
from coranalyze.rules import find_rule
from coranalyze.visible import plural, visible

MAX_ROWS = 6
EXPOSING = frozenset({1, 2, 3, 4})
"""Groups of rules on who can read what: the others are on what does not work."""


class Tile(msgspec.Struct):
    """One count; it leads to the fetches that it counts."""

    mark: str
    name: str
    count: int
    outcome: str
    """For the filter of the list."""


class CauseLine(msgspec.Struct):
    title: str
    reason: str
    is_cors: bool
    endpoints: int
    requests: int


class Unknown(msgspec.Struct):
    """Something that the captures do not show, and how many fetches hang on it."""

    text: str
    count: int


class Exposed(msgspec.Struct):
    """Findings that say the same of several endpoints; it leads to the first."""

    anchor: str
    message: str
    rule: str
    name: str
    endpoint: str
    endpoints: int
    findings: int


class Answer(msgspec.Struct):
    mark: str
    headline: str
    told: str
    tiles: list[Tile]
    causes: list[CauseLine]
    more_causes: int
    do_first: str
    asked_first: str
    exposed: list[Exposed]
    severities: list[tuple[str, int]]
    more_exposed: int
    unknown: list[Unknown]


def answer(analysis: Analysis, found: list[Failure]) -> Answer:
    summary = analysis.summary
    said = headline(analysis, summary, found)
    top = top_causes(found)
    first = first_of(top)
    exposed = _exposed(analysis.findings)
    counts = Counter(finding.severity.value for finding in analysis.findings)
    return Answer(
        mark=said.mark or "none",
        headline=said.sentence,
        told=_told(analysis),
        tiles=[
            Tile("yes", "allowed", summary.allowed, "allowed"),
            Tile("no", "blocked", summary.blocked, "blocked"),
            Tile("open", "conditional", summary.conditional, "conditional"),
            Tile("open", "unknown", summary.unknown, "unknown"),
            Tile("none", "not subject to CORS", summary.not_subject, "not-subject"),
        ],
        causes=[_cause(cause) for cause in top[:MAX_ROWS]],
        more_causes=max(len(top) - MAX_ROWS, 0),
        do_first=visible(do_first(first.first.example, first.first.cause)) if first is not None else "",
        asked_first=asked_first(first.first) if first is not None else "",
        exposed=exposed[:MAX_ROWS],
        severities=[(severity.value, counts[severity.value]) for severity in Severity if counts[severity.value]],
        more_exposed=len(analysis.findings) - sum(each.findings for each in exposed[:MAX_ROWS]),
        unknown=_unknown(analysis, found),
    )


def _exposed(findings: Sequence[Finding]) -> list[Exposed]:
    """What gives data away, the worst first."""
    alike: dict[tuple[object, ...], Exposed] = {}
    for anchor, finding in zip(anchors(findings), findings, strict=True):
        if finding.severity is Severity.INFO or _group(finding) not in EXPOSING:
            continue
        first = Exposed(anchor, visible(finding.message), finding.rule, finding.name, visible(finding.endpoint), 0, 0)
        each = alike.setdefault((finding.rule, finding.severity, finding.message), first)
        each.endpoints += len(finding.endpoints)
        each.findings += 1
    return list(alike.values())


def _group(finding: Finding) -> int:
    rule = find_rule(finding.rule)
    return rule.group if rule is not None else 0


def _told(analysis: Analysis) -> str:
    summary = analysis.summary
    read = sum(not source.error and source.format != "console" for source in analysis.inputs)
    browsers = sorted(analysis.tally.browsers)
    judged = f", judged as {' and '.join(browser_name(b) for b in browsers[:4])} would" if browsers else ""
    return (
        f"{plural(read, 'capture')} with {plural(summary.entries, 'entry', 'entries')}: "
        f"{plural(summary.fetches, 'fetch', 'fetches')}, {summary.cross_origin:,} cross-origin, "
        f"{plural(summary.preflights, 'preflight')}{judged}. {left_out(analysis)}"
    ).rstrip()


def _cause(top: Top) -> CauseLine:
    return CauseLine(
        title=top_title(top),
        reason=top.reason.value if top.reason is not None else "",
        is_cors=top.is_cors,
        endpoints=len(top.endpoints),
        requests=top.requests,
    )


def _unknown(analysis: Analysis, found: list[Failure]) -> list[Unknown]:
    """What undecided fetches lack, the most frequent first, then what the captures cannot show at all."""
    lacking: Counter[str] = Counter()
    for failure in found:
        verdict = failure.verdict
        if verdict.outcome in (Outcome.CONDITIONAL, Outcome.UNKNOWN):
            lacking[visible(verdict.missing) or "The capture holds too little"] += failure.count
    told = [Unknown(text, count) for text, count in sorted(lacking.items(), key=lambda pair: (-pair[1], pair[0]))]
    captures = [source for source in analysis.inputs if source.format != "console"]
    notes = dict.fromkeys(visible(note) for source in captures for note in source.notes)
    skipped = sum(source.skips for source in analysis.inputs)
    unread = sum(bool(source.error) for source in analysis.inputs)
    told = [*told[:MAX_ROWS], *(Unknown(note[:1].upper() + note[1:], 0) for note in list(notes)[:MAX_ROWS])]
    if skipped:
        told.append(Unknown(f"{plural(skipped, 'entry', 'entries')} could not be used", 0))
    if unread:
        told.append(Unknown(f"{plural(unread, 'input')} could not be read", 0))
    return told
