"""Findings in the terminal: what is wrong with a policy, how we know, and what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from coranalyze.finding import Confidence, Finding, Severity
from coranalyze.reports.canvas import NBSP, Row, fields, heading
from coranalyze.reports.settings import SettingRows
from coranalyze.visible import plural, visible

MAX_ENDPOINTS = 6
MAX_CARDS = 20
STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def counted(findings: Sequence[Finding]) -> Text:
    """`1 high, 2 medium, 3 low (2 suspected)`; empty without findings."""
    counts = Counter(finding.severity for finding in findings)
    text = Text()
    for severity in Severity:
        if counts[severity]:
            text.append(", " if text.plain else "").append(f"{counts[severity]:,}{NBSP}{severity}", STYLES[severity])
    suspected = sum(finding.confidence is Confidence.SUSPECTED for finding in findings)
    if suspected:
        text.append(f" ({'all' if suspected == len(findings) else f'{suspected:,}'} suspected)", "dim")
    return text


def finding_cards(
    findings: Sequence[Finding],
    inputs: Sequence[str],
    *,
    width: int,
    verbose: bool,
    settings: SettingRows | None = None,
) -> Iterator[RenderableType]:
    """A card for each finding that matters; those of severity info, and more than `MAX_CARDS`, are counted only."""
    if not findings:
        return
    yield heading("What is wrong with the policies")
    wanted = [at for at, finding in enumerate(findings) if verbose or finding.severity is not Severity.INFO]
    shown = wanted if verbose else wanted[:MAX_CARDS]
    for position in shown:
        setting = settings.of_finding(position) if settings is not None else ()
        yield _card(findings[position], inputs, width, setting)
    left = Counter(finding.rule for finding in findings) - Counter(findings[position].rule for position in shown)
    if left:
        named = ", ".join(sorted(left)[:8]) + (", …" if len(left) > 8 else "")
        yield Text(f"\n… and {plural(left.total(), 'finding')} of less weight ({named}); -v shows all", style="dim")


def _card(finding: Finding, inputs: Sequence[str], width: int, setting: Iterable[Row]) -> RenderableType:
    rows: list[Row] = [
        ("at", _endpoints(finding)),
        ("seen in", _evidence(finding, inputs)),
    ]
    if finding.why:
        rows.append(("severity", Text(visible(finding.why), style="dim", overflow="fold")))
    if finding.settle:
        rows.append(("to settle", visible(finding.settle)))
    rows += setting
    rows.append(("more", Text(f"coranalyze explain {finding.rule}", style="dim")))
    title = Text.assemble(
        (f"{finding.severity}", STYLES[finding.severity]),
        ("" if finding.confidence is Confidence.PROVEN else ", suspected", "dim"),
        f"  {finding.rule} ",
        (finding.name, "bold"),
    )
    count = plural(finding.count, "exchange")
    room = width - title.cell_len - cell_len(count)
    title.append(" " * room + count if room > 1 else f"  {count.replace(' ', NBSP)}", "dim")
    message = Text(visible(finding.message), overflow="fold")
    return Group(Text(""), title, fields([("", message), *rows]))


def _endpoints(finding: Finding) -> Text:
    lines = [visible(endpoint) for endpoint in finding.endpoints[:MAX_ENDPOINTS]]
    left = len(finding.endpoints) - len(lines)
    return Text("\n".join(lines) + (f"\n… and {left:,} more" if left else ""), overflow="fold")


def _evidence(finding: Finding, inputs: Sequence[str]) -> str:
    """`entries 3, 7 of shop.har`; the input where there are several."""
    by_input: dict[int, list[int]] = {}
    for at in finding.evidence:
        by_input.setdefault(at.input, []).append(at.entry)
    several = len(inputs) > 1
    listed = "; ".join(
        ", ".join(map(str, entries)) + (f" of {visible(inputs[index])}" if several else "")
        for index, entries in by_input.items()
    )
    word = "entry" if len(finding.evidence) == 1 else "entries"
    more = finding.count - len(finding.evidence)
    return f"{word} {listed}" + (f", and {more:,} more" if more > 0 else "")
