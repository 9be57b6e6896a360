"""How charts look: colours that colour-blind readers tell apart, labels that fit, room that grows with the rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

P = ParamSpec("P")
T = TypeVar("T")

INK, MUTED, GRID, PAPER = "#22262e", "#5d6472", "#dfe3ea", "#ffffff"

# After Okabe and Ito, darkened to a contrast of 3 to 1 on white; hatched where something is open.
OUTCOMES = {
    "allowed": "#00876a", "blocked": "#cf4d0b", "conditional": "#b07d00", "unknown": "#777d8c",
    "not-subject": "#b4bac6",
}  # fmt: skip
STAGES = {"preflight": "#4b5fb8", "actual": "#cf4d0b", "redirect": "#a0478f"}
SEVERITIES = {"critical": "#7d1642", "high": "#cf3a3a", "medium": "#d9782d", "low": "#cbb552", "info": "#7b8799"}
ACCESS = {"with-credentials": "#a0478f", "without-credentials": "#2b7cb8", "refused": "#b4bac6"}
COST = {"needed": "#4b5fb8", "avoidable": "#b07d00", "saved": "#9cc4ee"}
HATCHED = frozenset({"conditional", "unknown", "saved"})

WIDTH = 8.6
"""Inches."""
RC: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 9.5,
    "axes.edgecolor": GRID, "axes.labelcolor": MUTED, "axes.titlecolor": INK, "text.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.titlesize": 11.5, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 12,
    "axes.labelsize": 9, "axes.axisbelow": True, "axes.unicode_minus": False,
    "xtick.color": MUTED, "ytick.color": INK, "xtick.labelsize": 9, "ytick.labelsize": 9,
    "ytick.major.size": 0, "xtick.major.size": 0, "grid.color": GRID, "grid.linewidth": 0.8,
    "legend.frameon": False, "legend.fontsize": 9, "hatch.color": PAPER, "hatch.linewidth": 1.2,
    "figure.facecolor": PAPER, "axes.facecolor": "none", "svg.fonttype": "none",
    "timezone": "UTC", "axes.formatter.use_locale": False,
    # A dollar sign in captured text is a dollar sign.
    "text.usetex": False, "text.parse_math": False,
}  # fmt: skip


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Draw with the house style, whatever the reader's own matplotlib settings are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return draw(*args, **kwargs)

    return drawn


def blank(height: float) -> Figure:
    return Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12))


def empty(title: str, message: str) -> Figure:
    """A chart without data says so."""
    figure = blank(1.3)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_title(title)
    axes.text(0, 0.5, message, transform=axes.transAxes, va="center", color=MUTED)
    return figure
