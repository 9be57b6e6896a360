"""Spool: blocks in a private temporary file without a name, which is gone when the process is, however that ends."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from itertools import accumulate, chain
from typing import Any

from coranalyze.fetch import Fetch
from coranalyze.large.blocks import Blocks, MakeRow, unpacked

Item = tuple[int, Any, Fetch | None]
"""The entry with which a fetch begins, and its row or, where it is told late, the fetch itself."""
_Place = tuple[int, int]
"""Where a block stands in the file, and its length."""


class Spool:
    """Takes the blocks of one input after the other; gives back their fetches in order, as often as asked."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="coranalyze-")  # noqa: SIM115 - it goes with this object
        self._end = 0
        self._inputs: list[list[_Stored]] = []

    def __del__(self) -> None:
        self._file.close()

    def begin(self) -> None:
        """What is added from now on is of the next input."""
        self._inputs.append([])

    def drop(self) -> None:
        """Forget the last input."""
        self._inputs.pop()

    def add(self, blocks: Blocks) -> None:
        """Fetches of the last input; they may begin before those that were added already."""
        if not blocks.positions:
            return
        self._inputs[-1].append(
            _Stored(
                [self._put(block) for block in blocks.positions],
                {make: [self._put(block) for block in made] for make, made in blocks.rows.items()},
                [self._put(block) for block in blocks.whole],
            )
        )

    def late(self) -> Iterator[tuple[int, Fetch]]:
        """The fetches that are told late, each with its number among all."""
        for number, (_, _, fetch) in enumerate(self.items(None)):
            if fetch is not None:
                yield number, fetch

    def items(self, make: MakeRow | None) -> Iterator[Item]:
        """All fetches in order, with their rows for one report; without `make` none has any."""
        return chain.from_iterable(self._of_input(pieces, make) for pieces in self._inputs)

    def _of_input(self, pieces: list[_Stored], make: MakeRow | None) -> Iterator[Item]:
        # Most pieces begin where the one before ends; only those that do not are read at the same time.
        spans = [self._span(piece) for piece in pieces]
        later = list(accumulate((first for first, _ in reversed(spans)), min))[::-1]
        together: list[_Stored] = []
        last = -1
        for number, piece in enumerate(pieces):
            if together and later[number] > last:
                yield from self._merged(together, make)
                together = []
            together.append(piece)
            last = max(last, spans[number][1])
        yield from self._merged(together, make)

    def _merged(self, pieces: list[_Stored], make: MakeRow | None) -> Iterator[Item]:
        streams = [self._of_piece(piece, make) for piece in pieces]
        # No two fetches of an input begin with the same entry: nothing else is compared.
        return streams[0] if len(streams) == 1 else heapq.merge(*streams)

    def _of_piece(self, piece: _Stored, make: MakeRow | None) -> Iterator[Item]:
        for number, (positions, whole) in enumerate(zip(piece.positions, piece.whole, strict=True)):
            told = self._get(positions)
            rows = [None] * len(told) if make is None else self._get(piece.rows[make][number])
            fetches = iter(self._get(whole))
            for (position, late), row in zip(told, rows, strict=True):
                yield position, row, next(fetches) if late else None

    def _span(self, piece: _Stored) -> tuple[int, int]:
        """The entries with which its first and its last fetch begin."""
        return self._get(piece.positions[0])[0][0], self._get(piece.positions[-1])[-1][0]

    def _put(self, block: bytes) -> _Place:
        place = self._end, len(block)
        self._file.seek(self._end)
        self._file.write(block)
        self._end += len(block)
        return place

    def _get(self, place: _Place) -> Any:
        offset, length = place
        self._file.seek(offset)
        return unpacked(self._file.read(length))


class _Stored:
    """Where the blocks of some fetches stand."""

    __slots__ = ("positions", "rows", "whole")

    def __init__(self, positions: list[_Place], rows: dict[MakeRow, list[_Place]], whole: list[_Place]) -> None:
        self.positions = positions
        self.rows = rows
        self.whole = whole
