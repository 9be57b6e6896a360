"""What preflights cost: milliseconds at each endpoint, which of them were avoidable, and what the cache saved."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from coranalyze.charts.bars import ROWS, bars
from coranalyze.charts.style import COST, empty, styled
from coranalyze.visible import plural, short

TITLE = "What preflights cost"
_NONE = "No preflight was recorded or saved."
_SUMMED = ["preflights", "preflight_ms", "avoidable", "avoidable_ms", "saved", "saved_ms"]


def preflights_table(endpoints: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.endpoints_frame()` → endpoint; preflights sent, avoidable, saved, with times; the costliest first."""
    table = endpoints.loc[(endpoints["preflights"] > 0) | (endpoints["saved"] > 0), ["endpoint", *_SUMMED]]
    return table.sort_values(
        ["preflight_ms", "preflights", "endpoint"], ascending=[False, False, True], ignore_index=True
    )


@styled
def preflights(endpoints: pd.DataFrame) -> Figure:
    """`Analysis.endpoints_frame()` → time that preflights took, that a longer lifetime would spare, and that was."""
    table = preflights_table(endpoints)
    if table.empty:
        return empty(TITLE, _NONE)
    shown, rest = table.head(ROWS), table.iloc[ROWS:]
    rows = shown[_SUMMED].fillna(0).to_dict("records")
    return bars(
        [short(endpoint, 52) for endpoint in shown["endpoint"]],
        {
            "needed": [row["preflight_ms"] - row["avoidable_ms"] for row in rows],
            "avoidable": [row["avoidable_ms"] for row in rows],
            "saved": [row["saved_ms"] for row in rows],
        },
        COST,
        [
            (f"{row['preflights']:,} in {_ms(row['preflight_ms'])}" if row["preflights"] else "none sent")
            + (f", {row['avoidable']:,} avoidable" if row["avoidable"] else "")
            + (f"; {row['saved']:,} saved, {_ms(row['saved_ms'])}" if row["saved"] else "")
            for row in rows
        ],
        title=TITLE,
        unit="milliseconds",
        more=""
        if rest.empty
        else f"and {plural(len(rest), 'more endpoint')}: {plural(int(rest['preflights'].sum()), 'preflight')}, "
        f"{_ms(float(rest['preflight_ms'].sum()))}",
        notes_take=0.6,
    )


def _ms(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms" if value >= 0.05 or not value else "under 0.1 ms"


def preflights_text(endpoints: pd.DataFrame) -> str:
    table = preflights_table(endpoints)
    if table.empty:
        return _NONE
    told = f"{plural(int(table['preflights'].sum()), 'preflight')} took {_ms(float(table['preflight_ms'].sum()))} at "
    told += f"{plural(len(table), 'endpoint')}; {int(table['avoidable'].sum()):,} were avoidable, and the browser's "
    told += f"cache saved {int(table['saved'].sum()):,}"
    return f"{told}. Most costly: {short(table['endpoint'].iloc[0], 80)}, {_ms(float(table['preflight_ms'].iloc[0]))}."
