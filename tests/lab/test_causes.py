"""The causes that are named for what the own front end fails at, in the recorded lab of stacks."""

from collections import defaultdict

import pytest

from coranalyze.analysis import analyze
from coranalyze.fetch import Outcome
from tests.lab.score import LABS

STACKS = LABS[1]
CAUSES = {
    "error-drops-cors": ["aiohttp-errors", "apache-errors", "koa-errors", "rack-fails"],
    "edge-generated-error": ["haproxy-errors", "varnish-errors"],
    "preflight-auth": ["apache-auth", "fastify-auth-first", "go-login-first", "rack-below-login"],
    "preflight-unrouted": ["apache-forgotten", "go-bare-mux", "php-fails", "php-options-taken", "tornado-no-options"],
    "preflight-redirect": ["apache-redirect", "haproxy-to-https", "hono-redirect", "php-login"],
    "preflight-syntax": ["php-semicolons"],
    "method-not-allowed": ["fastify-method-case", "php-wrong-answer"],
    "header-not-allowed": ["fastify-header", "koa-tracing", "litestar-header"],
    "no-acao-anywhere": [
        "apache-by-path", "caddy-bare-preflight", "fastify-get-alone", "go-content-type", "haproxy-replicas",
        "hapi-header", "litestar-method", "php-misspelt", "php-no-origin", "rack-by-path", "rack-get-alone",
    ],
    "actual-lacks-what-preflight-had": ["haproxy-actual-bare", "php-answer-bare"],
    "duplicate-acao": [
        "apache-behind", "apache-twice", "caddy-twice", "haproxy-adds", "php-list", "php-spaces", "php-twice",
    ],
    "near-miss-origin": [
        "haproxy-fixed-front", "haproxy-glob", "php-bare", "php-glob", "php-path", "php-quoted", "php-slash",
        "php-upper",
    ],
    "wrong-origin-static-or-cached": ["php-empty", "php-old-front"],
    "star-with-credentials": ["caddy-star", "go-star", "litestar-star"],
    "acac-not-true": ["php-no-credentials", "php-one"],
    "cache-poisoned": ["varnish-mixed-up-quietly"],
    "response-header-sent-as-request": ["koa-response-header"],
}  # fmt: skip


@pytest.fixture(scope="module")
def named() -> dict[str, set[str]]:
    """Cause → the cases in which something that the own front end asked is blocked, for that cause."""
    sites = {case.site: case for case in STACKS.cases}
    analysis = analyze(str(STACKS.recorded))
    found: dict[str, set[str]] = defaultdict(set)
    for number, fetch in enumerate(analysis.fetches):
        case = sites.get((fetch.origin or "").partition("://app.")[2])
        if case is None or not fetch.url.startswith(case.base):
            continue
        outcomes = {condition.outcome for condition in fetch.verdict.conditions} or {fetch.outcome}
        cause = analysis.causes.get(number)
        if outcomes == {Outcome.BLOCKED}:
            found[cause.name if cause is not None else "none"].add(case.name)
    return found


@pytest.mark.parametrize("cause", CAUSES)
def test_cause(named: dict[str, set[str]], cause: str) -> None:
    assert set(CAUSES[cause]) <= named[cause]


def test_a_policy_that_lets_its_front_end_in_fails_it_nowhere(named: dict[str, set[str]]) -> None:
    failing = {name for cases in named.values() for name in cases}
    right = {case.name for case in STACKS.cases if not case.rules}
    # No CORS on the rest, and none at all: nobody else is meant to read those.
    assert failing & right == {"apache-fonts", "php-none"}


def test_nothing_fails_without_a_cause(named: dict[str, set[str]]) -> None:
    assert named["none"] == set()
