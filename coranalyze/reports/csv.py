"""CSV of a frame, for spreadsheets: no cell is taken for a formula."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

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
    cells = [_cells(column) for _, column in frame.items()]
    writer.writerows(zip(*([frame.index] if index else []), *cells, strict=True))
    return file.getvalue()


def _cells(column: pd.Series[Any]) -> list[object]:
    if column.dtype.kind == "M":
        return ["" if missing else at.isoformat() for at, missing in zip(column, column.isna(), strict=True)]
    values = column.astype(object).where(column.notna(), "")
    # Most texts stand in many rows.
    shown = {text: _shown(text) for text in set(values) if isinstance(text, str)}
    return [shown[value] if isinstance(value, str) else value for value in values]


def _shown(text: str) -> str:
    line = visible(text, 32_000)
    return f"'{line}" if line.lstrip().startswith(_FORMULA) else line
