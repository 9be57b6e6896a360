"""What a request needs so that it can be judged, whatever recorded it."""

import re

from coranalyze.cors.headers import TOKEN
from coranalyze.cors.origin import origin_of, serialize

_METHODS = frozenset({"GET", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "HEAD"})
TUNNEL = "CONNECT"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")


def unusable(method: str, url: str) -> str:
    """What is wrong with a request's method or URL; empty where nothing is.

    What a browser asks of its proxy for itself is no request of a page, whatever became of it.
    """
    if method == TUNNEL:
        return f"a tunnel to {serialize(origin_of(url))} through the proxy (CONNECT), no request of a page"
    if method not in _METHODS and (not method or TOKEN.fullmatch(method) is None):
        return "the method is no token" if method else "the request has no method"
    if not url:
        return "the request has no URL"
    if not url.startswith(("http://", "https://")) and _ABSOLUTE.match(url.strip()) is None:
        return "the URL is not absolute"
    return ""
