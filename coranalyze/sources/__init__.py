"""Sources: bytes → Exchange. `open_captures` expands paths, finds out what each file is and opens it."""

from __future__ import annotations

import glob
import gzip
import io
import mmap
import os
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.sources.capture import Capture, NotACapture
from coranalyze.sources.redact import Redactor

__all__ = ["Capture", "NotACapture", "Redactor", "open_captures"]

SUFFIXES = (".har", ".harp", ".zhar", ".har.gz", ".zip", ".flow", ".flow.gz", ".flows", ".mitm", ".dump", ".http")
"""What is picked up in a folder."""

UNPACKED_LIMIT = 4 << 30
"""Bytes that a compressed input may grow to."""

TEXT = Dialect(name="plain-text", family=Family.WIRE)


class TextCapture(Capture):
    """Exchanges in the plain-text notation."""

    format = "text"

    def __init__(self, path: str, text: str, keep_values: bool) -> None:
        from coranalyze.sources.text import parse_text

        super().__init__(path)
        self.dialect = TEXT
        try:
            self._exchanges = parse_text(text, keep_values=keep_values)
        except ValueError as error:
            raise NotACapture(path, str(error)) from error
        self.entries = len(self._exchanges)

    def exchanges(self) -> Iterator[Exchange]:
        return iter(self._exchanges)


def open_captures(paths: Iterable[str], *, keep_values: bool = False) -> Iterator[Capture | NotACapture]:
    """Every capture that the paths name: files, folders (by suffix), globs, `-` for stdin, archives (by member).

    What cannot be opened is yielded as NotACapture, never raised.
    """
    for path in paths:
        for found in _expand(path):
            yield from _open(found, keep_values)


def _expand(path: str) -> list[str]:
    if path == "-" or os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        found = [str(p) for p in sorted(Path(path).rglob("*")) if p.is_file() and p.name.lower().endswith(SUFFIXES)]
        return found or [path]
    return sorted(glob.glob(path, recursive=True)) or [path]


def _open(path: str, keep_values: bool) -> Iterator[Capture | NotACapture]:
    try:
        if path == "-":
            yield from _open_data(path, sys.stdin.buffer.read(), keep_values)
            return
        if os.path.isdir(path):
            raise NotACapture(path, f"no capture in this folder (looked for {', '.join(SUFFIXES)})")
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise NotACapture(path, "the file is empty")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        yield from _open_data(path, data, keep_values)
    except NotACapture as error:
        yield error
    except FileNotFoundError:
        yield NotACapture(path, "no such file")
    except OSError as error:
        yield NotACapture(path, f"cannot be read: {error.strerror or error}")


def _open_data(path: str, data: Any, keep_values: bool) -> Iterator[Capture | NotACapture]:
    from coranalyze.sources.flow import FlowCapture, looks_like_flow
    from coranalyze.sources.har import HarCapture
    from coranalyze.sources.salvage import what_it_seems

    start = bytes(data[:4096])
    if start.startswith(b"\x1f\x8b"):
        yield from _open_data(path, _gunzip(path, data), keep_values)
        return
    if start.startswith(b"PK\x03\x04"):
        yield from _open_zip(path, data, keep_values)
        return
    if looks_like_flow(start):
        yield FlowCapture(path, data if isinstance(data, mmap.mmap) else io.BytesIO(data), keep_values)
        return
    if start.lstrip().startswith(b'{"coranalyze_capture"'):
        raise NotACapture(path, "a live capture file: this version reads HAR, mitmproxy flows and the text notation")
    if _is_text_notation(start):
        yield TextCapture(path, bytes(data).decode("utf-8", "replace"), keep_values)
        return
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] not in b"{[" and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and b"(" not in head[:80]:
        raise NotACapture(path, what_it_seems(start))
    yield HarCapture(path, data, keep_values)


def _is_text_notation(start: bytes) -> bool:
    from coranalyze.sources.text import _REQUEST

    for line in start.decode("utf-8", "replace").splitlines():
        line = line.strip().removeprefix("> ")
        if line and not line.startswith("#"):
            return _REQUEST.fullmatch(line) is not None
    return False


def _gunzip(path: str, data: Any) -> bytes:
    """The unpacked bytes; of a damaged archive what came before the damage."""
    unpacked = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data) if isinstance(data, bytes) else data) as file:
            while chunk := file.read(1 << 20):
                unpacked.write(chunk)
                if unpacked.tell() > UNPACKED_LIMIT:
                    raise NotACapture(path, f"unpacks to more than {UNPACKED_LIMIT >> 30} GiB")
    except (OSError, EOFError, zlib.error) as error:
        if not unpacked.tell():
            raise NotACapture(path, f"damaged gzip: {error}") from error
    return unpacked.getvalue()


def _open_zip(path: str, data: Any, keep_values: bool) -> Iterator[Capture | NotACapture]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
    except (zipfile.BadZipFile, ValueError) as error:
        raise NotACapture(path, f"damaged zip: {error}") from error
    with archive:
        members = [info for info in archive.infolist() if info.filename.lower().endswith(SUFFIXES)]
        if not members:
            raise NotACapture(path, "a zip without a capture in it")
        for info in members:
            name = f"{path}!{info.filename}"
            try:
                if info.file_size > UNPACKED_LIMIT:
                    raise NotACapture(name, f"unpacks to more than {UNPACKED_LIMIT >> 30} GiB")
                with archive.open(info) as member:
                    yield from _open_data(name, member.read(UNPACKED_LIMIT), keep_values)
            except NotACapture as error:
                yield error
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
                yield NotACapture(name, f"damaged or encrypted: {error}")
