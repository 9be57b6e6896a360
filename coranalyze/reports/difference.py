"""The difference of two captures as text, Markdown and JSON."""

from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from coranalyze.finding import Finding
from coranalyze.issues.difference import Change, Difference, Request, Turned
from coranalyze.reports.canvas import heading, mark, to_text
from coranalyze.reports.markdown_text import code, escape
from coranalyze.visible import plural, visible

MAX_ONLY = 10
"""Requests of one capture only that are named."""


def render(
    found: Difference, before: str, after: str, *, width: int = 80, color: bool = False, unicode: bool = True
) -> str:
    """The difference as text; `before` and `after` are what the two are called."""
    return to_text(_parts(found, before, after), width=width, color=color, unicode=unicode)


def _parts(found: Difference, before: str, after: str) -> Iterator[RenderableType]:
    yield Text.assemble((f"{_headline(found)}.", "bold"))
    yield Text(f"  before  {visible(before)}\n  after   {visible(after)}", style="dim", overflow="fold")
    for title, sign, turned in _turns(found):
        if turned:
            yield heading(title)
            for each in turned:
                yield Padding(_turned(each, sign), (0, 0, 0, 2))
    if found.policies:
        yield heading("Policies that changed")
        for change in found.policies:
            yield Padding(_change(change), (0, 0, 0, 2))
    for title, findings in (("New findings", found.appeared), ("Findings that are gone", found.went)):
        if findings:
            yield heading(title)
            for finding in findings:
                yield Padding(_finding(finding), (0, 0, 0, 2))
    for title, requests in _only(found):
        if requests:
            yield heading(title)
            yield Padding(_requests(found, requests), (0, 0, 0, 2))


def _turns(found: Difference) -> Iterator[tuple[str, str, list[Turned]]]:
    """Title, mark and requests of those that both captures hold."""
    yield "Newly blocked", "no", found.newly_blocked
    yield "Newly allowed", "yes", found.newly_allowed
    yield "Other outcome", "open", [each for each in found.changed if not each.other_reason]
    yield "Blocked for another reason", "no", [each for each in found.changed if each.other_reason]


def _only(found: Difference) -> Iterator[tuple[str, list[Request]]]:
    """Title and requests of those that one capture holds; what is new and blocked stands first, as few are named."""
    blocked = set(found.blocked_after)
    yield "Only before", found.only_before
    yield "Only after", sorted(found.only_after, key=lambda request: request not in blocked)


def _headline(found: Difference) -> str:
    if found.is_empty:
        return "Nothing changed in what both captures hold"
    counts = (
        (len(found.newly_blocked), "newly blocked"),
        (len(found.blocked_after), "blocked that is new" if len(found.blocked_after) == 1 else "blocked that are new"),
        (len(found.newly_allowed), "newly allowed"),
        (len(found.policies), "changed headers" if len(found.policies) != 1 else "changed header"),
        (len(found.appeared), "new findings" if len(found.appeared) != 1 else "new finding"),
        (len(found.went), "findings gone" if len(found.went) != 1 else "finding gone"),
    )
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    what = "reason" if all(each.other_reason for each in found.changed) else "outcome"
    return told or f"{plural(len(found.changed), 'request')} with another {what}"


def _turned(each: Turned, sign: str) -> Text:
    return Text.assemble(
        mark(sign), " ", _name(each.request), "\n",
        ("  before  ", "dim"), visible(each.before), "\n", ("  after   ", "dim"), visible(each.after), overflow="fold",
    )  # fmt: skip


def _name(request: Request) -> str:
    origin = f" from {visible(request.origin)}" if request.origin else ""
    return f"{visible(request.method)} {visible(request.endpoint)}{origin}"


def _change(change: Change) -> Text:
    where = " (preflight)" if change.preflight else ""
    return Text.assemble(
        f"{visible(change.endpoint)}{where}  ", (change.header, "bold"), "\n  ",
        (_values(change.before), "dim"), " → ", _values(change.after), overflow="fold",
    )  # fmt: skip


def _values(values: Sequence[str]) -> str:
    return " or ".join(visible(value) or "(empty)" for value in values) or "(none)"


def _finding(finding: Finding) -> Text:
    return Text.assemble(
        f"{finding.severity}  {finding.rule} ", (finding.name, "bold"), f"  {visible(finding.endpoint)}\n  ",
        (visible(finding.message), "dim"), overflow="fold",
    )  # fmt: skip


def _requests(found: Difference, requests: Sequence[Request]) -> Text:
    lines = [f"{_name(request)}: {visible(found.outcomes[request])}" for request in requests[:MAX_ONLY]]
    left = len(requests) - len(lines)
    return Text("\n".join(lines) + (f"\n… and {left:,} more" if left else ""), overflow="fold")


def render_markdown(found: Difference, before: str, after: str) -> str:
    """The difference as Markdown."""
    return "\n".join(_markdown(found, before, after)) + "\n"


def _markdown(found: Difference, before: str, after: str) -> Iterator[str]:
    yield f"# {_headline(found)}\n\n{code(before)} → {code(after)}\n"
    for title, _, turned in _turns(found):
        if turned:
            yield f"## {title}\n"
            yield from (
                f"- {code(_name(each.request))}: {escape(each.before)} → {escape(each.after)}" for each in turned
            )
            yield ""
    if found.policies:
        yield "## Policies that changed\n"
        for change in found.policies:
            where = " (preflight)" if change.preflight else ""
            yield (
                f"- {code(change.endpoint)}{where} {change.header}: {code(_values(change.before))} → "
                f"{code(_values(change.after))}"
            )
        yield ""
    for title, findings in (("New findings", found.appeared), ("Findings that are gone", found.went)):
        if findings:
            yield f"## {title}\n"
            yield from (
                f"- {finding.severity}: {finding.rule} {finding.name} at {code(finding.endpoint)}: "
                f"{escape(finding.message)}"
                for finding in findings
            )
            yield ""
    for title, requests in _only(found):
        if requests:
            yield f"## {title}\n"
            yield from (
                f"- {code(_name(request))}: {escape(found.outcomes[request])}" for request in requests[:MAX_ONLY]
            )
            if len(requests) > MAX_ONLY:
                yield f"- and {len(requests) - MAX_ONLY:,} more"
            yield ""


def render_json(found: Difference) -> str:
    """The difference as one JSON object; findings as they stand in the JSON report."""
    from coranalyze.reports.json import plain_finding

    held = {
        "schema_version": 1,
        "newly_blocked": [_plain(each) for each in found.newly_blocked],
        "newly_allowed": [_plain(each) for each in found.newly_allowed],
        "changed": [_plain(each) for each in found.changed],
        "only_before": [_alone(found, request) for request in found.only_before],
        "only_after": [_alone(found, request) for request in found.only_after],
        "policies": [change._asdict() for change in found.policies],
        "findings_new": [plain_finding(finding) for finding in found.appeared],
        "findings_gone": [plain_finding(finding) for finding in found.went],
    }
    return msgspec.json.format(msgspec.json.encode(held), indent=1).decode() + "\n"


def _plain(each: Turned) -> dict[str, str]:
    return {**each.request._asdict(), "before": each.before, "after": each.after}


def _alone(found: Difference, request: Request) -> dict[str, str]:
    return {**request._asdict(), "outcome": found.outcomes[request]}
