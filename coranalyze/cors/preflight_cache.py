"""The CORS-preflight cache. https://fetch.spec.whatwg.org/#cors-preflight-cache

The cache knows no clock: times are passed in, in seconds of any one clock.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import ACAH, ACAM, PreflightRequest, first_refused_header, method_is_allowed
from coranalyze.cors.headers import Headers, extract_tokens

DEFAULT_MAX_AGE = 5
_DIGITS = re.compile(r"[0-9]+")
_INT64 = re.compile(r"[+-]?[0-9]+")

_Key = tuple[str, str, bool]


@dataclass(slots=True)
class _Entry:
    methods: dict[str, float]
    headers: dict[str, float]
    credentials: bool


def max_age(response: Headers, profile: Profile) -> int | None:
    """Seconds that a preflight's answer may be reused, capped as the browser caps it; None: nothing is stored."""
    value = response.get("access-control-max-age")
    if value is None or value == "":
        return min(DEFAULT_MAX_AGE, profile.cache_cap)
    syntax = _INT64 if profile.cache_max_age == "int64" else _DIGITS
    if syntax.fullmatch(value) is None:
        return DEFAULT_MAX_AGE if profile.cache_bad_max_age_stores else None
    age = int(value) if len(value) < 20 else 2**63
    if profile.cache_max_age == "int64" and not -(2**63) <= age < 2**63:
        age = -1 if value.startswith("-") else profile.cache_cap
    return max(0, min(age, profile.cache_cap))


class PreflightCache:
    """Preflights that passed, so that a request without one of its own can be told from one that needed it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    def store(self, origin: str, url: str, request: PreflightRequest, response: Headers, now: float) -> None:
        """Remember a preflight that passed."""
        profile = self._profile
        age = max_age(response, profile)
        if not age or (origin == "null" and not profile.cache_opaque_origins):
            return
        if profile.cache_url_limit is not None and len(url) >= profile.cache_url_limit:
            return
        key = self._key(origin, url, request.credentials)
        entry = self._entries.pop(key, None)
        if entry is None or profile.cache_replaces_entry or entry.credentials != request.credentials:
            entry = _Entry({}, {}, request.credentials)
        until = now + age
        for method in extract_tokens(response, ACAM) or [request.method]:
            entry.methods[method] = until
        for name in extract_tokens(response, ACAH) or []:
            entry.headers[name.lower()] = until
        self._entries[key] = entry
        if profile.cache_entries is not None and len(self._entries) > profile.cache_entries:
            self._entries.popitem(last=False)

    def covers(self, origin: str, url: str, request: PreflightRequest, now: float) -> bool:
        """Whether a stored answer lets the request go without a preflight."""
        keys = [self._key(origin, url, request.credentials)]
        if self._profile.cache_credentialed_serves_all and not request.credentials:
            keys.append(self._key(origin, url, True))
        return any(self._entry_covers(self._entries.get(key), request, now) for key in keys)

    def clear(self, origin: str, url: str) -> None:
        """The actual request failed: the standard forgets its preflight."""
        if self._profile.cache_cleared_on_failure:
            for credentials in (False, True):
                self._entries.pop(self._key(origin, url, credentials), None)

    def _key(self, origin: str, url: str, credentials: bool) -> _Key:
        return origin, url, credentials and self._profile.cache_keyed_by_credentials

    def _entry_covers(self, entry: _Entry | None, request: PreflightRequest, now: float) -> bool:
        profile = self._profile
        if entry is None or (request.credentials and not entry.credentials):
            return False
        methods = [m for m, until in entry.methods.items() if until >= now]
        names = [n for n, until in entry.headers.items() if until >= now]
        if entry.credentials or not profile.cache_wildcards_match:
            methods = [m for m in methods if m != "*"]
            names = [n for n in names if n != "*"]
        if profile.cache_head_must_be_listed and request.method == "HEAD" and "HEAD" not in methods:
            return False
        if "authorization" in request.header_names and "authorization" not in names:
            return profile.cache_wildcard_covers_authorization and "*" in names
        return method_is_allowed(request, methods) and first_refused_header(request, names) is None
