"""Figures to SVG and PNG: the same bytes for the same figure, in any process and time zone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SALT = "coranalyze"
RESOLUTION = 144
"""Dots per inch of a PNG."""


def svg(figure: Figure, title: str = "", text: str = "") -> str:
    """The figure as SVG, its text as text; `title` and `text` (what it shows, in words) go into its metadata."""
    file = StringIO()
    told = {name: words for name, words in (("Title", title), ("Description", text)) if words}
    with _settings():
        FigureCanvasSVG(figure).print_svg(file, metadata={**told, "Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def png(figure: Figure) -> bytes:
    file = BytesIO()
    with _settings():
        figure.set_dpi(RESOLUTION)
        FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


@contextmanager
def _settings() -> Iterator[None]:
    with matplotlib.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "none"}), warnings.catch_warnings():
        # A character that the font lacks is a box in the picture; the table behind the chart has it.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield
