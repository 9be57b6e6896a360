"""The data that the page's script lists, filters and opens: columns of numbers, and tables of what many share."""

from collections.abc import Sequence

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.cors.headers import Headers
from coranalyze.endpoint import place
from coranalyze.exchange import REDACTED
from coranalyze.failure import Failure
from coranalyze.fetch import Fetch, Sent
from coranalyze.memo import Memo
from coranalyze.reports.html.cases import Case, Cases, StepLine
from coranalyze.reports.html.fixes import Fixes
from coranalyze.reports.html.tables import Table
from coranalyze.visible import visible

UNKNOWN_PAGE = "unknown page"
MAX_VALUE = 400
"""Characters of a header's value that are shown."""
_TOLD = frozenset({
    "age", "authorization", "cache-control", "content-type", "cookie", "location", "origin", "server", "set-cookie",
    "timing-allow-origin", "vary", "via", "www-authenticate", "x-cache",
})  # fmt: skip
_TOLD_PREFIXES = ("access-control-", "cross-origin-", "sec-fetch-")
Lines = tuple[tuple[str, str], ...]


class Row(msgspec.Struct):
    """One fetch in the list."""

    id: int
    case: Case
    method: str
    url: str
    origin: str
    status: int | None
    duration: float | None
    """Milliseconds."""


class Data(msgspec.Struct):
    """What the script gets. Columns have an entry per fetch; numbers point into the tables."""

    inputs: list[str]
    fixes: dict[str, object]
    cores: list[msgspec.Raw]
    """What is told of cases, without cause and advice: those name hosts and paths, and would make few cases many."""
    causes: list[msgspec.Raw]
    advice: list[str]
    cases: list[tuple[int, int, int]]
    """Numbers of core, cause and advice."""
    steps: list[StepLine]
    origins: list[str]
    servers: list[str]
    methods: list[str]
    headers: list[Lines]
    case: list[int]
    method: list[int]
    url: list[str]
    origin: list[int]
    server: list[int]
    input: list[int]
    started: list[float | None]
    """Milliseconds since the epoch, UTC."""
    duration: list[float | None]
    failure: list[int]
    """Number of the card of those that failed alike; 0 without one."""
    exchanges: list[list[list[object]]]
    """Role, entry, status, number of request and of response headers, milliseconds; then method and URL if others."""


def row_of(index: int, fetch: Fetch, cases: Cases) -> Row:
    last = fetch.exchanges[-1].exchange if fetch.exchanges else None
    return Row(
        index, cases.of(index, fetch), visible(fetch.method), visible(fetch.url),
        visible(fetch.origin) if fetch.origin is not None else UNKNOWN_PAGE,
        last.status if last is not None else None, _span(fetch)[1],
    )  # fmt: skip


def data(analysis: Analysis, cases: Cases, fixes: Fixes, found: Sequence[Failure]) -> bytes:
    """The embedded JSON, safe inside of a script element; `found` are the failures that have a card."""
    case_table = _CaseTable()
    origins: Table[str] = Table()
    servers: Table[str] = Table()
    methods: Table[str] = Table()
    headers = _HeaderTable()
    columns: list[tuple[object, ...]] = []
    shown: dict[str | None, str] = {None: UNKNOWN_PAGE}
    for position, fetch in enumerate(analysis.fetches):
        number = case_table.of(cases.of(position, fetch))
        if fetch.origin not in shown:
            shown[fetch.origin] = visible(fetch.origin or "")
        started, duration = _span(fetch)
        url = visible(fetch.url)
        columns.append(
            (
                number, methods.at(visible(fetch.method)), url, origins.at(shown[fetch.origin]),
                servers.at(visible(place(fetch.url)[0])), fetch.input, started, duration,
                [_exchange(sent, fetch, headers) for sent in fetch.exchanges],
            )
        )  # fmt: skip
    case_, method, url_, origin, server, input_, started_, duration_, exchanges = (
        map(list, zip(*columns, strict=True)) if columns else ([] for _ in range(9))
    )
    alike = [0] * len(analysis.fetches)
    for card, failure in enumerate(found, 1):
        for index, _ in failure.fetches:
            alike[index] = card
    document = Data(
        inputs=[visible(source.path) for source in analysis.inputs], fixes=fixes.document(), failure=alike,
        cores=list(map(msgspec.Raw, case_table.cores.values)), causes=list(map(msgspec.Raw, case_table.causes.values)),
        advice=case_table.advice.values, cases=case_table.values, steps=case_table.steps.values,
        origins=origins.values, servers=servers.values, methods=methods.values,
        headers=headers.values, case=case_, method=method, url=url_, origin=origin, server=server, input=input_,
        started=started_, duration=duration_, exchanges=exchanges,
    )  # fmt: skip
    return embedded(document)


def embedded(document: object) -> bytes:
    """JSON in which nothing can end the script element, begin a comment or a tag, or be a line separator."""
    # `visible` has left nothing that UTF-8 cannot hold.
    encoded = msgspec.json.encode(document)
    for char, escape in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        encoded = encoded.replace(char, escape)
    return encoded


class _CaseTable(Table[tuple[int, int, int]]):
    """Cases taken apart into what many share."""

    def __init__(self) -> None:
        super().__init__()
        self.cores: Table[bytes] = Table()
        self.causes: Table[bytes] = Table()
        self.advice: Table[str] = Table()
        self.steps: Table[StepLine] = Table()
        self._seen: dict[int, int] = {}

    def of(self, case: Case) -> int:
        """The number of a case; cases are told apart by identity first, so they must stay alive."""
        number = self._seen.get(id(case))
        if number is None:
            told = {name: value for name, value in msgspec.structs.asdict(case).items() if value or name == "is_cors"}
            cause, advice = told.pop("cause", None), told.pop("advice", "")
            told["steps"] = [self.steps.at(step) for step in case.steps]
            core = self.cores.at(msgspec.json.encode(told))
            number = self.at((core, self.causes.at(msgspec.json.encode(cause)), self.advice.at(advice)))
            self._seen[id(case)] = number
        return number


class _HeaderTable(Table[Lines]):
    """Header lists as shown; equal ones are one."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[Headers, int] = {}
        self._told = Memo(_told)
        """Header name as spelt → as shown; empty where it is not told."""

    def of(self, headers: Headers) -> int:
        number = self._seen.get(headers)
        if number is None:
            told = self._told
            number = self._seen[headers] = self.at(
                tuple(
                    [
                        (told[name], visible(value, MAX_VALUE))
                        for name, value in headers
                        if value != REDACTED and told[name]
                    ]
                )
            )
        return number


def _told(name: str) -> str:
    """The name of a header as shown; empty where it is not told."""
    lower = name.lower()
    return visible(name) if lower in _TOLD or lower.startswith(_TOLD_PREFIXES) else ""


def _exchange(sent: Sent, fetch: Fetch, headers: _HeaderTable) -> list[object]:
    exchange = sent.exchange
    took = exchange.ended - exchange.started if exchange.started is not None and exchange.ended is not None else None
    told: list[object] = [
        sent.role.value, exchange.entry, exchange.status, headers.of(exchange.request), headers.of(exchange.response),
        _tenths(took),
    ]  # fmt: skip
    if exchange.url != fetch.url or exchange.method != fetch.method:
        told += [visible(exchange.method), "" if exchange.url == fetch.url else visible(exchange.url)]
    return told


def _span(fetch: Fetch) -> tuple[float | None, float | None]:
    """Start and duration, milliseconds."""
    starts = [sent.exchange.started for sent in fetch.exchanges if sent.exchange.started is not None]
    ends = [sent.exchange.ended for sent in fetch.exchanges if sent.exchange.ended is not None]
    if not starts:
        return None, None
    return _tenths(min(starts)), _tenths(max(ends) - min(starts)) if ends else None


def _tenths(value: float | None) -> float | None:
    """Tenths of milliseconds are enough, and whole numbers are shorter."""
    if value is None:
        return None
    value = round(value, 1)
    return int(value) if value == int(value) else value
