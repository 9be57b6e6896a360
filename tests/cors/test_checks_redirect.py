"""Redirects, Cross-Origin-Resource-Policy, and what script may read: a row per step and per measured vector."""

from itertools import pairwise

import pytest

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, SPEC, WEBKIT, Profile
from coranalyze.cors.checks import (
    Tainting,
    corp_check,
    cors_check,
    frame_check,
    location_conflict,
    method_after_redirect,
    readable_headers,
    redirect,
    taints_origin,
)
from coranalyze.cors.origin import Origin, origin_of, serialize
from coranalyze.cors.steps import Step

from .helpers import ALL, headers

A, B, C = (Origin("https", f"{name}.example", 443) for name in ("app", "api", "cdn"))
HERE = "https://api.example/dir/page?q"
BACK = "https://u:p@app.example/"
FOLLOWED, NONE = Step.REDIRECT_FOLLOWED, Step.REDIRECT_NONE

# Vector, URL that answered, status, response lines, response tainting, redirects so far, step, where to.
TABLE = [
    ("R01", HERE, 302, ["Location: next"], "cors", 0, FOLLOWED, "https://api.example/dir/next"),
    ("R06", "https://app.example/", 302, [f"Location: {HERE}"], "basic", 0, FOLLOWED, HERE),
    ("307", HERE, 307, ["Location: //cdn.example/x"], "cors", 0, FOLLOWED, "https://cdn.example/x"),
    ("308", HERE, 308, ["Location: ?a=b"], "cors", 0, FOLLOWED, "https://api.example/dir/page?a=b"),
    ("303", HERE, 303, ["Location: /"], "cors", 0, FOLLOWED, "https://api.example/"),
    ("S33", HERE, 302, [], "cors", 0, NONE, None),
    ("200", HERE, 200, ["Location: /"], "cors", 0, NONE, None),
    ("304", HERE, 304, ["Location: /"], "cors", 0, NONE, None),
    ("300", HERE, 300, ["Location: /"], "cors", 0, NONE, None),
    ("R32", HERE, 302, ["Location: http://[bad"], "cors", 0, Step.REDIRECT_BAD_LOCATION, None),
    ("bad-port-number", HERE, 302, ["Location: http://a:99999/"], "cors", 0, Step.REDIRECT_BAD_LOCATION, None),
    ("no-host", HERE, 302, ["Location: http://"], "cors", 0, Step.REDIRECT_BAD_LOCATION, None),
    ("R12", HERE, 302, ["Location: data:text/plain,x"], "cors", 0, Step.REDIRECT_SCHEME, None),
    ("R13", HERE, 302, ["Location: ftp://api.example/x"], "cors", 0, Step.REDIRECT_SCHEME, None),
    ("R36", "https://app.example/", 302, ["Location: data:,x"], "basic", 0, Step.REDIRECT_SCHEME, None),
    ("mailto", HERE, 302, ["Location: mailto:a@b"], "cors", 0, Step.REDIRECT_SCHEME, None),
    ("ws", HERE, 302, ["Location: wss://api.example/"], "cors", 0, Step.REDIRECT_SCHEME, None),
    ("20th", HERE, 302, ["Location: /"], "cors", 19, FOLLOWED, "https://api.example/"),
    ("21st", HERE, 302, ["Location: /"], "cors", 20, Step.REDIRECT_LOOP, None),
    ("R09", HERE, 302, ["Location: https://u:p@api.example/"], "cors", 0, Step.REDIRECT_CREDENTIALS, None),
    ("user-only", HERE, 302, ["Location: https://u@api.example/"], "cors", 0, Step.REDIRECT_CREDENTIALS, None),
    ("no-credentials", HERE, 302, ["Location: https://@api.example/"], "cors", 0, FOLLOWED, "https://api.example/"),
    ("back-home", HERE, 302, [f"Location: {BACK}"], "cors", 0, Step.REDIRECT_CREDENTIALS_BACK, None),
    ("blocked-port", HERE, 302, ["Location: http://api.example:25/"], "cors", 0, Step.REDIRECT_BAD_PORT, None),
]  # fmt: skip
SAME_TWICE = ["Location: /a", "Location: /a"]
# Where profiles part: URL, lines, tainting, then the steps of spec, chromium, firefox and webkit.
DEVIATIONS = [
    ("R10", "https://app.example/", [f"Location: {BACK}"], "basic",
     [FOLLOWED, Step.REDIRECT_CREDENTIALS, FOLLOWED, FOLLOWED]),
    ("same-twice", HERE, SAME_TWICE, "cors", [Step.REDIRECT_CONFLICT, FOLLOWED, FOLLOWED, FOLLOWED]),
    ("locations-differ", HERE, ["Location: /a", "Location: /b"], "cors",
     [Step.REDIRECT_CONFLICT, Step.REDIRECT_CONFLICT, Step.REDIRECT_CONFLICT, FOLLOWED]),
    ("empty", HERE, ["Location:"], "cors", [FOLLOWED, NONE, FOLLOWED, FOLLOWED]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("vector", "url", "status", "lines", "tainting", "count", "step", "target"), TABLE, ids=[row[0] for row in TABLE]
)
@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_step(
    vector: str, url: str, status: int, lines: list[str], tainting: Tainting, count: int, step: Step,
    target: str | None, profile: Profile,
) -> None:  # fmt: skip
    got = redirect(url, status, headers(*lines), A, tainting, True, count, profile)
    assert (got.ended.step, got.url) == (step, target)


@pytest.mark.parametrize(("vector", "url", "lines", "tainting", "steps"), DEVIATIONS, ids=[r[0] for r in DEVIATIONS])
def test_deviation(vector: str, url: str, lines: list[str], tainting: Tainting, steps: list[Step]) -> None:
    assert [redirect(url, 302, headers(*lines), A, tainting, True, 0, p).ended.step for p in ALL] == steps


def test_every_step_has_a_row() -> None:
    of_standard = {step for step in Step if step.anchor in ("concept-http-redirect-fetch", "block-bad-port")}
    assert {row[6] for row in TABLE} | {step for row in DEVIATIONS for step in row[4]} == of_standard


def test_credentials_in_the_url_outside_of_cors() -> None:
    lines = headers("Location: https://u:p@api.example/")
    steps = [redirect(HERE, 302, lines, A, "opaque", False, 0, profile).ended.step for profile in ALL]
    assert steps == [FOLLOWED, Step.REDIRECT_CREDENTIALS, FOLLOWED, FOLLOWED]


def test_conflicting_locations() -> None:
    assert [location_conflict(headers(*SAME_TWICE), p) for p in (SPEC, CHROMIUM, FIREFOX)] == [True, False, False]
    assert location_conflict(headers("Location: /a", "Location: /b"), CHROMIUM)
    assert not location_conflict(headers("Location: /a"))
    assert [p.conflicting_location_first for p in (SPEC, CHROMIUM, FIREFOX)] == [False, True, True]


@pytest.mark.parametrize(
    ("method", "status", "after"),
    [
        ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"), ("POST", 308, "POST"),
        ("PUT", 301, "PUT"), ("PUT", 302, "PUT"), ("PUT", 303, "GET"), ("DELETE", 303, "GET"), ("HEAD", 303, "HEAD"),
        ("GET", 303, "GET"), ("patch", 303, "GET"), ("post", 302, "post"),
    ],
)  # fmt: skip
def test_method_after_redirect(method: str, status: int, after: str) -> None:
    assert method_after_redirect(method, status) == after


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_delete_that_crosses_origins(status: int) -> None:
    """Measured on WebKitGTK."""
    kept = "GET" if status == 303 else "DELETE"
    assert [method_after_redirect("DELETE", status, True, p) for p in ALL] == [kept, kept, kept, "GET"]
    assert method_after_redirect("DELETE", status, False, WEBKIT) == kept


def test_locations_are_joined() -> None:
    """Measured on WebKitGTK: it asks for the URL that two lines make together."""
    lines = headers("Location: /a?x=1", "Location: /b")
    assert redirect(HERE, 302, lines, A, "cors", True, 0, WEBKIT).url == "https://api.example/a?x=1,%20/b"


# Chain of origins a page on A asks, and whether the request's origin is `null` on its last hop.
CHAINS = [
    ("A", False), ("AB", False), ("ABB", False), ("B", False), ("BB", False), ("BC", True), ("BA", True), ("AA", False),
    ("AAB", False), ("ABC", True), ("ABA", True), ("BBC", True), ("BCC", True), ("BCB", True), ("ABAB", True),
]  # fmt: skip


@pytest.mark.parametrize(("chain", "tainted"), CHAINS, ids=[row[0] for row in CHAINS])
def test_tainted_origin(chain: str, tainted: bool) -> None:
    hops = [{"A": A, "B": B, "C": C}[name] for name in chain]
    assert any(taints_origin(A, current, target) for current, target in pairwise(hops)) is tainted


def test_an_opaque_origin_is_foreign_everywhere() -> None:
    assert taints_origin(None, A, B)
    assert not taints_origin(None, A, A)


# R02 to R05, R07, R25, R26: the check on the last hop of a chain that page A started.
LAST_HOP = [
    ("BB", False, ["ACAO: https://app.example"], True),
    ("BC", False, ["ACAO: https://app.example"], False),
    ("BC", False, ["ACAO: *"], True),
    ("BC", False, ["ACAO: null"], True),
    ("BA", False, [], False),
    ("BC", True, ["ACAO: null", "ACAC: true"], True),
    ("BC", True, ["ACAO: *", "ACAC: true"], False),
]  # fmt: skip


@pytest.mark.parametrize(("chain", "credentials", "lines", "passed"), LAST_HOP)
def test_last_hop(chain: str, credentials: bool, lines: list[str], passed: bool) -> None:
    first, last = ({"A": A, "B": B, "C": C}[name] for name in chain)
    origin = serialize(None if taints_origin(A, first, last) else A)
    assert cors_check(origin, credentials, headers(*lines)).passed is passed


@pytest.mark.parametrize(
    ("page", "target", "policy", "blocked"),
    [
        ("https://app.example.com", "https://api.example.com", None, False),
        ("https://app.example.com", "https://api.example.com", "cross-origin", False),
        ("https://app.example.com", "https://api.example.com", "same-origin", True),
        ("https://app.example.com", "https://app.example.com:8443", "same-origin", True),
        ("https://app.example.com", "https://app.example.com", "same-origin", False),
        ("https://app.example.com", "https://api.example.com", "same-site", False),
        ("https://app.example.com", "https://other.test", "same-site", True),
        ("http://app.example.com", "https://api.example.com", "same-site", True),
        ("https://app.example.com", "http://api.example.com", "same-site", False),
        ("http://app.example.com", "http://api.example.com", "same-site", False),
        ("null", "https://api.example.com", "same-site", True),
        ("null", "https://api.example.com", "same-origin", True),
        ("https://app.example.com", "https://api.example.com", "Same-Origin", False),
        ("https://app.example.com", "https://api.example.com", "same-site, same-origin", False),
    ],
)
def test_cross_origin_resource_policy(page: str, target: str, policy: str | None, blocked: bool) -> None:
    response = headers(f"Cross-Origin-Resource-Policy: {policy}") if policy else headers()
    ended = corp_check(origin_of(page), origin_of(target), response)
    assert (ended is not None) is blocked
    assert ended is None or ended.step is Step.CORP


OPTS_IN = [
    # policy, refused by a page that requires one: in Chromium, in Firefox
    (None, True, True),
    ("cross-origin", False, False),
    ("same-site", False, False),
    ("same-origin", True, True),
    ("Cross-Origin", True, False),
    ("cross-origin, cross-origin", True, False),
    ("junk", True, False),
]


@pytest.mark.parametrize(("policy", "in_chromium", "in_firefox"), OPTS_IN)
def test_what_opts_in_to_an_embedder_policy(policy: str | None, in_chromium: bool, in_firefox: bool) -> None:
    """Measured: a page with the policy, images and no-cors fetches of another port of localhost."""
    response = headers(f"Cross-Origin-Resource-Policy: {policy}") if policy else headers()
    page, target = origin_of("http://localhost:8701"), origin_of("http://localhost:8702")
    for profile in ALL:
        refused = in_firefox if profile is FIREFOX else in_chromium
        ended = corp_check(page, target, response, profile, requires_corp=True)
        assert (ended is not None) is refused
        assert ended is None or ended.step is (Step.CORP if policy == "same-origin" else Step.COEP)
    assert corp_check(page, page, response, requires_corp=True) is None


@pytest.mark.parametrize(
    ("page", "lines", "redirects", "step"),
    [
        ("https://b.test", [], False, Step.COEP),
        ("https://b.test", ["Cross-Origin-Resource-Policy: cross-origin"], False, Step.COEP_FRAME),
        ("https://b.test", ["Cross-Origin-Resource-Policy: cross-origin"], True, None),
        ("https://b.test", ["Cross-Origin-Embedder-Policy: require-corp"], False, Step.COEP),
        ("https://a.test", ["Cross-Origin-Embedder-Policy: require-corp; report-to=x"], False, None),
        ("https://a.test", ["Cross-Origin-Embedder-Policy: credentialless"], False, None),
        ("https://a.test", ["Cross-Origin-Embedder-Policy: unsafe-none"], False, Step.COEP_FRAME),
        ("https://a.test", ["Cross-Origin-Embedder-Policy: require-corp"] * 2, False, Step.COEP_FRAME),
        ("https://a.test", [], False, Step.COEP_FRAME),
    ],
)
def test_frames(page: str, lines: list[str], redirects: bool, step: Step | None) -> None:
    ended = frame_check(origin_of(page), origin_of("https://a.test/frame"), headers(*lines), redirects)
    assert (ended.step if ended is not None else None) is step


@pytest.mark.parametrize(
    ("host", "in_chromium"), [("localhost", False), ("127.0.0.1", True), ("10.0.0.1", True), ("shop.test", False)]
)
def test_the_site_of_an_address(host: str, in_chromium: bool) -> None:
    response = headers("Cross-Origin-Resource-Policy: same-site")
    page, target = origin_of(f"http://{host}:8701"), origin_of(f"http://{host}:8702")
    refused = [corp_check(page, target, response, profile) is not None for profile in (CHROMIUM, FIREFOX, WEBKIT)]
    assert refused == [in_chromium, False, False]


NAMES = ["Content-Type", "X-A", "Date", "ETag", "Set-Cookie", "*"]
# Vector, tainting, credentials, Access-Control-Expose-Headers lines, readable.
READABLE = [
    ("F01", "cors", False, [], ["content-type"]),
    ("F02", "cors", False, ["ACEH: X-A"], ["content-type", "x-a"]),
    ("F03", "cors", False, ["ACEH: *"], ["content-type", "x-a", "date", "etag", "*"]),
    ("F04", "cors", True, ["ACEH: *"], ["content-type", "*"]),
    ("F05", "cors", False, ["ACEH: x-a, bad header"], ["content-type"]),
    ("F06", "cors", False, ["ACEH: x-a", "ACEH: date"], ["content-type", "x-a", "date"]),
    ("F07", "cors", False, ["ACEH: set-cookie, x-a"], ["content-type", "x-a"]),
    ("F08", "cors", False, ["ACEH:"], ["content-type"]),
    ("wildcard-spoilt", "cors", False, ["ACEH: *, b c"], ["content-type"]),
    ("basic", "basic", False, [], ["content-type", "x-a", "date", "etag", "*"]),
    ("opaque", "opaque", True, ["ACEH: *"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("vector", "tainting", "credentials", "lines", "readable"), READABLE, ids=[r[0] for r in READABLE]
)
def test_readable_headers(
    vector: str, tainting: Tainting, credentials: bool, lines: list[str], readable: list[str]
) -> None:  # fmt: skip
    assert readable_headers(NAMES, headers(*lines), tainting, credentials) == readable
