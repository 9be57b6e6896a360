"""Origins and their serialization. https://html.spec.whatwg.org/#origin, https://url.spec.whatwg.org/#origin"""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
HTTP_SCHEMES = frozenset({"http", "https"})
_TUPLE_ORIGINS = frozenset(DEFAULT_PORTS)

# https://fetch.spec.whatwg.org/#port-blocking
BAD_PORTS = frozenset([
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])  # fmt: skip

OWN_SCHEME = re.compile(rf"(?!(?:{'|'.join(DEFAULT_PORTS)}):)[a-z][a-z0-9+.\-]*://[^/\s?#]*")
"""The origin of an app or an extension, as browsers send it: `capacitor://localhost`."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_C0_OR_SPACE = "".join(map(chr, range(0x21)))
_TAB_OR_NEWLINE = re.compile(r"[\t\r\n]")
_FORBIDDEN_HOST = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_FORBIDDEN_DOMAIN = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_IPV4_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_MAYBE_DOT = re.compile("%2e", re.IGNORECASE)
# The characters that UTS 46 keeps though case folding would change or drop them.
_DEVIATIONS = frozenset("ßς\u200c\u200d")
_LOOPBACK_IPV4 = re.compile(r"127(?:\.[0-9]+){3}")
_LONGEST_LABEL = 63
"""Characters between two dots of a domain name. RFC 1035 2.3.4"""


class Origin(NamedTuple):
    """A tuple origin. The opaque origin is `None` wherever an `Origin | None` is taken."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        """`scheme://host[:port]` without a default port. https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin"""
        if self.port is None or DEFAULT_PORTS.get(self.scheme) == self.port:
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"


class Authority(NamedTuple):
    """Scheme and authority of a URL as the URL standard parses them; `host` None where there is none."""

    scheme: str
    userinfo: bool
    """Includes credentials: a user name or password that is not empty."""
    host: str | None
    port: int | None
    valid: bool = True
    """False: the URL parser fails on it."""


def serialize(origin: Origin | None) -> str:
    """The bytes that `Origin` carries: `null` for an opaque origin."""
    return "null" if origin is None else str(origin)


def origin_of(url: str) -> Origin | None:
    """The origin of a URL; None where it is opaque (`data:`, `about:`, custom schemes) or the URL does not parse.

    ws and wss URLs keep their own scheme; use `http_origin_of` where a WebSocket's target meets an http origin.
    """
    end = _authority_end(url)
    return _origin_of(url[:end]) if end else None


def http_origin_of(url: str) -> Origin | None:
    """`origin_of` with ws and wss read as http and https (WebSocket URLs are compared that way)."""
    origin = origin_of(url)
    if origin is not None and origin.scheme in ("ws", "wss"):
        return origin._replace(scheme="http" if origin.scheme == "ws" else "https")
    return origin


def same_origin(a: Origin | None, b: Origin | None) -> bool:
    """Scheme, host and port are equal. An opaque origin seen on the wire is never the same as another."""
    return a is not None and a == b


def is_trustworthy(origin: Origin) -> bool:
    """Https, or this very machine: what a page that came over https may ask.

    https://w3c.github.io/webappsec-secure-contexts/#potentially-trustworthy-origin
    """
    name = origin.host.removesuffix(".")
    here = name in ("localhost", "[::1]") or name.endswith(".localhost") or _LOOPBACK_IPV4.fullmatch(name) is not None
    return here or origin.scheme == "https"


def parse_authority(url: str) -> Authority | None:
    """Scheme, userinfo, host and port of an absolute URL; None for what has no scheme.

    https://url.spec.whatwg.org/#concept-basic-url-parser up to the port.
    """
    url = _clean(url)
    match = _SCHEME.match(url)
    if match is None:
        return None
    scheme, rest = match[1].lower(), url[match.end() :]
    special = scheme in DEFAULT_PORTS
    if special:
        authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    elif rest.startswith("//") and scheme != "file":
        authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    else:
        return Authority(scheme, False, None, None)
    userinfo, _, hostport = authority.rpartition("@")
    credentials = userinfo not in ("", ":")
    name, port = _split_port(hostport)
    host = _parse_host(name) if special else _parse_opaque_host(name)
    if host is None or port is None or (not host and (special or port)):
        return Authority(scheme, credentials, None, None, valid=False)
    number = int(port) if port else DEFAULT_PORTS.get(scheme)
    if number is not None and number > 65535:
        return Authority(scheme, credentials, None, None, valid=False)
    return Authority(scheme, credentials, host, number)


def resolve(location: str, base: str) -> str:
    """A `Location` value against the URL that answered: the absolute URL, serialized as browsers record it.

    What does not parse, and what is no http, https, ws, wss or ftp URL, is returned as it came.
    https://fetch.spec.whatwg.org/#concept-response-location-url, https://url.spec.whatwg.org/#url-parsing
    """
    text = _clean(location)
    scheme, _, rest = base.partition(":")
    match = _SCHEME.match(text)
    if match is not None:
        own, tail = match[1].lower(), text[match.end() :]
        if own not in DEFAULT_PORTS:
            return text
        # `https:path` is relative to an https base; after another scheme, or with two slashes, comes a host.
        if own != scheme or tail[:2].replace("\\", "/") == "//":
            return _serialize_url(own, _Parts.of("//" + tail.lstrip("/\\"))) or text
        text = tail
    reference, parts = _Parts.of(text), _Parts.of(rest)
    if reference.authority is not None:
        return _serialize_url(scheme, reference) or text
    path, query = reference.path, reference.query
    if not path:
        path, query = parts.path, parts.query if query is None else query
    elif not path.startswith("/"):
        path = parts.path.rpartition("/")[0] + "/" + path
    return _serialize_url(scheme, _Parts(parts.authority, path, query, reference.fragment)) or text


def without_fragment(url: str) -> str:
    cut = url.find("#")
    return url if cut < 0 else url[:cut]


def is_parsable(url: str) -> bool:
    """Whether the URL parser accepts this absolute URL."""
    authority = parse_authority(url)
    return authority is not None and authority.valid


class _Parts(NamedTuple):
    """A relative reference in its parts; `authority` None without one, `query` and `fragment` with their mark."""

    authority: str | None
    path: str
    query: str | None
    fragment: str

    @classmethod
    def of(cls, text: str) -> "_Parts":
        before, mark, tail = text.partition("#")
        path, question, query = before.partition("?")
        path = path.replace("\\", "/")
        authority = None
        if path.startswith("//"):
            authority, slash, path = path.lstrip("/").partition("/")
            path = slash + path
        return cls(authority, path, question + query if question else None, mark + tail)


def _serialize_url(scheme: str, parts: _Parts) -> str | None:
    userinfo, at, _ = (parts.authority or "").rpartition("@")
    parsed = parse_authority(f"{scheme}://{parts.authority or ''}")
    if parsed is None or not parsed.valid or parsed.host is None:
        return None
    origin = str(Origin(scheme, parsed.host, parsed.port))
    if at and parsed.userinfo:
        origin = origin.replace("://", f"://{userinfo}@", 1)
    path = quote(_without_dot_segments(parts.path), safe="%/:@!$&'()*+,;=|[]~")
    query = quote(parts.query or "", safe="%/?:@!$&()*+,;=|[]\\^`{}~")
    return origin + path + query + quote(parts.fragment, safe="#%/?:@!$&'()*+,;=|[]\\^{}~")


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for i, segment in enumerate(segments):
        plain = _MAYBE_DOT.sub(".", segment)
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
            continue
        if i == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def _clean(url: str) -> str:
    return _TAB_OR_NEWLINE.sub("", url.strip(_C0_OR_SPACE))


def _authority_end(url: str) -> int:
    start = url.find("://")
    if start < 0:
        return 0
    slash = url.find("/", start + 3)
    end = slash if slash >= 0 else len(url)
    for mark in "?#\\":
        cut = url.find(mark, start + 3, end)
        if cut >= 0:
            end = cut
    return end


@lru_cache(maxsize=65536)
def _origin_of(prefix: str) -> Origin | None:
    authority = parse_authority(prefix)
    if authority is None or authority.host is None or authority.scheme not in _TUPLE_ORIGINS:
        return None
    return Origin(authority.scheme, authority.host, authority.port)


def _split_port(hostport: str) -> tuple[str, str | None]:
    """Host and port, the port None where it cannot be one."""
    end = hostport.find("]") + 1 if hostport.startswith("[") else 0
    colon = hostport.find(":", end)
    if colon < 0:
        return hostport, ""
    name, port = hostport[:colon], hostport[colon + 1 :]
    if not port:
        return name, ""
    # Python refuses to convert very long numbers.
    number = port.lstrip("0") or "0"
    return name, number if number.isascii() and number.isdigit() and len(number) < 6 else None


def _parse_host(host: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-host-parser for special schemes; None on failure."""
    if host.startswith("["):
        return _parse_ipv6(host)
    host = unquote(host)
    domain = host.lower() if host.isascii() else _domain_to_ascii(host)
    if not domain or _FORBIDDEN_DOMAIN.search(domain):
        return None
    return _parse_ipv4(domain)


def _parse_opaque_host(host: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-opaque-host-parser"""
    if host.startswith("["):
        return _parse_ipv6(host)
    return None if _FORBIDDEN_HOST.search(host) else host


def _domain_to_ascii(domain: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-domain-to-ascii, close enough without the UTS 46 tables."""
    folded = "".join(c if c in _DEVIATIONS else c.casefold() for c in domain)
    labels = unicodedata.normalize("NFKC", folded).replace("\u3002", ".").split(".")
    # No name has longer ones, and encoding takes time by the square of the length.
    if any(len(label) > _LONGEST_LABEL for label in labels):
        return None
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels)


def _parse_ipv6(host: str) -> str | None:
    """A bracketed IPv6 address in its canonical form.

    Serialized here because `ipaddress` writes IPv4-mapped addresses with dots from Python 3.13 on.
    https://url.spec.whatwg.org/#concept-ipv6-serializer
    """
    if not host.endswith("]") or "%" in host:
        return None
    try:
        packed = ipaddress.IPv6Address(host[1:-1]).packed
    except ValueError:
        return None
    pieces = [f"{packed[i] << 8 | packed[i + 1]:x}" for i in range(0, 16, 2)]
    runs = [(len(run[0]), run.start()) for run in re.finditer("0{2,}", "".join(p if p == "0" else "x" for p in pieces))]
    if not runs:
        return f"[{':'.join(pieces)}]"
    length, start = max(runs, key=lambda run: run[0])
    return f"[{':'.join(pieces[:start])}::{':'.join(pieces[start + length :])}]"


def _parse_ipv4(host: str) -> str | None:
    """Short, octal and hexadecimal IPv4 forms become dotted decimals; a host that is no number is returned as it is."""
    parts = host.removesuffix(".").split(".")
    if not _IPV4_NUMBER.fullmatch(parts[-1]):
        return host
    if len(parts) > 4 or not all(_IPV4_NUMBER.fullmatch(p) for p in parts):
        return None
    numbers = []
    for part in parts:
        base = 16 if part[:2] in ("0x", "0X") else 8 if len(part) > 1 and part[0] == "0" else 10
        try:
            numbers.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
        except ValueError:
            return None
    if any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    value = numbers[-1] + sum(n * 256 ** (3 - i) for i, n in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))
