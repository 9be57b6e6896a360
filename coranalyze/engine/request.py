"""Request: an exchange with what the engine asks of its request headers read once."""

from __future__ import annotations

import itertools
import re

from coranalyze.cors.headers import Headers, requested_names
from coranalyze.cors.origin import Origin, http_origin_of, resolve, without_fragment
from coranalyze.cors.safelist import SAFELISTED_METHODS
from coranalyze.exchange import Exchange
from coranalyze.memo import Memo

_USERINFO = re.compile(r"^([a-z]+://)[^/?#]*@")
_NEVER_PREFLIGHTED = frozenset({"navigate", "no-cors", "websocket", "same-origin"})


_LOWER: Memo[str, str] = Memo(str.lower)

# What a verdict can hang on: by value, and by mere presence.
_BY_VALUE = (
    "sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "sec-fetch-storage-access", "accept", "cache-control",
    "content-type", "upgrade", "user-agent", "access-control-request-method", "access-control-request-headers",
)  # fmt: skip
_BY_PRESENCE = (
    "cookie", "authorization", "if-none-match", "if-modified-since", "upgrade-insecure-requests", "sec-ch-ua-platform",
)  # fmt: skip

_numbers = itertools.count()
# A number for each combination; none is given twice, also after the memo started anew.
_NUMBERS: Memo[tuple[object, ...], int] = Memo(lambda _: next(_numbers))


class View:
    """One list of request headers, read once; a capture holds few distinct ones."""

    __slots__ = ("destination", "facets", "headers", "mode", "origin", "site")

    def __init__(self, lines: Headers) -> None:
        # Of a name that stands twice, the first line counts.
        headers = self.headers = {_LOWER[name]: value for name, value in reversed(lines)}
        self.origin = headers.get("origin")
        self.mode = headers.get("sec-fetch-mode", "")
        self.site = headers.get("sec-fetch-site", "")
        self.destination = headers.get("sec-fetch-dest", "")
        facets = (*[headers.get(name) for name in _BY_VALUE], *[name in headers for name in _BY_PRESENCE])
        self.facets = _NUMBERS[facets]
        """A number for everything about these headers that a verdict can hang on, origins apart."""


_NAMES: Memo[str, tuple[str, ...]] = Memo(requested_names)
"""Access-Control-Request-Headers → the names in it."""
_VIEWS: Memo[Headers, View] = Memo(View)
_TARGETS: Memo[str, tuple[Origin | None, bool]] = Memo(lambda url: (http_origin_of(url), "@" in url))
"""A URL up to the slash behind its authority → its origin, ws read as http, and whether it names a user."""


class Request:
    """Reads the request headers of one exchange once; everything else is derived on demand."""

    __slots__ = (
        "destination",
        "exchange",
        "headers",
        "is_preflight",
        "mode",
        "origin",
        "site",
        "target",
        "url",
        "view",
    )

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        view = self.view = _VIEWS[exchange.request]
        self.headers = view.headers
        self.origin = view.origin
        """The `Origin` of the wire; None without one (provisional headers have none)."""
        self.mode = view.mode
        self.site = view.site
        self.destination = view.destination
        url = exchange.url
        end = url.find("/", 8)
        self.target, names_user = _TARGETS[url[:end] if end > 0 else url]
        """Origin of the URL, ws read as http."""
        self.url = comparable_url(url) if names_user else url
        """The URL as it was requested: user name and password never are."""
        self.is_preflight = exchange.method == "OPTIONS" and (
            "access-control-request-method" in view.headers or exchange.resource_type == "preflight"
        )
        """`Access-Control-Request-Method` is forbidden to scripts: OPTIONS with it is a preflight, others are not."""

    @property
    def requested_method(self) -> str:
        return self.headers.get("access-control-request-method", "")

    @property
    def requested_headers(self) -> tuple[str, ...]:
        """CORS-unsafe names that a preflight asks for."""
        return _NAMES[self.headers.get("access-control-request-headers", "")]

    @property
    def may_be_preflighted(self) -> bool:
        """Whether a preflight of this request may still turn up in a browser's record."""
        exchange = self.exchange
        if exchange.service_worker or exchange.cached or self.mode in _NEVER_PREFLIGHTED:
            return False
        # Only fetch(), XMLHttpRequest and beacons are preflighted; their destination is empty.
        if self.destination not in ("", "empty"):
            return False
        # Led back home by a redirect it is: Chromium's Sec-Fetch-Site counts the last hop alone then.
        if self.site == "same-origin" and self.origin != "null":
            return False
        return self.origin is not None or exchange.provisional or exchange.method not in SAFELISTED_METHODS


def comparable_url(url: str) -> str:
    """A URL as it would be requested: normalized, without user name, password and fragment."""
    return _USERINFO.sub(r"\1", without_fragment(resolve(url, url)), count=1)
