"""Header lists: get, combine, extract. https://fetch.spec.whatwg.org/#terminology-headers"""

import re
from collections.abc import Iterable

# RFC 9110 5.6.2: token = 1*tchar
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
HTTP_WHITESPACE = " \t\r\n"


class Headers(tuple[tuple[str, str], ...]):
    """An immutable header list: (name, value) lines in the order and spelling of the wire, duplicates kept."""

    __slots__ = ()

    @classmethod
    def of(cls, lines: Iterable[tuple[str, str]]) -> "Headers":
        return cls(lines)

    def lines(self, name: str) -> list[tuple[str, str]]:
        """All lines with this name, compared without case; values stripped of HTTP whitespace."""
        wanted, length = name.lower(), len(name)
        return [(n, v.strip(HTTP_WHITESPACE)) for n, v in self if len(n) == length and n.lower() == wanted]

    def values(self, name: str) -> list[str]:
        return [v for _, v in self.lines(name)]

    def get(self, name: str, skip_empty: bool = False) -> str | None:
        """The values of all lines with this name joined by `, `, or None without such a line.

        https://fetch.spec.whatwg.org/#concept-header-list-get; `skip_empty` leaves out lines without a value.
        """
        values = self.values(name)
        if not values:
            return None
        return ", ".join(filter(None, values) if skip_empty else values)

    def has(self, name: str) -> bool:
        wanted, length = name.lower(), len(name)
        return wanted in [n.lower() for n, _ in self if len(n) == length]

    def names(self) -> tuple[str, ...]:
        """The distinct names in lower case, in order of first appearance."""
        return tuple(dict.fromkeys(n.lower() for n, _ in self))


def split_value(value: str) -> list[str]:
    """A header value split at the commas outside of quoted strings.

    https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split
    """
    values: list[str] = []
    quoted = escaped = False
    start = 0
    for i, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            values.append(value[start:i].strip(" \t"))
            start = i + 1
    return [*values, value[start:].strip(" \t")]


def is_token(value: str) -> bool:
    return TOKEN.fullmatch(value) is not None


def extract_tokens(headers: Headers, name: str) -> list[str] | None:
    """The elements of a `#token` header over all of its lines; an empty list without such a line.

    None when one element is no token: one bad element spoils the whole list.
    https://fetch.spec.whatwg.org/#extract-header-list-values, grammar RFC 9110 5.6.1.
    """
    tokens: list[str] = []
    for value in headers.values(name):
        for element in value.split(","):
            element = element.strip(" \t")
            if not element:
                continue
            if not is_token(element):
                return None
            tokens.append(element)
    return tokens


def requested_names(value: str) -> tuple[str, ...]:
    """The names in an `Access-Control-Request-Headers`, in lower case and in their order, tokens or not."""
    names = [name.strip(" \t").lower() for name in value.split(",")]
    return tuple([name for name in names if name])


def first_non_token(headers: Headers, name: str) -> str:
    """The first element that keeps `extract_tokens` from succeeding, for the explanation."""
    for value in headers.values(name):
        for element in value.split(","):
            element = element.strip(" \t")
            if element and not is_token(element):
                return element
    return ""
