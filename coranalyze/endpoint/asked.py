"""Asked: preflights that are refused for what they ask, as others show that pass at the same endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from coranalyze.cors.headers import Headers, extract_tokens, first_non_token
from coranalyze.endpoint.answer import Answer

_REFUSING = frozenset({400, 403, 405})
"""Statuses beside the successes with which CORS handlings refuse a method or a header; others are of who else."""

CORS_ERROR = "cors-error"
"""The response header in which BlackSheep's CORS handling says what it refuses."""
_REFUSED = re.compile(r'the (?:"([^"]+)" request header|(method) of the request) is not enabled', re.IGNORECASE)


class Refused(NamedTuple):
    """What a CORS handling says that it refuses; neither for the origin."""

    method: str = ""
    header: str = ""


def refused_in_words(error: str, method: str, names: Sequence[str]) -> Refused:
    """What `CORS_ERROR` says of a preflight that asks for these.

    BlackSheep looks at the origin first, then at the method, then at each header.
    """
    said = _REFUSED.match(error)
    if said is None:
        return Refused()
    if said[2]:
        return Refused(method=method)
    header = said[1].lower()
    return Refused(header=header) if header in names else Refused()


class Beyond(NamedTuple):
    """A preflight that passed, and what another one asks for beside it."""

    passed: Answer
    method: str = ""
    names: tuple[str, ...] = ()
    listed: bool = False
    """The answer lists more than it was asked for, so it is a list that is known."""

    @property
    def certain(self) -> bool:
        """One thing alone sets the two apart, or the list shows it."""
        return self.listed or len(self.names) + bool(self.method) == 1


@lru_cache(maxsize=4096)
def tokens(lines: tuple[str, ...]) -> tuple[str, ...] | None:
    """The elements of a list header; None where one is no token, which spoils them all."""
    found = extract_tokens(Headers(("list", line) for line in lines), "list")
    return None if found is None else tuple(found)


def no_token(lines: Iterable[str]) -> str:
    """The first element of a list header that is no token; empty where all are."""
    return first_non_token(Headers(("list", line) for line in lines), "list")


def refused_for(status: int | None, method: str, names: Sequence[str], passing: Iterable[Answer]) -> Beyond | None:
    """What a preflight without Access-Control-Allow-Origin seems to be refused for.

    `passing` are the preflights of its origin at its endpoint that were let in. None where one of them asked for as
    much, where there is none, and where the status is no handling's word on CORS.
    """
    if status is None or not (200 <= status < 300 or status in _REFUSING):
        return None
    found: list[Beyond] = []
    for answer in passing:
        beyond = _beyond(method, names, answer)
        if not beyond.method and not beyond.names:
            return None
        found.append(beyond)
    return min(found, key=lambda each: (len(each.names) + bool(each.method), not each.listed), default=None)


def _beyond(method: str, names: Sequence[str], passed: Answer) -> Beyond:
    methods = set(tokens(passed.allow_methods) or ())
    headers = {name.lower() for name in tokens(passed.allow_headers) or ()}
    more = () if "*" in headers else tuple(n for n in names if n not in headers and n not in passed.requested_headers)
    other = "" if "*" in methods or method in methods or method == passed.requested_method else method
    listed = bool(methods - {passed.requested_method} if other else headers - set(passed.requested_headers))
    return Beyond(passed, other, more, listed)
