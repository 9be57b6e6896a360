"""Findings by severity and server."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from coranalyze.charts.bars import ROWS, bars
from coranalyze.charts.style import SEVERITIES, empty, styled
from coranalyze.visible import plural, short

TITLE = "Findings, by server and severity"
_NONE = "No finding."


def findings_table(findings: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.findings_frame()` → server and a column for each severity; the worst first."""
    counted = pd.crosstab(findings["server"], findings["severity"].astype("string"))
    counted = counted.reindex(columns=list(SEVERITIES), fill_value=0).astype("int64")
    counted["findings"] = counted.sum(axis=1)
    table = counted.rename_axis(columns=None).reset_index()
    return table.sort_values([*SEVERITIES, "server"], ascending=[False] * len(SEVERITIES) + [True], ignore_index=True)


@styled
def findings(findings: pd.DataFrame) -> Figure:
    """`Analysis.findings_frame()` → how many findings of each severity every server has."""
    table = findings_table(findings)
    if table.empty:
        return empty(TITLE, _NONE)
    shown, rest = table.head(ROWS), table.iloc[ROWS:]
    counts = {name: shown[name].tolist() for name in SEVERITIES}
    return bars(
        [short(server) for server in shown["server"]],
        counts,
        SEVERITIES,
        [
            ", ".join(f"{counts[name][row]:,} {name}" for name in SEVERITIES if counts[name][row])
            for row in range(len(shown))
        ],
        title=TITLE,
        unit="findings",
        more=""
        if rest.empty
        else f"and {plural(len(rest), 'more server')}, {plural(int(rest['findings'].sum()), 'finding')}",
        notes_take=0.45,
    )


def findings_text(findings: pd.DataFrame) -> str:
    table = findings_table(findings)
    if table.empty:
        return _NONE
    totals = {name: int(table[name].sum()) for name in SEVERITIES}
    told = ", ".join(f"{count:,} {name}" for name, count in totals.items() if count)
    return f"{plural(int(table['findings'].sum()), 'finding')} on {plural(len(table), 'server')}: {told}."
