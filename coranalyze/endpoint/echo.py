"""What in an answer came out of the request: origins that the server took from where it should not."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import http_origin_of

_URL_IN_QUERY = re.compile(r"=https?(?::|%3a)(?:/|%2f){2}", re.IGNORECASE)
_PARAMETERS = 50
"""Parameters of a URL that are looked at."""


def echo_of(url: str, request: Headers, allowed: str) -> str:
    """Which other input than `Origin` names the origin in Access-Control-Allow-Origin (`allowed`).

    `query`, `referer`, `forwarded-host`, or empty for none.
    """
    if stands_in_query(url, allowed):
        return "query"
    origin = http_origin_of(allowed)
    if origin is None:
        return ""
    referer = request.get("referer")
    if referer is not None and http_origin_of(referer) == origin:
        return "referer"
    forwarded = (request.get("x-forwarded-host") or "").partition(",")[0].strip().lower()
    return "forwarded-host" if forwarded and forwarded.partition(":")[0] == origin.host else ""


def stands_in_query(url: str, allowed: str) -> bool:
    """Whether a parameter of the URL is a URL of this origin."""
    _, _, query = url.partition("?")
    if not _URL_IN_QUERY.search("=" + query):
        return False
    given = [http_origin_of(unquote_plus(pair.partition("=")[2])) for pair in query.split("&")[:_PARAMETERS]]
    return any(str(origin) == allowed for origin in given if origin is not None)


def repeats_of(
    origin: str | None, location: str, lines: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Response headers that name the request's Origin and no other, and as `name: origin` those that name one other.

    `lines` of `kept_line`, without those of CORS.
    """
    if origin is None or "://" not in origin or not (lines or location):
        return (), ()
    named = {(name, value) for name, value in lines for value in [" ".join(set(value.split(" ")))] if " " not in value}
    if location:
        named.add(("location", location))
    repeated = {name for name, value in named if value == origin}
    others = {f"{name}: {value}" for name, value in named if value != origin}
    return tuple(sorted(repeated)), tuple(sorted(others))
