"""Headers of a capture → the lines that may be kept: an allow-list keeps values, everything else only its name."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from coranalyze.cors.checks import UPGRADE, upgrades_insecure_requests
from coranalyze.cors.headers import HTTP_WHITESPACE, TOKEN, Headers
from coranalyze.cors.origin import origin_of
from coranalyze.exchange import REDACTED
from coranalyze.sources.masking import (
    UrlMasker,
    bare_text,
    bare_url,
    blank_tokens,
    is_secret_name,
    looks_secret,
    redact_tokens,
)

REQUEST_KEPT = frozenset({
    "cache-control", "content-length", "host", "pragma", "purpose", "sec-fetch-dest", "sec-fetch-mode",
    "sec-fetch-site", "sec-fetch-storage-access", "sec-fetch-user", "sec-purpose", "service-worker",
    "service-worker-navigation-preload", "upgrade", "upgrade-insecure-requests", "user-agent", "x-forwarded-host",
    "x-requested-with",
})  # fmt: skip
RESPONSE_KEPT = frozenset({
    "age", "allow", "cache-control", "cdn-cache", "cdn-cache-control", "cf-cache-status", "cf-mitigated",
    "content-length", "content-type", "cors-error", "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only", "cross-origin-opener-policy", "cross-origin-opener-policy-report-only",
    "cross-origin-resource-policy", "expires", "ngrok-error-code", "non-authoritative-reason", "pragma",
    "referrer-policy", "retry-after", "server", "strict-transport-security", "surrogate-control", "upgrade", "via",
    "x-amz-error-code", "x-amzn-errortype", "x-aspnet-version", "x-cache", "x-cache-status", "x-content-type-options",
    "x-drupal-cache", "x-generator", "x-litespeed-cache", "x-ms-error-code", "x-nginx-cache", "x-powered-by",
    "x-proxy-cache", "x-varnish", "x-vercel-cache", "x-vercel-error", "x-vercel-mitigated",
})  # fmt: skip
EXACT = frozenset({"origin", "vary", "timing-allow-origin"})
"""Kept byte for byte on either side, like everything that begins with `access-control-`."""
SAFELIST = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})
"""Request headers whose bytes decide on a preflight: masked without a change of length or kind of byte."""
COOKIE_ATTRIBUTES = frozenset({
    "domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure", "version"
})  # fmt: skip
SCHEMES = frozenset({
    "apikey", "aws", "aws4-hmac-sha256", "azureapimanagementkey", "basic", "bearer", "bot", "client-id", "digest",
    "dpop", "googlelogin", "hawk", "hoba", "jwt", "kerberos", "key", "mac", "mutual", "negotiate", "ntlm", "oauth",
    "scram-sha-1", "scram-sha-256", "sharedaccesssignature", "sharedkey", "sharedkeylite", "signature", "token",
    "vapid",
})  # fmt: skip
"""Authentication schemes: the word before a credential is kept only when it is one of these."""

CACHED_VALUES = 8192
"""Distinct values remembered per header name."""
CACHED_NAMES = 4096

Line = tuple[str, str]
Kept = Line | list[Line] | None
"""One line; several, where an exporter joined them by newlines; None for what is no header."""

# `, name=` begins the next cookie of a joined Set-Cookie; the comma of `Expires=Wed, 21 Oct` is followed by no name.
_NEXT_COOKIE = re.compile(r"\n|,[ \t]*(?=[!#$%&'*+\-.^_`|~0-9A-Za-z]+=)")


# A line that goes on with whitespace is the rest of the one before it (RFC 9112, section 5.2).
_FOLD = re.compile(r"\r?\n[ \t]+")


class Values(dict[str | None, Kept]):
    """The kept form of each value that a header took; equal lines are one object."""

    __slots__ = ("_keep", "_name", "_names")

    def __init__(self, name: str, keep: Callable[[str], str], names: "Names") -> None:
        super().__init__()
        self._name = name
        self._keep = keep
        self._names = names

    def __missing__(self, value: str | None) -> Kept:
        kept: Kept
        if value is None:
            kept = (self._name, "")
        elif "\n" in value or self._keep is set_cookie:
            kept = self._split(value)
        else:
            kept = (self._name, self._keep(value))
        if len(self) >= CACHED_VALUES:
            self.clear()
        self[value] = kept
        return kept

    def _split(self, value: str) -> Kept:
        value = _FOLD.sub(" ", value)
        parts = _NEXT_COOKIE.split(value) if self._keep is set_cookie else value.split("\n")
        self._names.several = self._names.several or len(parts) > 1
        lines = [(self._name, self._keep(part.strip(HTTP_WHITESPACE))) for part in parts]
        return lines if len(lines) > 1 else lines[0]


class Names(dict[str, Kept | Values]):
    """For each header name as spelled: its line where the value does not matter, else the `Values` to ask."""

    __slots__ = ("_policy", "gaps", "several")

    def __init__(self, policy: Callable[[str], Callable[[str], str] | None]) -> None:
        super().__init__()
        self._policy = policy
        self.several = False
        """Some value became several lines: lists have to be flattened."""
        self.gaps = False
        """Some name became no line."""

    def __missing__(self, name: str) -> Kept | Values:
        kept: Kept | Values
        if TOKEN.fullmatch(name) is None:
            kept = None  # `:method`, or a request line in place of a name
            self.gaps = True
        else:
            keep = self._policy(name.lower())
            kept = (name, REDACTED) if keep is None else Values(name, keep, self)
        if len(self) >= CACHED_NAMES:
            self.clear()
        self[name] = kept
        return kept

    def headers(self, found: "list[Kept]") -> Headers:
        """The header list of what the values gave."""
        if not self.several:
            return Headers(filter(None, found) if self.gaps else found)  # type: ignore[arg-type]
        lines: list[Line] = []
        for kept in found:
            if isinstance(kept, list):
                lines += kept
            elif kept is not None:
                lines.append(kept)
        return Headers(lines)


class Redactor:
    """Redacts one input: URLs, header lines, free text.

    `keep_values` keeps header values and URLs as they are, except for cookies, credentials and user information.
    """

    def __init__(self, keep_values: bool = False) -> None:
        self._keep_values = keep_values
        masker = UrlMasker()
        self.url: Callable[[str], str] = bare_url if keep_values else masker.url
        self.text: Callable[[str], str] = bare_text if keep_values else masker.text
        self._masker = masker
        self.request = Names(self._request_policy)
        self.response = Names(self._response_policy)

    @property
    def masked(self) -> int:
        """Distinct values that it masked: with them the numbers in the masks hang on all that came before."""
        return self._masker.masked

    def headers(self, lines: Iterable[Line], names: Names) -> Headers:
        """The header list that may be kept; `names` is `request` or `response`."""
        kept: list[Any] = [found[value] if type(found := names[name]) is Values else found for name, value in lines]
        return names.headers(kept)

    def _request_policy(self, name: str) -> Callable[[str], str] | None:
        if name in SAFELIST:
            return _as_it_is if self._keep_values else blank_tokens
        return self._policy(name, REQUEST_KEPT)

    def _response_policy(self, name: str) -> Callable[[str], str] | None:
        return self._policy(name, RESPONSE_KEPT) or _FRAMING.get(name) or (_origin_alone if "origin" in name else None)

    def _policy(self, name: str, kept: frozenset[str]) -> Callable[[str], str] | None:
        """How the value of this header is kept; None: not at all."""
        if name in EXACT or name.startswith("access-control-"):
            return _as_it_is
        special = _SPECIAL.get(name)
        if special is not None:
            return special
        if name == "referer":
            return self.url if self._keep_values else _origin_only
        if name in ("location", "content-location", "refresh"):
            return self.url if name == "location" or self._keep_values else None
        if name in kept:
            return _as_it_is if self._keep_values else redact_tokens
        return _as_it_is if self._keep_values and not is_secret_name(name) else None


def _as_it_is(value: str) -> str:
    return value


def _origin_only(value: str) -> str:
    origin = origin_of(value)
    return REDACTED if origin is None else f"{origin}/"


def cookie_names(value: str) -> str:
    """`sid=1; lax=2` → `sid=[redacted]; lax=[redacted]`; a cookie without name is `[redacted]`."""
    return "; ".join([_without_value(pair) for pair in value.split(";") if pair])


def set_cookie(value: str) -> str:
    """`sid=1; Path=/; Foo=2` → `sid=[redacted]; Path=/; Foo=[redacted]`: known attributes stay, of others the name."""
    pair, *attributes = value.split(";")
    kept = [_without_value(pair)]
    for attribute in attributes:
        attribute = attribute.strip(HTTP_WHITESPACE)
        if attribute.partition("=")[0].strip(HTTP_WHITESPACE).lower() in COOKIE_ATTRIBUTES:
            kept.append(redact_tokens(attribute))
        elif attribute:
            kept.append(_without_value(attribute))
    return "; ".join(kept)


def _without_value(pair: str) -> str:
    """`name=value` → `name=[redacted]`; without a name, or where what stands there may be the value, `[redacted]`."""
    name, equals, value = pair.partition("=")
    return _redacted(name.strip(HTTP_WHITESPACE), not value.strip("=")) if equals else REDACTED


@lru_cache(maxsize=4096)
def _redacted(name: str, empty: bool) -> str:
    """What may be kept of a named value."""
    if TOKEN.fullmatch(name) is None:
        return REDACTED
    # `QmVhcmVy…=` is base64 with its padding, not the name of an empty cookie.
    padded = empty and name.lower() != name != name.upper()
    return REDACTED if len(name) >= 16 and (padded or looks_secret(name)) else f"{name}={REDACTED}"


def _scheme(value: str) -> str:
    """`Bearer abc` → `Bearer [redacted]`; what has no scheme is a credential as a whole."""
    scheme, _, rest = value.strip(HTTP_WHITESPACE).partition(" ")
    if scheme.lower() not in SCHEMES:
        return REDACTED
    return f"{scheme} {REDACTED}" if rest else scheme


def _challenge(value: str) -> str:
    """`Basic realm="x"` → `Basic`."""
    scheme = value.strip(HTTP_WHITESPACE).partition(" ")[0].rstrip(",")
    return scheme if scheme.lower() in SCHEMES else REDACTED


_ORIGIN = re.compile(r"https?://[a-z0-9.\-]{1,253}(?::[0-9]{1,5})?(?=[\s;,\"'/]|\Z)")


def _origin_alone(value: str) -> str:
    """The one origin in a value, where there is one: where answers repeat that of the request, caches mix them up."""
    found = set(_ORIGIN.findall(value))
    return redact_tokens(found.pop()) if len(found) == 1 else REDACTED


def _content_security_policy(value: str) -> str:
    """As `_origin_alone`, and whether the page goes to https in place of http."""
    origin = _origin_alone(value)
    if not upgrades_insecure_requests(value):
        return origin
    return UPGRADE if origin == REDACTED else f"{UPGRADE}; {origin}"


# Bare words of RFC 9211: `key` and `detail` beside them may quote a URL or a cookie.
_CACHE_WORD = re.compile(
    r"(?<![^;,\s])(?:hit|stored|collapsed|fwd=(?:bypass|method|uri-miss|vary-miss|miss|request|stale|partial))(?![^;,\s])"
)


def _cache_status(value: str) -> str:
    return "; ".join(_CACHE_WORD.findall(value)) or REDACTED


_FRAMING = {"content-security-policy": _content_security_policy, "x-frame-options": _origin_alone}
"""Response headers that may name the page that asked; those with the name of an origin (`X-Request-Origin`) may too."""
_SPECIAL: dict[str, Callable[[str], str]] = {
    "cache-status": _cache_status,
    "cookie": cookie_names,
    "cookie2": cookie_names,
    "set-cookie": set_cookie,
    "set-cookie2": set_cookie,
    "authorization": _scheme,
    "proxy-authorization": _scheme,
    "www-authenticate": _challenge,
    "proxy-authenticate": _challenge,
}
