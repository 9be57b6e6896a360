"""What a HAR that does not decode as a whole still holds: its entries one by one, up to a cut."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from coranalyze.sources.capture import NotACapture

_JSONP = re.compile(rb"\s*[A-Za-z_$][\w$.]*\s*\(")
_ENTRIES = re.compile(rb'"entries"\s*:\s*\[')
_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING_END = re.compile(rb'(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass
class Salvaged:
    entries: list[bytes | dict[str, Any]]
    log: dict[str, Any] = field(default_factory=dict)
    """Creator, browser and pages where they could be read."""
    notes: list[str] = field(default_factory=list)
    cut: str | None = None
    """Where and how the file breaks off; None where it is whole."""


def salvage(path: str, data: Any) -> Salvaged:
    """Raises NotACapture where no HAR can be recognized in the bytes."""
    raw = bytes(data)
    notes = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:64].count(0) > 8:
        raw = raw.decode("utf-16", "replace").encode()
        notes.append("The file is UTF-16.")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if _JSONP.match(raw):
        raw = raw[raw.index(b"(") + 1 :]
        notes.append("The file is JSONP.")
    text = raw.decode("utf-8", "replace")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in raw:
        notes.append("The file is not UTF-8: broken bytes were replaced.")
        raw = text.encode()
    try:
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _cut(path, raw, notes)
    if text.lstrip()[end:].strip(" \t\r\n);"):
        notes.append("Something follows the HAR in the file; it was left out.")
    return _whole(path, value, notes)


def _whole(path: str, value: Any, notes: list[str]) -> Salvaged:
    if not isinstance(value, dict):
        raise NotACapture(path, f"JSON, but no HAR: the top level is {_kind(value)}, not an object with a `log`")
    log = value.get("log", value)
    if isinstance(log, dict) and "log" not in value:
        if isinstance(value.get("request"), dict):
            notes.append("The file is a lone entry without a log.")
            return Salvaged([value], {}, notes)
        if isinstance(value.get("entries"), list):
            notes.append("The log stands without the `log` wrapper.")
    if not isinstance(log, dict):
        raise NotACapture(path, "JSON, but no HAR: `log` is no object")
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise NotACapture(path, f"JSON, but no HAR: {_missing(value, log)}")
    return Salvaged(list(entries), log, notes)


def _missing(value: dict[str, Any], log: dict[str, Any]) -> str:
    if "constants" in value and "events" in value:
        return "it seems to be a Chromium NetLog; export a HAR from DevTools instead"
    if "traceEvents" in value:
        return "it seems to be a performance trace; export a HAR from the Network panel instead"
    if "info" in value and "item" in value:
        return "it seems to be a Postman collection"
    return "`log.entries` is missing" if "log" in value or log is not value else "there is no `log.entries`"


def _cut(path: str, raw: bytes, notes: list[str]) -> Salvaged:
    """Whole entries before a cut or a syntax error, in one pass."""
    start = _ENTRIES.search(raw)
    if start is None:
        raise NotACapture(path, what_it_seems(raw))
    entries: list[bytes | dict[str, Any]] = []
    position, length = start.end(), len(raw)
    closed = False
    while position < length:
        char = raw[position : position + 1]
        if char == b"{":
            end = _object_end(raw, position)
            if end is None:
                break
            entries.append(raw[position:end])
            position = end
        elif char == b"]":
            closed = True
            break
        else:
            position += 1
    log = _head(raw[: start.start()])
    if closed:
        notes.append("The file is not well-formed JSON; its entries were read one by one.")
        return Salvaged(entries, log, notes)
    notes.append(f"Truncated: the file ends at byte {length} within or before entry {len(entries)}.")
    return Salvaged(entries, log, notes, f"cut off: the file ends at byte {length} before this entry is complete")


def _object_end(raw: bytes, position: int) -> int | None:
    depth = 0
    while True:
        found = _STRUCTURE.search(raw, position)
        if found is None:
            return None
        char = found[0]
        position = found.end()
        if char == b'"':
            closing = _STRING_END.match(raw, position)
            if closing is None:
                return None
            position = closing.end()
        elif char in b"{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position


def _head(head: bytes) -> dict[str, Any]:
    """Creator and browser out of what stands before the entries."""
    log = {}
    for key in ("creator", "browser"):
        match = re.search(rb'"%b"\s*:\s*\{[^{}]{0,500}?"name"\s*:\s*"([^"\\]{0,100})"' % key.encode(), head)
        if match:
            log[key] = {"name": match[1].decode("utf-8", "replace")}
    return log


def what_it_seems(raw: bytes) -> str:
    """A sentence on bytes that are no capture."""
    start = raw[:2000].lstrip()
    if not start:
        return "the file is empty"
    lowered = start[:200].lower()
    if lowered.startswith((b"<!doctype", b"<html")):
        return "not a capture: it seems to be an HTML page (was the download a login page?)"
    if lowered.startswith(b"<?xml") or lowered.startswith(b"<items"):
        return "not a capture: it seems to be XML (Burp exports XML; use a HAR export such as Logger++'s)"
    if start.startswith((b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a")):
        return "not a capture of this kind: it seems to be a packet capture (pcap); export a HAR or a mitmproxy flow"
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        return "not a capture: it seems to be an image"
    if start[:1] in b"{[":
        return "broken JSON without a readable `entries` list: nothing of it could be read"
    return "not a capture: neither a HAR, nor a mitmproxy flow file, nor the plain-text notation"


def _kind(value: Any) -> str:
    return {list: "an array", str: "a string", type(None): "null", bool: "a boolean"}.get(type(value), "a number")
