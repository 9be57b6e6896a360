"""Origins and their serialization. https://html.spec.whatwg.org/#origin, https://url.spec.whatwg.org/#origin"""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
HTTP_SCHEMES = frozenset({"http", "https"})

# https://fetch.spec.whatwg.org/#port-blocking
BAD_PORTS = frozenset(
    [0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104]
    + [109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515]
    + [526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049]
    + [3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080]
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_FORBIDDEN_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_IPV4_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


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
    """Scheme and authority of a URL as the URL standard parses them; `host` None when it does not parse."""

    scheme: str
    userinfo: bool
    host: str | None
    port: int | None


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


def parse_authority(url: str) -> Authority | None:
    """Scheme, userinfo, host and port of an absolute URL; None for what has no scheme."""
    match = _SCHEME.match(url)
    if match is None:
        return None
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        return Authority(scheme, False, None, None)
    rest = url[match.end() :].lstrip("/\\")
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    userinfo, at, hostport = authority.rpartition("@")
    host, port, valid = _split_port(hostport)
    parsed = _parse_host(host) if valid and host else None
    number: int | None = int(port) if port else DEFAULT_PORTS[scheme]
    if number is not None and number > 65535:
        parsed = None
    return Authority(scheme, bool(at) and userinfo not in ("", ":"), parsed, number)


def resolve(location: str, base: str) -> str:
    """A `Location` value against the URL that answered; whitespace at the ends goes, the fragment stays.

    https://fetch.spec.whatwg.org/#concept-response-location-url
    """
    location = location.strip(" \t\r\n\f")
    if _SCHEME.match(location) and not location.lower().startswith(("http:", "https:", "ws:", "wss:")):
        return location
    absolute = re.sub(r"^([a-zA-Z]+):/*(?=[^/])", r"\1://", location) if _SCHEME.match(location) else location
    try:
        return urljoin(base, absolute.replace("\\", "/"))
    except ValueError:
        return location


def without_fragment(url: str) -> str:
    cut = url.find("#")
    return url if cut < 0 else url[:cut]


def is_parsable(url: str) -> bool:
    """Whether the URL parser would accept this absolute URL."""
    authority = parse_authority(url)
    return authority is not None and (authority.scheme not in DEFAULT_PORTS or authority.host is not None)


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
    if authority is None or authority.host is None or authority.scheme == "ftp":
        return None
    return Origin(authority.scheme, authority.host, authority.port)


def _split_port(hostport: str) -> tuple[str, str, bool]:
    if hostport.startswith("["):
        host, bracket, tail = hostport.partition("]")
        port = tail.removeprefix(":")
        return host + bracket, port, (not tail or tail.startswith(":")) and (not port or port.isdecimal())
    host, _, port = hostport.partition(":")
    return host, port, not port or (port.isascii() and port.isdecimal())


def _parse_host(host: str) -> str | None:
    """https://url.spec.whatwg.org/#concept-host-parser for special schemes."""
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]" if host.endswith("]") else None
        except ValueError:
            return None
    host = unquote(host)
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    host = host.lower()
    if not host or _FORBIDDEN_HOST.search(host):
        return None
    return _parse_ipv4(host)


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
