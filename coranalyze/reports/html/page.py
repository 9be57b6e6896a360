"""Page: the sections put together, with a policy under which nothing runs and nothing loads but what is in the file."""

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.explain.page import Misconception
from coranalyze.failure import Failure, failures
from coranalyze.reports.html.answer import answer
from coranalyze.reports.html.cases import SIGNS, Case, Cases
from coranalyze.reports.html.costs import cost
from coranalyze.reports.html.data import data, row_of
from coranalyze.reports.html.drawings import drawings
from coranalyze.reports.html.findings import MAX_FINDINGS, anchors, finding_cards, rule_pages
from coranalyze.reports.html.fixes import Fix, Fixes
from coranalyze.reports.html.policy_map import policy_map
from coranalyze.visible import plural, visible

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_FAILURES = 50
"""Cards of distinct failures."""
MAX_LISTED = 100
"""Fetches that are listed without the script."""
MAX_LINKS = 12
"""Fetches that a failure's card leads to."""
MAX_ENDPOINTS = 8
MAX_ADVISORIES = 10
OPEN_FINDINGS = 20
"""Findings that are shown whole; those after them are folded."""
CHARTS = ("outcomes", "timeline", "preflights", "findings")


class FailureCard(msgspec.Struct):
    number: int
    case: Case
    misread: list[Misconception]
    fix: Fix | None
    method: str
    url: str
    origin: str
    count: int
    fetches: list[int]
    endpoints: list[str]
    more_endpoints: int


def render(analysis: Analysis, *, stack: str | None = None) -> str:
    """The whole report as one HTML document; `stack`: whose settings it shows first, guessed without."""
    from coranalyze import __version__

    cases = Cases(analysis)
    found = failures(analysis)
    fixes = Fixes(analysis, found[:MAX_FAILURES], anchors(analysis.findings[:MAX_FINDINGS]), stack)
    failed = list(_cards(found[:MAX_FAILURES], cases, fixes))
    cards = finding_cards(analysis, fixes)
    style, script = _asset("report.css"), _asset("report.js")
    return _environment().get_template("report.html.j2").render(
        version=__version__,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        data=data(analysis, cases, fixes, found[:MAX_FAILURES]).decode(),
        answer=answer(analysis, found),
        open_findings=OPEN_FINDINGS,
        failures=failed,
        more_failures=max(len(found) - MAX_FAILURES, 0),
        rows=[row_of(index, fetch, cases) for index, fetch in enumerate(analysis.fetches[:MAX_LISTED])],
        total=len(analysis.fetches),
        findings=cards,
        more_findings=len(analysis.findings) - len(cards),
        rules=rule_pages(cards),
        map=policy_map(analysis),
        charts=drawings(analysis, CHARTS),
        cost=cost(analysis),
        inputs=analysis.inputs,
        advisories=analysis.advisories[:MAX_ADVISORIES],
    )  # fmt: skip


def _cards(found: list[Failure], cases: Cases, fixes: Fixes) -> Iterator[FailureCard]:
    """The cards; what is often misread is set straight once."""
    told: set[Misconception] = set()
    for number, failure in enumerate(found, 1):
        case = cases.of(*failure.fetches[0])
        notes = [note for note in case.misread if note not in told]
        told.update(notes)
        yield _card(number, failure, case, notes, fixes.of_failure(number))


def _card(number: int, failure: Failure, case: Case, notes: list[Misconception], fix: Fix | None) -> FailureCard:
    fetch = failure.example
    return FailureCard(
        number=number,
        case=case,
        misread=notes,
        fix=fix,
        method=visible(fetch.method),
        url=visible(fetch.url),
        origin=visible(fetch.origin) if fetch.origin is not None else "an unknown page",
        count=failure.count,
        fetches=[index for index, _ in failure.fetches[:MAX_LINKS]],
        endpoints=[visible(endpoint) for endpoint in list(failure.endpoints)[:MAX_ENDPOINTS]],
        more_endpoints=max(len(failure.endpoints) - MAX_ENDPOINTS, 0),
    )


@cache
def _asset(name: str) -> str:
    return files("coranalyze.reports.html").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """Of an inline style or script, as a Content Security Policy names it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    filters: dict[str, Any] = {
        "visible": visible, "plural": plural, "count": lambda n: f"{n:,}", "sign": SIGNS.__getitem__, "ms": _ms,
    }  # fmt: skip
    environment.filters.update(filters)
    return environment


def _ms(value: float) -> str:
    return (
        f"{value / 1000:,.1f} s"
        if value >= 10_000
        else f"{value:,.0f} ms"
        if value >= 10
        else f"{round(value, 1):g} ms"
    )
