"""A buffer read as a file, without copying it."""

import errno
import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from coranalyze.sources.har_document import Buffer


class _Raw(io.RawIOBase):
    def __init__(self, data: "Buffer") -> None:
        super().__init__()
        self._data = memoryview(data)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        part = self._data[self._at : self._at + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = base + offset
        return self._at


class _File(io.BufferedReader):
    def __init__(self, data: "Buffer", longest: int | None) -> None:
        super().__init__(_Raw(data), 1 << 16)
        self._longest = longest

    def read(self, size: int | None = -1, /) -> bytes:
        if self._longest is not None and size is not None and size > self._longest:
            raise ValueError(f"{size} bytes at once")
        return super().read(size)


def as_file(data: "Buffer", longest: int | None = None) -> io.BufferedReader:
    """Reads `data` from the start; raises ValueError where more than `longest` bytes are asked for at once."""
    return _File(data, longest)
