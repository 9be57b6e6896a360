"""Charts: a documented frame in, a matplotlib `Figure` out. No pyplot, no global state, same bytes every time.

>>> from coranalyze import charts
>>> figure = charts.outcomes(analysis.frame())  # doctest: +SKIP
>>> open("outcomes.svg", "w").write(charts.svg(figure))  # doctest: +SKIP

`CHARTS` lists them all, each with the frame that it takes, the table behind it and the same told in words.
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from coranalyze.analysis import Analysis
from coranalyze.charts.findings import findings, findings_table, findings_text
from coranalyze.charts.outcomes import outcomes, outcomes_table, outcomes_text
from coranalyze.charts.policies import policies, policies_table, policies_text
from coranalyze.charts.preflights import preflights, preflights_table, preflights_text
from coranalyze.charts.reasons import reasons, reasons_table, reasons_text
from coranalyze.charts.save import png, svg
from coranalyze.charts.timeline import timeline, timeline_table, timeline_text

__all__ = [
    "CHARTS", "Chart", "charts_of", "findings", "outcomes", "png", "policies", "preflights", "reasons", "svg",
    "timeline",
]  # fmt: skip


class Chart(NamedTuple):
    """One chart, and the same as a table and in words."""

    name: str
    title: str
    frame: str
    """Method of `Analysis` that makes the frame."""
    figure: Callable[[pd.DataFrame], Figure]
    table: Callable[[pd.DataFrame], pd.DataFrame]
    """All that is drawn, and what there was no room for."""
    text: Callable[[pd.DataFrame], str]


CHARTS = (
    Chart("outcomes", "Outcomes by page and server", "frame", outcomes, outcomes_table, outcomes_text),
    Chart("reasons", "Why requests were blocked", "frame", reasons, reasons_table, reasons_text),
    Chart("timeline", "The capture over time", "frame", timeline, timeline_table, timeline_text),
    Chart("preflights", "What preflights cost", "endpoints_frame", preflights, preflights_table, preflights_text),
    Chart("findings", "Findings by server", "findings_frame", findings, findings_table, findings_text),
    Chart("policies", "Who may read what", "policies_frame", policies, policies_table, policies_text),
)


def charts_of(analysis: Analysis) -> tuple[Chart, ...]:
    """All that tell the truth about it: none of single fetches where it does not hold them all."""
    return tuple(chart for chart in CHARTS if chart.frame != "frame" or not analysis.left_out)
