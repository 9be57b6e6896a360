"""Path templates: URLs that differ in ids only are one endpoint."""

import re
from functools import lru_cache
from string import digits

from coranalyze.cors.origin import Origin, http_origin_of

# In the order in which they are tried; the group names what a segment stands for.
_SEGMENT = re.compile(
    r"(?P<secret>\[redacted(?:-[0-9]+)?\])"
    r"|(?P<id>[0-9]+)"
    r"|(?P<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<date>[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?:T[0-9:.Z+\-]*)?)"
    r"|(?P<hash>(?=[a-zA-Z]*[0-9])[0-9a-fA-F]{8,})"
    r"|(?P<token>(?=[A-Za-z_\-]*[0-9])[0-9A-Za-z_]{20,}|(?=[A-Za-z_\-]*[0-9])[0-9A-Za-z_\-]{32,})"
)
# `main.3f9a2c1b.js`, `42.json`: the parts between the dots of a file name.
_IN_NAME = frozenset({"id", "uuid", "date", "hash"})
_LONGEST = 512
"""Characters of a template; what is longer is cut."""
_LONGEST_SEGMENT = 128
_SHORTEST = 7
"""Characters of the shortest segment without a dot, digits apart, that stands for something."""
MOST_SEGMENTS = 12
_TELLING = re.compile(r"[0-9\[]")
_REMEMBERED = 16_384
"""Segments."""


def place(url: str) -> tuple[str, str]:
    """A URL → the server's origin (`https://api.example`, ws read as http) and its path template.

    The query plays no part. A URL without authority has its scheme as server and an empty template.
    """
    start = url.find(":")
    if not url.startswith("://", start):
        return url.partition(":")[0] + ":", ""
    path = url.find("/", start + 3)
    query = url.find("?")
    if path < 0 or 0 <= query < path:
        return server_of(url[:query] if query >= 0 else url), "/"
    return server_of(url[:path]), template(url[path:query] if query >= 0 else url[path:])


@lru_cache(maxsize=16384)
def server_of(prefix: str) -> str:
    """The serialized origin of a URL without path; the scheme alone where it has none."""
    origin: Origin | None = http_origin_of(prefix)
    return str(origin) if origin is not None else prefix.partition(":")[0] + ":"


def template(path: str) -> str:
    """`/users/42/photos/9f8b…c1.png` → `/users/{id}/photos/{hash}.png`.

    Numbers, UUIDs, dates, hexadecimal hashes and long tokens give way to their kind; words stay. The same path gives
    the same template whatever else a capture holds. Deeper than `MOST_SEGMENTS` it ends in `{…}`.
    """
    parts = path.split("/", MOST_SEGMENTS + 1)
    if len(parts) > MOST_SEGMENTS + 1:
        parts[-1] = "{…}"
    if len(path) > _LONGEST_SEGMENT:
        return "/".join(map(_KINDS.__getitem__, parts))[:_LONGEST]
    return "/".join([part if part.isalpha() else _KINDS[part] for part in parts])


class _Kinds(dict[str, str]):
    """Segment → itself or what it stands for; ids and overlong ones are not remembered."""

    __slots__ = ()

    def __missing__(self, part: str) -> str:
        if part.isdigit() and part.isascii():
            return "{id}"
        if len(part) > _LONGEST_SEGMENT:
            return "{token}"
        if len(self) >= _REMEMBERED:
            self.clear()
        kind = self[part] = _segment(part)
        return kind


_KINDS = _Kinds()


def _segment(part: str) -> str:
    # What is shorter is no date, and no hash or token either; without a digit there is nothing but words.
    if (len(part) < _SHORTEST and "." not in part) or _TELLING.search(part) is None:
        return part
    dotted = "." in part
    # With a dot in it only a moment stands for something as a whole, and that begins with a digit.
    match = _SEGMENT.fullmatch(part) if not dotted or part[0] in digits else None
    if match is not None:
        return f"{{{match.lastgroup}}}"
    return ".".join([piece if piece.isalpha() else _in_name(piece) for piece in part.split(".")]) if dotted else part


def _in_name(piece: str) -> str:
    match = _SEGMENT.fullmatch(piece)
    if match is not None and match.lastgroup in _IN_NAME:
        return f"{{{match.lastgroup}}}"
    # `main-3f9a2c1b`
    stem, dash, end = piece.rpartition("-")
    match = _SEGMENT.fullmatch(end) if dash else None
    return f"{stem}-{{hash}}" if match is not None and match.lastgroup in ("hash", "id") and len(end) >= 8 else piece
