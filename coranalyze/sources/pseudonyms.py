"""What a safe copy must not hold: whom people are known by, and what they typed. Equal values get equal stand-ins.

In URLs an allow-list keeps parameters, as it keeps header values: of others only the name stays. In paths and texts
addresses, telephone, card and account numbers give way. A stand-in is left alone when it is met again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from urllib.parse import quote, unquote, unquote_plus

from coranalyze.cors.origin import http_origin_of
from coranalyze.exchange import REDACTED
from coranalyze.sources.masking import PARAMETERS, bare_text, looks_secret

_EMAIL = re.compile(
    r"[\w.!$+\-']{1,64}@(?![0-9.]{1,4}x\.)[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,6}\.[^\W\d_]{2,24}(?![\w\-])"
)
"""`logo@2x.png` is a picture for fine screens."""
_STAND_IN = re.compile(r"person-[0-9]+@example\.invalid|(?:name|value)-[0-9]+")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[0-9]|[ .\-()/+]{1,3}(?=[0-9])){8,24}(?![0-9A-Za-z])")
_FEWEST_DIGITS = 9
"""Of telephone, card and account numbers."""
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?:[ +]?[0-9A-Z]){11,30}(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ +\-]?[0-9]){12,18}(?![0-9A-Za-z])")
_HARMLESS = re.compile(
    r"[0-9]{0,4}|v?[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}|true|false|yes|no|on|off|null|asc|desc|json|jsonp|xml|html|csv|js|css",
    re.IGNORECASE,
)
"""Values of parameters that say nothing of anybody."""
_NAME = re.compile(r"(?:[A-Za-z_$:.\-\[\]]|%5[BbDd]|[0-9]{1,4}(?![0-9])){1,64}")
"""Names of parameters, as programs give them."""
_FLAG = re.compile(r"[a-z_\-]{1,24}")
"""A parameter without value."""
_PAIRS = re.compile(r"(&|;(?=[\w.\-]{1,64}=))")
_MOST_ENCODED = 4
"""`%252525…` could be decoded as often as it is long."""
_KEPT = ("[redacted", "%5Bredacted")
_LETTERS = str.maketrans(
    "bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ", "aaaaaxxxxxxxxxxxxxxxxxxxxAAAAAXXXXXXXXXXXXXXXXXXXX"
)


class Pseudonyms:
    """The stand-ins of one copy."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}
        self._next = {kind: count(1) for kind in ("person", "number", "value", "name")}

    @property
    def people(self) -> int:
        """Addresses and numbers that were replaced."""
        return sum(kind in ("person", "number") for kind, _ in self._known)

    @property
    def parameters(self) -> int:
        """Values and names of URL parameters that were replaced."""
        return len(self._known) - self.people

    def text(self, text: str) -> str:
        """A path segment or plain words: addresses and numbers of people are replaced."""
        if "@" in text:
            text = _EMAIL.sub(self._email, text)
        return _NUMBER.sub(self._number, _IBAN.sub(self._iban, text))

    def error(self, text: str) -> str:
        """A tool's message, and the URLs in it."""
        return self.text(bare_text(text, self.url))

    def header(self, value: str) -> str:
        """The value of a header whose kind of bytes may matter: every letter and digit keeps its kind."""
        if "@" in value:
            value = _EMAIL.sub(lambda match: _shaped(match[0], 0), value)
        return _CARD.sub(lambda match: self._iban_or_card(match, _is_card), _IBAN.sub(self._iban, value))

    def url(self, url: str) -> str:
        """A URL or the reference of a redirect; scheme, host and port are what CORS is about."""
        if url.startswith(_KEPT):
            return url
        start = url.find("/", url.find("://") + 3) if "://" in url else 0
        path, mark, query = url[start:].partition("?") if start >= 0 else ("", "", "")
        if start < 0:
            # Without a path: the query follows the host.
            head, mark, query = url.partition("?")
            return head + mark + self._query(query)
        return url[:start] + "/".join(map(self._segment, path.split("/"))) + mark + self._query(query)

    def _segment(self, segment: str) -> str:
        # `&` also stands in names; a query without its `?` has a `=` as well.
        if ";" not in segment and not ("&" in segment and "=" in segment):
            return self._decoded(segment, unquote)
        head, *parameters = PARAMETERS.split(segment)
        parameters[1::2] = map(self._pair, parameters[1::2])
        return (self._pair(head) if "=" in head else self._decoded(head, unquote)) + "".join(parameters)

    def _query(self, query: str) -> str:
        parts = _PAIRS.split(query)
        parts[::2] = map(self._pair, parts[::2])
        return "".join(parts)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not value.strip("="):
            # A flag, or base64 with its padding.
            return pair if _FLAG.fullmatch(name) and len(value) == 0 else self._value(pair)
        return self._parameter(name) + equals + self._value(value)

    def _parameter(self, name: str) -> str:
        if name.startswith(_KEPT) or _STAND_IN.fullmatch(name):
            return name
        plain = _NAME.fullmatch(name) is not None and self._decoded(name, unquote_plus) == name
        return name if plain else self._stand_in("name", unquote_plus(name))

    def _value(self, value: str) -> str:
        if value.startswith(_KEPT) or _HARMLESS.fullmatch(value) or _STAND_IN.fullmatch(value):
            return value
        plain = unquote_plus(value)
        origin = http_origin_of(plain) if "://" in plain else None
        if origin is None:
            return self._stand_in("value", plain)
        # A server may answer the origin that a parameter names.
        path = plain[len(str(origin)) + 1 :] if plain.startswith(f"{origin}/") else ""
        if _STAND_IN.fullmatch(path):
            return value
        return quote(f"{origin}/{self._stand_in('value', plain)}", safe="")

    def _decoded(self, text: str, decode: Callable[[str], str]) -> str:
        """The text with what its decoded form hides replaced, be it encoded `_MOST_ENCODED` times."""
        plain = text
        for _ in range(_MOST_ENCODED if "%" in text or "+" in text else 0):
            plain = decode(plain)
        if plain != text and looks_secret(plain):
            return REDACTED
        made = self.text(plain)
        return text if made == plain else made if plain == text else quote(made, safe="@")

    def _stand_in(self, kind: str, value: str) -> str:
        return f"{kind}-{self._numbered(kind, value)}"

    def _numbered(self, kind: str, value: str) -> int:
        key = kind, value
        if key not in self._known:
            self._known[key] = next(self._next[kind])
        return self._known[key]

    def _email(self, match: re.Match[str]) -> str:
        if _STAND_IN.fullmatch(match[0]):
            return match[0]
        return f"person-{self._numbered('person', match[0].lower())}@example.invalid"

    def _number(self, match: re.Match[str]) -> str:
        digits = re.sub("[^0-9]", "", match[0])
        if len(digits) < _FEWEST_DIGITS or digits.startswith("000") or _IPV4.fullmatch(match[0]):
            return match[0]
        return _shaped(match[0], self._numbered("number", digits))

    def _iban(self, match: re.Match[str]) -> str:
        return self._iban_or_card(match, _is_iban)

    def _iban_or_card(self, match: re.Match[str], holds: Callable[[str], bool]) -> str:
        plain = re.sub("[ +-]", "", match[0])
        return _shaped(match[0], self._numbered("number", plain)) if holds(plain) else match[0]


def _shaped(text: str, number: int) -> str:
    """As long, each character of its kind (a path template asks for it): the digits of `number`, after zeros."""
    digits = iter(str(number).rjust(sum(map(str.isdecimal, text)), "0"))
    return "".join(next(digits) if character.isdecimal() else character for character in text).translate(_LETTERS)


def _is_iban(text: str) -> bool:
    """ISO 13616: modulo 97 of the digits, letters as numbers, with the first four at the end."""
    if set(text[:2]) <= set("AX"):
        return False  # a stand-in: no country is called so
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def _is_card(digits: str) -> bool:
    """ISO/IEC 7812: every second digit doubled from the right, the sum of all a multiple of ten."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return not digits.startswith("000") and (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
