"""Redaction: what may enter an Exchange. Runs in every source, before an Exchange exists.

Of header values only an allow-list is kept; cookies keep their names, credentials their scheme. In URLs and in kept
values, what looks like a secret becomes `[redacted-N]`, numbered by first appearance within one input: equal secrets
stay equal, and the same input gives the same text.
"""

from __future__ import annotations

import re

from coranalyze.cors.headers import Headers
from coranalyze.exchange import REDACTED

KEPT_REQUEST = frozenset(
    """accept accept-language access-control-request-headers access-control-request-method
    access-control-request-private-network cache-control content-language content-length content-type host origin
    pragma priority purpose range sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-storage-access sec-fetch-user
    sec-purpose service-worker upgrade upgrade-insecure-requests user-agent x-requested-with""".split()
)
KEPT_RESPONSE = frozenset(
    """access-control-allow-credentials access-control-allow-headers access-control-allow-methods
    access-control-allow-origin access-control-allow-private-network access-control-expose-headers
    access-control-max-age age allow cache-control cf-cache-status cf-mitigated content-length content-type
    cross-origin-embedder-policy cross-origin-opener-policy cross-origin-resource-policy expires
    ngrok-error-code non-authoritative-reason pragma retry-after server timing-allow-origin upgrade vary via
    x-amzn-errortype x-cache x-content-type-options x-envoy-upstream-service-time x-kong-response-latency x-powered-by
    x-served-by x-vercel-error""".split()
)
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"})
# Bytes on which verdicts hang are never touched.
EXACT = frozenset(
    """origin access-control-allow-origin access-control-allow-credentials access-control-allow-headers
    access-control-allow-methods access-control-expose-headers access-control-max-age access-control-request-headers
    access-control-request-method user-agent accept content-type vary""".split()
)

_SECRET_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:token|secret|password|passwd|pwd|pass|signature|sig|key|apikey|auth|authorization|code|session"
    r"|sessionid|sid|jwt|credential|credentials|otp|assertion|ticket|nonce|state)(?:$|[-_.])"
)
_SECRET_COMPOUND = re.compile(r"(?i)(?:token|apikey|secret|signature|password|credential|sessionid|samlresponse)$")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*")
_LONG = re.compile(r"[A-Za-z0-9_\-+/=%~.]{32,}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_USERINFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.\-]*:)?//(?!:?@)[^/?#@]*@")
# Most URLs hold none of this: one scan decides.
_SUSPECT = re.compile(r"[?@]|eyJ|[A-Za-z0-9_\-+=%~.]{32}")


class Redactor:
    """Redacts one input. `keep_values` keeps URLs and header values, never cookies and credentials."""

    def __init__(self, keep_values: bool = False) -> None:
        self.keep_values = keep_values
        self._masks: dict[str, str] = {}
        self._request_policy: dict[str, tuple[str, int]] = {}
        self._response_policy: dict[str, tuple[str, int]] = {}
        self._lines: dict[tuple[str, str, bool], tuple[str, str]] = {}

    def url(self, url: str) -> str:
        """A URL without user name, password and what looks like a secret in path and query."""
        if not _SUSPECT.search(url):
            return url
        url = _USERINFO.sub(lambda m: f"{m[1] or ''}//redacted:redacted@", url)
        if self.keep_values:
            return url
        head, mark, query = url.partition("?")
        scheme, separator, path = head.partition("://")
        if separator:
            host, slash, path = path.partition("/")
            head = f"{scheme}://{host}{slash}{self._path(path)}"
        else:
            head = self._path(head)
        return head + mark + self._query(query) if mark else head

    def request_headers(self, lines: list[tuple[str, str]]) -> Headers:
        return Headers([self.line(name, value, False) for name, value in lines])

    def response_headers(self, lines: list[tuple[str, str]]) -> Headers:
        return Headers([self.line(name, value, True) for name, value in lines])

    def line(self, name: str, value: str, response: bool) -> tuple[str, str]:
        """One header line as it may be kept; equal lines are one object."""
        policies = self._response_policy if response else self._request_policy
        policy = policies.get(name)
        if policy is None:
            policy = policies[name] = (name, self._policy(name.lower(), response))
            if len(policies) > 10_000:
                policies.clear()
        if policy[1] == _DROP:
            value = REDACTED
        known = self._lines.get((name, value, response))
        if known is None:
            if len(self._lines) > 50_000:
                self._lines.clear()
            known = self._lines[name, value, response] = (policy[0], self._value(policy[1], value))
        return known

    def _policy(self, name: str, response: bool) -> int:
        if name == "cookie":
            return _COOKIE
        if name == "set-cookie":
            return _SET_COOKIE
        if name in CREDENTIALS:
            return _SCHEME
        if name == "referer":
            return _REFERER
        if name == "location":
            return _URL
        if name in EXACT:
            return _KEEP
        if self.keep_values or name in (KEPT_RESPONSE if response else KEPT_REQUEST):
            return _MASK
        return _DROP

    def _value(self, policy: int, value: str) -> str:
        if policy == _COOKIE:
            return "; ".join(pair.partition("=")[0].strip() for pair in value.split(";") if pair.strip())
        if policy == _SET_COOKIE:
            return "\n".join(_set_cookie(line) for line in value.split("\n"))
        if policy == _SCHEME:
            scheme, space, _ = value.strip().partition(" ")
            return f"{scheme} {REDACTED}" if space and re.fullmatch(r"[A-Za-z0-9-]{1,20}", scheme) else REDACTED
        if policy == _REFERER:
            return self.url(value) if self.keep_values else _origin_only(value)
        if policy == _URL:
            return self.url(value)
        if policy == _MASK and not self.keep_values:
            return _JWT.sub(self._mask_match, _LONG.sub(self._mask_match, value))
        return value

    def _path(self, path: str) -> str:
        return "/".join(self._mask(part) if _is_secret_value(part) else part for part in path.split("/"))

    def _query(self, query: str) -> str:
        query, mark, fragment = query.partition("#")
        pairs = []
        for pair in query.split("&"):
            name, equals, value = pair.partition("=")
            if equals and value and (_is_secret_name(name) or _is_secret_value(value)):
                value = self._mask(value)
            elif not equals and _is_secret_value(name):
                name = self._mask(name)
            pairs.append(f"{name}{equals}{value}")
        return "&".join(pairs) + mark + fragment

    def _mask_match(self, match: re.Match[str]) -> str:
        return self._mask(match[0]) if _is_secret_value(match[0]) else match[0]

    def _mask(self, secret: str) -> str:
        mask = self._masks.get(secret)
        if mask is None:
            mask = self._masks[secret] = f"[redacted-{len(self._masks) + 1}]"
        return mask


_KEEP, _MASK, _DROP, _COOKIE, _SET_COOKIE, _SCHEME, _REFERER, _URL = range(8)


def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None or _SECRET_COMPOUND.search(name) is not None


def _is_secret_value(value: str) -> bool:
    """A JWT, or 32 and more characters of mixed letters and digits that are no UUID and no words."""
    if _JWT.match(value):
        return True
    if len(value) < 32 or not _LONG.fullmatch(value) or _UUID.fullmatch(value):
        return False
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    words = value.count("-") + value.count("_") + value.count(".") + value.count("+")
    return digits >= 4 and letters >= 4 and words <= len(value) // 8


def _origin_only(url: str) -> str:
    end = url.find("/", url.find("://") + 3) if "://" in url else -1
    return _USERINFO.sub(lambda m: f"{m[1] or ''}//", url if end < 0 else url[: end + 1])


def _set_cookie(line: str) -> str:
    pair, *attributes = line.split(";")
    name = pair.partition("=")[0].strip()
    kept = [a.strip() for a in attributes if a.strip().partition("=")[0].lower() in _COOKIE_ATTRIBUTES]
    return "; ".join([f"{name}={REDACTED}", *kept])


_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "secure", "httponly", "samesite", "partitioned", "priority"})
