"""Who may read what: endpoints by origins, with credentials or without."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from coranalyze.charts.style import ACCESS, GRID, INK, PAPER, blank, empty, styled
from coranalyze.visible import plural, short

TITLE = "Who may read what"
_NONE = "No answer tells who may read it."
ROWS, COLUMNS = 40, 10
SIGNS = {"with-credentials": "C", "without-credentials": "R", "refused": "×"}
_PARTLY = "±"


def policies_table(policies: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.policies_frame()` → a row per endpoint, a column per origin, `partly` where some were refused."""
    told = policies["access"].astype("string").where(
        ~((policies["refused"] > 0) & (policies["refused"] < policies["answers"])),
        policies["access"].astype("string") + " (partly)",
    )  # fmt: skip
    cells = policies.assign(told=told).pivot(index="endpoint", columns="origin", values="told")
    return cells[_origins(policies)].rename_axis(columns=None).reset_index()


def _origins(policies: pd.DataFrame) -> list[str]:
    """All origins first, then those that asked at most endpoints."""
    asked = policies["origin"].value_counts()
    return sorted(asked.index, key=lambda origin: (origin != "*", -asked[origin], origin))


@styled
def policies(policies: pd.DataFrame) -> Figure:
    """`Analysis.policies_frame()` → a cell for each endpoint and origin, coloured by what the origin may read."""
    if policies.empty:
        return empty(TITLE, _NONE)
    origins, exposed = _origins(policies)[:COLUMNS], _exposed(policies)
    endpoints = sorted(exposed[:ROWS])
    column = {origin: at for at, origin in enumerate(origins)}
    row = {endpoint: at for at, endpoint in enumerate(endpoints)}
    figure = blank(2.7 + 0.3 * len(endpoints))
    axes = figure.add_subplot()
    for x in column.values():
        for y in row.values():
            axes.add_patch(Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, facecolor="none", edgecolor=GRID, linewidth=0.8))
    drawn = policies[policies["origin"].isin(origins) & policies["endpoint"].isin(endpoints)]
    for cell in drawn.to_dict("records"):
        x, y, access = column[cell["origin"]], row[cell["endpoint"]], str(cell["access"])
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=ACCESS[access], edgecolor=PAPER, linewidth=1.5))
        sign = SIGNS[access] + (_PARTLY if 0 < cell["refused"] < cell["answers"] else "")
        axes.text(
            x + 0.5, y + 0.5, sign, ha="center", va="center", fontsize=8.5,
            color=INK if access == "refused" else PAPER, fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(0, max(len(origins), 6))
    axes.set_ylim(max(len(endpoints), 1), 0)
    axes.set_yticks([at + 0.5 for at in row.values()], [short(e, 52) for e in row])
    axes.set_xticks(
        [at + 0.5 for at in column.values()], ["any origin (*)" if o == "*" else short(o, 32) for o in column],
        rotation=35, ha="left", rotation_mode="anchor",
    )  # fmt: skip
    axes.xaxis.tick_top()
    axes.spines[["bottom", "top"]].set_visible(False)
    axes.set_title(TITLE)
    left = [
        f"{count:,} more {what}"
        for count, what in (
            (len(exposed) - len(endpoints), "endpoints"), (policies["origin"].nunique() - len(origins), "origins")
        )
        if count > 0
    ]  # fmt: skip
    axes.set_xlabel(" and ".join(left) + " in the table" if left else "")
    handles = [
        *(Patch(facecolor=color, label=f"{SIGNS[name]}  {_WORDS[name]}") for name, color in ACCESS.items()),
        Patch(facecolor="none", edgecolor=GRID, label="not asked"),
    ]
    figure.legend(
        handles=handles, title=f"{_PARTLY} some requests are refused", alignment="left", loc="outside lower left",
        ncols=4, handlelength=1.2, columnspacing=1.6, title_fontsize=8.5,
    )  # fmt: skip
    return figure


_WORDS = {
    "with-credentials": "reads with credentials",
    "without-credentials": "reads without credentials",
    "refused": "refused",
}


def _exposed(policies: pd.DataFrame) -> list[str]:
    """Endpoints, the most open first."""
    rank = {name: at for at, name in enumerate(ACCESS)}
    best = policies["access"].astype("string").map(rank).groupby(policies["endpoint"]).min()
    return sorted(best.index, key=lambda endpoint: (best[endpoint], endpoint))


def policies_text(policies: pd.DataFrame) -> str:
    if policies.empty:
        return _NONE
    counts = policies["access"].value_counts()
    told = ", ".join(f"{counts[name]:,} {words}" for name, words in _WORDS.items() if counts[name])
    asked = plural(policies["endpoint"].nunique(), "endpoint"), plural(policies["origin"].nunique(), "origin")
    return f"{', '.join(asked)}: {told}."
