"""Captures of every format → exchanges, redacted and ordered by start."""

import io
from collections.abc import Iterable, Iterator

from coranalyze.sources import kinds, storage
from coranalyze.sources.capture import open_capture, open_stream
from coranalyze.sources.containers import Content, contents
from coranalyze.sources.flow import open_flow
from coranalyze.sources.growing import follow
from coranalyze.sources.har import open_har
from coranalyze.sources.har_document import Buffer, NoLog
from coranalyze.sources.inputs import expand
from coranalyze.sources.kinds import Kind
from coranalyze.sources.opened import SKIPPED, Capture, NotACapture
from coranalyze.sources.text import open_text, parse_text

__all__ = ["SKIPPED", "Capture", "NotACapture", "files_behind", "follow", "open_captures", "parse_text"]

UTF16 = "UTF-16: read as such"
LONGEST_UTF16 = 1 << 30
"""Bytes of what has to be held twice to be read."""


def open_captures(paths: Iterable[str], *, keep_values: bool = False) -> Iterator[Capture | NotACapture]:
    """Every input behind the paths, opened: files, folders (with what is below), patterns, URLs, `-` (standard input).

    gzip and zip are unpacked; the content decides what a file is. Whatever cannot be read is a `NotACapture` in the
    result, never an exception. `keep_values` keeps URLs and header values, except for cookies and credentials.
    """
    for path in paths:
        for file in files_behind(path):
            if isinstance(file, NotACapture):
                yield file
                continue
            for content in contents(file):
                yield content if isinstance(content, NotACapture) else _open(content, keep_values)


def files_behind(path: str) -> Iterator[str | NotACapture]:
    """The files and URLs that a path or URL stands for."""
    if not storage.is_url(path):
        yield from expand(path)
        return
    try:
        yield from storage.expand(path)
    except storage.StorageError as error:
        yield NotACapture(storage.shown(path), str(error))


def _open(content: Content, keep_values: bool) -> Capture | NotACapture:
    try:
        if isinstance(content.data, io.BufferedReader):
            capture = open_stream(content.path, content.data, keep_values)
        else:
            capture = _read(content.path, content.data, keep_values)
    except NotACapture as problem:
        return problem
    capture.notes[:0] = content.notes
    return capture


def _read(path: str, data: Buffer, keep_values: bool) -> Capture:
    notes = []
    if bytes(data[:2]) in kinds.UTF16_BOMS:
        if len(data) > LONGEST_UTF16:
            raise NotACapture(path, f"more than {LONGEST_UTF16 >> 30} GiB of UTF-16: convert it to UTF-8 first")
        data = bytes(data).decode("utf-16", "replace").encode()
        notes.append(UTF16)
    magic = kinds.magic_of(bytes(data[:32]))
    if magic:
        raise NotACapture(path, magic)
    data = _without_leading_space(data)
    start = bytes(data[: kinds.SAMPLE])
    if not start:
        raise NotACapture(path, "empty")
    kind = kinds.kind_of(start)
    if kind is Kind.NONE:
        raise NotACapture(path, kinds.likeness(start))
    if kind is Kind.FLOW:
        return open_flow(path, data, keep_values)
    if kind is Kind.CAPTURE:
        return open_capture(path, data, keep_values)
    if kind is Kind.TEXT:
        return open_text(path, data, keep_values)
    try:
        capture = open_har(path, kinds.inside_jsonp(data) or data, keep_values)
    except NoLog as problem:
        reason = kinds.json_likeness(problem.keys) if problem.keys and not problem.broken else str(problem)
        raise NotACapture(path, reason) from None
    capture.notes[:0] = notes
    return capture


def _without_leading_space(data: Buffer) -> Buffer:
    """Without byte order mark and white space before the content."""
    start = bytes(data[: kinds.SAMPLE])
    bare = start.removeprefix(kinds.UTF8_BOM).lstrip(b" \t\r\n")
    return data[len(start) - len(bare) :]
