"""The capture file that the addon writes (`*.cors.jsonl`, also as gzip) → a Capture, line by line.

The exchanges stand, and are handed on, in the order in which they completed: what a browser sends because of a response
(the request after its preflight, the next hop of a redirect) completes after it. So the file reads as the traffic was
judged live, and memory holds some lines.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from coranalyze.cors.headers import Headers
from coranalyze.exchange import Exchange
from coranalyze.sources.containers import GZIP, TORN_GZIP
from coranalyze.sources.dates import moment
from coranalyze.sources.dialects import CAPTURE
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.opened import Capture, NotACapture
from coranalyze.sources.redact import Redactor
from coranalyze.sources.spelling import lowered, reach_in_lower_case
from coranalyze.sources.usable import TUNNEL, unusable
from coranalyze.sources.views import as_file

__all__ = ["CAPTURE", "open_capture", "open_stream", "written"]

FORMAT = 1
"""The newest format that can be read."""
LONGEST_LINE = 16 << 20
"""Bytes: what is longer is no line of an exchange."""
GIVE_UP = 10_000
"""Lines without one that can be used between them: what follows is not read."""
UNUSABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What a line that is no exchange raises: of msgspec's errors only the newest versions make ValueErrors."""
NOT_CLOSED = "not closed: the recording still ran, or was killed"


class _Line(msgspec.Struct, gc=False):
    """A line as the addon writes it: an exchange, or what it says about the file."""

    method: str | None = None
    http: str = ""
    """The version that the browser spoke."""
    url: str | None = None
    status: int | None = None
    started: float | None = None
    ended: float | None = None
    request: msgspec.Raw = msgspec.Raw(b"[]")
    response: msgspec.Raw = msgspec.Raw(b"[]")
    error: str = ""
    address: str = ""
    close_code: int | None = None
    coranalyze_capture: int | None = None
    lost: int = 0
    closed: float | None = None
    next: str = ""


_decode = msgspec.json.Decoder(_Line).decode
_decode_lines = msgspec.json.Decoder(list[tuple[str, str]]).decode


def written(entry: int, line: bytes) -> Exchange:
    """The exchange on a line that the addon has just written, so redacted. Raises ValueError for what is none."""
    try:
        return _exchange(entry, _decode(line))
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def _exchange(entry: int, line: _Line, redactor: Redactor | None = None) -> Exchange:
    """Redacted once more where anybody can have written the line: that changes nothing that the addon wrote."""
    url, error, address = line.url, line.error, line.address
    asked, answered = _decode_lines(line.request), _decode_lines(line.response)
    if reach_in_lower_case(line.http):
        answered = lowered(answered)
    if line.method is None or url is None:
        raise ValueError("an exchange without method or URL")
    if redactor is not None:
        if reason := unusable(line.method, url):
            raise ValueError(reason)
        url, error, address = redactor.url(url), redactor.text(error), redactor.text(address)
        request = redactor.headers(asked, redactor.request)
        response = redactor.headers(answered, redactor.response)
    else:
        request, response = Headers(asked), Headers(answered)
    started, ended = moment(line.started), moment(line.ended)
    return Exchange(
        entry=entry,
        method=line.method,
        url=url,
        request=request,
        response=response,
        status=line.status if line.status is not None and 100 <= line.status <= 999 else None,
        started=started,
        ended=started if ended is None or started is None or ended < started else ended,
        error=error,
        server_address=address,
        close_code=line.close_code,
    )


def open_capture(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in the bytes of a file, gzip or not. Raises NotACapture where nothing of it can be read."""
    return open_stream(path, as_file(data), keep_values)


def open_stream(path: str, file: io.BufferedReader, keep_values: bool, *, growing: bool = False) -> Capture:
    """The capture in a binary file, of which the first line is read now; a `growing` one ends with its recording."""
    lines = _Lines(file)
    check_first_line(path, lines.next())

    def read(capture: Capture) -> Iterator[Exchange]:
        ending = Ending()
        yield from _exchanges(capture, lines, Redactor(keep_values), ending, growing)
        for note in ending.notes(lines.damaged):
            capture.note(note)

    return Capture(path, "capture", CAPTURE.dialect, read)


def check_first_line(path: str, line: bytes) -> None:
    """Raises NotACapture where a file that begins with this line cannot be read."""
    try:
        version = _decode(line).coranalyze_capture
    except UNUSABLE:
        version = None
    if version is None:
        raise NotACapture(path, "a coranalyze capture file whose first line is damaged")
    if version > FORMAT:
        raise NotACapture(path, f"a capture file of a newer coranalyze (format {version}): update coranalyze")


class At(NamedTuple):
    """A place between two lines of a capture file."""

    byte: int = 0
    """In the unpacked text."""
    line: int = 0
    """Lines before it."""
    entry: int = 0
    """Entries before it."""

    def after(self, text: bytes | bytearray, begin: int, end: int) -> "At":
        """The place behind the whole lines in this part of a text; they begin here."""
        lines = text.count(b"\n", begin, end) + (begin < end and text[end - 1 : end] != b"\n")
        entries = lines - _lines_about_the_file(text, begin, end)
        return At(self.byte + end - begin, self.line + lines, self.entry + entries)


class Ending(msgspec.Struct):
    """What the lines that are no exchange say about a capture file, or about a part of one."""

    lost: int = 0
    closed: bool | None = None
    """None: no line said anything."""
    gave_up: bool = False
    most_bad: int = 0
    """Lines in succession that could not be used."""

    def merge(self, later: "Ending") -> None:
        """Go on with what the next part of the same file says."""
        self.lost += later.lost
        self.closed = self.closed if later.closed is None else later.closed
        self.most_bad = max(self.most_bad, later.most_bad)

    def notes(self, damaged: str) -> list[str]:
        """What the reader should know; `damaged` tells what broke off, where something did."""
        if self.gave_up:
            return []
        told = [damaged] if damaged else []
        if self.lost:
            told.append(f"{self.lost} exchanges are missing: there was no room to write them")
        return told if self.closed else [*told, NOT_CLOSED]


def read_lines(path: str, text: Buffer, at: At, redactor: Redactor, ending: Ending) -> Capture:
    """The part of a capture file that these whole lines are, which stand in it at this place."""
    lines = _Lines(as_file(text), at, packed=False)

    def read(capture: Capture) -> Iterator[Exchange]:
        return _exchanges(capture, lines, redactor, ending, growing=False)

    return Capture(path, "capture", CAPTURE.dialect, read, entries=at.entry)


BEGUN = b'{"method":"'
"""How a line begins on which the addon writes an exchange."""
_OTHER = re.compile(rb'\n(?!\{"method":"|\Z)')


def _lines_about_the_file(text: bytes | bytearray, begin: int, end: int) -> int:
    """Lines that are read and are no exchange."""
    starts = [match.end() for match in _OTHER.finditer(text, begin, end)]
    if begin < end and not text.startswith(BEGUN, begin):
        starts.append(begin)
    ends = [text.find(b"\n", start, end) for start in starts]
    return sum(_is_about_the_file(text[s : e + 1 if e >= 0 else end]) for s, e in zip(starts, ends, strict=True))


def _is_about_the_file(text: bytes | bytearray) -> bool:
    try:
        line = _decode(text)
    except UNUSABLE:
        return False
    return line.method is None and line.url is None


class _Available:
    """A file whose `read` gives what is there, rather than wait for all that is asked for: it may still grow."""

    def __init__(self, file: io.BufferedReader) -> None:
        self.read = file.read1
        self.seek = file.seek


class _Lines:
    """The lines of a file, unpacked, and where they stand."""

    def __init__(self, file: io.BufferedReader, at: At = At(), packed: bool | None = None) -> None:  # noqa: B008
        packed = file.peek(2)[:2] == GZIP if packed is None else packed
        self._file: io.BufferedIOBase = gzip.GzipFile(fileobj=_Available(file), mode="rb") if packed else file
        self.number = at.line
        """Of the last line, from 1."""
        self.at = at.byte
        """The byte at which it begins, in the unpacked text."""
        self._end = at.byte
        self.damaged = ""
        """What broke off, where something did."""

    def next(self) -> bytes:
        """With its newline, unless it is torn or cut at `LONGEST_LINE`; empty at the end."""
        self.number += 1
        self.at = self._end
        line = part = self._read()
        while len(part) == LONGEST_LINE and not part.endswith(b"\n"):
            part = self._read()
        return line

    @property
    def where(self) -> str:
        return f"line {self.number}, byte {self.at}"

    def _read(self) -> bytes:
        try:
            part = self._file.readline(LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.damaged = TORN_GZIP
            return b""
        except OSError as error:
            self.damaged = f"broken: could not be read to its end ({error.strerror or error})"
            return b""
        self._end += len(part)
        return part


def _exchanges(
    capture: Capture, lines: _Lines, redactor: Redactor, ending: Ending, growing: bool
) -> Iterator[Exchange]:
    bad = 0
    while text := lines.next():
        try:
            line = _decode(text)
            if line.method is None and line.url is None:
                ending.lost += line.lost
                ending.closed = line.closed is not None
                capture.continued_in = line.next
                if ending.closed and growing:
                    break
                continue
            if line.method == TUNNEL:
                capture.skip(capture.entries, f"{lines.where}: {unusable(line.method, line.url or '')}")
                ending.closed, bad = False, 0
                capture.entries += 1
                continue
            exchange = _exchange(capture.entries, line, redactor)
        except UNUSABLE as error:
            torn = not text.endswith(b"\n") and len(text) < LONGEST_LINE
            where = lines.where
            why = "torn: the recording ended in it" if torn else f"cannot be used: {error}"
            capture.skip(capture.entries, f"{where}: {why}")
            if torn:
                capture.note(f"truncated: the last line is torn ({where})")
            capture.entries += 1
            bad += 1
            ending.most_bad = max(ending.most_bad, bad)
            if bad == GIVE_UP:
                ending.gave_up = True
                capture.note(f"broken: {GIVE_UP} lines that cannot be used; nothing was read from {where} on")
                return
        else:
            ending.closed, bad = False, 0
            capture.entries += 1
            yield exchange
