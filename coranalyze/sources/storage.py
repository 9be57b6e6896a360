"""Captures and reports in object storage, by URL: `s3://bucket/night.har`, `gs://…`, `https://…`, as fsspec knows them.

Only a URL that the user names is ever opened; fsspec, and what it needs for a kind of storage, load only then. What is
printed of a URL is what `shown` leaves of it: user names, passwords and signatures stay with who wrote them.
"""

from __future__ import annotations

import glob
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from coranalyze.cors.origin import HTTP_SCHEMES
from coranalyze.sources.inputs import is_capture_name
from coranalyze.sources.masking import UrlMasker

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from fsspec import AbstractFileSystem

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://")
_QUERY = re.compile(r"\?[^\s'\"<>]+")
_BUFFER = 1 << 20


class StorageError(Exception):
    """What cannot be read or written, and why, in words that may be printed."""


def is_url(path: str) -> bool:
    """Whether this names something in a storage rather than a file of this machine."""
    return _URL.match(path) is not None


def shown(path: str) -> str:
    """What may be printed of a URL; any other path as it is."""
    if not is_url(path):
        return path
    bare, query, _ = UrlMasker().url(path).partition("?")
    return f"{bare}?…" if query else bare


def expand(url: str) -> Iterator[str]:
    """The URLs behind one: itself; where the storage has folders, the captures in it and below, or what a pattern
    matches, sorted. Raises StorageError.
    """
    if _scheme(url) in HTTP_SCHEMES:
        yield url
        return
    with _told(url):
        system, path = _at(url)
        has_pattern = glob.has_magic(path)
        if has_pattern:
            found = sorted(system.glob(path))
        elif system.isdir(path):
            found = sorted(name for name in system.find(path) if is_capture_name(name))
        else:
            found = [path]
    if not found:
        raise StorageError("no file matches" if has_pattern else "no capture in this folder")
    # What stands before the path may hold whom to log in as: it is kept.
    start = url.rstrip("/").removesuffix(path)
    for name in found:
        yield start + name if url.rstrip("/").endswith(path) else system.unstrip_protocol(name)


def opened(url: str) -> io.BufferedReader:
    """The bytes at a URL, read as they are asked for. Raises StorageError; the file raises OSError where reading ends
    early.
    """
    with _told(url):
        system, path = _at(url)
        return io.BufferedReader(_Remote(system.open(path, "rb"), url), _BUFFER)


def check_writable(url: str) -> None:
    """Raises StorageError for a kind of storage that is not known, not installed, or can only be read."""
    if _scheme(url) in HTTP_SCHEMES:
        raise StorageError(f"{_scheme(url)}:// is for reading only")
    with _told(url):
        _at(url)


def put(file: str, url: str) -> None:
    """Copy a whole file of this machine to a URL; object storage shows it there when it is complete, or not at all.

    Raises StorageError.
    """
    with _told(url):
        system, path = _at(url)
        system.put_file(file, path)


class _Remote(io.RawIOBase):
    """A file of fsspec, whose errors are those of a file here."""

    def __init__(self, file: Any, url: str) -> None:
        super().__init__()
        self._file = file
        self._url = url

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        try:
            with _told(self._url):
                part = self._file.read(len(target))
        except StorageError as error:
            raise OSError(str(error)) from None
        target[: len(part)] = part
        return len(part)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Raises OSError where the storage gives a file from its beginning to its end only."""
        try:
            with _told(self._url):
                return int(self._file.seek(offset, whence))
        except StorageError as error:
            raise OSError(str(error)) from None

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()


def _at(url: str) -> tuple[AbstractFileSystem, str]:
    """The storage, and the path in it."""
    from fsspec.core import url_to_fs

    system, path = url_to_fs(url)
    return system, path


def _scheme(url: str) -> str:
    match = _URL.match(url)
    return match[1].lower() if match is not None else ""


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Whatever a storage raises, told in one sentence: each library has exceptions of its own."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name == "fsspec":
            raise StorageError("URLs need fsspec: pip install 'coranalyze[storage]'") from None
        raise StorageError(f"{_scheme(url)}:// needs the library {name}: pip install {name}") from None
    except ImportError as error:
        raise StorageError(f"{_scheme(url)}:// needs another library: {_harmless(error)}") from None
    except FileNotFoundError:
        raise StorageError("no such file") from None
    except PermissionError:
        raise StorageError("access was refused") from None
    except ValueError as error:
        if "Protocol not known" in str(error):
            raise StorageError(f"{_scheme(url)}:// is no kind of storage that is known") from None
        raise StorageError(_harmless(error)) from None
    except Exception as error:
        raise StorageError(f"{type(error).__name__}: {_harmless(error)}".removesuffix(": ")) from None


def _harmless(error: Exception) -> str:
    """The words of an error without what is secret in the URLs that it quotes."""
    return UrlMasker().text(_QUERY.sub("?…", str(error)))
