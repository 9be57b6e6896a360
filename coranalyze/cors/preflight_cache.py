"""The CORS-preflight cache. https://fetch.spec.whatwg.org/#cors-preflight-cache

The cache knows no clock: times are passed in, in seconds of any one clock.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import NamedTuple

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import ACAH, ACAM, PreflightRequest
from coranalyze.cors.headers import Headers, extract_tokens
from coranalyze.cors.safelist import is_safelisted_method

DEFAULT_MAX_AGE = 5
ENTRIES = 10_000
"""Kept where the browser itself has no such limit."""
_DIGITS = re.compile(r"[0-9]+")
_SIGNED = re.compile(r"[+-]?[0-9]+")

_Key = tuple[str, str, bool]


class _Entry:
    """The cache entries for one key: method or name to the time until which it is good."""

    __slots__ = ("credentials", "methods", "names", "until")

    def __init__(self, credentials: bool) -> None:
        self.methods: dict[str, float] = {}
        self.names: dict[str, float] = {}
        self.credentials = credentials
        self.until = 0.0
        """Until when the last answer is good, whatever it lists."""


def max_age(response: Headers, profile: Profile) -> int | None:
    """Seconds that a preflight's answer may be reused, capped as the browser caps it; None: the cache stays as it is.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch-0 steps 7.8 to 7.10
    """
    value = response.get("access-control-max-age", profile.empty_lines_ignored) or ""
    if not value:
        return DEFAULT_MAX_AGE
    if profile.cache_max_age == "int64":
        # What does not fit is as unreadable as a word.
        age = int(value) if len(value) < 40 and _SIGNED.fullmatch(value) else None
        age = age if age is None or -(2**63) <= age < 2**63 else None
    elif _DIGITS.fullmatch(value):
        # Past any cap, and Python refuses to convert very long numbers.
        age = int(value) if len(value) < 20 else profile.cache_cap
    else:
        age = None
    if not profile.cache_bad_max_age_stores and not age:
        return None
    return DEFAULT_MAX_AGE if age is None else max(0, min(age, profile.cache_cap))


class Grant(NamedTuple):
    """What the answer to a preflight that passed lets the cache keep."""

    age: int | None
    """Seconds; None: the cache stays as it is."""
    methods: tuple[str, ...] | None
    """None without `Access-Control-Allow-Methods`."""
    names: tuple[str, ...]
    """In lower case."""

    @classmethod
    def of(cls, response: Headers, profile: Profile) -> Grant:
        methods = tuple(extract_tokens(response, ACAM) or ()) if response.has(ACAM) else None
        names = tuple([name.lower() for name in extract_tokens(response, ACAH) or ()])
        return cls(max_age(response, profile), methods, names)


class PreflightCache:
    """Preflights that passed, so that a request without one of its own can be told from one that needed it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    def store(
        self, origin: str, url: str, request: PreflightRequest, grant: Grant, now: float, mode: str = "default"
    ) -> None:
        """Remember a preflight that passed; `mode` is the request's cache mode. Steps 7.12 to 7.15."""
        profile = self._profile
        if grant.age is None or mode in profile.cache_not_stored_for:
            return
        if origin == "null" and not profile.cache_opaque_origins:
            return
        if profile.cache_url_limit is not None and len(url) >= profile.cache_url_limit:
            return
        key = self._key(origin, url, request.credentials)
        entry = self._entries.pop(key, None)
        if entry is None or profile.cache_replaces_entry:
            entry = _Entry(request.credentials)
        # The letter counts a new lifetime from the first storing; everyone counts it from now.
        entry.until = until = now + grant.age
        methods = grant.methods
        if methods is None:
            methods = (request.method,) if request.forced and not profile.forced_preflight_needs_methods else ()
        for method in methods:
            entry.methods[method] = until
        for name in grant.names:
            entry.names[name] = until
        self._entries[key] = entry
        if len(self._entries) > (profile.cache_entries or ENTRIES):
            self._entries.popitem(last=False)

    def covers(self, origin: str, url: str, request: PreflightRequest, now: float, mode: str = "default") -> bool:
        """Whether stored answers let the request go without a preflight; `mode` is its cache mode.

        https://fetch.spec.whatwg.org/#concept-http-fetch step 4.1
        """
        profile = self._profile
        if mode in profile.cache_bypassed_by:
            return False
        keys = [self._key(origin, url, request.credentials)]
        if profile.cache_credentialed_serves_all and not request.credentials:
            keys.append(self._key(origin, url, True))
        found = [self._entries[key] for key in keys if key in self._entries]
        usable = [entry for entry in found if entry.credentials or not request.credentials]
        if profile.cache_replaces_entry:
            usable = [entry for entry in usable if entry.until > now]
        if usable and self._allows(usable, request, now):
            for key in keys:
                if key in self._entries:
                    self._entries.move_to_end(key)
            return True
        if profile.cache_replaces_entry:
            for key in keys:
                self._entries.pop(key, None)
        return False

    def clear(self, origin: str, url: str) -> None:
        """The request failed, its preflight or itself: the standard forgets what it knows of the URL.

        https://fetch.spec.whatwg.org/#concept-cache-clear
        """
        if self._profile.cache_cleared_on_failure:
            for credentials in (False, True):
                self._entries.pop(self._key(origin, url, credentials), None)

    def _key(self, origin: str, url: str, credentials: bool) -> _Key:
        return origin, url, credentials and self._profile.cache_keyed_by_credentials

    def _allows(self, entries: list[_Entry], request: PreflightRequest, now: float) -> bool:
        """https://fetch.spec.whatwg.org/#concept-cache-match-method, #concept-cache-match-header"""
        profile = self._profile
        methods, names = [entry.methods for entry in entries], [entry.names for entry in entries]
        wild = [entry for entry in entries if self._wildcard(entry, request)]
        any_name = _is_live("*", [entry.names for entry in wild], now)
        listed = _is_live(request.method, methods, now) or _is_live("*", [entry.methods for entry in wild], now)
        if request.method == "HEAD" and profile.cache_head_must_be_listed and not listed:
            return False
        needs_listing = not is_safelisted_method(request.method)
        if (needs_listing or (request.forced and profile.cache_forced_needs_method)) and not listed:
            return False
        return all(
            _is_live(name, names, now)
            or (any_name and (name != "authorization" or profile.cache_wildcard_covers_authorization))
            for name in request.header_names
        )

    def _wildcard(self, entry: _Entry, request: PreflightRequest) -> bool:
        """Whether a `*` of this entry stands for what the request needs."""
        match self._profile.cache_wildcards:
            case "always":
                return True
            case "uncredentialed-entry":
                return not entry.credentials
            case "uncredentialed-request":
                return not request.credentials
            case "never":
                return False


def _is_live(name: str, lists: list[dict[str, float]], now: float) -> bool:
    """Whether one of the lists has the method or name, and still vouches for it."""
    return any(name in known and known[name] > now for known in lists)
