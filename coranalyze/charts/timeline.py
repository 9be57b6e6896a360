"""The capture over time: what became of the fetches, and the preflights that they needed."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from coranalyze.charts.bars import legend
from coranalyze.charts.style import COST, HATCHED, OUTCOMES, PAPER, blank, empty, styled
from coranalyze.visible import plural

TITLE = "The capture over time"
_NONE = "No request carries a time."
_STACK = ["blocked", "conditional", "unknown", "allowed", "not-subject"]
BINS = 60
# Seconds: what people count in.
_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
    3600, 7200, 10800, 21600, 43200, 86400,
)  # fmt: skip


def timeline_table(fetches: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.frame()` → start of each span of time that holds fetches, its seconds, outcomes and preflights."""
    timed = _timed(fetches)
    columns = ["started", "seconds", *_STACK, "preflights"]
    if timed.empty:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in columns})
    started = timed["started"].dt.as_unit("ms").astype("int64") / 1000
    step = _step(float(started.max() - started.min()))
    span = (started // step).rename("span")
    counted = pd.crosstab(span, timed["outcome"].astype("string")).reindex(columns=_STACK, fill_value=0)
    counted["preflights"] = timed["preflights"].astype("int64").groupby(span).sum()
    table = counted.astype("int64").rename_axis(columns=None).reset_index()
    starts = pd.to_datetime((table.pop("span") * step * 1000).round().astype("int64"), unit="ms", utc=True)
    table.insert(0, "started", starts)
    table.insert(1, "seconds", step)
    return table


def _timed(fetches: pd.DataFrame) -> pd.DataFrame:
    """Fetches with a time that can be drawn. The plain-text notation has none: its sources count from 1970.

    matplotlib's dates, with the margins, end before 9999.
    """
    first, last = (pd.Timestamp(year, 1, 1, tz="UTC") for year in (1990, 9000))
    return fetches[fetches["started"].between(first, last)]


def _step(span: float) -> float:
    """The shortest step that needs no more than `BINS`."""
    for step in _STEPS:
        if span / step < BINS:
            return step
    return 86400.0 * math.ceil(span / 86400 / BINS)


@styled
def timeline(fetches: pd.DataFrame) -> Figure:
    """`Analysis.frame()` → fetches per span of time by outcome, and below them the preflights."""
    table = timeline_table(fetches)
    if table.empty:
        return empty(TITLE, _NONE)
    figure = blank(3.9)
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    step = float(table["seconds"].iloc[0]) / 86400
    starts = [at.timestamp() / 86400 for at in table["started"]]
    lone = step * BINS / 4 if len(starts) == 1 else step * 2
    base = [0] * len(starts)
    for name in _STACK:
        heights = table[name].tolist()
        if any(heights):
            above.bar(
                starts, heights, step, bottom=base, align="edge", color=OUTCOMES[name], edgecolor=PAPER,
                linewidth=0.4, label=name.replace("-", " "), hatch="///" if name in HATCHED else None,
            )  # fmt: skip
            base = [low + high for low, high in zip(base, heights, strict=True)]
    preflights = table["preflights"].tolist()
    if any(preflights):
        below.bar(
            starts, preflights, step, align="edge", color=COST["needed"], edgecolor=PAPER, linewidth=0.4,
            label="preflights",
        )  # fmt: skip
    for axes, label in ((above, "fetches"), (below, "preflights")):
        axes.grid(axis="y")
        axes.set_ylabel(label)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4 if axes is above else 2, integer=True, min_n_ticks=1))
        axes.set_ylim(0, max(*axes.get_ylim(), 1))
    below.set_xlim(starts[0] - lone, starts[-1] + step + lone)
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))  # type: ignore[no-untyped-call]
    below.set_xlabel(f"time (UTC), in spans of {_words(step * 86400)}")
    above.set_title(TITLE)
    figure.align_ylabels()
    legend(figure, above)
    return figure


def _words(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"), (0.001, "millisecond")):
        if seconds >= size * 0.999:
            count = round(seconds / size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds:g} seconds"


def _moment(at: pd.Timestamp) -> str:
    """`2026-11-23 11:35:00`"""
    return at.isoformat(sep=" ")[:19]


def timeline_text(fetches: pd.DataFrame) -> str:
    table = timeline_table(fetches)
    if table.empty:
        return _NONE
    started = _timed(fetches)["started"]
    first, last = started.min(), started.max()
    busiest = table.iloc[int(table[_STACK].sum(axis=1).argmax())]
    total, blocked, sent = (int(table[name].sum().sum()) for name in (_STACK, "blocked", "preflights"))
    return (
        f"{plural(total, 'fetch', 'fetches')} from {_moment(first)} to {_moment(last)} UTC, "
        f"{blocked:,} blocked, with {plural(sent, 'preflight')}. Busiest: the {_words(float(busiest['seconds']))} from "
        f"{_moment(busiest['started'])[11:]}, {plural(int(busiest[_STACK].sum()), 'fetch', 'fetches')}."
    )
