"""What was judged before changes no verdict: equal facets are judged once, so they have to hold all that counts."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coranalyze.analysis import begins_at
from coranalyze.cors.browsers import PROFILES
from coranalyze.cors.checks import PreflightRequest, preflight_check
from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import origin_of
from coranalyze.engine import Engine
from coranalyze.engine.clearance import checked_origin, passes
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Exchange
from coranalyze.fetch import Fetch
from coranalyze.sources.dialects import CHROME, FIREFOX
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


_FIREFOX, _CHROME = ("User-Agent", "Mozilla/5.0 Firefox/153.0"), ("User-Agent", "Mozilla/5.0 Chrome/156.0.0.0")
_PAGE = ("Referer", "https://app.example/")


def _sent(*lines: tuple[str, str], mode: str = "cors", site: str = "cross-site", dest: str = "empty") -> Headers:
    return Headers([*lines, ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Site", site), ("Sec-Fetch-Dest", dest)])


def _exchange(
    request: Headers, *response: tuple[str, str], url: str = "https://api.test/", method: str = "GET", **more: Any
) -> Exchange:
    whole = Exchange(0, method, url, request=request, response=Headers(response), status=200)
    return replace(whole, **more)


_OPEN = ("Access-Control-Allow-Origin", "*")
_POLICY = ("Cross-Origin-Resource-Policy", "same-site")
_TEXT = (("Content-Type", "text/plain"), ("X-Content-Type-Options", "nosniff"))
BASES = {
    "fetch": _exchange(_sent(_CHROME, ("Origin", "https://app.example")), _OPEN),
    "image": _exchange(_sent(_FIREFOX, _PAGE, mode="no-cors", dest="image"), *_TEXT),
    "of nobody": _exchange(
        _sent(_FIREFOX, ("Origin", "null"), mode="no-cors", dest="image"), _POLICY, method="POST",
        url="http://localhost:3000/",
    ),
    "script": _exchange(_sent(_CHROME, ("Origin", "https://app.example"), dest="script"), _OPEN, *_TEXT),
    "worker's": _exchange(Headers([_CHROME, _PAGE]), _OPEN, resource_type="fetch", provisional=True),
    "failed": _exchange(
        Headers([_CHROME, _PAGE]), ("Date", "x"), resource_type="fetch", provisional=True, error="net::ERR_FAILED"
    ),
    "at home": _exchange(_sent(_CHROME, _PAGE, site="same-origin"), url="https://app.example/"),
    "by origin": _exchange(Headers([_FIREFOX, ("Origin", "https://app.example")]), _OPEN, method="POST"),
    "of an app": _exchange(Headers([_CHROME, ("Origin", "app://x")]), ("Access-Control-Allow-Origin", "app://x")),
    "preflight": _exchange(
        Headers([_CHROME, ("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT")]), _OPEN,
        ("Access-Control-Allow-Methods", "PUT"), method="OPTIONS",
    ),
}  # fmt: skip
FIELDS: dict[str, list[Any]] = {
    "url": [
        "https://api.test/", "http://api.test/", "https://app.example/", "http://app.example/", "https://a.app.example/",
        "http://localhost:3000/", "https://localhost:3001/", "ws://api.test/", "data:,x", "capacitor://localhost/",
        "https://api.test:99999/",
    ],
    "method": ["GET", "POST", "PUT", "HEAD"],
    "status": [None, 200, 204, 304, 399, 404],
    "error": ["", "net::ERR_FAILED", "net::ERR_ABORTED", "net::ERR_CONNECTION_RESET", "net::ERR_BLOCKED_BY_CLIENT"],
    "resource_type": ["", "fetch", "xhr", "image", "script", "font", "eventsource"],
    "provisional": [False, True],
    "service_worker": [False, True],
    "page_url": ["", "https://app.example/"],
    "response": [Headers(), Headers([("Date", "x")]), Headers([_OPEN]), Headers([_POLICY]), Headers([_OPEN, _OPEN])],
}  # fmt: skip
LINES = {
    "Origin": ["null", "https://app.example", "https://one.example", "app://x"],
    "Sec-Fetch-Mode": ["cors", "no-cors", "navigate", "same-origin"],
    "Sec-Fetch-Site": ["cross-site", "same-site", "same-origin"],
    "Sec-Fetch-Dest": ["empty", "image", "script", "font"],
    "Sec-Fetch-Storage-Access": ["active", "inactive"],
    "User-Agent": [_FIREFOX[1], _CHROME[1]],
    "Referer": ["https://app.example/", "https://api.test/"],
    "Content-Type": ["text/plain", "application/json", "text/ping"],
    "Accept": ["text/event-stream", "text/html"],
    "Cookie": ["sid=[redacted]"],
    "Authorization": ["Bearer [redacted]"],
    "If-None-Match": ["[redacted]"],
    "Upgrade": ["websocket"],
    "Upgrade-Insecure-Requests": ["1"],
}


def _variants(exchange: Exchange) -> Iterator[Exchange]:
    """The same in all but one thing."""
    for field, values in FIELDS.items():
        for value in values:
            yield replace(exchange, **{field: value})
    for name, values in LINES.items():
        rest = [line for line in exchange.request if line[0] != name]
        for value in ([], *([(name, value)] for value in values)):
            yield replace(exchange, request=Headers([*rest, *value]))


@pytest.mark.parametrize("dialect", [WIRE, CHROME.dialect, FIREFOX.dialect], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("base", BASES)
def test_what_differs_in_one_thing_is_judged_on_its_own(base: str, dialect: Dialect) -> None:
    first = BASES[base]
    for second in _variants(first):
        for order in ((first, second), (second, first)):
            together = _judged_apart(order, dialect)
            alone = [_judged_apart([exchange], dialect)[0] for exchange in order]
            assert together == alone, order


def test_a_page_that_was_opened_in_between() -> None:
    document = _exchange(_sent(_CHROME, mode="navigate", site="none", dest="document"), url="https://app.example/")
    of_frame = _exchange(_sent(_CHROME, ("Origin", "null")), _OPEN)
    assert _judged_apart([of_frame, document, of_frame], WIRE)[2] == _judged_apart([document, of_frame], WIRE)[1]
    assert _judged_apart([of_frame, document, of_frame], WIRE)[2] != _judged_apart([of_frame], WIRE)[0]
    at_home = replace(of_frame, url="https://app.example/x")
    after = [document, of_frame, at_home]
    assert _judged_apart(after, WIRE)[2] == _judged_apart([document, at_home], WIRE)[1]


def _judged_apart(exchanges: Sequence[Exchange], dialect: Dialect) -> list[tuple[object, ...]]:
    """What is told of exchanges that are so far from each other that none is the preflight of another."""
    engine = Engine(dialect)
    fetches: list[Fetch] = []
    for i, exchange in enumerate(exchanges):
        at = 1e12 + i * 100_000
        fetches += engine.feed(replace(exchange, entry=i, started=at, ended=at + 5))
    return [_told(fetch) for fetch in sorted([*fetches, *engine.finish()], key=begins_at)]
