"""Blocks: the fetches of a piece, packed for the way between processes and for the disk.

Of most fetches only the rows are kept that reports asked for. The others are kept whole, since there is more to tell of
them once all is read: those that failed have a cause, which shows in what else the server answered. They are parted by
the servers that they asked.
"""

from __future__ import annotations

import pickle
import zlib
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from coranalyze.analysis import Row, begins_at
from coranalyze.causes import hangs_on_fold
from coranalyze.endpoint import place, rank
from coranalyze.fetch import Fetch

MakeRow = Callable[[], Row[Any]]
"""A class or function by its name in a module, so that every process finds it."""
SIZE = 1_000
"""Rows of one block."""
SHARES = 16
"""Into so many shares all servers are parted; each is told by one process."""
MIXED = SHARES
"""The share of fetches that asked servers of several."""
EARLY = 255
"""The share of fetches of which everything is told at once."""


class Blocks(msgspec.Struct):
    """What is kept of some fetches of one input, in the order of the capture."""

    count: int
    first: int
    """The entry with which the first of them begins."""
    last: int
    order: bytes
    """For each fetch the entry with which it begins, and its share."""
    rows: dict[MakeRow, list[bytes]]
    """The rows of each report for the fetches that are told early."""
    late: dict[int, bytes]
    """Share → the fetches that are kept whole."""


def packed(fetches: Sequence[Fetch], makers: Sequence[MakeRow], *, late: bool) -> Blocks | None:
    """The blocks of fetches that are in order, None without any. Not `late`: there will be no more to tell."""
    if not fetches:
        return None
    entries = array("q", map(begins_at, fetches))
    shares = bytes([share_of(fetch) if hangs_on_fold(fetch) else EARLY for fetch in fetches] if late else ())
    early = [fetch for fetch, share in zip(fetches, shares, strict=True) if share == EARLY] if late else fetches
    kept: dict[int, list[Fetch]] = {}
    for fetch, share in zip(fetches, shares, strict=False):
        if share != EARLY:
            kept.setdefault(share, []).append(fetch)
    rows: dict[MakeRow, list[bytes]] = {}
    for make in makers:
        row = make()
        made = [row(fetch, None, ()) for fetch in early]
        rows[make] = [pack(made[begin : begin + SIZE]) for begin in range(0, len(made), SIZE)]
    return Blocks(
        count=len(fetches),
        first=entries[0],
        last=entries[-1],
        order=pack((entries, shares or bytes([EARLY]) * len(fetches))),
        rows=rows,
        late={share: pack(found) for share, found in kept.items()},
    )


def share_of(fetch: Fetch) -> int:
    """The share to which all servers belong that it asked."""
    found = {share_of_server(place(sent.exchange.url)[0]) for sent in fetch.exchanges}
    return found.pop() if len(found) == 1 else MIXED


@lru_cache(maxsize=16384)
def share_of_server(origin: str) -> int:
    """By its host alone: rules look at what stands under the other of http and https too."""
    return rank(origin.partition("://")[2] or origin) % SHARES


def pack(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)


def unpacked(data: bytes) -> Any:
    return pickle.loads(zlib.decompress(data))
