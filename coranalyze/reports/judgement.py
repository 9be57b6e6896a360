"""The report of `judge`: each fetch with every step of the standard that it took, and the verdict."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.explain.pages import PAGES
from coranalyze.fetch import Credentials, Fetch, Outcome, Preflight
from coranalyze.reports.canvas import OUTCOME_MARKS, Row, fields, mark, to_text
from coranalyze.reports.cause_rows import cause_rows
from coranalyze.reports.misread import misread
from coranalyze.reports.steps import step_lines
from coranalyze.reports.top_causes import do_first
from coranalyze.reports.wording import answer, assumption, browser_name, known_from
from coranalyze.visible import visible

_PREFLIGHTS = {
    Preflight.NOT_NEEDED: "not needed",
    Preflight.RECORDED: "given here",
    Preflight.CACHED: "answered from the cache by an earlier one",
    Preflight.NOT_RECORDED: "needed, and not given here",
}


def render(analysis: Analysis, *, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """The way of each fetch through the standard, as text."""
    return to_text(_parts(analysis), width=width, color=color, unicode=unicode)


def _parts(analysis: Analysis) -> Iterator[RenderableType]:
    if not analysis.fetches:
        yield Text("Nothing to judge: no request was read.")
    for index, fetch in enumerate(analysis.fetches):
        if index:
            yield Text("")
        yield Text.assemble((visible(fetch.method), "bold"), " ", (visible(fetch.url), "bold"), overflow="fold")
        yield fields(_request(fetch), label=11)
        if fetch.verdict.steps:
            yield Padding(step_lines(fetch, urls=True), (1, 0, 0, 2))
        yield Text("")
        yield _verdict(fetch)
        yield fields(_told(fetch, analysis.causes.get(index)), label=11)


def _request(fetch: Fetch) -> Iterator[tuple[str, str]]:
    yield "origin", known_from(visible(fetch.origin) if fetch.origin is not None else "unknown", fetch.origin_evidence)
    yield "mode", known_from(visible(fetch.mode), fetch.mode_evidence)
    credentials = "unknown" if fetch.credentials is Credentials.UNKNOWN else str(fetch.credentials)
    yield "credentials", known_from(credentials, fetch.credentials_evidence)
    if fetch.cross_origin:
        yield "preflight", _PREFLIGHTS[fetch.preflight]
    yield "judged as", browser_name(fetch.browser)


def _verdict(fetch: Fetch) -> Text:
    verdict = fetch.verdict
    text = Text.assemble(mark(OUTCOME_MARKS[verdict.outcome]), " ", (str(verdict.outcome), "bold"))
    if verdict.reason is not None:
        text.append(f": {verdict.reason}", "bold").append(f" ({PAGES[verdict.reason].title})")
    if verdict.outcome is Outcome.CONDITIONAL:
        text.append(", as far as this shows:")
    return text


def _told(fetch: Fetch, cause: Cause | None) -> Iterator[Row]:
    for condition in fetch.verdict.conditions:
        line = Text.assemble(mark(OUTCOME_MARKS[condition.outcome]), f" {assumption(condition.assumption)}: ")
        yield "either", line.append(answer(condition), "bold")
    if fetch.verdict.missing:
        yield "to settle", visible(fetch.verdict.missing)
    for browser, code in fetch.aliases.items():
        yield browser_name(browser), visible(code)
    for note in misread(fetch):
        yield "mind", f"Often heard: {note.claim} Not so. {note.truth}"
    yield from cause_rows(cause, fetch.verdict.missing)
    advice = do_first(fetch, cause)
    if advice:
        yield "do first", Text(visible(advice), style="bold")
