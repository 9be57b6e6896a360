"""Bars: horizontal, stacked, counted from zero, the numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from coranalyze.charts.style import HATCHED, MUTED, PAPER, blank

ROWS = 16
"""Bars of a chart; how many more there are stands below them."""


def bars(
    labels: Sequence[str], parts: Mapping[str, Sequence[float]], colors: Mapping[str, str], notes: Sequence[str],
    *, title: str, unit: str, more: str = "", notes_take: float = 0.3,
) -> Figure:  # fmt: skip
    """A bar for each label, the first on top, made up of the `parts` that are not all zero.

    `notes` stand behind the bars and take this share of the longest; `more` tells what is not drawn.
    """
    line = 0.5 if any("\n" in label for label in labels) else 0.38
    figure = blank(1.5 + line * len(labels) + (0.2 if more else 0))
    axes = figure.add_subplot()
    ends = [0.0] * len(labels)
    for name, color in colors.items():
        widths = [float(width) for width in parts[name]]
        if any(widths):
            hatch: dict[str, Any] = {"hatch": "///"} if name in HATCHED else {}
            axes.barh(
                range(len(labels)), widths, left=ends, height=0.62, color=color, edgecolor=PAPER, linewidth=0.6,
                label=name.replace("-", " "), **hatch,
            )  # fmt: skip
            ends = [start + width for start, width in zip(ends, widths, strict=True)]
    for row, (end, note) in enumerate(zip(ends, notes, strict=True)):
        axes.annotate(
            note, (end, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8.5, color=MUTED,
            annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, (max(ends) or 1) * (1 + notes_take))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks([])
    for row, label in enumerate(labels):
        _label(axes, row, label.split("\n"))
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_title(title)
    axes.set_xlabel(f"{unit}\n{more}" if more else unit)
    legend(figure, axes)
    return figure


def _label(axes: Axes, row: int, lines: list[str]) -> None:
    # Line by line: as one text its lines would be placed by the widths of a font that the reader may not have.
    for number, line in enumerate(lines):
        below = 12 * (number - (len(lines) - 1) / 2)
        axes.annotate(
            line, (0, row), xytext=(-6, -below), textcoords="offset points", ha="right", va="center", fontsize=9,
            annotation_clip=False,
        )  # fmt: skip


def legend(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower left", ncols=5, handlelength=1.2, columnspacing=1.6)
