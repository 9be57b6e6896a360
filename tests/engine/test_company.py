"""What was judged before changes no verdict: equal facets are judged once, so they have to hold all that counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coranalyze.cors.browsers import PROFILES
from coranalyze.cors.checks import PreflightRequest, preflight_check
from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import origin_of
from coranalyze.engine import Engine
from coranalyze.engine.clearance import checked_origin, passes
from coranalyze.engine.request import Request
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch
from tests.engine.story import WIRE

_ORIGINS = ("https://app.example", "https://one.example", "http://app.example", "https://api.test", "null")
_NEAR = ("", " ", "/", ":443", ", https://one.example", "\t")
_ASKED = "(asked)"
"""Stands for the origin of the request, whichever it is."""
_origin = st.sampled_from(_ORIGINS)
_value = st.one_of(
    st.just(_ASKED),
    st.builds(
        lambda before, origin, after: before + origin + after,
        st.sampled_from(("", " ")), st.sampled_from((*_ORIGINS, "*", "", _ASKED)), st.sampled_from(_NEAR),
    ),
)  # fmt: skip
_allowed = st.tuples(st.sampled_from(("Access-Control-Allow-Origin", "access-control-allow-origin")), _value)
_others = st.lists(
    st.one_of(
        _allowed,
        st.tuples(st.just("Access-Control-Allow-Credentials"), st.sampled_from(("true", " true", "True"))),
        st.tuples(st.just("Access-Control-Allow-Methods"), st.sampled_from(("PUT", "*", "put", "PUT,, GET", _ASKED))),
        st.tuples(st.just("Access-Control-Allow-Headers"), st.sampled_from(("x-a", "*", "X-A, x-b", "x a"))),
        st.tuples(st.just("Cross-Origin-Resource-Policy"), st.sampled_from(("same-site", "same-origin"))),
    ),
    max_size=3,
)
_lines = st.tuples(_allowed, _others).map(lambda drawn: [drawn[0], *drawn[1]])
_browser = st.sampled_from(sorted(PROFILES))


@st.composite
def _exchanges(draw: st.DrawFn, *, preflights: bool) -> list[Exchange]:
    found = []
    # The same answers to several origins: that is where one verdict may stand for another.
    answers = draw(st.lists(_lines, min_size=1, max_size=2))
    for i in range(draw(st.integers(2, 5))):
        origin, answer = draw(_origin), draw(st.sampled_from(answers))
        asked = [("Host", "api.test"), ("Origin", origin)]
        if preflights:
            asked += [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")]
        else:
            asked += [("Sec-Fetch-Mode", draw(st.sampled_from(("cors", "no-cors")))), ("Sec-Fetch-Site", "cross-site")]
            asked += [("Cookie", "sid=[redacted]")] * draw(st.booleans())
        found.append(
            Exchange(
                i,
                "OPTIONS" if preflights else "GET",
                f"https://api.test/{i}",
                request=Headers(asked),
                response=Headers((name, value.replace(_ASKED, origin)) for name, value in answer),
                status=draw(st.sampled_from((200, 204, 403, 304))),
                started=1e12 + i * 100_000,
                ended=1e12 + i * 100_000 + 5,
            )
        )
    return found


@settings(max_examples=200)
@given(_exchanges(preflights=False), _browser)
def test_each_request_is_judged_as_if_it_were_alone(exchanges: list[Exchange], browser: str) -> None:
    together = _judged(exchanges, browser)
    alone = [fetch for exchange in exchanges for fetch in _judged([exchange], browser)]
    assert [_told(fetch) for fetch in together] == [_told(fetch) for fetch in alone]


@given(_exchanges(preflights=True), _browser)
def test_each_preflight_is_checked_as_if_it_were_alone(exchanges: list[Exchange], browser: str) -> None:
    profile = PROFILES[browser]
    for exchange in exchanges:
        preflight = Request(exchange)
        origin = checked_origin(preflight, preflight.origin, origin_of(preflight.origin or ""), profile)
        checked = tuple(
            preflight_check(
                PreflightRequest("PUT", ("x-a",), credentials), origin, exchange.status or 0, exchange.response, profile
            )[-1].passed
            for credentials in (False, True)
        )
        assert passes(preflight, profile) == checked


def _judged(exchanges: list[Exchange], browser: str) -> list[Fetch]:
    engine = Engine(WIRE, browser=browser)
    return [fetch for exchange in exchanges for fetch in engine.feed(exchange)] + engine.finish()


def _told(fetch: Fetch) -> tuple[object, ...]:
    return fetch.url, fetch.verdict, fetch.mode, fetch.credentials, fetch.observed, fetch.aliases, fetch.cross_origin


def test_white_space_around_an_origin_makes_it_no_other_one() -> None:
    of_app, of_one = (
        Exchange(
            i,
            "GET",
            f"https://api.test/{i}",
            request=Headers([("Origin", origin), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", "cross-site")]),
            response=Headers([("Access-Control-Allow-Origin", " https://app.example")]),
            status=200,
        )
        for i, origin in enumerate(("https://app.example", "https://one.example"))
    )
    assert [fetch.outcome for fetch in _judged([of_app, of_one], "chromium")] == ["allowed", "blocked"]
    assert [fetch.outcome for fetch in _judged([of_one, of_app], "chromium")] == ["blocked", "allowed"]


_FIREFOX = [
    ("User-Agent", "Mozilla/5.0 Firefox/153.0"), ("Origin", "null"), ("Sec-Fetch-Mode", "no-cors"),
    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image"),
]  # fmt: skip
_IMAGE = Exchange(
    0,
    "POST",
    "http://localhost:3000/",
    request=Headers(_FIREFOX),
    response=Headers([("Cross-Origin-Resource-Policy", "same-site")]),
    status=200,
)
_FAILED = Exchange(
    0,
    "GET",
    "https://api.test/",
    request=Headers([("Referer", "https://app.example/")]),
    response=Headers([("Date", "x")]),
    status=200,
    error="net::ERR_FAILED",
    resource_type="fetch",
    provisional=True,
)
PAIRS = {
    "by https": (_IMAGE, replace(_IMAGE, url="https://localhost:3001/")),
    "without headers": (_FAILED, replace(_FAILED, response=Headers())),
}


@pytest.mark.parametrize("differs", PAIRS)
def test_what_differs_in_one_thing_is_judged_on_its_own(differs: str) -> None:
    pair = PAIRS[differs]
    alone = [_told(fetch) for exchange in pair for fetch in _judged([exchange], "firefox")]
    for order in (pair, pair[::-1]):
        together = {fetch.exchanges[0].exchange: _told(fetch) for fetch in _judged(list(order), "firefox")}
        assert [together[exchange] for exchange in pair] == alone
