"""A pair of origin and server in the terminal: one line when all is well, else a line for each question."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from coranalyze.cors.near_miss import near_miss
from coranalyze.cors.steps import Reason
from coranalyze.explain.pages import PAGES
from coranalyze.fetch import Outcome
from coranalyze.reports.canvas import NBSP, OUTCOME_MARKS, fields, mark
from coranalyze.reports.pairs import Answer, Pair, Said
from coranalyze.visible import visible

MAX_WHY = 3
_NAMED = frozenset({Reason.METHOD_NOT_ALLOWED, Reason.HEADER_NOT_ALLOWED, Reason.PREFLIGHT_STATUS})
_REST = (
    (Said.YES, "yes", "yes"),
    (Said.OPEN, "open", "undecided"),
    (Said.NOT_ASKED, "none", f"not{NBSP}needed"),
    (Said.NOT_SEEN, "none", f"not{NBSP}seen"),
)


def pair_lines(pair: Pair) -> RenderableType:
    """The pair, its outcomes, and the three answers."""
    origin = "unknown page" if pair.origin is None else visible(pair.origin)
    title = Text.assemble((origin, "bold"), " → ", (visible(pair.server), "bold"), " ", overflow="fold")
    for outcome in (Outcome.ALLOWED, Outcome.BLOCKED, Outcome.CONDITIONAL, Outcome.UNKNOWN):
        if pair.outcomes[outcome]:
            title.append("  ").append_text(mark(OUTCOME_MARKS[outcome])).append(
                f"{NBSP}{pair.outcomes[outcome]:,}{NBSP}{outcome}"
            )
    rows = [
        ("is this exact origin allowed?", _said(pair.origin_allowed)),
        ("method and headers allowed?", _said(pair.lists_allow)),
        ("does the preflight pass?", _said(pair.preflight_passes)),
    ]
    return Group(Text(""), Padding(title, (0, 0, 0, 2)), fields(rows, indent=4, label=30))


def _said(answer: Answer) -> Text:
    """The no with its reasons on a line of its own, the rest below."""
    several = sum(1 for count in answer.said.values() if count) > 1
    lines = []
    if answer.is_no:
        lines.append(Text.assemble(mark("no"), f" no{_count(answer.said[Said.NO], several)}: {_why(answer)}"))
    rest = [
        Text.assemble(mark(sign), f"{NBSP}{words}{_count(answer.said[name], several)}")
        for name, sign, words in _REST
        if answer.said[name]
    ]
    if rest:
        lines.append(Text("   ").join(rest))
    return Text("\n").join(lines)


def _why(answer: Answer) -> str:
    reasons: list[str] = []
    for (reason, expected, detail), _ in answer.why.most_common():
        told = PAGES[reason].title
        if detail and reason in _NAMED:
            told += f" ({visible(detail)})"
        elif detail and reason is Reason.ACAO_MISMATCH:
            miss = near_miss(expected, detail)
            told = f"it names {visible(detail)}" + ("" if miss.kind == "other-origin" else f" ({miss.sentence})")
        reasons.append(told)
    distinct = list(dict.fromkeys(reasons))
    return "; ".join(distinct[:MAX_WHY]) + (f"; {len(distinct) - MAX_WHY} more" if len(distinct) > MAX_WHY else "")


def _count(count: int, several: bool) -> str:
    return f"{NBSP}({count:,})" if several else ""
