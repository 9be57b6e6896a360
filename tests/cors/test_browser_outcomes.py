"""What Chromium 156 and Firefox 153 did, against what the profiles say.

`data/browsers.json.gz` holds outcomes recorded from both browsers, each row ending in an object of browser → outcome
(left out where the two cannot be compared):

- `requests`: api, method, headers that the script set, whether there is a body, the Content-Type that the body implies,
  upload listener → null without a preflight, else its method and Access-Control-Request-Headers;
- `checks`: request origin, credentials, Access-Control lines → Chromium's name for the failure, null where it passed;
- `preflights`: request origin, method, unsafe names, credentials, forced, status, lines → the same;
- `readable`: response tainting, credentials, names of the response's headers, Access-Control-Expose-Headers → the
  names that script could read;
- `sequences`: request origin, requests to one URL (api, method, headers, credentials, upload listener, body, cache
  mode, milliseconds waited before, what the URL ends in), answers to preflights and to requests in turn → which of
  the requests were preflighted.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, PROFILES, Profile
from coranalyze.cors.checks import PreflightRequest, Tainting, cors_check, preflight_check, readable_headers
from coranalyze.cors.headers import Headers
from coranalyze.cors.preflight_cache import Grant, PreflightCache
from coranalyze.cors.safelist import (
    is_forbidden_request_header,
    is_safelisted_method,
    normalize_method,
    serialize_request_headers,
    unsafe_request_header_names,
)
from coranalyze.cors.steps import Ended, Reason

FILE = Path(__file__).parent / "data" / "browsers.json.gz"
BOTH = pytest.mark.parametrize("profile", [CHROMIUM, FIREFOX], ids=lambda p: p.name)
Lines = list[tuple[str, str]]

CORS_CHECK_CODES = {
    Reason.ACAO_MISSING: "MissingAllowOriginHeader",
    Reason.ACAO_WILDCARD_WITH_CREDENTIALS: "WildcardOriginNotAllowed",
    Reason.ACAO_MULTIPLE: "MultipleAllowOriginValues",
    Reason.ACAO_INVALID: "InvalidAllowOriginValue",
    Reason.ACAO_MISMATCH: "AllowOriginMismatch",
    Reason.ACAC_NOT_TRUE: "InvalidAllowCredentials",
}
PREFLIGHT_CODES = {
    Reason.PREFLIGHT_STATUS: "PreflightInvalidStatus",
    Reason.PREFLIGHT_REDIRECT: "PreflightDisallowedRedirect",
    Reason.ACAM_UNPARSABLE: "InvalidAllowMethodsPreflightResponse",
    Reason.ACAH_UNPARSABLE: "InvalidAllowHeadersPreflightResponse",
    Reason.METHOD_NOT_ALLOWED: "MethodDisallowedByPreflightResponse",
    Reason.HEADER_NOT_ALLOWED: "HeaderDisallowedByPreflightResponse",
}
# Firefox has one category for what Chromium tells apart; repeated lines it may still call multiple.
ONE_IN_FIREFOX = {"MultipleAllowOriginValues", "InvalidAllowOriginValue", "AllowOriginMismatch"}


@cache
def outcomes(kind: str) -> list[list[Any]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        return list(json.load(file)[kind])


def rows(kind: str, profile: Profile) -> list[tuple[list[Any], Any]]:
    return [(row[:-1], row[-1][profile.name]) for row in outcomes(kind) if profile.name in row[-1]]


def code(ended: Ended, preflight: bool, profile: Profile) -> str | None:
    reason = ended.step.reason
    if reason is None:
        return None
    name = CORS_CHECK_CODES.get(reason)
    if name is None:
        return PREFLIGHT_CODES[reason]
    return blurred(f"Preflight{name}" if preflight else name, profile)


def blurred(name: str | None, profile: Profile) -> str | None:
    if profile is FIREFOX and name and name.removeprefix("Preflight") in ONE_IN_FIREFOX:
        return "origin not allowed"
    return name


def author_headers(api: str, headers: Lines, profile: Profile) -> Lines:
    """What the API keeps of the headers that a script sets: none that are forbidden; XHR joins those of one name."""
    kept = [(n, v.strip(" \t\r\n")) for n, v in headers]
    kept = [(n, v) for n, v in kept if not is_forbidden_request_header(n, v, profile)]
    if api != "xhr":
        return kept
    combined = Headers.of(kept)
    return [(name, combined.get(name) or "") for name in combined.names()]


def preflight_request(
    api: str, method: str, headers: Lines, credentials: bool, body: bool, content_type: str | None, upload: bool,
    profile: Profile,
) -> PreflightRequest | None:  # fmt: skip
    """What the preflight of a cross-origin request would ask for; None where it needs none."""
    author = author_headers(api, headers, profile)
    if content_type and not Headers.of(author).has("content-type"):
        author.append(("Content-Type", content_type))
    method = normalize_method(method)
    names = unsafe_request_header_names(author, profile)
    forced = upload and (body or not profile.upload_needs_body)
    if not forced and not names and is_safelisted_method(method):
        return None
    return PreflightRequest(method, names, credentials, forced)


@BOTH
def test_requests(profile: Profile) -> None:
    wrong = []
    for (api, method, headers, body, content_type, upload), outcome in rows("requests", profile):
        asks = preflight_request(api, method, headers, False, body, content_type, upload, profile)
        got = asks and [asks.method, serialize_request_headers(asks.header_names) or None]
        if got != outcome:
            wrong.append((api, method, headers, content_type, upload, got, outcome))
    assert wrong == []


@BOTH
def test_checks(profile: Profile) -> None:
    wrong = []
    for (origin, credentials, lines), outcome in rows("checks", profile):
        got = code(cors_check(origin, credentials, Headers.of(lines), profile), False, profile)
        if got != blurred(outcome, profile):
            wrong.append((origin, credentials, lines, got, outcome))
    assert wrong == []


@BOTH
def test_preflights(profile: Profile) -> None:
    wrong = []
    for (origin, method, names, credentials, forced, status, lines), outcome in rows("preflights", profile):
        asks = PreflightRequest(method, names, credentials, forced)
        taken = preflight_check(asks, origin, status, Headers.of(lines), profile)
        got = code(taken[-1], True, profile)
        if got != blurred(outcome, profile):
            wrong.append((asks, status, lines, got, outcome))
    assert wrong == []


@BOTH
def test_readable(profile: Profile) -> None:
    wrong = []
    tainting: Tainting
    for (tainting, credentials, names, expose), outcome in rows("readable", profile):
        response = Headers.of(("Access-Control-Expose-Headers", value) for value in expose)
        got = readable_headers(names, response, tainting, credentials)
        if got != outcome:
            wrong.append((tainting, credentials, names, expose, got, outcome))
    assert wrong == []


@BOTH
def test_sequences(profile: Profile) -> None:
    wrong = []
    for (origin, steps, preflights, answers), outcome in rows("sequences", profile):
        got = preflighted(origin, steps, preflights, answers, profile)
        if got != outcome:
            wrong.append((steps, preflights, got, outcome))
    assert wrong == []


def preflighted(origin: str, steps: Any, preflights: Any, answers: Any, profile: Profile) -> list[int]:
    known, now, sent = PreflightCache(profile), 0.0, []
    asked = actual = 0
    for api, method, headers, credentials, upload, body, mode, wait, url in steps:
        now += 0.1 + wait / 1000
        content_type = "text/plain;charset=UTF-8" if body else None
        asks = preflight_request(api, method, headers, credentials, body, content_type, upload, profile)
        needed = asks is not None and not known.covers(origin, url, asks, now, mode)
        sent.append(int(needed))
        passed = True
        if needed and asks is not None:
            status, lines = preflights[min(asked, len(preflights) - 1)]
            asked += 1
            passed = preflight_check(asks, origin, status, Headers.of(lines), profile)[-1].passed
            if passed:
                known.store(origin, url, asks, Grant.of(Headers.of(lines), profile), now, mode)
        if passed:
            _, lines = answers[min(actual, len(answers) - 1)]
            actual += 1
            passed = cors_check(origin, credentials, Headers.of(lines), profile).passed
        if not passed:
            known.clear(origin, url)
    return sent


def test_the_standard_alone_explains_less() -> None:
    """Guards the fixture: read by the letter, rows must come out wrong."""
    for profile in (CHROMIUM, FIREFOX):
        with pytest.raises(AssertionError):
            _as(profile, PROFILES["spec"])


def _as(browser: Profile, judge: Profile) -> None:
    for (api, method, headers, body, content_type, upload), outcome in rows("requests", browser):
        asks = preflight_request(api, method, headers, False, body, content_type, upload, judge)
        assert (asks and [asks.method, serialize_request_headers(asks.header_names) or None]) == outcome
