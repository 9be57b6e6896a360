"""Fixed texts: answers that are always the same, so that the length of the body (bodies are not kept) or a header tells
who sent them."""

from __future__ import annotations

import re

from coranalyze.cors.headers import Headers
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.exchange import Exchange

_STARLETTE = "Starlette's CORSMiddleware (FastAPI)"
# (status, length) → text, who sends it
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
_API_GATEWAY = {
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
    503: "Service Unavailable",
}  # fmt: skip
_APACHE = re.compile(r"Apache(?:/|$)")
_NGINX = re.compile(r"(?:nginx|openresty)(?:/\S+)?(?: \([A-Za-z]+\))?")


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


def apigw_text_of(exchange: Exchange) -> Layer | None:
    """The own answer of an HTTP API of AWS API Gateway, `{"message":"Not Found"}`, by its length; None for others."""
    words, response = _API_GATEWAY.get(exchange.status or 0), exchange.response
    if words is None or not response.has("apigw-requestid"):
        return None
    length = len('{"message":""}') + len(words)
    if response.get("content-length") != str(length):
        return None
    why = f"status {exchange.status} with {length} bytes is its “{words}”"
    return Layer("AWS API Gateway", Kind.GATEWAY, why, itself=True)


def iis_answer_of(exchange: Exchange) -> Layer | None:
    """IIS's own answer, by `Public`, which its handler of OPTIONS alone sets, or by its Windows authentication."""
    response = exchange.response
    if not (response.get("server") or "").startswith("Microsoft-IIS"):
        return None
    scheme = (response.get("www-authenticate") or "").partition(" ")[0].rstrip(",").lower()
    if exchange.status == 401 and scheme in ("negotiate", "ntlm"):
        return Layer("IIS", Kind.SERVER, "`WWW-Authenticate` asks for Windows authentication, IIS's own", itself=True)
    if response.has("public"):
        return Layer("IIS", Kind.SERVER, "`Public` is set by IIS's own handler of OPTIONS", itself=True)
    return None


FIXED_TEXTS = (text_of, nginx_page_of, haproxy_page_of, apache_page_of, apigw_text_of, iis_answer_of)
"""What knows an answer by its fixed text."""


def refuses_headers(exchange: Exchange) -> bool:
    """The text says that headers are what is not allowed, and neither the origin nor the method."""
    return exchange.status == 400 and text_of(exchange) is not None and exchange.response.get("content-length") == "23"


def is_html(response: Headers) -> bool:
    return (response.get("content-type") or "").lower().startswith(("text/html", "application/xhtml"))
