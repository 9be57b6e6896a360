"""Before: what a part of a capture file has to know of all that stands before it."""

from __future__ import annotations

import re
from contextlib import suppress

from coranalyze.engine.documents import Documents
from coranalyze.engine.request import Request
from coranalyze.sources.capture import BEGUN, written

KEPT = 1_024
"""Preflights, the last ones: Chromium's cache holds no more."""
NEAR = 64 << 10
"""Bytes behind a preflight in which its request is looked for."""
_OPTIONS = BEGUN + b'OPTIONS",'
_URL = re.compile(rb'"url":"[^"\\]+"')
_ORIGIN = re.compile(rb'\["origin","[^"\\]+"\]', re.IGNORECASE)
_DOCUMENT = re.compile(rb'"(?:document|i?frame)"')
"""On every line of a request for a page."""


class Before:
    """Takes in the text that no later part holds, line by line."""

    def __init__(self) -> None:
        self.documents = Documents()
        """The pages."""
        self._preflights: dict[tuple[bytes, bytes], bytes] = {}
        """URL and origin → the line of the last preflight, and that of the request that came after it."""

    @property
    def preflights(self) -> bytes:
        """Lines of preflights that may be in a browser's cache, each with that of its request."""
        return b"".join(self._preflights.values())

    def take(self, text: bytearray, end: int) -> None:
        """The whole lines in the first part of a text, up to this byte."""
        self._take_preflights(text, end)
        self._take_documents(text, end)

    def _take_preflights(self, text: bytearray, end: int) -> None:
        found: dict[tuple[bytes, bytes], bytes] = {}
        at = text.rfind(_OPTIONS, 0, end)
        while at >= 0 and len(found) < KEPT:
            preflight = _line(text, at)
            url, origin = _URL.search(preflight), _ORIGIN.search(preflight)
            if url is not None and origin is not None and (url[0], origin[0]) not in found:
                found[url[0], origin[0]] = preflight + _request(text, at + len(preflight), url[0], origin[0])
            at = text.rfind(_OPTIONS, 0, at)
        older = [(key, lines) for key, lines in self._preflights.items() if key not in found]
        self._preflights = dict([*older, *reversed(found.items())][-KEPT:])

    def _take_documents(self, text: bytearray, end: int) -> None:
        found = _DOCUMENT.search(text, 0, end)
        while found is not None:
            begin = text.rfind(b"\n", 0, found.start()) + 1
            line = _line(text, begin)
            with suppress(ValueError):
                self.documents.add(Request(written(0, line)))
            found = _DOCUMENT.search(text, begin + len(line), end)


def _line(text: bytearray, begin: int) -> bytes:
    """The line that begins here, with its newline."""
    behind = text.find(b"\n", begin) + 1
    return bytes(memoryview(text)[begin : behind or len(text)])


def _request(text: bytearray, begin: int, url: bytes, origin: bytes) -> bytes:
    """The first line from here on with this URL and origin that is no preflight; empty without one nearby."""
    end = begin + NEAR
    at = text.find(url, begin, end)
    while at >= 0:
        start = text.rfind(b"\n", 0, at) + 1
        line = _line(text, start)
        if not line.startswith(_OPTIONS) and origin in line:
            return line
        at = text.find(url, start + len(line), end)
    return b""
