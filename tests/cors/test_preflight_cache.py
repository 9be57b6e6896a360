"""The preflight cache: lifetimes, what covers what, and where browsers differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, SPEC, WEBKIT, Profile
from coranalyze.cors.checks import PreflightRequest
from coranalyze.cors.headers import Headers
from coranalyze.cors.preflight_cache import Grant, PreflightCache, max_age

from .helpers import ALL, O, headers, responses

URL = "https://api.example/items"
# Access-Control-Max-Age lines, then seconds for spec, chromium, firefox and webkit; None: the cache stays as it is.
MAX_AGE = [
    ([], 5, 5, 5, 5),
    (["MAX:"], 5, 5, 5, 5),
    (["MAX: 600"], 600, 600, 600, 600),
    (["MAX: 86400"], 86_400, 7_200, 86_400, 600),
    (["MAX: 99999999999999999999"], 86_400, 5, 86_400, 5),
    (["MAX: " + "9" * 5000], 86_400, 5, 86_400, 5),
    (["MAX: 0"], 0, 0, None, 0),
    (["MAX: -1"], 5, 0, None, 0),
    (["MAX: -0"], 5, 0, None, 0),
    (["MAX: +60"], 5, 60, None, 60),
    (["MAX: abc"], 5, 5, None, 5),
    (["MAX: 60.5"], 5, 5, None, 5),
    (["MAX: 600s"], 5, 5, None, 5),
    (["MAX: ٦"], 5, 5, None, 5),
    (["MAX: 10", "MAX: 20"], 5, 5, None, 5),
    (["MAX: 10", "MAX:"], 5, 5, 10, 5),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "spec", "chromium", "firefox", "webkit"), MAX_AGE)
def test_max_age(lines: list[str], spec: int, chromium: int, firefox: int | None, webkit: int) -> None:
    assert [max_age(headers(*lines), p) for p in ALL] == [spec, chromium, firefox, webkit]


def asks(method: str = "PUT", *names: str, credentials: bool = False, forced: bool = False) -> PreflightRequest:
    return PreflightRequest(method, names, credentials, forced)


AGE = "MAX: 600"
LISTED = ["ACAM: PUT, HEAD", "ACAH: x-a, X-B", AGE]
STARS = ["ACAM: *", "ACAH: *", AGE]
PUT, CREDENTIALED = asks(), asks(credentials=True)
# What was preflighted, the answer, what is asked next; whether spec, chromium, firefox, webkit then skip a preflight.
COVERS = [
    ("K01-same", PUT, LISTED, PUT, (1, 1, 1, 1)),
    ("other-method", PUT, LISTED, asks("DELETE"), (0, 0, 0, 0)),
    ("method-case", PUT, LISTED, asks("put"), (0, 0, 0, 0)),
    ("names", asks("PUT", "x-a"), LISTED, asks("PUT", "x-b"), (1, 1, 1, 1)),
    ("other-name", asks("PUT", "x-a"), LISTED, asks("PUT", "x-c"), (0, 0, 0, 0)),
    ("safelisted-method", PUT, LISTED, asks("POST", "x-a"), (1, 1, 1, 1)),
    ("head-listed", PUT, LISTED, asks("HEAD", "x-a"), (1, 1, 1, 1)),
    ("head-not-listed", PUT, ["ACAM: PUT", "ACAH: x-a", AGE], asks("HEAD", "x-a"), (1, 1, 0, 1)),
    ("star", PUT, STARS, asks("DELETE", "x-z"), (1, 1, 0, 1)),
    ("star-itself", asks("*"), STARS, asks("*"), (1, 1, 1, 1)),
    ("star-authorization", PUT, STARS, asks("PUT", "authorization"), (0, 0, 0, 1)),
    ("authorization", PUT, ["ACAM: PUT", "ACAH: Authorization", AGE], asks("PUT", "authorization"), (1, 1, 1, 1)),
    ("credentials-for-none", CREDENTIALED, LISTED, PUT, (1, 1, 0, 1)),
    ("none-for-credentials", PUT, LISTED, CREDENTIALED, (0, 0, 0, 0)),
    ("K20", asks("GET", "x-a", credentials=True), [*STARS, "ACAH: x-a"], CREDENTIALED, (1, 0, 0, 0)),
    ("K20-without", asks("GET", "x-a", credentials=True), [*STARS, "ACAH: x-a"], PUT, (1, 0, 0, 1)),
    ("forced", asks("POST", forced=True), ["ACAH: x-a", AGE], asks("POST", forced=True), (1, 1, 1, 1)),
    ("forced-not-listed", asks("GET", "x-a"), ["ACAH: x-a", AGE], asks("POST", forced=True), (0, 1, 1, 1)),
    ("bad-max-age", PUT, ["ACAM: PUT", "MAX: abc"], PUT, (1, 1, 0, 1)),
    ("zero", PUT, ["ACAM: PUT", "MAX: 0"], PUT, (0, 0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "first", "answer", "second", "skips"), COVERS, ids=[row[0] for row in COVERS])
def test_covers(
    name: str, first: PreflightRequest, answer: list[str], second: PreflightRequest, skips: tuple[int, ...]
) -> None:
    got = []
    for profile in ALL:
        cache = PreflightCache(profile)
        cache.store(O, URL, first, Grant.of(headers(*answer), profile), 100.0)
        got.append(int(cache.covers(O, URL, second, 101.0)))
    assert tuple(got) == skips


def filled(profile: Profile, *lines: str, origin: str = O, url: str = URL, at: float = 100.0) -> PreflightCache:
    cache = PreflightCache(profile)
    cache.store(origin, url, PUT, Grant.of(headers(*(lines or LISTED)), profile), at)
    return cache


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_keys_and_lifetimes(profile: Profile) -> None:
    assert filled(profile).covers(O, URL, PUT, 699.0)
    assert not filled(profile).covers(O, URL, PUT, 700.0)
    assert not filled(profile).covers("https://other.example", URL, PUT, 101.0)
    for other in (URL + "?a=1", URL + "#a", URL + "/"):
        assert not filled(profile).covers(O, other, PUT, 101.0)
    # K01, K25: without Access-Control-Max-Age for 5 seconds.
    assert filled(profile, "ACAM: PUT").covers(O, URL, PUT, 103.0)
    assert not filled(profile, "ACAM: PUT").covers(O, URL, PUT, 106.0)
    assert not PreflightCache(profile).covers(O, URL, asks("GET"), 1.0)


def test_an_insufficient_entry_is_dropped_or_kept() -> None:
    for profile, kept in ((SPEC, True), (CHROMIUM, False), (FIREFOX, True), (WEBKIT, False)):
        cache = filled(profile)
        assert not cache.covers(O, URL, asks("DELETE"), 101.0)
        assert cache.covers(O, URL, PUT, 102.0) is kept, profile.name


def test_a_new_answer_replaces_or_adds() -> None:
    for profile, added in ((SPEC, True), (CHROMIUM, False), (FIREFOX, True), (WEBKIT, False)):
        cache = filled(profile)
        cache.store(O, URL, asks("DELETE"), Grant.of(headers("ACAM: DELETE", AGE), profile), 101.0)
        assert cache.covers(O, URL, asks("DELETE"), 102.0)
        assert cache.covers(O, URL, PUT, 102.0) is added, profile.name


def test_zero_ends_what_was_stored_except_in_firefox() -> None:
    for profile in ALL:
        cache = filled(profile)
        cache.store(O, URL, PUT, Grant.of(headers("ACAM: PUT", "MAX: 0"), profile), 101.0)
        assert cache.covers(O, URL, PUT, 102.0) is (profile is FIREFOX), profile.name


def test_a_shorter_lifetime_counts_from_the_new_answer() -> None:
    for profile in ALL:
        cache = filled(profile)
        cache.store(O, URL, PUT, Grant.of(headers("ACAM: PUT", "MAX: 10"), profile), 200.0)
        assert cache.covers(O, URL, PUT, 209.0)
        assert not cache.covers(O, URL, PUT, 211.0)


def test_cleared_on_failure() -> None:
    for profile, cleared in ((SPEC, True), (CHROMIUM, False), (FIREFOX, True), (WEBKIT, False)):
        cache = filled(profile)
        cache.store(O, URL, CREDENTIALED, Grant.of(headers(*LISTED), profile), 100.0)
        cache.clear(O, URL)
        assert cache.covers(O, URL, PUT, 101.0) is not cleared, profile.name
        assert cache.covers(O, URL, CREDENTIALED, 101.0) is not cleared, profile.name


def test_opaque_origins() -> None:
    for profile in ALL:
        cache = filled(profile, origin="null")
        assert cache.covers("null", URL, PUT, 101.0) is (profile is not CHROMIUM), profile.name


@pytest.mark.parametrize(
    ("mode", "skips"),
    [("default", (1, 1, 1, 1)), ("force-cache", (1, 1, 1, 1)), ("no-cache", (1, 0, 1, 1)), ("reload", (1, 0, 0, 1)),
     ("no-store", (1, 0, 0, 1))],
)  # fmt: skip
def test_cache_modes(mode: str, skips: tuple[int, ...]) -> None:
    caches = [filled(profile) for profile in ALL]
    assert tuple(int(cache.covers(O, URL, PUT, 101.0, mode)) for cache in caches) == skips
    # The entry stays for the next one.
    assert all(cache.covers(O, URL, PUT, 102.0) for cache in caches)


def test_no_store_is_not_stored_by_chromium() -> None:
    for profile in ALL:
        cache = PreflightCache(profile)
        cache.store(O, URL, PUT, Grant.of(headers(*LISTED), profile), 100.0, "no-store")
        assert cache.covers(O, URL, PUT, 101.0) is (profile is not CHROMIUM), profile.name


def test_long_urls_are_not_cached_by_chromium() -> None:
    long = URL.ljust(1024, "x")
    for profile in ALL:
        assert filled(profile, url=long).covers(O, long, PUT, 101.0) is (profile is not CHROMIUM), profile.name
        assert filled(profile, url=long[:-1]).covers(O, long[:-1], PUT, 101.0)


@pytest.mark.parametrize("profile", [CHROMIUM, FIREFOX], ids=lambda p: p.name)
def test_least_recently_used_goes_first(profile: Profile) -> None:
    assert profile.cache_entries is not None
    cache = PreflightCache(profile)
    for i in range(profile.cache_entries):
        cache.store(O, f"{URL}/{i}", PUT, Grant.of(headers(*LISTED), profile), 100.0)
    assert cache.covers(O, f"{URL}/0", PUT, 101.0)
    cache.store(O, URL, PUT, Grant.of(headers(*LISTED), profile), 102.0)
    assert cache.covers(O, f"{URL}/0", PUT, 103.0)
    assert not cache.covers(O, f"{URL}/1", PUT, 103.0)


requests = st.builds(
    PreflightRequest,
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "patch"]),
    st.lists(st.sampled_from(["authorization", "content-type", "x-a"]), min_size=1, unique=True).map(sorted),
    st.booleans(),
)


@given(requests, responses(), st.sampled_from(ALL))
def test_nothing_unasked_is_covered(request: PreflightRequest, response: Headers, profile: Profile) -> None:
    cache = PreflightCache(profile)
    assert not cache.covers(O, URL, request, 1.0)
    cache.store(O, URL, request, Grant.of(response, profile), 1.0)
    assert not cache.covers(O, URL + "?", request, 2.0)
    assert not cache.covers("https://other.example", URL, request, 2.0)
    assert not cache.covers(O, URL, request, 90_000.0)
