"""Files, standard input, gzip and zip → the bytes of the captures in them, within limits."""

import io
import mmap
import os
import stat
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from coranalyze.sources import kinds, storage
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.inputs import STDIN, SUFFIXES
from coranalyze.sources.opened import NotACapture
from coranalyze.sources.views import as_file

LIMIT = 4 << 30
"""Bytes: no more is unpacked of one file, or read from a pipe."""
FREE = 64 << 20
"""Bytes that may be unpacked whatever the packed size is."""
MAPPED = 256 << 20
"""Bytes: a larger file is mapped, and costs only what is looked at. A smaller one is read: if another program cut it
while it is mapped, the system would end the process (SIGBUS)."""
RATIO = 200
"""Beyond `FREE`, no more than so many times the packed size: captures shrink to a hundredth at most, bombs further."""
_CHUNK = 1 << 20
_FIRST_CHUNK = 1 << 10
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
TORN_GZIP = "truncated: the gzip data ends early"


class Content(NamedTuple):
    """Unpacked bytes, where they come from, and what went wrong on the way."""

    path: str
    """As it may be printed."""
    data: Buffer | io.BufferedReader
    """A file for a capture file that is read line by line, however long it is: packed, or somewhere else."""
    notes: tuple[str, ...] = ()


def contents(path: str, limit: int = LIMIT) -> Iterator[Content | NotACapture]:
    """What is in one file: itself, unpacked, or each capture in a zip archive."""
    if storage.is_url(path):
        yield from _from_storage(path, limit)
        return
    try:
        data = _read(path, sys.stdin.buffer, limit) if path == STDIN else _file(path, limit)
        yield from _unpack(path, data, limit)
    except NotACapture as problem:
        yield problem
    except FileNotFoundError:
        yield NotACapture(path, "no such file")
    except (OSError, ValueError) as error:
        yield NotACapture(path, getattr(error, "strerror", None) or str(error))


def _from_storage(url: str, limit: int) -> Iterator[Content | NotACapture]:
    path = storage.shown(url)
    try:
        file = storage.opened(url)
        start = file.peek(kinds.SAMPLE)
        if kinds.kind_of(_first_bytes(start) if start.startswith(GZIP) else start) is kinds.Kind.CAPTURE:
            yield Content(path, file)
            return
        with file:
            data = _read(path, file, limit)
        yield from _unpack(path, data, limit)
    except NotACapture as problem:
        yield problem
    except (storage.StorageError, OSError) as error:
        yield NotACapture(path, str(error))


def _read(path: str, file: BinaryIO, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise NotACapture(path, f"more than {_size(limit)} from a pipe or device: read it from a file instead")
    return data


def _file(path: str, limit: int) -> Buffer:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size > MAPPED:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return memoryview(_read(path, file, limit))


def _unpack(path: str, data: Buffer, limit: int) -> Iterator[Content | NotACapture]:
    start = bytes(data[:4])
    if start.startswith(GZIP) and kinds.kind_of(_first_bytes(data)) is kinds.Kind.CAPTURE:
        yield Content(path, as_file(data))
    elif start.startswith(GZIP):
        unpacked, whole = gunzip(path, data, limit)
        if not (unpacked or whole):
            raise NotACapture(path, TORN_GZIP)
        yield Content(path, unpacked, () if whole else (TORN_GZIP,))
    elif start in (ZIP, _EMPTY_ZIP):
        yield from _zip_members(path, data, limit)
    else:
        yield Content(path, data)


def _first_bytes(data: Buffer) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(bytes(data[: kinds.SAMPLE]), kinds.SAMPLE)
    except zlib.error:
        return b""


def captures_in(path: str) -> int:
    """How many results `contents` gives of a file: one, of a zip archive one for each capture in it."""
    try:
        with storage.opened(path) if storage.is_url(path) else open(path, "rb") as file:
            if file.peek(4)[:4] != ZIP:
                return 1
            with _archive(file) as archive:
                return max(1, len(_capture_members(archive)))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, storage.StorageError):
        return 1


def _archive(file: io.BufferedReader) -> zipfile.ZipFile:
    """Of what is stored elsewhere only the list at the end is read, where its storage gives parts of files."""
    try:
        file.seek(0, io.SEEK_END)
    except OSError:
        return zipfile.ZipFile(io.BytesIO(file.read()))
    return zipfile.ZipFile(file)


def _capture_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [m for m in archive.infolist() if not m.is_dir() and m.filename.lower().endswith(SUFFIXES)]


class _Room:
    """What may still be unpacked of one packed file: a few kilobytes can stand for petabytes."""

    def __init__(self, path: str, packed: int, limit: int) -> None:
        self._path = path
        self._limit = min(limit, max(FREE, packed * RATIO))
        self._left = self._limit
        self._by_ratio = self._limit < limit

    def take(self, count: int) -> None:
        """Raises NotACapture where it is too much."""
        self._left -= count
        if self._left < 0:
            what = f"{RATIO} times its size" if self._by_ratio else _size(self._limit)
            raise NotACapture(self._path, f"unpacks to more than {what}: not read; if you trust it, unpack it first")


def gunzip(path: str, data: Buffer, limit: int = LIMIT) -> tuple[Buffer, bool]:
    """The unpacked bytes, and whether the data was whole; what came before damage is kept."""
    room = _Room(path, len(data), limit)
    unpacked = bytearray()
    at = 0
    while at < len(data) and bytes(data[at : at + 2]) == GZIP:
        stream = zlib.decompressobj(wbits=31)
        # From small to large, since what lies behind the end of a member is read again: a file can have millions.
        size = _FIRST_CHUNK
        while not stream.eof:
            chunk = stream.unconsumed_tail or bytes(data[at : at + size])
            if not chunk:
                return memoryview(unpacked), False
            if not stream.unconsumed_tail:
                at += len(chunk)
                size = min(2 * size, _CHUNK)
            try:
                part = stream.decompress(chunk, _CHUNK)
            except zlib.error:
                return memoryview(unpacked), False
            room.take(len(part))
            unpacked += part
        at -= len(stream.unused_data)
    return memoryview(unpacked), True


def _zip_members(path: str, data: Buffer, limit: int) -> Iterator[Content | NotACapture]:
    try:
        archive = zipfile.ZipFile(as_file(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise NotACapture(path, f"a damaged zip archive: {error}") from None
    with archive:
        members = _capture_members(archive)
        if not members:
            names = archive.namelist()
            saz = any(name.startswith("raw/") for name in names) and "[Content_Types].xml" in names
            raise NotACapture(
                path, "a Fiddler session archive (SAZ): export it as HAR" if saz else "a zip archive without a capture"
            )
        for member in members:
            # The name is only shown: nothing is written to disk.
            name = f"{path}!{member.filename}"
            try:
                content = _read_member(archive, member, name, limit)
                yield from _unpack(name, content, limit)
            except NotACapture as problem:
                yield problem
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as error:
                yield NotACapture(name, f"cannot be unpacked: {error}")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limit: int) -> Buffer:
    content = bytearray()
    # What the archive says about the unpacked size is not to be trusted.
    room = _Room(name, member.compress_size, limit)
    # Python 3.13 warns of members that overlap, and reads them; what that can cost is bounded here.
    with warnings.catch_warnings(action="ignore"), archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            room.take(len(chunk))
            content += chunk
    return memoryview(content)


def _size(limit: int) -> str:
    return f"{limit >> 30} GiB" if limit >= 1 << 30 else f"{limit} bytes"
