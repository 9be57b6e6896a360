"""Parquet of frames that come one after the other: a row group for each, handed on as it is written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def chunks(frames: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    """The file in pieces; all frames have the columns of the first. Raises ImportError without pyarrow."""
    import pyarrow as pa
    from pyarrow import parquet

    written = _Written()
    table = pa.Table.from_pandas(next(frames), preserve_index=True)
    with parquet.ParquetWriter(pa.PythonFile(written, mode="w"), table.schema) as writer:
        writer.write_table(table)
        yield written.taken()
        for frame in frames:
            writer.write_table(pa.Table.from_pandas(frame, table.schema, preserve_index=True))
            yield written.taken()
    yield written.taken()


class _Written(io.RawIOBase):
    """A file that is handed on as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
