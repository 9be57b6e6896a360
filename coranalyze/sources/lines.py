"""The line of a file on which an entry begins, for reports that point into it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from coranalyze.sources import kinds
from coranalyze.sources.kinds import Kind


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw] = []


class _Har(msgspec.Struct):
    log: _Log


def lines_of(path: str, entries: Iterable[int]) -> dict[int, int]:
    """Entry → line, counted from 1. Nothing for what is not plain text: archives, flow files, standard input."""
    wanted = set(entries)
    try:
        # What comes from a pipe is gone, or would be waited for.
        data = Path(path).read_bytes() if wanted and Path(path).is_file() else b""
    except (OSError, ValueError):
        return {}
    kind = kinds.kind_of(data[: kinds.SAMPLE].removeprefix(kinds.UTF8_BOM).lstrip())
    if kind is Kind.CAPTURE:
        # The first line is the file's own.
        return {entry: entry + 2 for entry in wanted}
    return _in_har(data, wanted) if kind is Kind.HAR else {}


def _in_har(data: bytes, wanted: set[int]) -> dict[int, int]:
    try:
        raw = msgspec.json.decode(data, type=_Har).log.entries
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    found: dict[int, int] = {}
    position = counted = 0
    line = 1
    for entry, text in enumerate(raw):
        start = data.find(bytes(text), position)
        if start < 0:
            break
        position = start + 1
        if entry in wanted:
            line += data.count(b"\n", counted, start)
            counted = start
            found[entry] = line
    return found
