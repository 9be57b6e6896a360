"""Analysis → pandas frames with documented columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from coranalyze.cors.origin import origin_of

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis

FETCH_COLUMNS = {
    "input": "int64",  # index into Analysis.inputs
    "url": "str",  # first URL of the chain
    "host": "str",  # scheme://host[:port] of that URL
    "method": "str",
    "origin": "str",  # serialized origin of the page, missing where unknown
    "cross_origin": "bool",
    "mode": "str",
    "credentials": "str",  # include, not-include, unknown
    "outcome": "str",  # allowed, blocked, conditional, not-subject, unknown
    "reason": "str",
    "stage": "str",  # preflight, actual, redirect
    "detail": "str",
    "observed": "str",  # what the capture itself recorded
    "browser": "str",
    "preflight": "str",  # not-needed, recorded, cached, not-recorded
    "status": "Int64",  # of the last exchange, missing without a response
    "started": "datetime64[ms, UTC]",  # of the first exchange
    "duration_ms": "float64",  # from the first exchange's start to the last one's end
    "exchanges": "int64",
}


def fetch_frame(analysis: Analysis) -> pd.DataFrame:
    """One row per fetch in the order of `analysis.fetches`, columns as in `FETCH_COLUMNS`."""
    rows = []
    for fetch in analysis.fetches:
        verdict = fetch.verdict
        times = [sent.exchange for sent in fetch.exchanges]
        starts = [x.started for x in times if x.started is not None]
        ends = [x.ended for x in times if x.ended is not None]
        rows.append(
            (
                fetch.input, fetch.url, str(origin_of(fetch.url) or ""), fetch.method, fetch.origin, fetch.cross_origin,
                fetch.mode, fetch.credentials.value, verdict.outcome.value,
                verdict.reason.value if verdict.reason else None, verdict.stage.value if verdict.stage else None,
                verdict.detail, fetch.observed.value, fetch.browser, fetch.preflight.value,
                times[-1].status, pd.Timestamp(min(starts), unit="ms", tz="UTC") if starts else pd.NaT,
                max(ends) - min(starts) if starts and ends else float("nan"), len(times),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(FETCH_COLUMNS)).astype(FETCH_COLUMNS)
