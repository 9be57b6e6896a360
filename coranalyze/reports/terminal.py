"""The report for people: what was read and decided on the first screen, then origin by origin, then every failure."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coranalyze.analysis import Analysis, Summary
from coranalyze.explain.page import Misconception
from coranalyze.failure import Failure, failures
from coranalyze.fetch import Fetch, Outcome
from coranalyze.reports.advisory_cards import advisory_cards
from coranalyze.reports.canvas import NBSP, Row, fields, heading, mark, to_text
from coranalyze.reports.cards import Cards
from coranalyze.reports.failure_title import title_of
from coranalyze.reports.finding_cards import counted, finding_cards
from coranalyze.reports.headline import either_way, failed, headline, left_out, share, top_title
from coranalyze.reports.inputs import input_lines
from coranalyze.reports.misread import misread
from coranalyze.reports.pair_lines import pair_lines
from coranalyze.reports.pairs import pairs
from coranalyze.reports.settings import SettingRows
from coranalyze.reports.top_causes import Top, asked_first, do_first, first_of, top_causes
from coranalyze.reports.wording import browser_name
from coranalyze.visible import plural, visible

MAX_CARDS = 20
MAX_PAIRS = 8
MAX_CAUSES = 5
LISTED_FROM = 4
"""Cards, from which on a list of them stands before."""
NUMBERS_WIDTH = 24
"""What the two columns of numbers beside the causes take."""


def render(
    analysis: Analysis,
    *,
    width: int = 80,
    color: bool = False,
    verbose: bool = False,
    brief: bool = False,
    unicode: bool = True,
    stack: str | None = None,
) -> str:
    """The report as text.

    `verbose` shows every card with all of its steps and what to set on the server, `brief` the first screen only;
    without `unicode` it is ASCII. `stack`, of `fixes.STACKS`, shows what to set on that one.
    """
    return to_text(_parts(analysis, width, verbose, brief, stack), width=width, color=color, unicode=unicode)


def _parts(analysis: Analysis, width: int, verbose: bool, brief: bool, stack: str | None) -> Iterator[RenderableType]:
    found = failures(analysis)
    yield from _first_screen(analysis, found, width, verbose)
    if brief:
        return
    if not analysis.left_out:
        yield from _pairs(analysis, verbose)
    paths = [source.path for source in analysis.inputs]
    settings = SettingRows(analysis, found, stack) if verbose or stack else None
    cards = Cards(paths, width=width, verbose=verbose, settings=settings)
    yield from _cards(found, cards, width, verbose)
    yield from finding_cards(analysis.findings, paths, width=width, verbose=verbose, settings=settings)
    yield from advisory_cards(analysis, verbose=verbose)
    if not analysis.left_out:
        yield from _set_straight(analysis, cards.told)


def _first_screen(analysis: Analysis, found: list[Failure], width: int, verbose: bool) -> Iterator[RenderableType]:
    summary = analysis.summary
    yield _headline(analysis, summary, found)
    yield Text("")
    rows: list[Row] = [
        ("read", input_lines(analysis.inputs, width - 14, verbose)),
        ("decided", _decided(analysis, summary, found)),
    ]
    if lacks := left_out(analysis):
        rows.append(("shown", Text(lacks, style="dim")))
    if analysis.findings:
        rows.append(("policies", counted(analysis.findings)))
    yield fields(rows)
    top = top_causes(found)
    first = first_of(top)
    if first is not None:
        yield Text("")
        yield _causes(top, width)
        yield Text("")
        failure = first.first
        advice = visible(do_first(failure.example, failure.cause))
        yield fields(
            [("do first", Text.assemble((advice, "bold"), (f"\n{asked_first(failure)}", "dim"), overflow="fold"))]
        )


def _headline(analysis: Analysis, summary: Summary, found: list[Failure]) -> Text:
    sign, sentence = headline(analysis, summary, found)
    return Text.assemble(*((mark(sign), " ") if sign else ()), (sentence, "bold"))


def _decided(analysis: Analysis, summary: Summary, found: list[Failure]) -> Text:
    text = Text.assemble(
        mark("yes"), f"{NBSP}{summary.allowed:,}{NBSP}allowed   ",
        mark("no"), f"{NBSP}{summary.blocked:,}{NBSP}blocked   ",
        mark("open"), f"{NBSP}{summary.conditional + summary.unknown:,}{NBSP}undecided",
    )  # fmt: skip
    parts = []
    if summary.conditional:
        parts.append(share(summary.conditional, "conditional", either_way(found), "blocked either way"))
    if summary.unknown:
        parts.append(share(summary.unknown, "unknown", failed(found), "recorded as failed"))
    if parts:
        text.append(f" ({'; '.join(parts)})")
    browsers = sorted(analysis.tally.browsers)
    judged = f", judged as {' and '.join(browser_name(b) for b in browsers)} would" if browsers else ""
    aside = share(summary.not_subject, "not subject to CORS", analysis.tally.aside, "cross-origin")
    text.append(f"\n{aside}; {plural(summary.preflights, 'preflight')}{judged}", style="dim")
    return text


def _causes(top: list[Top], width: int) -> RenderableType:
    """A line for each cause; its code where there is room."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=False)
    table.add_column("  top causes", overflow="ellipsis", no_wrap=True)
    table.add_column("endpoints", justify="right")
    table.add_column("requests", justify="right")
    for cause in top[:MAX_CAUSES]:
        title = top_title(cause)
        name = Text(f"  {title}")
        if len(title) + len(cause.name) + NUMBERS_WIDTH + 2 < width:
            name.append(f"  {cause.name}", "dim")
        name.truncate(width - NUMBERS_WIDTH, overflow="ellipsis")
        table.add_row(name, f"{len(cause.endpoints):,}", f"{cause.requests:,}")
    if len(top) > MAX_CAUSES:
        table.add_row(Text(f"  … and {plural(len(top) - MAX_CAUSES, 'more cause')}", style="dim"))
    return table


def _pairs(analysis: Analysis, verbose: bool) -> Iterator[RenderableType]:
    found = pairs(analysis)
    if not found:
        return
    yield heading("Who may ask whom")
    shown = found if verbose else found[:MAX_PAIRS]
    for pair in shown:
        yield pair_lines(pair)
    if len(shown) < len(found):
        left = found[len(shown) :]
        blocked = sum(pair.outcomes[Outcome.BLOCKED] for pair in left)
        with_blocked = f", with {blocked:,} blocked" if blocked else ", none of them blocked"
        yield Text(f"\n  … and {plural(len(left), 'more pair')}{with_blocked}; -v shows all", style="dim")


def _cards(found: list[Failure], cards: Cards, width: int, verbose: bool) -> Iterator[RenderableType]:
    if not found:
        return
    yield heading("What failed, and why")
    shown = found if verbose else found[:MAX_CARDS]
    if len(shown) >= LISTED_FROM:
        yield _list(shown, width)
    for number, failure in enumerate(shown, 1):
        yield cards.card(number, failure)
    left = found[len(shown) :]
    if left:
        requests = sum(failure.count for failure in left)
        yield Text(
            f"\n… and {plural(len(left), 'more distinct failure')} ({plural(requests, 'request')}); -v shows all",
            style="dim",
        )


def _list(shown: list[Failure], width: int) -> RenderableType:
    """A line for each card: its number, what was asked for, why it failed as far as known, and how often."""
    digits = len(f"{len(shown)}")
    count_width = max(len(f"{failure.count:,}") for failure in shown)
    names = [_name(failure) for failure in shown]
    name_width = min(max(map(len, names)), width * 2 // 5)
    room = width - digits - count_width - name_width - len("  ✗      ")
    asked = [Text(visible(_asked(failure))) for failure in shown]
    asked_width = min(max(each.cell_len for each in asked), room)
    lines = []
    for number, (failure, what, name) in enumerate(zip(shown, asked, names, strict=True), 1):
        what.truncate(asked_width, overflow="ellipsis", pad=True)
        why = Text(name)
        why.truncate(name_width, overflow="ellipsis", pad=True)
        often = (f"  {failure.count:>{count_width},}", "dim")
        lines.append(
            Text.assemble("  ", mark(title_of(failure).mark), (f" {number:>{digits}} ", "dim"), what, " ", why, often)
        )
    return Group(Text(""), *lines)


def _asked(failure: Failure) -> str:
    others = len(failure.endpoints) - 1
    more = f" and {others:,} more" if others else ""
    return f"{failure.example.method} {next(iter(failure.endpoints))}{more}"


def _name(failure: Failure) -> str:
    """Of its cause, of the reason where none is known, else what it is undecided between."""
    if failure.cause is not None:
        return failure.cause.name
    return failure.verdict.reason or failure.verdict.outcome


def _set_straight(analysis: Analysis, told: set[Misconception]) -> Iterator[RenderableType]:
    """What allowed requests show to be otherwise than often heard."""
    seen: dict[Misconception, list[Fetch]] = {}
    for fetch in analysis.fetches:
        if fetch.verdict.outcome in (Outcome.ALLOWED, Outcome.CONDITIONAL):
            for note in misread(fetch):
                seen.setdefault(note, []).append(fetch)
    notes = [(note, fetches) for note, fetches in seen.items() if note not in told]
    if not notes:
        return
    yield heading("Often misread")
    for note, fetches in notes:
        sent = fetches[0].deciding
        where = f" (entry {sent.exchange.entry}" if sent is not None else ""
        more = f" and {len(fetches) - 1:,} more" if len(fetches) > 1 else ""
        occasion = (f"{where}{more})" if where else "", "dim")
        yield Padding(Text.assemble((note.claim, "italic"), "\nNot so. ", note.truth, occasion), (1, 0, 0, 2))
