"""`--report-dir`: every format and every chart in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from coranalyze.cli.choices import SUFFIXES, Format
from coranalyze.cli.outputs import Output, OutputError, Target, open_outputs
from coranalyze.sources import storage

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis

STEM = "report"
CHARTS = "charts"


class Folder:
    """All files of a report folder, open."""

    def __init__(self, path: str, reports: list[Output], charts: dict[str, Target]) -> None:
        self.path = storage.shown(path)
        self._reports = reports
        self._charts = charts
        """By file name."""

    @property
    def formats(self) -> list[Format]:
        return [report.format for report in self._reports]

    def write(self, analysis: Analysis, render: Callable[[Analysis, Format], Iterable[bytes]]) -> None:
        from coranalyze.charts import charts_of, png, svg

        for report in self._reports:
            report.write(render(analysis, report.format))
        for chart in charts_of(analysis):
            frame = getattr(analysis, chart.frame)()
            figure = chart.figure(frame)
            self._charts[f"{chart.name}.svg"].write([svg(figure, chart.title, chart.text(frame)).encode()])
            self._charts[f"{chart.name}.png"].write([png(figure)])
        # Of those that were not drawn nothing is left.
        self.discard()

    def discard(self) -> None:
        for target in (*self._reports, *self._charts.values()):
            target.discard()


def open_folder(path: str) -> Folder:
    """Make the folder where it is missing, and open every file in it; raises OutputError where that fails."""
    from coranalyze.charts import CHARTS as ALL

    try:
        if not storage.is_url(path):  # storage has no folders, or makes them as files come
            Path(path, CHARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be made: {error.strerror or error}") from error
    folder = Folder(path, open_outputs(f"{path.rstrip('/')}/{STEM}{suffix}" for suffix in _suffixes()), {})
    try:
        for name in (f"{chart.name}.{suffix}" for chart in ALL for suffix in ("svg", "png")):
            folder._charts[name] = Target(f"{path.rstrip('/')}/{CHARTS}/{name}")
    except OutputError:
        folder.discard()
        raise
    return folder


def _suffixes() -> list[str]:
    """Of all formats; Parquet only where its library is installed."""
    return [s for s, format in SUFFIXES.items() if format is not Format.PARQUET or find_spec("pyarrow") is not None]
