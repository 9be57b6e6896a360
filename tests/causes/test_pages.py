"""Every cause's page is run: what stands under *Example* has this cause, what stands under *Not* has not."""

import re

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes import Pattern, all_patterns, find_pattern
from coranalyze.sources.text import parse_text

PATTERNS = all_patterns()
CATALOGUE = """
error-drops-cors edge-generated-error bot-challenge access-proxy tunnel-interstitial not-cors-network preflight-auth
preflight-unrouted preflight-redirect signed-url-preflight method-not-allowed header-not-allowed
response-header-sent-as-request tracing-header-leak gateway-trims-headers star-does-not-cover preflight-syntax
no-acao-anywhere actual-lacks-what-preflight-had duplicate-acao near-miss-origin wrong-origin-static-or-cached
star-with-credentials acac-not-true vary-missing cache-poisoned cdn-drops-origin 304-without-cors redirect-loses-cors
null-origin-context service-worker subresource-cors local-network header-not-exposed cookie-absent
embedder-block
"""
WITHOUT_EXAMPLE = {"service-worker"}
"""The notation has no word for it; `test_recorded` has a recording."""


def names(text: str) -> set[str]:
    analysis = analyze(parse_text(text))
    return {cause.name for cause in analysis.causes.values()} | {each.cause.name for each in analysis.advisories}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [pytest.param(p, text, id=f"{p.name}-{i}") for p in PATTERNS for i, text in enumerate(p.page.example)],
)
def test_example(pattern: Pattern, text: str) -> None:
    assert pattern.name in names(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [pytest.param(p, text, id=f"{p.name}-{i}") for p in PATTERNS for i, text in enumerate(p.page.other)],
)
def test_not(pattern: Pattern, text: str) -> None:
    assert pattern.name not in names(text)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_page_is_whole(pattern: Pattern) -> None:
    page = pattern.page
    assert 0 < len(page.title) <= 64
    assert page.text
    assert page.recognise
    assert page.do
    assert page.example or pattern.name in WITHOUT_EXAMPLE
    assert page.other
    assert all(re.fullmatch(r"F(?:[1-9]|1[0-3])", code) for code in pattern.fixes)


def test_the_catalogue_is_whole() -> None:
    assert sorted(CATALOGUE.split()) == [pattern.name for pattern in PATTERNS]


def test_find_pattern() -> None:
    assert find_pattern(" Preflight-Auth ") is not None
    assert find_pattern("preflight") is None


IN_THE_PAGE = """
response-header-sent-as-request tracing-header-leak null-origin-context service-worker embedder-block local-network
not-cors-network cookie-absent redirect-loses-cors
"""


def test_no_server_gives_way_for_what_the_page_has_to_change() -> None:
    assert [name for name in IN_THE_PAGE.split() if (pattern := find_pattern(name)) is None or pattern.fixes] == []


def test_a_method_in_lower_case_is_mended_in_the_page() -> None:
    answer = "204\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Methods: GET, PATCH\n"
    asked = "OPTIONS https://api.example/\nOrigin: https://app.example\nAccess-Control-Request-Method: {}\n\n"
    for method, fixes in (("patch", ()), ("DELETE", ("F8",))):
        (cause,) = analyze(parse_text(asked.format(method) + answer)).causes.values()
        assert (cause.name, cause.fixes) == ("method-not-allowed", fixes)
