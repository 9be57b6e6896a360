"""Input: what is known of one capture that was read, apart from what was in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from coranalyze.exchange import Skipped
from coranalyze.sources import SKIPPED, Capture


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One capture that was read (or, with `error`, could not be)."""

    path: str
    format: str = "har"
    """har, flow, capture or text; console for what a browser's console said."""
    dialect: str = "unknown"
    entries: int = 0
    """Entries in the file, skipped ones included."""
    skipped: tuple[Skipped, ...] = ()
    """Entries that could not be used, the first ones."""
    more_skipped: int = 0
    """Further ones."""
    notes: tuple[str, ...] = ()
    """What the reader should know about this capture: sanitized, truncated, preflights not recorded, …"""
    error: str = ""
    """Why nothing of it could be read; empty where something could."""

    @property
    def skips(self) -> int:
        """How many entries could not be used."""
        return len(self.skipped) + self.more_skipped

    @classmethod
    def joined(cls, parts: Sequence[Input], notes: Iterable[str] = ()) -> Input:
        """Of the parts of one capture, and what is known of them together."""
        skips, skipped = sum(part.skips for part in parts), [each for part in parts for each in part.skipped]
        told = dict.fromkeys([*(note for part in parts for note in part.notes), *notes])
        if skips > SKIPPED:
            told[f"{skips:,} entries could not be used; why is told of the first {SKIPPED:,}"] = None
        return msgspec.structs.replace(
            parts[0],
            entries=sum(part.entries for part in parts),
            skipped=tuple(skipped[:SKIPPED]),
            more_skipped=skips - min(skips, SKIPPED),
            notes=tuple(told),
        )


def input_of(capture: Capture) -> Input:
    """What was read of a capture whose exchanges are exhausted."""
    return Input.joined([part_of(capture)])


def part_of(capture: Capture) -> Input:
    """The same of a part of a capture."""
    return Input(
        path=capture.path,
        format=capture.format,
        dialect=capture.dialect.name,
        entries=capture.entries,
        skipped=tuple(capture.skipped),
        more_skipped=capture.skips - len(capture.skipped),
        notes=tuple(capture.notes),
    )
