"""Markdown that fits a comment on a pull request; captured text stands in code spans, where nothing of it is markup."""

from collections.abc import Iterable, Iterator, Sequence

from coranalyze.analysis import Analysis
from coranalyze.failure import Failure, failures
from coranalyze.finding import Confidence, Finding, Severity
from coranalyze.reports.canvas import MARKS
from coranalyze.reports.failure_title import title_of
from coranalyze.reports.headline import headline, left_out
from coranalyze.reports.markdown_settings import Settings
from coranalyze.reports.markdown_text import code, escape
from coranalyze.reports.remedies import Remedies
from coranalyze.reports.top_causes import do_first
from coranalyze.reports.wording import answer, assumption, browser_name, compared
from coranalyze.rules import find_rule
from coranalyze.visible import plural

LIMIT = 60_000
"""Bytes: what a comment or a step summary takes."""
MAX_FAILURES = 20
"""So that what is wrong with the policies has its place too."""


def render(analysis: Analysis, *, limit: int = LIMIT, stack: str | None = None) -> str:
    """The report; where it would be longer than `limit` bytes, it ends in a line that says how much is left out.

    Settings, on `stack` or on the one that is guessed, have the room that all else leaves.
    """
    found = failures(analysis)
    remedies = Remedies(analysis, found, stack)
    room = limit - 200
    parts = list(_parts(analysis, found, Settings(remedies, analysis.findings, stack)))
    spare = room - sum(map(_size, parts))
    if spare > 0:
        parts = list(_parts(analysis, found, Settings(remedies, analysis.findings, stack, spare)))
    kept: list[str] = []
    for index, part in enumerate(parts):
        room -= _size(part)
        if room < 0:
            left = plural(len(parts) - index, "more part")
            kept.append(f"*Left out, since it did not fit: {left} of this report.*\n")
            break
        kept.append(part)
    return "\n".join(kept)


def _size(part: str) -> int:
    return len(part.encode()) + 1


def _parts(analysis: Analysis, found: Sequence[Failure], settings: Settings) -> Iterator[str]:
    summary = analysis.summary
    yield f"# CORS report: {escape(headline(analysis, summary, list(found)).sentence)}\n"
    yield _table(
        ("allowed", "blocked", "conditional", "unknown", "not subject", "preflights", "findings"),
        [
            [
                f"{summary.allowed:,}", f"{summary.blocked:,}", f"{summary.conditional:,}", f"{summary.unknown:,}",
                f"{summary.not_subject:,}", f"{summary.preflights:,}", _counted(analysis.findings),
            ]
        ],
    )  # fmt: skip
    if lacks := left_out(analysis):
        yield f"{lacks}\n"
    if found:
        yield "## What failed, and why\n"
        for number, failure in enumerate(found[:MAX_FAILURES], 1):
            yield _failure(number, failure) + settings.of_failure(number)
        if len(found) > MAX_FAILURES:
            yield f"… and {plural(len(found) - MAX_FAILURES, 'more failure')}, which the other formats hold.\n"
    if analysis.findings:
        yield "## What is wrong with the policies\n"
        for position, finding in enumerate(analysis.findings):
            yield _finding(finding, analysis) + settings.of_finding(position)
    if settings.left_out:
        told = plural(settings.left_out, "setting")
        yield f"*Left out, since it did not fit: {told}, which the HTML report holds.*\n"
    yield "## What was read\n"
    yield "\n".join(_inputs(analysis)) + "\n"


def _counted(findings: Iterable[Finding]) -> str:
    severities = [finding.severity for finding in findings]
    return ", ".join(f"{severities.count(s)} {s}" for s in Severity if s in severities) or "none"


def _failure(number: int, failure: Failure) -> str:
    fetch, verdict = failure.example, failure.verdict
    title = title_of(failure)
    name = f"{code(title.code)}: {title.words}" if title.code else title.words
    lines = [f"### {MARKS[title.mark][0]} {number}. {name}\n"]
    origin = "an unknown page" if fetch.origin is None else code(fetch.origin)
    more = f" ({plural(failure.count, 'request')})" if failure.count > 1 else ""
    lines.append(f"- {code(f'{fetch.method} {fetch.url}')} from {origin}{more}")
    others = sorted(failure.endpoints)[:6]
    if len(failure.endpoints) > 1:
        left = len(failure.endpoints) - len(others)
        lines.append(f"- at {', '.join(map(code, others))}" + (f" and {left:,} more" if left else ""))
    both = compared(fetch)
    if both is not None:
        lines.append(f"- expected {code(both.expected)}, received {code(both.received)}")
    lines += [
        f"- {escape(f'{assumption(condition.assumption)}: {answer(condition)}')}" for condition in verdict.conditions
    ]
    if verdict.missing:
        lines.append(f"- to settle: {escape(verdict.missing)}")
    lines += [f"- {escape(browser_name(said.browser))} says: {code(said.text)}" for said in failure.said]
    cause = failure.cause
    if cause is not None:
        suspected = ", suspected" if cause.confidence is Confidence.SUSPECTED else ""
        lines.append(f"- {escape(cause.sentence)} ({code(cause.name)}{suspected})")
        lines += [f"  - {escape(each)}" for each in cause.evidence]
    advice = do_first(fetch, cause)
    if advice:
        lines.append(f"- **{escape(advice)}**")
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, analysis: Analysis) -> str:
    suspected = ", suspected" if finding.confidence is Confidence.SUSPECTED else ""
    lines = [f"### {finding.severity}{suspected}: {finding.rule} {finding.name}\n", f"{escape(finding.message)}\n"]
    shown = finding.endpoints[:6]
    left = len(finding.endpoints) - len(shown)
    lines.append(f"- at {', '.join(map(code, shown))}" + (f" and {left:,} more" if left else ""))
    seen = [f"{code(analysis.inputs[at.input].path)} entry {at.entry}" for at in finding.evidence[:4]]
    lines.append(f"- seen in {', '.join(seen)}")
    if finding.why:
        lines.append(f"- severity: {escape(finding.why)}")
    if finding.settle:
        lines.append(f"- to settle: {escape(finding.settle)}")
    rule = find_rule(finding.rule)
    if rule is not None and rule.references:
        lines.append(f"- see: {', '.join(rule.references)}")
    return "\n".join(lines) + "\n"


def _inputs(analysis: Analysis) -> Iterator[str]:
    for source in analysis.inputs:
        if source.error:
            yield f"- {code(source.path)}: {escape(source.error)}"
            continue
        if source.format == "console":
            yield f"- {code(source.path)}: {escape(source.dialect)} console"
            yield from (f"  - {escape(note)}" for note in source.notes)
            continue
        skipped = f", {plural(source.skips, 'entry', 'entries')} skipped" if source.skips else ""
        yield f"- {code(source.path)}: {plural(source.entries, 'entry', 'entries')}, {escape(source.dialect)}{skipped}"
        yield from (f"  - {escape(note)}" for note in source.notes)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
