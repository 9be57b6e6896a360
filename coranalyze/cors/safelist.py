"""Methods and request headers that need no preflight.

https://fetch.spec.whatwg.org/#methods, https://fetch.spec.whatwg.org/#cors-safelisted-request-header
"""

import re
from collections.abc import Iterable

from coranalyze.cors.browsers import SPEC, Profile
from coranalyze.cors.headers import HTTP_WHITESPACE, Headers, split_value
from coranalyze.cors.mime import essence

SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
NORMALIZED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
REDIRECT_STATUS = frozenset({301, 302, 303, 307, 308})
BY_BROWSERS_ALONE = frozenset({"negotiate", "ntlm"})
"""Authentication schemes for which no script can make the token: such a request is one with credentials. RFC 4559"""

SAFELISTED_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
NO_CORS_SAFELISTED = frozenset({"accept", "accept-language", "content-language", "content-type"})
FORBIDDEN_REQUEST_HEADERS = frozenset({
    "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
    "connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin",
    "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
})  # fmt: skip
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_HINT_NUMBERS = frozenset({"device-memory", "dpr", "downlink"})
_HINT_DIGITS = frozenset({"width", "viewport-width", "rtt"})
_HINT_CONNECTIONS = frozenset({"slow-2g", "2g", "3g", "4g"})
REQUEST_BODY_HEADERS = frozenset({"content-encoding", "content-language", "content-location", "content-type"})
"""https://fetch.spec.whatwg.org/#request-body-header-name: dropped when a redirect turns the method into GET."""

# https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def normalize_method(method: str) -> str:
    """https://fetch.spec.whatwg.org/#concept-method-normalize: six names are upper-cased, `patch` is not."""
    return method.upper() if method.upper() in NORMALIZED_METHODS else method


def is_safelisted_method(method: str) -> bool:
    """https://fetch.spec.whatwg.org/#cors-safelisted-method, byte for byte."""
    return method in SAFELISTED_METHODS


def is_forbidden_method(method: str) -> bool:
    """https://fetch.spec.whatwg.org/#forbidden-method, in any case."""
    return method.upper() in FORBIDDEN_METHODS


def is_forbidden_request_header(name: str, value: str, profile: Profile = SPEC) -> bool:
    """Names that a script cannot set, so never in Access-Control-Request-Headers.

    https://fetch.spec.whatwg.org/#forbidden-request-header
    """
    name = name.lower()
    if name in FORBIDDEN_REQUEST_HEADERS or name.startswith(("proxy-", "sec-")):
        return True
    if name == "user-agent":
        return profile.user_agent_forbidden
    if name in _METHOD_OVERRIDES:
        return any(is_forbidden_method(method) for method in split_value(value))
    return False


def is_safelisted_request_header(name: str, value: str, profile: Profile = SPEC) -> bool:
    """https://fetch.spec.whatwg.org/#cors-safelisted-request-header for one header."""
    if _byte_length(value) > 128:
        return False
    name = name.lower()
    if name == "accept":
        return _has_no_unsafe_byte(value, profile)
    if name in ("accept-language", "content-language"):
        return _LANGUAGE.fullmatch(value) is not None
    if name == "content-type":
        return _has_no_unsafe_byte(value, profile) and _is_safelisted_content_type(value, profile)
    if name == "range":
        return _is_simple_range(value, profile)
    return profile.client_hints_safelisted and _is_client_hint(name, value)


def is_no_cors_safelisted_request_header(name: str, value: str, profile: Profile = SPEC) -> bool:
    """https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header"""
    return name.lower() in NO_CORS_SAFELISTED and is_safelisted_request_header(name, value, profile)


def unsafe_request_header_names(author: Iterable[tuple[str, str]], profile: Profile = SPEC) -> list[str]:
    """CORS-unsafe request-header names: lower-case, sorted, without duplicates (Firefox keeps those).

    `author` holds the headers that the script set, forbidden ones already dropped. What stands on the wire is not
    that list: browsers add headers (revalidation, Range of media, client hints) that never count.
    https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    """
    headers = Headers(author)
    lines: list[tuple[str, str]] = list(headers)
    if profile.combines_duplicates:
        lines = [(name, headers.get(name) or "") for name in headers.names()]
    unsafe = []
    safelisted = []
    total = 0
    for name, raw in lines:
        value = raw.strip(HTTP_WHITESPACE)
        if is_safelisted_request_header(name, value, profile):
            safelisted.append(name.lower())
            total += _byte_length(value)
        else:
            unsafe.append(name.lower())
    if profile.safelist_limit is not None and total > profile.safelist_limit:
        unsafe += safelisted
    return sorted(unsafe if profile.acrh_keeps_duplicates else set(unsafe))


def serialize_request_headers(names: Iterable[str]) -> str:
    """The value of Access-Control-Request-Headers: joined by `,` without a space; the header is left out when empty."""
    return ",".join(names)


def _byte_length(value: str) -> int:
    # The standard isomorphic-encodes: a code point up to 0xFF is one byte.
    return len(value) if value.isascii() else len(value.encode("latin-1", "replace"))


def _has_no_unsafe_byte(value: str, profile: Profile) -> bool:
    if profile.non_ascii_unsafe and not value.isascii():
        return False
    return _UNSAFE_BYTE.search(value) is None


def _is_safelisted_content_type(value: str, profile: Profile) -> bool:
    if profile.content_type_until_semicolon:
        value = value.partition(";")[0]
    if profile.content_type_strict_parameters:
        _, *parameters = value.split(";")
        if any("," in p for p in parameters) or any(not p.strip() for p in parameters[:-1]):
            return False
    return essence(value) in SAFELISTED_CONTENT_TYPES


def _is_simple_range(value: str, profile: Profile) -> bool:
    """A single range with a start and without whitespace. https://fetch.spec.whatwg.org/#simple-range-header-value"""
    match = _RANGE.fullmatch(value.lower() if profile.range_unit_any_case else value)
    if match is None:
        return False
    start, end = int(match[1]), int(match[2]) if match[2] else None
    if profile.range_max is not None and max(start, end or 0) >= profile.range_max:
        return False
    return end is None or start <= end


def _is_client_hint(name: str, value: str) -> bool:
    if name in _HINT_NUMBERS:
        return _NUMBER.fullmatch(value) is not None
    if name in _HINT_DIGITS:
        return _DIGITS.fullmatch(value) is not None
    if name == "save-data":
        return value.lower() == "on"
    if name == "ect":
        return value in _HINT_CONNECTIONS
    return name == "intervention"
