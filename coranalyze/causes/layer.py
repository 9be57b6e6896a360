"""Layers: who gave an answer, the application or something in front of it, and how we know."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from coranalyze.cors.headers import Headers
from coranalyze.exchange import Exchange
from coranalyze.memo import Memo


class Kind(StrEnum):
    APPLICATION = "application"
    SERVER = "web server"
    GATEWAY = "API gateway"
    PROXY = "proxy"
    CDN = "CDN"
    CHALLENGE = "bot challenge"
    TUNNEL = "tunnel"
    STORAGE = "object storage"
    BROWSER = "browser"
    CONNECTION = "connection"


IN_FRONT = frozenset({Kind.GATEWAY, Kind.PROXY, Kind.CDN, Kind.CHALLENGE, Kind.TUNNEL})
"""What stands between the browser and the application."""
IN_ITS_PLACE = IN_FRONT | {Kind.SERVER}
"""What may answer in place of the application."""


class Layer(NamedTuple):
    """Who answered, or stood on the way."""

    name: str
    kind: Kind
    why: str
    """What says so."""
    itself: bool = False
    """It made this answer itself; otherwise it may only have passed it on."""
    likely: bool = False
    """It probably made it: the answer is unlike its siblings."""

    def __str__(self) -> str:
        name = self.name if self.kind is Kind.CONNECTION or self.kind in self.name else f"{self.name} ({self.kind})"
        if self.likely:
            return f"probably {name}"
        passed = not self.itself and self.kind in IN_ITS_PLACE
        return f"{name}, or what stands behind it" if passed else name


class _Mark(NamedTuple):
    """A header (with a value that matches) → the layer that sets it. `without`: a header that proves the contrary."""

    header: str
    value: str
    name: str
    kind: Kind
    itself: bool = False
    without: str = ""


_OWN = True
AIRPLAY = "The AirPlay Receiver of macOS"
"""Listens on port 5000, where development servers do, and answers 403."""
_MARKS = tuple(
    _Mark(*row)
    for row in (
        # What only an answer of the layer's own making carries.
        ("cf-mitigated", "challenge", "Cloudflare", Kind.CHALLENGE, _OWN),
        ("x-datadome", "", "DataDome", Kind.CHALLENGE, _OWN),
        ("x-amzn-waf-action", "", "AWS WAF", Kind.CHALLENGE, _OWN),
        ("ngrok-error-code", "", "ngrok", Kind.TUNNEL, _OWN),
        ("x-amzn-errortype", "", "AWS API Gateway", Kind.GATEWAY, _OWN),
        ("x-vercel-error", "", "Vercel", Kind.CDN, _OWN),
        ("x-azure-externalerror", "", "Azure Front Door", Kind.CDN, _OWN),
        ("server", r"^microsoft-azure-application-gateway", "Azure Application Gateway", Kind.PROXY, _OWN),
        ("server", r"^cloudfront$", "CloudFront", Kind.CDN, _OWN),
        ("server", r"^awselb", "AWS load balancer", Kind.PROXY, _OWN),
        ("server", r"^akamaighost$", "Akamai", Kind.CDN, _OWN),
        ("server", r"^varnish$", "Varnish", Kind.CDN, _OWN),
        ("server", r"^mitmproxy", "mitmproxy", Kind.PROXY, _OWN),
        ("server", r"^big-?ip|^f5\b", "F5 BIG-IP", Kind.PROXY, _OWN),
        ("server", r"^airtunes", AIRPLAY, Kind.PROXY, _OWN),
        ("server", r"^squid", "Squid", Kind.PROXY, _OWN),
        ("server", r"^(?:zscaler|fortinet|fortigate|imperva|incapsula|ddos-guard)", "", Kind.PROXY, _OWN),
        ("server", r"^amazons3$", "Amazon S3", Kind.STORAGE, _OWN),
        ("server", r"^minio", "MinIO", Kind.STORAGE, _OWN),
        ("server", r"^windows-azure-blob", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-ms-error-code", "", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-guploader-uploadid", "", "Google Cloud Storage", Kind.STORAGE, _OWN),
        # A CDN or a proxy in front may have put its own name into `server`.
        ("x-goog-storage-class", "", "Google Cloud Storage", Kind.STORAGE, _OWN),
        ("x-amz-id-2", "", "Amazon S3", Kind.STORAGE, _OWN),
        ("x-ms-blob-type", "", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-kong-response-latency", "", "Kong", Kind.GATEWAY, _OWN, "x-kong-upstream-latency"),
        ("server", r"^kong", "Kong", Kind.GATEWAY, _OWN, "x-kong-upstream-latency"),
        ("server", r"^(?:istio-)?envoy$", "Envoy", Kind.PROXY, _OWN, "x-envoy-upstream-service-time"),
        # What names an application.
        ("server", r"^(?:uvicorn|gunicorn|hypercorn|daphne|waitress|werkzeug|wsgiserver|tornado|aiohttp|python)",
         "", Kind.APPLICATION),
        ("server", r"^(?:kestrel|jetty|undertow|webrick|puma|cowboy|node|wildfly|apache-coyote|tomcat|fasthttp|thin)",
         "", Kind.APPLICATION),
        ("x-powered-by", "", "", Kind.APPLICATION),
        ("x-aspnet-version", "", "ASP.NET", Kind.APPLICATION),
        ("x-runtime", "", "a Rails application", Kind.APPLICATION),
        # What stands on the way of every answer.
        ("x-amz-apigw-id", "", "AWS API Gateway", Kind.GATEWAY),
        ("x-kong-upstream-latency", "", "Kong", Kind.GATEWAY),
        ("via", r"\bkong\b", "Kong", Kind.GATEWAY),
        ("cf-ray", "", "Cloudflare", Kind.CDN),
        ("x-amz-cf-id", "", "CloudFront", Kind.CDN),
        ("x-azure-ref", "", "Azure Front Door", Kind.CDN),
        ("x-fastly-request-id", "", "Fastly", Kind.CDN),
        ("x-vercel-id", "", "Vercel", Kind.CDN),
        ("x-nf-request-id", "", "Netlify", Kind.CDN),
        ("fly-request-id", "", "Fly.io", Kind.CDN),
        ("x-envoy-upstream-service-time", "", "Envoy", Kind.PROXY),
        ("via", r"\bvarnish\b", "Varnish", Kind.CDN),
        ("via", r"\bgoogle\b", "Google's load balancer", Kind.PROXY),
        ("server", r"^(?:nginx|openresty|tengine)", "nginx", Kind.SERVER),
        ("server", r"^apache", "Apache", Kind.SERVER),
        ("server", r"^caddy", "Caddy", Kind.SERVER),
        ("server", r"^microsoft-iis", "IIS", Kind.SERVER),
        ("server", r"^litespeed", "LiteSpeed", Kind.SERVER),
    )
)  # fmt: skip
_VALUES = tuple(re.compile(mark.value, re.IGNORECASE) for mark in _MARKS)
_HEADERS = frozenset({header for mark in _MARKS for header in (mark.header, mark.without)})
_MARKING: Memo[str, bool] = Memo(lambda name: name.lower() in _HEADERS)
"""Response header name as spelt → whether it may say who answered."""

_STARLETTE = "Starlette's CORSMiddleware (FastAPI)"
# Bodies are not kept; the length of a fixed text tells it as well. (status, length) → text, who sends it
_TEXTS = {
    **{
        (400, 16 + len(names)): (f"Disallowed CORS {names}", _STARLETTE)
        for names in ("headers", "origin, method", "origin, headers", "origin, method, headers")
    },
    (400, 22): ("Disallowed CORS origin” or “… method", _STARLETTE),
    (403, 20): ("Invalid CORS request", "Spring's CORS processor"),
    (500, 21): ("Internal Server Error", "Starlette's outermost error handler (FastAPI)"),
}
_STATUSES = frozenset(status for status, _ in _TEXTS)
_TEXT_TYPES = ("text/plain", "")

# nginx's own error page: markup, status and words twice, its name as in `server`. Measured with 1.22
_NGINX_MARKUP = len(
    "<html>\r\n<head><title></title></head>\r\n<body>\r\n<center><h1></h1></center>\r\n"
    "<hr><center></center>\r\n</body>\r\n</html>\r\n"
)
_NGINX_PADDING = 6 * len("<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n")
"""For browsers that call themselves Chrome."""
_NGINX_WORDS = {
    400: "Bad Request", 401: "Authorization Required", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed",
    408: "Request Time-out", 413: "Request Entity Too Large", 414: "Request-URI Too Large", 429: "Too Many Requests",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}  # fmt: skip
# HAProxy's own error pages, which carry no `server`: status → length. Measured with 2.6.12.
_HAPROXY = {
    400: 90, 401: 112, 403: 93, 404: 83, 405: 146, 407: 112, 408: 110, 410: 114, 413: 106, 421: 104, 422: 116, 425: 80,
    429: 117, 500: 97, 501: 136, 502: 107, 503: 107, 504: 92,
}  # fmt: skip
_APACHE = re.compile(r"Apache(?:/|$)")
_NGINX = re.compile(r"(?:nginx|openresty)(?:/\S+)?(?: \([A-Za-z]+\))?")


def layer_of(exchange: Exchange) -> Layer | None:
    """Who answered by the answer's own headers; None where they name nobody."""
    return _layer_of(tuple([line for line in exchange.response if _MARKING[line[0]]]))


@lru_cache(maxsize=4096)
def _layer_of(response: tuple[tuple[str, str], ...]) -> Layer | None:
    lines = {name.lower(): value for name, value in reversed(response)}
    for mark, value in zip(_MARKS, _VALUES, strict=True):
        found = lines.get(mark.header)
        if found is None or not value.search(found) or mark.without in lines:
            continue
        name = mark.name or found.partition("/")[0].partition(" ")[0] or "the application"
        # The value of a header that is not on the list of those kept says nothing.
        shown = f"{mark.header}: {found}" if found and not found.startswith("[redacted") else mark.header
        return Layer(name, mark.kind, f"the answer carries `{shown}`", mark.itself)
    return None


def text_of(exchange: Exchange) -> Layer | None:
    """A framework's answer by the length of its fixed text; None where it is none."""
    if exchange.status not in _STATUSES:
        return None
    length = exchange.response.get("content-length") or ""
    if not length.isascii() or not length.isdigit() or len(length) > 4:
        return None
    found = _TEXTS.get((exchange.status, int(length)))
    kind = (exchange.response.get("content-type") or "").partition(";")[0].strip().lower()
    if found is None or kind not in _TEXT_TYPES:
        return None
    text, who = found
    if who == _STARLETTE and not exchange.response.has("vary"):
        who = "Litestar's CORS middleware"  # the same texts, and no other header of CORS
    return Layer(who, Kind.APPLICATION, f"status {exchange.status} with {length} bytes of text is its “{text}”", True)


def haproxy_page_of(exchange: Exchange) -> Layer | None:
    """HAProxy's own error page by its length; None for other answers."""
    length, response = _HAPROXY.get(exchange.status or 0), exchange.response
    if length is None or response.get("content-length") != str(length) or response.has("server"):
        return None
    if response.get("content-type") != "text/html" or response.get("cache-control") != "no-cache":
        return None
    why = f"status {exchange.status} with {length} bytes of HTML is HAProxy's own error page"
    return Layer("HAProxy", Kind.PROXY, why, itself=True)


def nginx_page_of(exchange: Exchange) -> Layer | None:
    """nginx's own error page by its length; None for other answers, and for a page that was compressed on the way."""
    words = _NGINX_WORDS.get(exchange.status or 0)
    if words is None:
        return None
    length, server = exchange.response.get("content-length"), exchange.response.get("server") or ""
    if length is None or not _NGINX.fullmatch(server) or not is_html(exchange.response):
        return None
    plain = _NGINX_MARKUP + 2 * len(f"{exchange.status} {words}") + len(server)
    if length not in (str(plain), str(plain + _NGINX_PADDING)):
        return None
    why = f"status {exchange.status} with {length} bytes of HTML is nginx's own error page"
    return Layer("nginx", Kind.SERVER, why, itself=True)


def apache_page_of(exchange: Exchange) -> Layer | None:
    """Apache's own error page by its type, which hardly anything else has; None for other answers."""
    if (exchange.status or 0) < 400:
        return None
    server, kind = exchange.response.get("server") or "", exchange.response.get("content-type") or ""
    if not _APACHE.match(server) or kind.lower() != "text/html; charset=iso-8859-1":
        return None
    return Layer("Apache", Kind.SERVER, f"`Content-Type: {kind}` is that of Apache's own error pages", itself=True)


FIXED_TEXTS = (text_of, nginx_page_of, haproxy_page_of, apache_page_of)
"""What knows an answer by its fixed text."""


def refuses_headers(exchange: Exchange) -> bool:
    """The text says that headers are what is not allowed, and neither the origin nor the method."""
    return exchange.status == 400 and text_of(exchange) is not None and exchange.response.get("content-length") == "23"


def is_html(response: Headers) -> bool:
    return (response.get("content-type") or "").lower().startswith(("text/html", "application/xhtml"))
