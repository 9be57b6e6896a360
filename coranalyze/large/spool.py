"""Spool: blocks in a private temporary file without a name, which is gone when the process is, however that ends."""

from __future__ import annotations

import heapq
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain
from typing import Any

from coranalyze.large.blocks import EARLY, Blocks, MakeRow, unpacked

_Place = tuple[int, int]
"""Where a block stands in the file, and its length."""


class Spool:
    """Takes the blocks of one input after the other; gives the rows of their fetches in order, as often as asked."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="coranalyze-")  # noqa: SIM115 - it goes with this object
        self._end = 0
        self._inputs: list[tuple[int, list[_Stored]]] = []

    def __del__(self) -> None:
        self._file.close()

    def begin(self, input: int) -> None:
        """What is added from now on is of this input, the next one."""
        self._inputs.append((input, []))

    def drop(self) -> None:
        """Forget the last input."""
        self._inputs.pop()

    def add(self, blocks: Blocks | None) -> None:
        """Fetches of the last input; they may begin before those that were added already."""
        if blocks is not None:
            self._inputs[-1][1].append(_Stored(blocks, self._put))

    def late(self, share: int) -> list[bytes]:
        """The fetches of a share that are kept whole, in the order in which they were added."""
        return [self._get(piece.late[share]) for piece in self._pieces() if share in piece.late]

    def tell(self, share: int, rows: dict[MakeRow, list[bytes]]) -> None:
        """The rows of all that `late` gave."""
        pieces = [piece for piece in self._pieces() if share in piece.late]
        for make, blocks in rows.items():
            for piece, block in zip(pieces, blocks, strict=True):
                piece.told.setdefault(make, {})[share] = self._put(block)

    def rows(self, make: MakeRow) -> Iterator[Any]:
        """A row for every fetch, in order; all shares have to be told."""
        return chain.from_iterable(self._of_input(pieces, make) for _, pieces in self._inputs)

    def numbers(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """Input, and entry with which a fetch of it begins → its number among all fetches."""
        asked: dict[int, list[int]] = {}
        for input, entry in sorted(wanted):
            asked.setdefault(input, []).append(entry)
        found: dict[tuple[int, int], int] = {}
        before = 0
        for input, pieces in self._inputs:
            entries = asked.get(input, [])
            within, behind = [0] * len(entries), [0] * (len(entries) + 1)
            for piece in pieces if entries else ():
                low, high = bisect_left(entries, piece.first), bisect_right(entries, piece.last)
                behind[high] += piece.count
                begins = self._order(piece)[0] if low < high else ()
                for i in range(low, high):
                    within[i] += bisect_left(begins, entries[i])
            for entry, inside, passed in zip(entries, within, accumulate(behind), strict=False):
                found[input, entry] = before + inside + passed
            before += sum(piece.count for piece in pieces)
        return found

    def _pieces(self) -> Iterator[_Stored]:
        return chain.from_iterable(pieces for _, pieces in self._inputs)

    def _of_input(self, pieces: list[_Stored], make: MakeRow) -> Iterator[Any]:
        # Most pieces begin where the one before ends; only those that do not are read at the same time.
        later = list(accumulate((piece.first for piece in reversed(pieces)), min))[::-1]
        together: list[_Stored] = []
        last = -1
        for number, piece in enumerate(pieces):
            if together and later[number] > last:
                yield from self._merged(together, make)
                together = []
            together.append(piece)
            last = max(last, piece.last)
        yield from self._merged(together, make)

    def _merged(self, pieces: list[_Stored], make: MakeRow) -> Iterator[Any]:
        if len(pieces) < 2:
            return chain.from_iterable(self._of_piece(piece, make) for piece in pieces)
        # No two fetches of an input begin with the same entry: nothing else is compared.
        streams = [zip(self._order(piece)[0], self._of_piece(piece, make), strict=True) for piece in pieces]
        return (row for _, row in heapq.merge(*streams))

    def _of_piece(self, piece: _Stored, make: MakeRow) -> Iterator[Any]:
        shares = self._order(piece)[1]
        early = chain.from_iterable(map(self._unpacked, piece.rows[make]))
        if not piece.late:
            return early
        rows = {share: iter(self._unpacked(place)) for share, place in piece.told[make].items()} | {EARLY: early}
        return (next(rows[share]) for share in shares)

    def _order(self, piece: _Stored) -> Any:
        return self._unpacked(piece.order)

    def _put(self, block: bytes) -> _Place:
        place = self._end, len(block)
        self._file.seek(self._end)
        self._file.write(block)
        self._end += len(block)
        return place

    def _get(self, place: _Place) -> bytes:
        offset, length = place
        self._file.seek(offset)
        return self._file.read(length)

    def _unpacked(self, place: _Place) -> Any:
        return unpacked(self._get(place))


class _Stored:
    """Where the blocks of some fetches stand."""

    __slots__ = ("count", "first", "last", "late", "order", "rows", "told")

    def __init__(self, blocks: Blocks, put: Callable[[bytes], _Place]) -> None:
        self.count, self.first, self.last = blocks.count, blocks.first, blocks.last
        self.order = put(blocks.order)
        self.rows = {make: [put(block) for block in made] for make, made in blocks.rows.items()}
        self.late = {share: put(block) for share, block in blocks.late.items()}
        self.told: dict[MakeRow, dict[int, _Place]] = {}
