"""What a file is, by its content; and for what is no capture, what it seems to be."""

import re
from enum import Enum, auto

from coranalyze.sources.har_document import Buffer
from coranalyze.sources.masking import redact_tokens


class Kind(Enum):
    HAR = auto()
    FLOW = auto()
    CAPTURE = auto()
    TEXT = auto()
    NONE = auto()


SAMPLE = 4096
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")

# tnetstring: the length of the first flow, as mitmproxy writes it.
_FLOW = re.compile(rb"[0-9]{1,12}:[0-9]{1,12}:")
_JSONP = re.compile(rb"(?:/\*\*/)?[ \t\r\n]*([A-Za-z_$][\w$.]{0,200})[ \t\r\n]*\([ \t\r\n]*(?=\{)")
_CAPTURE = re.compile(rb'\{[ \t]*"coranalyze_capture"')
_TEXT = re.compile(
    rb"(?:[ \t\r]*(?:#[^\n]*)?\n)*(?:> ?)?[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]+[A-Za-z][A-Za-z0-9+.\-]*:[^\s]"
)

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, audio or video file"),
    (b"%PDF", "a PDF document"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap): export the HTTP traffic as HAR"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture (pcap): export the HTTP traffic as HAR"),
    (b"\x4d\x3c\xb2\xa1", "a packet capture (pcap): export the HTTP traffic as HAR"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng): export the HTTP traffic as HAR"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed with xz: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def kind_of(start: bytes) -> Kind:
    """The kind of a file by its first bytes, byte order mark and white space left out."""
    if start.startswith(b"{"):
        return Kind.CAPTURE if _CAPTURE.match(start) else Kind.HAR
    if _FLOW.match(start):
        return Kind.FLOW
    if _JSONP.match(start):
        return Kind.HAR
    return Kind.TEXT if _TEXT.match(start) else Kind.NONE


def inside_jsonp(data: Buffer) -> Buffer | None:
    """The object in `callback({…});`, or None where the data is no such call."""
    match = _JSONP.match(bytes(data[:SAMPLE]))
    if match is None:
        return None
    tail = bytes(data[-64:]).rstrip(b" \t\r\n;")
    end = len(data) - min(64, len(data)) + len(tail)
    return data[match.end() : end - 1 if tail.endswith(b")") else end]


def magic_of(start: bytes) -> str:
    """What a file is by its very first bytes; empty where they say nothing."""
    return next((name for magic, name in _MAGIC if start.startswith(magic)), "")


def likeness(start: bytes) -> str:
    """What a file that is no capture seems to be."""
    text = start[:SAMPLE].lower()
    if text.startswith(b"<"):
        if b"burpversion" in text or b"<items" in text:
            return "XML of Burp Suite: export HAR with Logger++ instead"
        return "an HTML page" if b"<html" in text or b"<!doctype html" in text else "XML"
    if text.startswith(b"["):
        return "a JSON array, no HAR log"
    if b"\0" in text:
        return "a binary file of no known format"
    first = text.partition(b"\n")[0]
    if first.count(b",") >= 2:
        return "CSV, or another table"
    return "text, but no capture"


def json_likeness(keys: tuple[str, ...]) -> str:
    """What a JSON object without a HAR log seems to be, by the keys of the outermost object."""
    known = set(keys)
    if {"constants", "events"} <= known:
        return "a NetLog of Chrome (chrome://net-export): save a HAR from DevTools instead"
    if "traceEvents" in known:
        return "a performance trace of Chrome: save a HAR from DevTools instead"
    if {"info", "item"} <= known:
        return "a Postman collection: it holds no responses as a browser saw them"
    if "openapi" in known or "swagger" in known:
        return "an API description (OpenAPI)"
    shown = ", ".join(f"`{redact_tokens(key)[:24]}`" for key in keys[:4])
    return f"JSON without a HAR log (it has {shown})" if shown else "JSON without a HAR log"
