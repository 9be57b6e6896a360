"""Blocks: the fetches of a piece, packed for the way between processes and for the disk.

Of most fetches only the rows are kept that reports asked for. The others are kept whole, since there is more to tell of
them once all is read: those that failed have a cause, which shows in what else the server answered.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from coranalyze.analysis import Row, begins_at
from coranalyze.causes import hangs_on_fold
from coranalyze.fetch import Fetch

MakeRow = Callable[[], Row[Any]]
"""A class or function by its name in a module, so that every process finds it."""
SIZE = 1_000
"""Fetches of one block."""


class Blocks(msgspec.Struct):
    """What is kept of some fetches of one input, in the order of the capture."""

    positions: list[bytes] = []
    """For each block: the entry with which each fetch begins, and which of them are kept whole."""
    rows: dict[MakeRow, list[bytes]] = {}
    """For each block: the rows of a report, None for fetches that are kept whole."""
    whole: list[bytes] = []
    """For each block: the fetches that are kept whole."""


def packed(fetches: Sequence[Fetch], makers: Sequence[MakeRow]) -> Blocks:
    """The blocks of fetches that are in order."""
    blocks = Blocks(rows={make: [] for make in makers})
    rows = {make: make() for make in makers}
    for begin in range(0, len(fetches), SIZE):
        part = fetches[begin : begin + SIZE]
        late = [hangs_on_fold(fetch) for fetch in part]
        blocks.positions.append(_pack([(begins_at(fetch), late_) for fetch, late_ in zip(part, late, strict=True)]))
        blocks.whole.append(_pack([fetch for fetch, late_ in zip(part, late, strict=True) if late_]))
        for make, row in rows.items():
            made = [None if late_ else row(fetch, None, ()) for fetch, late_ in zip(part, late, strict=True)]
            blocks.rows[make].append(_pack(made))
    return blocks


def _pack(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)


def unpacked(data: bytes) -> Any:
    return pickle.loads(zlib.decompress(data))
