"""Request: an exchange with what the engine asks of its request headers read once."""

from __future__ import annotations

from functools import cached_property, lru_cache
from urllib.parse import quote, urlsplit

from coranalyze.cors.origin import DEFAULT_PORTS, Origin, http_origin_of, parse_authority
from coranalyze.cors.safelist import SAFELISTED_METHODS
from coranalyze.exchange import Exchange

# What a verdict can hang on: by value, and by mere presence.
_BY_VALUE = (
    "origin", "referer", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "sec-fetch-storage-access", "accept",
    "cache-control", "content-type", "upgrade", "user-agent", "access-control-request-method",
    "access-control-request-headers",
)  # fmt: skip
_BY_PRESENCE = ("cookie", "authorization", "if-none-match", "if-modified-since", "upgrade-insecure-requests")
_RESPONSE = frozenset(
    {
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers", "content-type", "cross-origin-resource-policy", "location",
        "non-authoritative-reason", "x-content-type-options",
    }
)  # fmt: skip

_URL_SAFE = "%/:=&?~+!$,;'@()*[]"


@lru_cache(maxsize=65536)
def _lower(name: str) -> str:
    return name.lower()


class Request:
    """Reads the request headers of one exchange in a single pass; everything else is derived on demand."""

    __slots__ = ("__dict__", "exchange", "headers", "is_preflight", "origin")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.headers: dict[str, str] = {}
        headers = self.headers
        for name, value in exchange.request:
            lower = _lower(name)
            if lower not in headers:
                headers[lower] = value.strip(" \t")
        self.origin: str | None = self.headers.get("origin")
        """The `Origin` of the wire; None without one (provisional headers have none)."""
        self.is_preflight = exchange.method == "OPTIONS" and (
            "access-control-request-method" in self.headers or exchange.resource_type == "preflight"
        )
        """`Access-Control-Request-Method` is forbidden to scripts: OPTIONS with it is a preflight, others are not."""

    @property
    def facets(self) -> tuple[object, ...]:
        """Everything that the verdict on this exchange alone can hang on; equal facets, equal verdicts."""
        exchange, headers = self.exchange, self.headers
        return (
            exchange.method,
            exchange.status,
            exchange.error,
            exchange.resource_type,
            exchange.page_url,
            exchange.provisional,
            exchange.service_worker,
            exchange.cached,
            self.target,
            tuple([headers.get(name) for name in _BY_VALUE]),
            tuple([name in headers for name in _BY_PRESENCE]),
            tuple([line for line in exchange.response if _lower(line[0]) in _RESPONSE]),
        )

    @cached_property
    def url(self) -> str:
        """The URL as it was requested: user name and password never are."""
        url = self.exchange.url
        end = url.find("/", 8)
        return self.comparable_url(url) if "@" in url[: end if end > 0 else None] else url

    @property
    def requested_method(self) -> str:
        return self.headers.get("access-control-request-method", "")

    @cached_property
    def requested_headers(self) -> tuple[str, ...]:
        """CORS-unsafe names that a preflight asks for."""
        value = self.headers.get("access-control-request-headers", "")
        return tuple(name.strip(" \t").lower() for name in value.split(",") if name.strip(" \t"))

    @property
    def header_names(self) -> dict[str, str]:
        return self.headers

    @property
    def mode(self) -> str:
        return self.headers.get("sec-fetch-mode", "")

    @property
    def destination(self) -> str:
        return self.headers.get("sec-fetch-dest", "")

    @property
    def site(self) -> str:
        return self.headers.get("sec-fetch-site", "")

    @cached_property
    def target(self) -> Origin | None:
        """Origin of the URL, ws read as http."""
        return http_origin_of(self.exchange.url)

    @property
    def may_be_preflighted(self) -> bool:
        """Whether a preflight of this request may still turn up in a browser's record."""
        exchange = self.exchange
        if exchange.service_worker or exchange.cached or self.mode in ("navigate", "no-cors", "websocket"):
            return False
        return self.site != "same-origin" and (
            self.origin is not None or exchange.provisional or exchange.method not in SAFELISTED_METHODS
        )

    @staticmethod
    def comparable_url(url: str) -> str:
        """A URL as it would be requested: lower-case host, no default port, no credentials, never an empty path."""
        authority = parse_authority(url)
        if authority is None or authority.host is None:
            return url
        parts = urlsplit(url)
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
