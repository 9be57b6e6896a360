"""Request: an exchange with what the engine asks of its request headers read once."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from coranalyze.cors.origin import DEFAULT_PORTS, Origin, http_origin_of, parse_authority
from coranalyze.cors.safelist import SAFELISTED_METHODS
from coranalyze.exchange import Exchange

_URL_SAFE = "%/:=&?~+!$,;'@()*[]"
_NEVER_PREFLIGHTED = frozenset({"navigate", "no-cors", "websocket", "same-origin"})


class LowerNames(dict[str, str]):
    """Header name as spelt → in lower case; bounded, since names are hostile too."""

    def __missing__(self, name: str) -> str:
        if len(self) >= 10_000:
            self.clear()
        lower = self[name] = name.lower()
        return lower


LOWER = LowerNames()


class Request:
    """Reads the request headers of one exchange in a single pass; everything else is derived on demand."""

    __slots__ = ("exchange", "headers", "is_preflight", "mode", "origin", "target", "url")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        # Of a name that stands twice, the first line counts.
        self.headers: dict[str, str] = {LOWER[name]: value for name, value in reversed(exchange.request)}
        self.origin: str | None = self.headers.get("origin")
        """The `Origin` of the wire; None without one (provisional headers have none)."""
        self.mode = self.headers.get("sec-fetch-mode", "")
        self.target: Origin | None = http_origin_of(exchange.url)
        """Origin of the URL, ws read as http."""
        self.url = exchange.url if "@" not in exchange.url else _without_userinfo(exchange.url)
        """The URL as it was requested: user name and password never are."""
        self.is_preflight = exchange.method == "OPTIONS" and (
            "access-control-request-method" in self.headers or exchange.resource_type == "preflight"
        )
        """`Access-Control-Request-Method` is forbidden to scripts: OPTIONS with it is a preflight, others are not."""

    @property
    def requested_method(self) -> str:
        return self.headers.get("access-control-request-method", "")

    @property
    def requested_headers(self) -> tuple[str, ...]:
        """CORS-unsafe names that a preflight asks for."""
        value = self.headers.get("access-control-request-headers", "")
        return tuple(name.strip(" \t").lower() for name in value.split(",") if name.strip(" \t"))

    @property
    def destination(self) -> str:
        return self.headers.get("sec-fetch-dest", "")

    @property
    def site(self) -> str:
        return self.headers.get("sec-fetch-site", "")

    @property
    def may_be_preflighted(self) -> bool:
        """Whether a preflight of this request may still turn up in a browser's record."""
        exchange = self.exchange
        if exchange.service_worker or exchange.cached or self.mode in _NEVER_PREFLIGHTED:
            return False
        # Only fetch(), XMLHttpRequest and beacons are preflighted; their destination is empty.
        if self.headers.get("sec-fetch-dest", "empty") != "empty" or self.site == "same-origin":
            return False
        return self.origin is not None or exchange.provisional or exchange.method not in SAFELISTED_METHODS


def _without_userinfo(url: str) -> str:
    end = url.find("/", 8)
    return comparable_url(url) if "@" in url[: end if end > 0 else None] else url


def comparable_url(url: str) -> str:
    """A URL as it would be requested: lower-case host, no default port, no credentials, never an empty path."""
    authority = parse_authority(url)
    if authority is None or authority.host is None:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    port = "" if authority.port == DEFAULT_PORTS.get(authority.scheme) else f":{authority.port}"
    path = quote(_without_dot_segments(parts.path or "/"), safe=_URL_SAFE)
    query = f"?{quote(parts.query, safe=_URL_SAFE)}" if parts.query else ""
    return f"{authority.scheme}://{authority.host}{port}{path}{query}"


def _without_dot_segments(path: str) -> str:
    """https://url.spec.whatwg.org/#path-state, for `.` and `..`"""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for i, segment in enumerate(segments):
        if segment == "..":
            del kept[-1:]
        if segment not in (".", ".."):
            kept.append(segment)
        elif i == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)
