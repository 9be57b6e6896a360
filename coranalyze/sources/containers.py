"""Files, standard input, gzip and zip → the bytes of the captures in them, within limits."""

import mmap
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.sources import kinds
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.inputs import STDIN, SUFFIXES
from coranalyze.sources.opened import NotACapture
from coranalyze.sources.views import as_file

LIMIT = 4 << 30
"""Bytes: nothing is unpacked beyond this; a few kilobytes of archive can stand for petabytes."""
_CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
TORN_GZIP = "truncated: the gzip data ends early"


class Content(NamedTuple):
    """Unpacked bytes, where they come from, and what went wrong on the way."""

    path: str
    data: Buffer
    notes: tuple[str, ...] = ()
    packed: bool = False
    """A capture file in gzip, left as it is: it is read line by line, however long it is."""


def contents(path: str, limit: int = LIMIT) -> Iterator[Content | NotACapture]:
    """What is in one file: itself, unpacked, or each capture in a zip archive."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else _map(path)
        yield from _unpack(path, data, limit)
    except NotACapture as problem:
        yield problem
    except FileNotFoundError:
        yield NotACapture(path, "no such file")
    except (OSError, ValueError) as error:
        yield NotACapture(path, getattr(error, "strerror", None) or str(error))


def _map(path: str) -> Buffer:
    """The file, mapped where it can be: what is not looked at never costs memory."""
    with open(path, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file.read()
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _unpack(path: str, data: Buffer, limit: int) -> Iterator[Content | NotACapture]:
    start = bytes(data[:4])
    if start.startswith(GZIP) and kinds.kind_of(_first_bytes(data)) is kinds.Kind.CAPTURE:
        yield Content(path, data, packed=True)
    elif start.startswith(GZIP):
        unpacked, whole = gunzip(path, data, limit)
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


def gunzip(path: str, data: Buffer, limit: int = LIMIT) -> tuple[Buffer, bool]:
    """The unpacked bytes, and whether the data was whole; what came before damage is kept."""
    unpacked = bytearray()
    at = 0
    while at < len(data) and bytes(data[at : at + 2]) == GZIP:
        stream = zlib.decompressobj(wbits=31)
        while not stream.eof:
            chunk = stream.unconsumed_tail or bytes(data[at : at + _CHUNK])
            if not chunk:
                return memoryview(unpacked), False
            if not stream.unconsumed_tail:
                at += len(chunk)
            try:
                unpacked += stream.decompress(chunk, _CHUNK)
            except zlib.error:
                return memoryview(unpacked), False
            if len(unpacked) > limit:
                raise NotACapture(path, _too_large(limit))
        at -= len(stream.unused_data)
    return memoryview(unpacked), True


def _zip_members(path: str, data: Buffer, limit: int) -> Iterator[Content | NotACapture]:
    try:
        archive = zipfile.ZipFile(as_file(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise NotACapture(path, f"a damaged zip archive: {error}") from None
    with archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.filename.lower().endswith(SUFFIXES)]
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
    with archive.open(member) as stream:
        # What the archive says about the size is not to be trusted.
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > limit:
                raise NotACapture(name, _too_large(limit))
    return memoryview(content)


def _too_large(limit: int) -> str:
    size = f"{limit >> 30} GiB" if limit >= 1 << 30 else f"{limit} bytes"
    return f"unpacks to more than {size}: not read"
