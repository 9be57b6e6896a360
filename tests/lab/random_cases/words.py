"""What cases are made of: origins, header values and methods, the likely ones beside the odd."""

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
Headers = list[list[str]]
Answer = dict[str, Any]

PAGES = {
    "http": "http://app.localhost",
    "port": "http://app.localhost:8100",
    "https": "https://app.localhost",
}
DOWN = "http://down.localhost:8099"
"""Nobody listens there."""
TARGETS = (
    ("http://api.other.localhost", 10),
    ("http://cdn.third.localhost:8082", 6),
    ("http://api.app.localhost:8081", 6),
    ("http://app.localhost:8084", 4),
    ("https://secure.localhost", 4),
    ("http://127.0.0.1:8083", 3),
    ("http://static.app.localhost", 3),
    ("https://api.app.localhost:8443", 3),
    ("http://xn--bcher-kva.localhost", 1),
    ("http://[::1]:8085", 1),
    ("https://127.0.0.1:8444", 1),
)
"""Same host on another port, same site, other sites, addresses, a name that is no ASCII; and how often."""
JARS = ("http://api.other.localhost", "http://app.localhost", "https://secure.localhost", "http://127.0.0.1:8083")
"""Hosts whose cookies the browser holds from the start."""

REDIRECTS = (301, 302, 303, 307, 308)
METHODS = (
    ("GET", 20), ("POST", 16), ("PUT", 9), ("DELETE", 7), ("PATCH", 6), ("HEAD", 4), ("patch", 2), ("OPTIONS", 1),
    ("post", 1), ("get", 1), ("put", 1), ("Delete", 1), ("Patch", 1), ("pAtCh", 1), ("PROPFIND", 1), ("CHICKEN", 1),
    ("REPORT-x", 1), ("*", 1), ("options", 1), ("M-SEARCH", 1), ("QUERY", 1),
)  # fmt: skip
UNSAFE_NAMES = (
    "X-A", "x-b", "X-C", "Authorization", "X-Requested-With", "x-api-key", "api_key", "If-None-Match", "Cache-Control",
    "Pragma", "Idempotency-Key", "traceparent", "X-CSRF-Token", "x!bang~tilde", "X.DOTTED", "Last-Event-ID",
    "Prefer", "X-HTTP-Method-Override", "baggage", "priority", "User-Agent", "Save-Data", "DPR",
    "Device-Memory", "Width", "Viewport-Width", "Downlink", "RTT", "ECT", "Sec-GPC", "Accept-Signature",
    "Upgrade-Insecure-Requests",
    "X-Forwarded-For", "if-modified-since", "Accept-Charset", "Cookie", "Origin", "Purpose", "Sec-Purpose",
    "Early-Data",
    "Access-Control-Allow-Origin", "X-Access-Control", "Content-Disposition", "Location", "Vary", "Intervention",
    "Lang",
    "x-upper", "X-LOWER", "$x", "x^y", "x|y", "123", "-", "_", "Forwarded", "Max-Forwards", "Trailer", "X-Client-Data",
    "Service-Worker", "Ping-To", "Available-Dictionary", "Critical-CH", "Accept-CH",
)  # fmt: skip
VALUES = (
    "1",
    "v7",
    "",
    "a b\tc",
    "\u00e9",
    "gzip",
    '"abc"',
    "Bearer abc.def",
    "Basic dTpw",
    "x" * 200,
    "on",
    "2",
    "1.5",
    "?1",
)
SAFELISTED = {
    "Accept": (
        "*/*", "application/json", "application/json, text/plain, */*", "image/*", "a:b", "[json]", "{json}", "\u00e9",
        "a\tb", "text/plain;x='y'", "a" * 128, "a" * 129, "a\\b", "what?", "<x>", "a@b", '"q"', "a/b;q=0.5", "\x7f",
        "\x01",
    ),
    "Accept-Language": (
        "en", "*", "en-US,en;q=0.5", "de-DE, de;q=0.9", "en_US", "fr(CA)", "x=1;y=2", "en" + "a" * 126,
        "en" + "a" * 127,
        'en"US"', "en+de", "\u00e9", "en\tde", "en/US", "",
    ),
    "Content-Language": ("en", "de, fr", "en_GB", "*", "en" + "a" * 127, "deutsch!", ""),
    "Content-Type": (
        "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data",
        "multipart/form-data; boundary=abc", "application/json", "text/plain;", "text/plain;;;", "text/plain ; a=b",
        "Text/Plain", "text/plain; charset=\"utf-8\"", "text/plain;a=" + "a" * 115, "text/plain;a=" + "a" * 116, "",
        "text/plain, application/json", "application/json, text/plain", "text", "text/", "/plain", "text/plain;charset",
        " text/plain", "text/html", "application/csp-report", "text/ping", "text/plain;a=b,c", "text/plain;a={b}",
        "application/graphql", "application/grpc-web+proto", "text/plain\u00e9", "text/plain; a=b c", "text/xml",
    ),
    "Range": (
        "bytes=0-", "bytes=0-1", "bytes=5-2", "bytes=-500", "bytes=0-499,600-", "Bytes=0-1", "bytes= 0-1",
        "bytes=00-01",
        "bytes=0", "items=0-5", "bytes=0-9223372036854775807", "bytes=9223372036854775808-",
        "bytes=1-18446744073709551616",
        "bytes = 0-1", "bytes=0-1 ", "bytes=a-b", "bytes=-", "bytes=0-0",
    ),
}  # fmt: skip
BODIES = (
    {"kind": "string", "value": '{"a":1}'},
    {"kind": "form", "value": '{"a":1}'},
    {"kind": "buffer", "value": '{"a":1}'},
    {"kind": "params", "value": "a=1&b=2"},
    {"kind": "blob", "value": '{"a":1}', "type": "application/json"},
    {"kind": "blob", "value": '{"a":1}', "type": "text/plain"},
    {"kind": "blob", "value": "a=1", "type": "application/x-www-form-urlencoded"},
    {"kind": "blob", "value": "x", "type": "Text/Plain;charset=UTF-8"},
    {"kind": "blob", "value": "x", "type": "text/plain, application/json"},
    {"kind": "blob", "value": "x", "type": ""},
    {"kind": "string", "value": ""},
)
OTHER_ORIGINS = (
    "http://localhost:3000", "http://localhost", "https://example.com", "http://other.example", "https://evil.example",
    "http://127.0.0.1", "http://api.app.localhost", "http://[::1]", "file://", "chrome-extension://abcdef",
    "http://b\u00fccher.localhost", "https://app.localhost:8443",
)  # fmt: skip
NO_ORIGINS = (
    "", "**", "*;", "'*'", '"*"', "any", "all", "true", "false", "none", "undefined", "NULL", "Null", '"null"', "null;",
    "null/", "null, null", "null *", "*.localhost", "http://*", "http://*.localhost", "http://", "//app.localhost",
    "localhost",
    "app.localhost", "%{ORIGIN}e", "$http_origin", "[object Object]", "http:/app.localhost", "http:app.localhost",
    "http://app.localhost:*", "http:// app.localhost", "*://app.localhost", "self", "'self'", "http://.*app.localhost",
    "blob:http://app.localhost", "about:blank", "https:", "*/*", "null, *", "http://app..localhost", "http://-",
    "http://app.localhost:99999", "http://1.2.3.4.5", "http://%61pp.localhost", "localhost:3000", "data:,",
)  # fmt: skip
ACAC_VALUES = (
    "TRUE", "True", "tRUE", "ture", "yes", "1", "0", "on", "*", "false", "null", "", '"true"', "'true'", "true;",
    "true,",
    ",true", "true, true", "true true", "tru e", "true\u00a0", "trueX", "true\x0b", "true;q=1", "t",
)  # fmt: skip
NOT_METHODS = (
    "GET POST PUT", "GET; PUT", '"PUT"', "PUT:", "(PUT)", "PUT/PATCH", "PUT\u00a0", "P\u00dcT", "@", "PUT, PATCH:",
    "PUT;",
    "{PUT}", "[GET, PUT]", "PUT|PATCH,<x>", "PUT, \"x\"", "PUT,\u00a0PATCH", "PUT=1", "PUT?", "PUT\\",
)  # fmt: skip
NOT_NAMES = (
    '"X-A"', "X-A:", "(x)", "X-A; X-B", "x-a x-b", "X-\u00c4", '"*"', "x-a/b", "x-a=1", "[x-a]", "x-a@b",
    "x-a,\u00a0x-b",
    "{x-a}", "x-a?", "x-a\\", "x-a, x b", "<all>",
)  # fmt: skip
MAX_AGES = (
    None, "600", "0", "1", "2", "5", "-1", "-0", "+600", " 600 ", "0600", "00", "600.5", "600s", "1e3", "0x258",
    '"600"', "abc",
    "", "600;", "6 00", "600,", ",600", "600, 600", "86400", "7200", "7201", "31536000", "2147483648",
    "9223372036854775807",
    "9223372036854775808", "99999999999999999999", "-99999999999999999999", "\t600", "600\u00a0", "+0", "--1", "+", "-",
)  # fmt: skip
EXPOSES = (
    "*", "X-Total-Count", "x-total-count, ETag", "X-Absent", "", "*, ETag", "ETag *", '"ETag"', "ETag; X-Request-Id",
    "Set-Cookie", "ETag,,X-Request-Id", "ETag, bad header", "Content-Length", "LOCATION,  link", "X-Request-Id\u00a0",
)  # fmt: skip
DECORATION = (
    ("Server", "nginx"), ("Server", "cloudflare"), ("X-Powered-By", "Express"), ("Vary", "Origin"), ("Vary", "*"),
    ("Cache-Control", "no-store"), ("ETag", '"e1"'), ("X-Request-Id", "r1"), ("X-Total-Count", "42"),
    ("Pragma", "no-cache"),
    ("Content-Language", "en"), ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Link", '</p2>; rel="next"'),
    ("Timing-Allow-Origin", "*"), ("Allow", "GET, POST, PUT, DELETE"), ("Retry-After", "5"), ("Location", "/elsewhere"),
    ("Set-Cookie", "tmp=1; Max-Age=0"), ("Expires", "0"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=0"), ("Content-Security-Policy", "default-src 'none'"), ("Alt-Svc", "clear"),
    ("Access-Control-Allow-Private-Network", "true"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)  # fmt: skip
CORP_VALUES = (
    "same-origin", "same-site", "cross-origin", "Same-Origin", "same-origin, same-origin", "bogus", "same-origin ", "",
    "same-site, cross-origin", '"same-origin"',
)  # fmt: skip
LOCATIONS = (
    "", "http://[", "http://", "data:text/plain,hi", "mailto:a@b", "ftp://api.other.localhost/x",
    "blob:http://app.localhost/x",
    "about:blank", "javascript:1", "file:///etc/passwd", "http://api.other.localhost:6667/x",
    "ws://api.other.localhost/x",
    "http://x:99999/", "//", "http:///", "chrome://version", "view-source:http://app.localhost/",
    "HTTP://[::1",
)  # fmt: skip
MISNAMED = (
    "Access-Control-Allowed-Origin", "Acces-Control-Allow-Origin", "Allow-Origin", "X-Access-Control-Allow-Origin",
    "Access_Control_Allow_Origin", "Access-Control-Allow-Orgin", "Access-Control-Allow-Origins", "Origin",
)  # fmt: skip
REFERRER_POLICIES = (
    "no-referrer", "origin", "unsafe-url", "same-origin", "strict-origin", "no-referrer-when-downgrade",
    "origin-when-cross-origin",
)  # fmt: skip


def pick(rng: Random, weighted: Sequence[tuple[T, int]]) -> T:
    return rng.choices([word for word, _ in weighted], [weight for _, weight in weighted])[0]


def spaced(rng: Random, value: str) -> str:
    """Whitespace around a value, which counts for nothing, now and then."""
    return rng.choice(["  ", "\t", ""]) + value + rng.choice([" ", " \t ", ""]) if rng.random() < 0.15 else value


def spelt(rng: Random, name: str) -> str:
    """A header name in one of the spellings that mean the same."""
    return rng.choice([name.lower(), name.upper(), name.swapcase()]) if rng.random() < 0.2 else name


def near(rng: Random, origin: str) -> str:
    """A value that looks like the origin and is not."""
    scheme, _, host = origin.partition("://")
    if origin == "null":
        return rng.choice(
            ["NULL", "Null", '"null"', "null/", "null, null", "null;", "'null'", "nul", "null null", "null\u00a0"]
        )
    other = "http" if scheme == "https" else "https"
    return rng.choice([
        f"{origin}/", f"{origin}:", f"{origin}.", f"{origin},", f",{origin}", f"{origin};", f'"{origin}"',
        f"<{origin}>",
        f"{origin}, {origin}", f"{origin} {origin}", f"*, {origin}", f"{origin}, *", f"null, {origin}", f"{origin}?",
        f"{origin}#", f"{origin}/index.html", f"{scheme.upper()}://{host}", f"{scheme}://{host.title()}",
        f"{scheme}://www.{host}", f"{scheme}://evil{host}", f"{origin}.evil.example", f"{origin}:81", f"{origin}:080",
        f"{scheme}://u@{host}", f"{other}://{host}", f"{origin}\u00a0", f"{origin}\x0b",
        f"{origin}, http://other.example",
        f"http://other.example,{origin}", f"{origin}|{origin}", host, f"{scheme}:{host}",
        f"{origin}:{443 if scheme == 'https' else 80}",
        f"\u200b{origin}", f"{origin}\\", f"{scheme}:\\\\{host}", f"{origin}%20", f"{origin}:*",
    ])  # fmt: skip
