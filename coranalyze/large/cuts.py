"""Cuts: the files behind paths → tasks. A long capture file is cut at places that hang on its text alone."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from coranalyze.input import Input
from coranalyze.large.before import Before
from coranalyze.large.piece import File, Finished, Options, Part, Task
from coranalyze.sources import NotACapture, files_behind, kinds
from coranalyze.sources.capture import LONGEST_LINE, At, check_first_line
from coranalyze.sources.containers import GZIP, TORN_GZIP, captures_in
from coranalyze.sources.inputs import STDIN
from coranalyze.sources.storage import is_url

LARGE = 64 << 20
"""Bytes of text in all files together; below, an analysis takes less time than to share it out."""
PACKED = 16
"""Bytes of text that a byte of a packed file counts for."""
HAR = 16
"""Bytes of a HAR file that count for one, unless it is to be shared out: most are bodies and other fields that are
never built, and what is built of all entries is in memory as a whole before the first is judged."""
_CHUNK = 1 << 20


class Cut(NamedTuple):
    """All parts of a file were given out."""

    file: File
    damaged: str
    """What broke off, where something did."""


def weight(path: str) -> int:
    """About the bytes of text in one file; 0 where nothing is known of them before it is read."""
    if is_pipe(path):
        return 0
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == GZIP
            return os.fstat(file.fileno()).st_size * (PACKED if packed else 1)
    except (OSError, ValueError):
        return 0


def is_large(paths: Iterable[str], *, shared: bool = False) -> bool:
    """Whether these captures are better analyzed by `large.run.analyze_large`; it hangs on their sizes alone.

    `shared`: there are workers to share them out to.
    """
    found = 0
    for path in paths:
        if is_url(path):
            return True  # how large it is, is known when it was read
        for file in files_behind(path):
            if isinstance(file, str):
                found += weight(file) // (HAR if file.endswith(".har") and not shared else 1)
            if found >= LARGE:
                return True
    return False


def is_pipe(path: str) -> bool:
    """Whether it can be read once and by this process only: the standard input, a pipe, a device."""
    try:
        return path == STDIN or (not is_url(path) and not stat.S_ISREG(os.stat(path).st_mode))
    except (OSError, ValueError):
        return False


class Cuts:
    """The tasks of all inputs, in order, and what is known without any."""

    def __init__(self, paths: Iterable[str], options: Options) -> None:
        self._paths = paths
        self._options = options
        self.unwanted: set[int] = set()
        """Inputs of which no more parts are wanted."""

    def __iter__(self) -> Iterator[Task | Finished | Cut]:
        number = 0
        for path in self._paths:
            for file in files_behind(path):
                if isinstance(file, NotACapture):
                    yield Finished(number, Input(path=file.path, error=file.reason))
                    number += 1
                    continue
                yield from self._of_file(File(file, number))
                number += 1 if is_pipe(file) else captures_in(file)

    def _of_file(self, whole: File) -> Iterator[Task | Cut]:
        if weight(whole.path) >= self._options.cut:
            with open(whole.path, "rb") as file:
                packed = file.read(2) == GZIP
                file.seek(0)
                text = _Text(gzip.GzipFile(fileobj=file).read1 if packed else file.read)
                if text.is_capture(whole.path):
                    yield from self._parts(whole, text, packed)
                    return
        yield whole

    def _parts(self, whole: File, text: _Text, packed: bool) -> Iterator[Part | Cut]:
        cut, margin = self._options.cut, self._options.margin
        at = At(0, 1, 0)._replace(byte=text.first)
        begin, before = at, Before()
        while whole.input not in self.unwanted:
            # The buffer holds the margin before, the part, and the margin behind.
            own = begin.byte - at.byte
            end_of_part = text.end_of_lines(own + cut)
            stop = text.end_of_lines(end_of_part + margin)
            if text.is_unfit:
                self.unwanted.add(whole.input)
            if text.is_unfit or end_of_part == own:
                break
            kept = text.begin_of_line(end_of_part - margin)
            # No line is counted twice, where the margin is in the part.
            next_at = begin.after(text.buffer, own, kept) if kept > own else at.after(text.buffer, 0, kept)
            end = next_at.after(text.buffer, kept, end_of_part)
            taken = bytes(memoryview(text.buffer)[:stop]) if packed else None
            pages = before.documents.copy()
            yield Part(whole.path, whole.input, at, begin, end, at.byte + stop, pages, before.preflights, taken)
            before.take(text.buffer, kept)
            text.drop(kept)
            at, begin = next_at, end
        yield Cut(whole, text.damaged)


class _Text:
    """The text of a capture file, as it is read."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.buffer = bytearray()
        self.damaged = ""
        self.is_unfit = False
        """It cannot be cut: reading fails, or a line is longer than any that can be used."""
        self.first = 0
        """Bytes of the first line, which is not in the buffer."""
        self._ended = False

    def is_capture(self, path: str) -> bool:
        """Whether it begins as a capture file that can be read; that line is taken out."""
        self._fill(kinds.SAMPLE)
        if kinds.kind_of(bytes(self.buffer[: kinds.SAMPLE])) is not kinds.Kind.CAPTURE:
            return False
        end = self.end_of_lines(1)
        try:
            check_first_line(path, bytes(self.buffer[:end]))
        except NotACapture:
            return False
        self.first = end
        self.drop(end)
        return True

    def end_of_lines(self, size: int) -> int:
        """Where in the buffer the line ends in which its first `size` bytes end; the whole text may be shorter."""
        self._fill(size)
        if size == 0 or len(self.buffer) < size:
            return len(self.buffer) if size else 0
        found = self.buffer.find(b"\n", size - 1)
        while found < 0 and not self._ended and not self.is_unfit:
            searched = len(self.buffer)
            self._fill(searched + _CHUNK)
            found = self.buffer.find(b"\n", searched)
            self.is_unfit = found < 0 and len(self.buffer) - size > LONGEST_LINE
        return found + 1 if found >= 0 else len(self.buffer)

    def begin_of_line(self, place: int) -> int:
        """Where the first line begins that does so at this place in the buffer or behind it."""
        return 0 if place <= 0 else self.buffer.find(b"\n", place - 1) + 1

    def drop(self, count: int) -> None:
        del self.buffer[:count]

    def _fill(self, size: int) -> None:
        while len(self.buffer) < size and not self._ended:
            try:
                data = self._read(_CHUNK)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                # Of damaged data the last line is not whole.
                self.damaged, data = TORN_GZIP, b""
                del self.buffer[self.buffer.rfind(b"\n") + 1 :]
            except OSError:
                self.is_unfit, data = True, b""
            self.buffer += data
            self._ended = not data
