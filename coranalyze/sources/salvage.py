"""Entries of a HAR whose JSON is broken or cut off: everything before the break, in linear time.

Only the ways into the entries array are walked here; where a value ends, a JSON parser says.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress

import msgspec

_SPACE = re.compile(rb"[ \t\r\n]*")
_SPACE_OR_COMMA = re.compile(rb"[ \t\r\n,]*")
_KEY = re.compile(rb'"((?:[^"\\]|\\.){0,256})"[ \t\r\n]*:[ \t\r\n]*')
_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{\]}]', re.DOTALL)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_WINDOW = 1 << 16
_LONGEST_VALUE = 256 << 20
"""Bytes of a value that the standard library's parser is asked for: it holds all of it."""
_NEAR_THE_END = 64
"""Bytes: a syntax error this close to the end of a window may come from the cut."""

_skip_value = msgspec.json.Decoder(msgspec.Raw).decode
# Values are thrown away; `float` because Python refuses integers of more than 4300 digits.
_scan = json.JSONDecoder(strict=False, parse_int=float).raw_decode


class Torn(Exception):  # noqa: N818
    """The text stops being JSON: at which byte, and whether that is because it ends there."""

    def __init__(self, at: int, cut: bool) -> None:
        super().__init__(at)
        self.at = at
        self.cut = cut


class Salvage:
    """Walks one broken file; after `run`, or the Torn that it raises, holds what was found."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.entries: list[tuple[int, int]] = []
        """Start and end of each whole entry."""
        self.parts: dict[str, memoryview] = {}
        """`creator` and `pages` as they stand in the file."""
        self.keys: list[str] = []
        """The keys of the outermost object."""
        self.entries_found = False
        self.torn_entry: int | None = None
        """Where the entry starts in which the break is; None when it is between entries."""
        self.trailing: int | None = None
        """Where something follows the end of the log."""

    def run(self) -> None:
        """Raises Torn at the break."""
        start = self._space(0)
        if self._byte(start) != b"{":
            raise Torn(start, start >= len(self.data))
        end = self._object(start, outermost=True)
        after = self._space(end)
        if after < len(self.data):
            self.trailing = after

    def _object(self, start: int, outermost: bool) -> int:
        at = start + 1
        while True:
            at = self._match(_SPACE_OR_COMMA, at)
            if self._byte(at) == b"}":
                return at + 1
            match = _KEY.match(self.data, at)
            if match is None:
                raise Torn(at, self._only_a_key_follows(at))
            key = match[1].decode("utf-8", "replace")
            at = match.end()
            if outermost:
                self.keys.append(key)
            if outermost and key == "log" and self._byte(at) == b"{":
                at = self._object(at, outermost=False)
            elif key == "entries" and self._byte(at) == b"[":
                at = self._entries(at)
            else:
                value, at = at, end_of_value(self.data, at)
                if key in ("creator", "pages"):
                    self.parts[key] = self.data[value:at]

    def _entries(self, start: int) -> int:
        self.entries_found = True
        at = start + 1
        while True:
            at = self._match(_SPACE_OR_COMMA, at)
            if at >= len(self.data):
                raise Torn(at, cut=True)
            if self._byte(at) == b"]":
                return at + 1
            self.torn_entry = at
            end = end_of_value(self.data, at)
            self.torn_entry = None
            self.entries.append((at, end))
            at = end

    def _only_a_key_follows(self, at: int) -> bool:
        rest = bytes(self.data[at : at + 512])
        return len(rest) < 512 and (not rest or rest.startswith(b'"')) and b"\n" not in rest.strip()

    def _space(self, at: int) -> int:
        return self._match(_SPACE, at)

    def _match(self, pattern: re.Pattern[bytes], at: int) -> int:
        match = pattern.match(self.data, at)
        return match.end() if match else at

    def _byte(self, at: int) -> bytes:
        return bytes(self.data[at : at + 1])


def end_of_value(data: memoryview, start: int) -> int:
    """Where the JSON value that begins at `start` ends; raises Torn.

    msgspec says where the text after a value begins, at the speed of a skip. What it refuses (NaN, control characters,
    lone surrogates) the standard library's parser is asked for, in windows that grow until the value fits.
    """
    try:
        _skip_value(data[start:])
        return len(data)
    except msgspec.DecodeError as error:
        match = _TRAILING.search(str(error))
        if match is not None:
            return _exact_end(data, start, start + int(match[1]))
    except RecursionError:
        return _end_of_deep_value(data, start)
    except ValueError:
        pass
    size = _WINDOW
    while True:
        if size > _LONGEST_VALUE:
            raise Torn(start, cut=False)
        # Latin-1 keeps positions; nothing of the structure of JSON is beyond ASCII.
        text = bytes(data[start : start + size]).decode("latin-1")
        whole = start + size >= len(data)
        try:
            end = _scan(text)[1]
        except json.JSONDecodeError as error:
            unfinished = error.msg.startswith("Unterminated string") or error.pos >= len(text) - _NEAR_THE_END
            if whole or not unfinished:
                raise Torn(*_where(start, error, text)) from None
        except RecursionError:
            return _end_of_deep_value(data, start)
        except ValueError:
            raise Torn(start, cut=False) from None
        else:
            if whole or end < len(text):
                return start + end
        size *= 4


def _end_of_deep_value(data: memoryview, start: int) -> int:
    """The same for what is nested too deeply for parsers: brackets are counted."""
    depth = 0
    for match in _BRACKET.finditer(data, start):
        opened = data[match.start()]
        depth += (opened in b"[{") - (opened in b"]}")
        if depth <= 0:
            return match.end()
    raise Torn(len(data), cut=True)


def _exact_end(data: memoryview, start: int, named: int) -> int:
    """msgspec names the byte where the rest begins, or the one behind it, by version."""
    try:
        _skip_value(data[start : named - 1])
    except msgspec.DecodeError:
        return named
    return named - 1


def _where(start: int, error: json.JSONDecodeError, text: str) -> tuple[int, bool]:
    """The byte to name, and whether the text is cut there."""
    if error.msg.startswith("Unterminated string") or error.pos >= len(text):
        return start + len(text), True
    # A mark that something must follow, or a literal or escape that is begun: `,`, `tru`, `\\u00`, `12.`.
    rest = text[error.pos :].strip()
    cut = len(rest) < 12 and re.fullmatch(r'[a-zA-Z]*|[-+.eE0-9]+|\\?u?[0-9a-fA-F]*|"?\\?|[,:\[{]', rest) is not None
    return (start + len(text), True) if cut else (start + error.pos, False)


def pieces_of(data: memoryview) -> Iterator[str]:
    """The keys of the outermost object, as far as they can be read."""
    salvage = Salvage(data)
    with suppress(Torn):
        salvage.run()
    yield from salvage.keys
