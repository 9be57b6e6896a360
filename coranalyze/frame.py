"""Analysis → pandas frames with documented columns: fetches, endpoints, findings, policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from coranalyze.access import Access, accesses
from coranalyze.causes import Cause
from coranalyze.console.heard import Said
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import place
from coranalyze.fetch import Credentials, Fetch, Observed, Outcome, Preflight, Role, Stage
from coranalyze.finding import Confidence, Severity
from coranalyze.preflight_cost import CostRow

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis


class Column(NamedTuple):
    """One column: its dtype, and what it holds, with the unit. What is not known is missing (`pd.NA`, `NaT`)."""

    dtype: str
    """As pandas writes it; `category` goes with `values`."""
    meaning: str
    values: tuple[str, ...] = ()
    """All categories, in their order."""

    @property
    def typed(self) -> Any:
        """What `astype` takes."""
        return pd.CategoricalDtype(list(self.values), ordered=True) if self.values else self.dtype


def _one_of(members: Iterable[StrEnum], meaning: str) -> Column:
    return Column("category", meaning, tuple(member.value for member in members))


FETCH_COLUMNS: dict[str, Column] = {
    "input": Column("Int64", "index into `Analysis.inputs`"),
    "entry": Column("Int64", "zero-based position in that input of the exchange that decides"),
    "method": Column("string", "the page's method; of a lone preflight the one that it asks for"),
    "url": Column("string", "first URL of the chain"),
    "server": Column("string", "`scheme://host[:port]` of that URL"),
    "endpoint": Column("string", "server and path template"),
    "origin": Column("string", "serialized origin of the page, missing where nothing tells"),
    "cross_origin": Column("boolean", "whether the URL is on another origin than the page"),
    "mode": Column("string", "`cors`, `no-cors`, `same-origin`, `navigate`, `websocket` or `unknown`"),
    "credentials": _one_of(Credentials, "credentials mode"),
    "outcome": _one_of(Outcome, "the verdict"),
    "reason": _one_of(Reason, "why it is blocked"),
    "stage": _one_of(Stage, "where in the chain it is blocked"),
    "detail": Column("string", "what the failing step ended on: header, method, status or value"),
    "cause": Column("string", "the pattern behind the failure, such as `error-drops-cors`"),
    "layer": Column("string", "who answered, where a cause tells"),
    "observed": _one_of(Observed, "what the capture itself recorded"),
    "browser": Column("string", "whose verdict it is"),
    "preflight": _one_of(Preflight, "how the preflight stands in the capture"),
    "preflights": Column("Int64", "preflights of the fetch in the capture"),
    "preflight_ms": Column("Float64", "milliseconds that they took together, missing without times"),
    "status": Column("Int64", "status of the last response, missing without one"),
    "started": Column("datetime64[ms, UTC]", "start of the first exchange, UTC"),
    "duration_ms": Column("Float64", "milliseconds from that to the end of the last exchange"),
    "exchanges": Column("Int64", "requests that went out: preflights, redirects, the actual one"),
    "capture": Column("string", "path of the input"),
}

ENDPOINT_COLUMNS: dict[str, Column] = {
    "endpoint": Column("string", "server and path template"),
    "server": Column("string", "`scheme://host[:port]`"),
    "template": Column("string", "path with `{id}`, `{uuid}`, `{hash}`, … for what varies"),
    "exchanges": Column("Int64", "exchanges seen there, preflights and redirects included"),
    "origins": Column("Int64", "different origins that asked"),
    "fetches": Column("Int64", "fetches whose first URL it is"),
    "cross_origin": Column("Int64", "cross-origin ones among them"),
    "allowed": Column("Int64", "allowed ones"),
    "blocked": Column("Int64", "blocked ones"),
    "undecided": Column("Int64", "conditional and unknown ones"),
    "preflights": Column("Int64", "preflights sent there"),
    "preflight_ms": Column("Float64", "milliseconds that they took together"),
    "avoidable": Column("Int64", "those that Access-Control-Max-Age would have spared, in the browser it helps most"),
    "avoidable_ms": Column("Float64", "milliseconds that these took"),
    "saved": Column("Int64", "preflights that the browser's cache spared"),
    "saved_ms": Column("Float64", "milliseconds spared, at the mean of the preflights seen here (else on the server)"),
}

FINDING_COLUMNS: dict[str, Column] = {
    "rule": Column("string", "`COR101`"),
    "name": Column("string", "`origin-reflected-any`"),
    "severity": _one_of(Severity, "the worst first"),
    "confidence": _one_of(Confidence, "shown by the capture, or suspected"),
    "server": Column("string", "`scheme://host[:port]`"),
    "endpoint": Column("string", "first of the endpoints with this policy"),
    "endpoints": Column("Int64", "endpoints with this policy"),
    "message": Column("string", "who can do what, or what does not work"),
    "count": Column("Int64", "exchanges that show it"),
    "input": Column("Int64", "index into `Analysis.inputs` of the first evidence"),
    "entry": Column("Int64", "zero-based position of the first evidence in that input"),
    "settle": Column("string", "for a suspicion: what would settle it"),
    "fixes": Column("string", "codes of the fixes, with blanks between"),
    "fingerprint": Column("string", "stable over time, port, entry and order"),
    "capture": Column("string", "path of the input of the first evidence"),
}

POLICY_COLUMNS: dict[str, Column] = {
    "origin": Column("string", "serialized origin that asked; `*` stands for all origins"),
    "endpoint": Column("string", "server and path template"),
    "server": Column("string", "`scheme://host[:port]`"),
    "template": Column("string", "path with `{id}`, `{uuid}`, `{hash}`, … for what varies"),
    "access": _one_of(Access, "the most that the origin may do there"),
    "answers": Column("Int64", "answers that tell"),
    "refused": Column("Int64", "those among them that refuse"),
}


def fetch_frame(analysis: Analysis) -> pd.DataFrame:
    """One row per fetch in the order of `analysis.fetches`; the index is its number there."""
    causes = analysis.causes
    rows = (fetch_row(fetch, causes.get(index)) for index, fetch in enumerate(analysis.fetches))
    return _frame(_with_capture(rows, analysis), FETCH_COLUMNS).rename_axis("fetch")


def fetch_frames(analysis: Analysis, size: int = 50_000) -> Iterator[pd.DataFrame]:
    """The frame of all fetches in parts of `size` rows, at least one; also of those left out of `analysis.fetches`."""
    rows = _with_capture(analysis.rows(FetchTuple), analysis)
    begin = 0
    while (part := list(islice(rows, size))) or not begin:
        frame = _frame(part, FETCH_COLUMNS)
        frame.index = pd.RangeIndex(begin, begin + len(part), name="fetch")
        yield frame
        begin += size


class FetchTuple:
    """Makes the row of a fetch; its values stand in the order of `FETCH_COLUMNS`, all but the capture's path."""

    def __call__(self, fetch: Fetch, cause: Cause | None, said: tuple[Said, ...]) -> tuple[object, ...]:
        return fetch_row(fetch, cause)


def fetch_row(fetch: Fetch, cause: Cause | None) -> tuple[object, ...]:
    verdict = fetch.verdict
    exchanges = [sent.exchange for sent in fetch.exchanges]
    deciding = fetch.deciding
    server, template = place(fetch.url)
    starts = [each.started for each in exchanges if each.started is not None]
    ends = [each.ended for each in exchanges if each.ended is not None]
    preflights = sum(sent.role is Role.PREFLIGHT for sent in fetch.exchanges)
    return (
        fetch.input, deciding.exchange.entry if deciding is not None else None,
        fetch.method, fetch.url, server, server + template, fetch.origin, fetch.cross_origin,
        fetch.mode, fetch.credentials.value, verdict.outcome.value,
        verdict.reason and verdict.reason.value, verdict.stage and verdict.stage.value, verdict.detail or None,
        cause.name if cause is not None else None,
        cause.layer.name if cause is not None and cause.layer is not None else None,
        fetch.observed.value, fetch.browser, fetch.preflight.value, preflights,
        _preflight_ms(fetch) if preflights else None,
        exchanges[-1].status if exchanges else None,
        min(starts) if starts else None, max(ends) - min(starts) if starts and ends else None, len(exchanges),
    )  # fmt: skip


def _with_capture(rows: Iterable[tuple[object, ...]], analysis: Analysis) -> Iterator[tuple[object, ...]]:
    """Rows that begin with the number of an input, with its path at the end."""
    paths = _paths(analysis)
    return ((*row, paths.get(row[0])) for row in rows)


def _paths(analysis: Analysis) -> dict[object, str]:
    return dict(enumerate(source.path for source in analysis.inputs))


def _preflight_ms(fetch: Fetch) -> float | None:
    """Milliseconds that the recorded preflights of a fetch took; None where none has its times."""
    spans = [
        sent.exchange.ended - sent.exchange.started
        for sent in fetch.exchanges
        if sent.role is Role.PREFLIGHT and sent.exchange.started is not None and sent.exchange.ended is not None
    ]
    return sum(spans) if spans else None


def endpoint_frame(analysis: Analysis) -> pd.DataFrame:
    """One row per endpoint, sorted by name."""
    costs = analysis.preflight_cost.by_endpoint()
    on_server: dict[str, CostRow] = {}
    for name, each in costs.items():
        server = place(name)[0]
        on_server.setdefault(server, CostRow(origin="", endpoint=server)).merge(each)
    rows = []
    for endpoint in analysis.endpoints:
        tally = analysis.places.get((endpoint.server, endpoint.template))
        cost = costs.get(endpoint.name) or CostRow(origin="", endpoint=endpoint.name)
        mean = _mean(cost) or _mean(on_server.get(endpoint.server))
        origins = {answer.origin for answer in endpoint.answers if answer.origin is not None}
        rows.append(
            (
                endpoint.name, endpoint.server, endpoint.template, endpoint.count, len(origins),
                tally.fetches, tally.cross_origin, tally.allowed, tally.blocked, tally.undecided,
                cost.preflights, cost.ms, cost.most_avoidable.preflights, cost.most_avoidable.ms, tally.saved,
                tally.saved * mean if mean is not None else (None if tally.saved else 0.0),
            )
        )  # fmt: skip
    return _frame(rows, ENDPOINT_COLUMNS)


def _mean(cost: CostRow | None) -> float | None:
    """Milliseconds of one preflight; None where none has its times."""
    timed = cost.preflights - cost.untimed if cost is not None else 0
    return cost.ms / timed if cost is not None and timed else None


def finding_frame(analysis: Analysis) -> pd.DataFrame:
    """One row per finding, the worst first."""
    paths = _paths(analysis)
    rows = []
    for finding in analysis.findings:
        first = finding.evidence[0] if finding.evidence else None
        rows.append(
            (
                finding.rule, finding.name, finding.severity.value, finding.confidence.value,
                place(finding.endpoint)[0], finding.endpoint, len(finding.endpoints), finding.message, finding.count,
                first.input if first is not None else None, first.entry if first is not None else None,
                finding.settle or None, " ".join(finding.fixes), finding.fingerprint,
                paths.get(first.input) if first is not None else None,
            )
        )  # fmt: skip
    return _frame(rows, FINDING_COLUMNS)


def policy_frame(analysis: Analysis) -> pd.DataFrame:
    """One row per origin and endpoint that it asked: what the server's answers let it read."""
    return _frame(
        (
            (cell.origin, cell.server + cell.template, cell.server, cell.template, cell.access.value, cell.answers,
             cell.refused)
            for cell in accesses(analysis.endpoints)
        ),
        POLICY_COLUMNS,
    )  # fmt: skip


def _frame(rows: Iterable[tuple[object, ...]], columns: Mapping[str, Column]) -> pd.DataFrame:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {name: _series(each, column) for (name, column), each in zip(columns.items(), values, strict=True)}
    )


def _series(values: Iterable[object], column: Column) -> pd.Series[Any]:
    if column.dtype.startswith("datetime64"):
        # Not by way of nanoseconds, in which the years end with 2262.
        moments = [np.datetime64("NaT", "ms") if at is None else np.datetime64(round(at), "ms") for at in values]  # type: ignore[call-overload]
        return pd.Series(np.array(moments, dtype="datetime64[ms]")).dt.tz_localize("UTC")
    if column.dtype == "string":
        # Lone surrogates, which captured text may hold, do not fit in every storage of strings.
        values = [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]
    return pd.Series(values, dtype="object").astype(column.typed)
