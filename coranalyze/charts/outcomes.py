"""Outcomes by page and server."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from coranalyze.charts.bars import ROWS, bars
from coranalyze.charts.style import OUTCOMES, empty, styled
from coranalyze.visible import plural, short

TITLE = "Cross-origin requests, by page and server"
_SHOWN = ["blocked", "conditional", "unknown", "allowed"]


def outcomes_table(fetches: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.frame()` → origin, server, and a column for each outcome; most blocked first."""
    judged = fetches[fetches["cross_origin"].fillna(False) & (fetches["outcome"] != "not-subject")]
    origin = judged["origin"].fillna("unknown page")
    counted = pd.crosstab([origin, judged["server"]], judged["outcome"].astype("string"))
    counted = counted.reindex(columns=_SHOWN, fill_value=0).astype("int64")
    counted["requests"] = counted.sum(axis=1)
    table = counted.rename_axis(columns=None).reset_index()
    return table.sort_values(
        ["blocked", "requests", "origin", "server"], ascending=[False, False, True, True], ignore_index=True
    )


@styled
def outcomes(fetches: pd.DataFrame) -> Figure:
    """`Analysis.frame()` → for each page's origin and server, how many requests were blocked, allowed or undecided."""
    table = outcomes_table(fetches)
    if table.empty:
        return empty(TITLE, "No cross-origin request that CORS applies to.")
    shown, rest = table.head(ROWS), table.iloc[ROWS:]
    return bars(
        [
            f"{short(origin)}\n→ {short(server)}"
            for origin, server in zip(shown["origin"], shown["server"], strict=True)
        ],
        {name: shown[name].tolist() for name in _SHOWN},
        {name: OUTCOMES[name] for name in _SHOWN},
        [
            f"{blocked:,} of {requests:,} blocked" if blocked else f"{requests:,}"
            for blocked, requests in zip(shown["blocked"], shown["requests"], strict=True)
        ],
        title=TITLE,
        unit="requests",
        more=""
        if rest.empty
        else f"and {plural(len(rest), 'more pair')}: {rest['blocked'].sum():,} of {rest['requests'].sum():,} blocked",
    )


def outcomes_text(fetches: pd.DataFrame) -> str:
    table = outcomes_table(fetches)
    if table.empty:
        return "No cross-origin request that CORS applies to."
    first = table.iloc[0]
    told = f"{plural(int(table['requests'].sum()), 'request')} between {plural(len(table), 'pair')} of page and server"
    told += f"; {table['blocked'].sum():,} blocked, {table['allowed'].sum():,} allowed."
    if first["blocked"]:
        told += f" Most blocked: {short(first['origin'])} to {short(first['server'])}, "
        told += f"{first['blocked']:,} of {first['requests']:,}."
    return told
