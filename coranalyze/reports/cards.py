"""Cards: everything about one distinct failure: the request, the step, what came instead, and what to do."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from coranalyze import endpoint
from coranalyze.cors.near_miss import near_miss
from coranalyze.cors.steps import Reason
from coranalyze.explain.page import Misconception
from coranalyze.failure import (
    Failure,
    failed_step,
    judged_url,
)
from coranalyze.fetch import Credentials, Fetch, Observed, Outcome, Preflight, Role
from coranalyze.reports.canvas import NBSP, OUTCOME_MARKS, Row, fields, mark
from coranalyze.reports.cause_rows import cause_rows, said_rows
from coranalyze.reports.failure_title import title_of
from coranalyze.reports.misread import misread
from coranalyze.reports.settings import SettingRows
from coranalyze.reports.steps import step_lines
from coranalyze.reports.top_causes import do_first
from coranalyze.reports.wording import HEADER_OF, answer, assumption, browser_name, compared, hops_of, place, step_name
from coranalyze.visible import plural, visible

MAX_ENTRIES = 10
MAX_ENDPOINTS = 6
MAX_HOPS = 8
"""Exchanges of a chain; of more, those at its ends."""
_WITH = {
    Credentials.INCLUDE: ", with credentials",
    Credentials.NOT_INCLUDE: ", without credentials",
    Credentials.UNKNOWN: "",
}


class Cards:
    """Makes the cards of one report; remembers what it has told, so that advice stands once."""

    def __init__(self, inputs: list[str], *, width: int, verbose: bool, settings: SettingRows | None = None) -> None:
        self._inputs = inputs
        self._settings = settings
        self._width = width
        self._verbose = verbose
        self._advised: dict[str, int] = {}
        self._told: set[Misconception] = set()

    @property
    def told(self) -> set[Misconception]:
        return self._told

    def card(self, number: int, failure: Failure) -> RenderableType:
        fetch = failure.example
        numbered = "entry" if failure.count == 1 else "entries"
        rows: list[Row] = [("request", self._request(failure)), (numbered, self._entries(failure))]
        rows += _elsewhere(failure)
        rows += cause_rows(failure.cause, fetch.verdict.missing)
        rows += _chain(fetch)
        if fetch.verdict.outcome is Outcome.BLOCKED:
            rows += self._blocked(fetch)
        else:
            rows += _undecided(fetch)
        rows += _recorded(fetch)
        rows += said_rows(failure.said)
        rows += self._advice(number, failure)
        if self._settings is not None:
            rows += self._settings.of_failure(number)
        if self._verbose and fetch.verdict.steps:
            rows.append(("steps", step_lines(fetch)))
        return Group(Text(""), self._title(number, failure), fields(rows))

    def _title(self, number: int, failure: Failure) -> Text:
        sign, code, words = title_of(failure)
        title = Text.assemble(mark(sign), f" {number}  ", (f"{code}: {words}" if code else words, "bold"))
        count = plural(failure.count, "request")
        if len(failure.endpoints) > 1:
            count += f", {len(failure.endpoints):,} endpoints"
        room = self._width - title.cell_len - cell_len(count)
        return (
            title.append(" " * room + count, "dim")
            if room > 1
            else title.append(f"  {count.replace(' ', NBSP)}", "dim")
        )

    def _request(self, failure: Failure) -> Text:
        fetch = failure.example
        origin = "an unknown page" if fetch.origin is None else visible(fetch.origin)
        methods = list(dict.fromkeys(f.method for _, f in failure.fetches))
        others = f"  (also {', '.join(map(visible, methods[1:5]))})" if len(methods) > 1 else ""
        return Text.assemble(
            (visible(fetch.method), "bold"), " ", visible(fetch.url), others, "\n",
            ("from ", "dim"), origin, _WITH[fetch.credentials],
            overflow="fold",
        )  # fmt: skip

    def _entries(self, failure: Failure) -> str:
        by_input: dict[int, list[int]] = {}
        for _, fetch in failure.fetches[:MAX_ENTRIES]:
            sent = fetch.deciding
            if sent is not None:
                by_input.setdefault(fetch.input, []).append(sent.exchange.entry)
        several = len(self._inputs) > 1
        listed = [
            ", ".join(map(str, entries)) + (f" of {visible(self._inputs[index])}" if several else "")
            for index, entries in by_input.items()
        ]
        left = failure.count - len(failure.fetches[:MAX_ENTRIES])
        return "; ".join(listed) + (f", … and {left:,} more" if left > 0 else "")

    def _blocked(self, fetch: Fetch) -> Iterator[Row]:
        taken = failed_step(fetch.verdict)
        if taken is not None:
            step = taken.ended.step
            yield (
                "failed at",
                Text.assemble(
                    f"{step_name(step)} ({place(taken, hops_of(fetch))})",
                    "\n",
                    step.sentence,
                    "\n",
                    (step.url, "dim"),
                    overflow="fold",
                ),
            )
        both = compared(fetch)
        if both is not None:
            yield "expected", Text(both.expected, style="green", overflow="fold")
            yield "received", _received(fetch, both.received, self._width)
        yield from _status(fetch)
        names = sorted(fetch.aliases.items(), key=lambda pair: pair[0] != fetch.browser)
        if names:
            yield (
                "known as",
                ", ".join(f"{visible(code)} ({browser_name(browser)})" for browser, code in names),
            )

    def _advice(self, number: int, failure: Failure) -> Iterator[Row]:
        fetch = failure.example
        for note in misread(fetch):
            if note not in self._told:
                self._told.add(note)
                yield "mind", Text.assemble("Often heard: ", (note.claim, "italic"), " Not so. ", note.truth)
        advice = do_first(fetch, failure.cause)
        if advice in self._advised:
            yield "do first", f"as told at {self._advised[advice]}"
        elif advice:
            self._advised[advice] = number
            yield "do first", Text(visible(advice), style="bold")


def _received(fetch: Fetch, received: str, width: int) -> Text:
    """What came, with a caret under the bytes that set a near-miss origin apart."""
    verdict = fetch.verdict
    text = Text(received, style="red", overflow="fold")
    if verdict.reason not in (Reason.ACAO_MISMATCH, Reason.ACAO_INVALID) or not verdict.received:
        return text
    miss = near_miss(verdict.expected, verdict.received)
    before = cell_len(f"{HEADER_OF[verdict.reason]}: {visible(verdict.received[: miss.start])}")
    length = max(1, cell_len(visible(verdict.received[miss.start : miss.end])))
    room = width - 14 - before - length
    if miss.start < 0 or room < 0:
        return text.append(f"\n{miss.sentence}", style="yellow")
    joint = " " if cell_len(miss.sentence) < room else "\n"
    return text.append(f"\n{' ' * before}{'^' * length}{joint}{miss.sentence}", style="yellow")


def _status(fetch: Fetch) -> Iterator[Row]:
    """The status, where it is an error that matters beside the CORS headers."""
    sent = fetch.deciding
    status = sent.exchange.status if sent is not None else None
    if status is not None and status >= 300 and fetch.verdict.reason is not Reason.PREFLIGHT_STATUS:
        yield "status", str(status)


def _elsewhere(failure: Failure) -> Iterator[Row]:
    """The other endpoints of the server that fail in the same way."""
    server, template = endpoint.place(judged_url(failure.example))
    others = [name for name in failure.endpoints if name != server + template]
    if others:
        listed = ", ".join(visible(name[len(server) :]) for name in others[:MAX_ENDPOINTS])
        left = len(others) - MAX_ENDPOINTS
        yield "also at", listed + (f", … and {left:,} more" if left > 0 else "")


def _chain(fetch: Fetch) -> Iterator[Row]:
    """The exchanges of a redirected or preflighted fetch."""
    if len(fetch.exchanges) < 2 and fetch.preflight in (Preflight.NOT_NEEDED, Preflight.RECORDED):
        return
    lines = []
    for sent in fetch.exchanges:
        exchange = sent.exchange
        status = exchange.status if exchange.status is not None else "no response"
        where = "" if exchange.url == fetch.url else f"  {visible(exchange.url)}"
        lines.append(f"{sent.role} {visible(exchange.method)}: {status}{where}  (entry {exchange.entry})")
    if len(lines) > MAX_HOPS:
        lines[MAX_HOPS // 2 : -MAX_HOPS // 2] = [f"… {len(lines) - MAX_HOPS:,} more"]
    if fetch.preflight is Preflight.CACHED:
        lines.insert(0, "preflight: answered from the browser's cache by an earlier one")
    elif fetch.preflight is Preflight.NOT_RECORDED and not any(s.role is Role.PREFLIGHT for s in fetch.exchanges):
        lines.insert(0, "preflight: needed, and not in the capture")
    if len(lines) > 1 or fetch.preflight is not Preflight.RECORDED:
        yield "went", Text("\n".join(lines), overflow="fold")


def _undecided(fetch: Fetch) -> Iterator[Row]:
    verdict = fetch.verdict
    if verdict.conditions:
        text = Text(overflow="fold")
        for index, condition in enumerate(verdict.conditions):
            text.append("\n" if index else "")
            text.append_text(mark(OUTCOME_MARKS[condition.outcome]))
            text.append(f" {assumption(condition.assumption)}: ", style="dim").append(answer(condition))
        yield "either", text
    if verdict.missing:
        yield "to settle", visible(verdict.missing)


def _recorded(fetch: Fetch) -> Iterator[Row]:
    sent = fetch.deciding
    error = visible(sent.exchange.error) if sent is not None and sent.exchange.error else ""
    if fetch.observed is Observed.BLOCKED:
        yield "recorded", f"blocked ({error})" if error else "blocked"
    elif fetch.observed is Observed.ALLOWED and fetch.verdict.outcome is Outcome.BLOCKED:
        yield "recorded", "allowed: the capture's own account differs"
    elif error:
        yield "recorded", error
