"""CSV of a frame, for spreadsheets: no cell is taken for a formula."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from coranalyze.visible import visible

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@")
"""What spreadsheets read as the beginning of a formula; tabs and line ends are escapes by then."""


def render(frame: pd.DataFrame, *, header: bool = True) -> str:
    """RFC 4180, with a header line or as what follows one; missing values are empty, times ISO 8601 in UTC.

    Text that a spreadsheet would calculate gets an apostrophe in front.
    """
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    index = [frame.index.name] if frame.index.name else []
    if header:
        writer.writerow([*index, *frame.columns])
    for number, row in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        cells = [_cell(value) for value in row]
        writer.writerow([number, *cells] if index else cells)
    return file.getvalue()


def _cell(value: object) -> object:
    import pandas as pd

    if isinstance(value, str):
        shown = visible(value, 32_000)
        return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return "" if pd.isna(value) else value  # type: ignore[call-overload]
