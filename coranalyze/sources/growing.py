"""A capture file that is still written to: read to its end, and then on as it grows."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from coranalyze.sources import kinds
from coranalyze.sources.capture import open_stream
from coranalyze.sources.containers import GZIP
from coranalyze.sources.opened import Capture, NotACapture

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

POLL = 0.2
"""Seconds between two looks at the file."""
Wait = Callable[[float], bool]
"""Waits so many seconds; True when it is time to end."""


class Growing(io.RawIOBase):
    """A file, closed with this object; its end is reached when `wait` says so, or when the file got shorter."""

    def __init__(self, file: io.FileIO, wait: Wait) -> None:
        super().__init__()
        self._file = file
        self._wait = wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while True:
            count = self._file.readinto(buffer)
            if count:
                return count
            if os.fstat(self._file.fileno()).st_size < self._file.tell() or self._wait(POLL):
                return 0

    def close(self) -> None:
        self._file.close()
        super().close()


def follow(path: str, wait: Wait, *, keep_values: bool = False) -> Iterator[Capture | NotACapture]:
    """The capture file at this path, then the one in which its recording went on, and so on until it is closed.

    Reading a capture ends when its recording is closed, when the file is cut, or when `wait` says that it is time.
    """
    known = set()
    while path and path not in known:
        known.add(path)
        try:
            file = cast(io.BufferedReader, io.BufferedReader(Growing(io.FileIO(path), wait)))
            start = file.peek(kinds.SAMPLE)
            if start[:2] != GZIP and start and kinds.kind_of(start) is not kinds.Kind.CAPTURE:
                raise NotACapture(path, "only capture files (*.cors.jsonl, *.cors.jsonl.gz) can be followed")
            capture = open_stream(path, file, keep_values, growing=True)
        except OSError as error:
            yield NotACapture(path, (error.strerror or str(error)).lower())
            return
        except NotACapture as problem:
            file.close()
            yield problem
            return
        capture.grows = True
        yield capture
        # Its own name only: a capture file shall not choose what is read.
        name = os.path.basename(capture.continued_in)
        path = str(Path(path).with_name(name)) if name else ""
