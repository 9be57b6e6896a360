"""Pairing: which preflight belongs to which request, in the order that each kind of tool writes."""

import msgspec
import pytest

from coranalyze.engine import Engine
from coranalyze.engine.pairing import OPEN_LIMIT
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Fetch
from tests.engine.story import API, CHROME, CORS, OTHER, PAGE, WIRE, exchanges, get, judged, only, preflight

GOOD = f"204\nAccess-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Methods: PUT, DELETE, PATCH"
ACAO = f"200\nAccess-Control-Allow-Origin: {PAGE}"


def at(exchange: Exchange, started: float, ended: float, **changes: object) -> Exchange:
    return msgspec.structs.replace(exchange, started=started, ended=ended, **changes)


def feed(dialect: Dialect, *parts: Exchange) -> list[Fetch]:
    engine = Engine(dialect, browser="chromium")
    return [fetch for part in parts for fetch in engine.feed(part)] + engine.finish()


def entries(fetches: list[Fetch]) -> list[list[int]]:
    return sorted([sent.exchange.entry for sent in fetch.exchanges] for fetch in fetches)


def test_wire_pairs_first_in_first_out() -> None:
    good = f"{GOOD}\nAccess-Control-Allow-Credentials: true"
    fetches = judged(
        preflight(good), preflight(good), get(ACAO, method="PUT"), get(ACAO, method="PUT"),
    )  # fmt: skip
    assert entries(fetches) == [[0, 2], [1, 3]]


def test_a_preflight_that_was_asked_for_again_was_refused() -> None:
    """Twice with credentials, which `*` does not allow, then without."""
    allowed = f"Access-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Credentials: true"
    answer = f"204\n{allowed}\nAccess-Control-Allow-Methods: *"
    asked, request = preflight(answer), get(ACAO, method="PUT")
    fetches = judged(asked, asked, asked, request)
    assert entries(fetches) == [[0], [1], [2, 3]]
    assert [(f.outcome, f.reason) for f in fetches[:1]] == [("allowed", None)]
    assert {(f.outcome, f.reason) for f in fetches[1:]} == {("blocked", "method-not-allowed")}


def test_a_preflighted_request_that_is_led_back_home() -> None:
    """Measured on Chromium 150: behind a preflight Sec-Fetch-Site is that of the last hop alone."""
    home = CORS.replace("cross-site", "same-origin").replace(f"Origin: {PAGE}", "Origin: null")
    null = GOOD.replace(PAGE, "null")
    led, first, back, second = exchanges(
        get(f"302\nAccess-Control-Allow-Origin: {PAGE}\nLocation: {PAGE}/y", method="PUT"),
        preflight(GOOD),
        get(ACAO.replace(PAGE, "null"), method="PUT", url=f"{PAGE}/y", headers=home),
        preflight(null, url=f"{PAGE}/y", origin="null"),
    )
    fetches = feed(
        CHROME,
        at(led, 0, 50, resource_type="fetch"),
        at(first, 1, 20, resource_type="preflight", parent_id="1"),
        at(back, 51, 90, resource_type="fetch"),
        at(second, 53, 70, resource_type="preflight", parent_id="1"),
    )
    assert entries(fetches) == [[1, 0, 3, 2]]
    assert fetches[0].outcome == "allowed"


def test_the_preflight_of_a_dedicated_worker_is_filed_under_the_page() -> None:
    worker, asked = exchanges(get(ACAO, method="PUT"), preflight(GOOD))
    fetches = feed(CHROME, at(worker, 0, 9, pageless=True), at(asked, 2, 5, resource_type="preflight"))
    assert entries(fetches) == [[1, 0]]


@pytest.mark.parametrize("answer", [ACAO, "failed net::ERR_FAILED"])
def test_the_preflight_of_a_service_worker_is_not_that_of_the_page(answer: str) -> None:
    """As Chromium's DevTools and Playwright record a page's request that failed in the service worker's hands."""
    page, worker, asked = exchanges(
        get("failed net::ERR_FAILED", method="PUT", headers=""), get(answer, method="PUT"), preflight(GOOD)
    )
    fetches = feed(
        CHROME,
        at(page, 0, 24, provisional=True, resource_type="fetch"),
        at(worker, 1, 19, provisional=answer != ACAO, resource_type="fetch", pageless=True),
        at(asked, 3, 18, resource_type="preflight", pageless=True),
    )
    assert entries(fetches) == [[0], [2, 1]]
    assert {fetch.exchanges[0].exchange.entry: fetch.outcome for fetch in fetches}[0] == "unknown"


CREDENTIALED = f"Access-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Credentials: true"
ANY, LISTED = "Access-Control-Allow-Methods: *", "Access-Control-Allow-Methods: PUT"
ANY_NAME = f"{LISTED}\nAccess-Control-Allow-Headers: *"
X_A = f"{LISTED}\nAccess-Control-Allow-Headers: x-a"


@pytest.mark.parametrize(
    ("browser", "refused", "passes", "names", "headers", "expected"),
    [
        # What the first preflight allows without credentials only was asked for with them: the last request is cached.
        ("chromium", ANY, ANY, "", CORS, [[0], [1, 2], [3]]),
        ("chromium", ANY, LISTED, "", CORS, [[0], [1, 2], [3]]),
        ("chromium", ANY, LISTED, "", CORS + "Cookie: a\n", [[0], [1, 2], [3]]),
        ("chromium", ANY_NAME, X_A, "x-a", CORS + "X-A: 1\n", [[0], [1, 2], [3]]),
        ("firefox", ANY, LISTED, "", CORS, [[0], [1, 2], [3]]),
        ("webkit", ANY, LISTED, "", CORS, [[0], [1, 2], [3]]),
        # The cache clears nothing: the first is that of the request that came late.
        ("firefox", ANY, ANY, "", CORS, [[0, 3], [1, 2]]),
        ("chromium", ANY, f"{LISTED}\nAccess-Control-Max-Age: 0", "", CORS, [[0, 3], [1, 2]]),
        # A request with credentials went on, so the preflight that allows none is not its own.
        ("firefox", ANY, f"{LISTED}\nAccess-Control-Max-Age: 0", "", CORS + "Cookie: a\n", [[0], [1, 2], [3]]),
    ],
)
def test_a_refused_preflight_takes_no_request_that_the_cache_cleared(
    browser: str, refused: str, passes: str, names: str, headers: str, expected: list[list[int]]
) -> None:
    asked, again = (preflight(f"204\n{CREDENTIALED}\n{answer}", names=names) for answer in (refused, passes))
    request = get(f"200\n{CREDENTIALED}", method="PUT", headers=headers)
    fetches = judged(asked, again, request, request, browser=browser)
    assert entries(fetches) == expected
    by_entry = {fetch.exchanges[0].exchange.entry: fetch for fetch in fetches}
    if [0] in expected:
        assert (by_entry[0].outcome, by_entry[0].verdict.stage) == ("blocked", "preflight")
        assert (by_entry[1].outcome, by_entry[3].outcome) == ("allowed", "allowed")


def test_a_browser_keeps_the_request_of_a_refused_preflight() -> None:
    """So it takes no other one."""
    asked, again, request = exchanges(
        preflight(f"204\n{CREDENTIALED}\n{ANY}"), preflight(f"204\n{CREDENTIALED}\n{LISTED}"),
        get(f"200\n{CREDENTIALED}", method="PUT"),
    )  # fmt: skip
    (failed,) = exchanges(get("failed net::ERR_FAILED", method="PUT"))
    fetches = feed(
        CHROME, at(failed, 0, 50, entry=5), at(asked, 1, 40), at(request, 100, 190), at(again, 101, 140),
        at(request, 200, 250, entry=6),
    )  # fmt: skip
    assert entries(fetches) == [[0, 5], [1, 2], [6]]


def test_a_preflight_belongs_to_the_request_that_has_all_that_it_asks_for() -> None:
    answer = f"{GOOD}\nAccess-Control-Allow-Credentials: true\nAccess-Control-Allow-Headers: x-a, x-b"
    one, two = CORS + "X-A: 1\n", CORS + "X-A: 1\nX-B: 1\n"
    fetches = judged(
        preflight(answer, names="x-a"), preflight(answer, names="x-a,x-b"),
        get(ACAO, method="PUT", headers=two), get(ACAO, method="PUT", headers=one),
    )  # fmt: skip
    assert entries(fetches) == [[0, 3], [1, 2]]


def test_a_name_that_browsers_send_anyway_tells_nothing() -> None:
    """Every request has an Accept: the preflight that asks for it is not that of the next request that has one."""
    answer = f"200\n{CREDENTIALED}\n{LISTED}\nAccess-Control-Allow-Headers: *\nAccess-Control-Max-Age: 0"
    request = get(f"200\n{CREDENTIALED}", method="PUT", headers=f"{CORS}Accept: */*\nX-A: 1\n")
    for names in ("accept", "accept,x-a"):
        fetches = judged(preflight(answer, names=names), preflight(answer, names="x-a"), request)
        assert entries(fetches) == [[0], [1, 2]]


def test_preflights_at_a_time_are_paired_in_turn() -> None:
    first, second, request, other = exchanges(
        preflight(GOOD), preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="PUT")
    )
    fetches = feed(WIRE, at(first, 0, 10), at(second, 5, 15), at(request, 20, 25), at(other, 21, 26))
    assert entries(fetches) == [[0, 2], [1, 3]]


def test_wire_never_pairs_a_refused_preflight() -> None:
    fetches = judged(preflight("500"), preflight(GOOD), get(ACAO, method="PUT"))
    assert entries(fetches) == [[0], [1, 2]]


def test_method_decides_on_the_same_url() -> None:
    fetches = judged(
        preflight(GOOD, method="DELETE"), preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="DELETE"),
    )  # fmt: skip
    assert entries(fetches) == [[0, 3], [1, 2]]


def test_a_proxy_that_upper_cases_methods_still_pairs() -> None:
    fetches = judged(preflight(GOOD + ", patch", method="patch"), get(ACAO, method="PATCH"))
    assert entries(fetches) == [[0, 1]]
    assert fetches[0].method == "patch"


def test_headers_asked_for_must_be_in_the_request() -> None:
    answer = f"{GOOD}\nAccess-Control-Allow-Headers: x-a"
    fetches = judged(preflight(answer, names="x-a"), get(ACAO, method="PUT"))
    assert entries(fetches) == [[0], [1]]


def test_a_browser_writes_the_request_first() -> None:
    asked, request = exchanges(preflight(GOOD), get(ACAO, method="PUT"))
    fetches = feed(CHROME, at(request, 0, 90), at(asked, 1, 40))
    assert entries(fetches) == [[0, 1]]


def test_a_browser_record_gives_parallel_requests_their_own() -> None:
    p1, p2, a1, a2 = exchanges(preflight(GOOD), preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="PUT"))
    fetches = feed(CHROME, at(a1, 0, 90), at(a2, 1, 91), at(p1, 2, 40), at(p2, 3, 41))
    assert entries(fetches) == [[0, 2], [1, 3]]


def test_a_finished_request_gets_no_later_preflight() -> None:
    p1, a1, a2 = exchanges(preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="PUT"))
    fetches = feed(CHROME, at(a1, 0, 10), at(a2, 1000, 1090), at(p1, 1001, 1040))
    assert entries(fetches) == [[0, 2], [1]]


def test_service_worker_and_cache_own_no_preflight() -> None:
    p1, a1, a2 = exchanges(preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="PUT"))
    fetches = feed(CHROME, at(a1, 0, 90, service_worker=True), at(a2, 0, 90), at(p1, 1, 40))
    assert entries(fetches) == [[0, 2], [1]]


def test_a_covering_preflight_explains_a_missing_one() -> None:
    fetches = judged(
        preflight(f"{GOOD}\nAccess-Control-Max-Age: 600"), get(ACAO, method="PUT"), get(ACAO, method="PUT"),
    )  # fmt: skip
    assert [f.preflight for f in fetches] == ["recorded", "cached"]


def test_a_preflight_that_never_was_is_not_recorded() -> None:
    assert judged(get(ACAO, method="PUT"))[0].preflight == "not-recorded"
    assert judged(get(ACAO))[0].preflight == "not-needed"


def test_a_fetch_closes_as_soon_as_it_can() -> None:
    """Live use: nothing waits on the wire but preflights and redirects."""
    engine = Engine(WIRE, browser="chromium")
    simple, asked, request = exchanges(get(ACAO), preflight(GOOD), get(ACAO, method="PUT"))
    assert len(engine.feed(simple)) == 1
    assert engine.feed(asked) == []
    assert len(engine.feed(request)) == 1
    assert engine.finish() == []


def test_what_waits_too_long_is_let_go() -> None:
    engine = Engine(WIRE, browser="chromium")
    asked, later = exchanges(preflight(GOOD), get(ACAO, url=f"{API}/y", headers=CORS))
    assert engine.feed(at(asked, 0, 10)) == []
    assert [f.method for f in engine.feed(at(later, 60_000, 60_010))] == ["PUT", "GET"]


COMPLETED = Dialect(name="test-completed", family=Family.WIRE, in_completion_order=True)


def test_a_stream_that_lasts_still_belongs_to_its_preflight() -> None:
    ok, stream, other = exchanges(preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, url=f"{API}/other"))
    asked, lasting = at(ok, 0, 10), at(stream, 20, 120_000)
    others = [at(other, 1_000.0 * second, 1_000.0 * second + 5, entry=10 + second) for second in range(1, 120)]
    assert [0, 1] in entries(feed(WIRE, asked, lasting, *others))
    assert [0, 1] in entries(feed(COMPLETED, asked, *others, lasting))


def test_what_starts_long_after_a_preflight_is_not_its_request() -> None:
    ok, late = exchanges(preflight(GOOD), get(ACAO, method="PUT"))
    assert entries(feed(COMPLETED, at(ok, 0, 10), at(late, 60_000, 60_005))) == [[0], [1]]


def test_a_redirect_that_no_browser_follows_is_told_at_once() -> None:
    engine = Engine(WIRE, browser="chromium")
    (refused,) = exchanges(get(f"302\nLocation: {API}/y"))
    (fetch,) = engine.feed(refused)
    assert (fetch.outcome, fetch.reason, fetch.verdict.stage) == ("blocked", "acao-missing", "redirect")
    assert engine.finish() == []


def test_a_redirect_that_may_be_followed_waits() -> None:
    engine = Engine(WIRE, browser="chromium")
    first, second = exchanges(get(f"302\nLocation: {API}/y\nAccess-Control-Allow-Origin: *"), get(ACAO, url=f"{API}/y"))
    assert engine.feed(first) == []
    assert entries([*engine.feed(second), *engine.finish()]) == [[0, 1]]


@pytest.mark.parametrize("dialect", [WIRE, COMPLETED])
def test_nothing_that_is_over_is_held(dialect: Dialect) -> None:
    engine = Engine(dialect, browser="chromium")
    ok, put = exchanges(preflight(GOOD), get(ACAO, method="PUT"))
    for i in range(3_000):
        engine.feed(at(ok, i, i + 0.2, url=f"{API}/{i}"))
        assert len(engine.feed(at(put, i + 0.4, i + 0.6, url=f"{API}/{i}"))) == 1
    pairing = engine._pairing
    assert (len(pairing._open), len(pairing._preflights), len(pairing._redirects)) == (0, 0, 0)
    assert len(pairing._deadlines) <= 1_001


def test_what_is_never_followed_waits_within_bounds() -> None:
    engine = Engine(COMPLETED, browser="chromium")
    (ok,) = exchanges(preflight(GOOD))
    told = sum(len(engine.feed(at(ok, i / 10, i / 10, url=f"{API}/{i}"))) for i in range(OPEN_LIMIT + 500))
    assert len(engine._pairing._open) <= OPEN_LIMIT + 1
    assert told + len(engine.finish()) == OPEN_LIMIT + 500


def test_a_refused_preflight_belongs_to_a_request_without_response() -> None:
    """In a worker Chromium records provisional headers: neither Origin nor all of the author's need be there."""
    refused = f"200\nAccess-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Headers: x-a"
    plain, asked, failed = exchanges(
        get(ACAO, headers="User-Agent: Chrome/156.0.0.0\n"),
        preflight(refused, method="GET", names="x-d"),
        get("failed net::ERR_FAILED", headers="User-Agent: Chrome/156.0.0.0\nX-D: 1\n"),
    )
    fetches = feed(
        CHROME,
        at(plain, 0, 100, provisional=True, resource_type="fetch"),
        at(failed, 103, 160, provisional=True, resource_type="fetch"),
        at(asked, 105, 150, resource_type="preflight"),
    )
    assert entries(fetches) == [[0], [1, 2]]


@pytest.mark.parametrize(("browser", "count"), [("webkit", 1), ("chromium", 2)])
def test_a_delete_that_becomes_a_get(browser: str, count: int) -> None:
    """Measured on WebKitGTK, behind every redirect to another origin."""
    allowed = f"204\nAccess-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Methods: DELETE"
    led = f"308\nAccess-Control-Allow-Origin: {PAGE}\nLocation: {OTHER}/y"
    fetches = judged(
        preflight(allowed, method="DELETE"),
        get(led, method="DELETE"),
        get("200\nAccess-Control-Allow-Origin: *", url=f"{OTHER}/y", headers="Origin: null\n"),
        browser=browser,
    )
    assert len(fetches) == count


def test_a_preflight_behind_a_redirect_names_what_the_redirect_removed() -> None:
    """Measured on WebKitGTK: Authorization is gone, and asked for all the same."""
    allowed = "204\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PATCH\n"
    names = "Access-Control-Allow-Headers: authorization"
    fetch = only(
        preflight(allowed + names, method="PATCH", names="authorization"),
        get(f"308\nAccess-Control-Allow-Origin: *\nLocation: {OTHER}/y", method="PATCH",
            headers=f"{CORS}Authorization: Bearer x\n"),
        preflight(allowed + names, method="PATCH", names="authorization", url=f"{OTHER}/y", origin="null"),
        get("200\nAccess-Control-Allow-Origin: *", url=f"{OTHER}/y", method="PATCH", headers="Origin: null\n"),
        browser="webkit",
    )  # fmt: skip
    assert (len(fetch.exchanges), fetch.outcome) == (4, "allowed")


def test_a_get_without_the_type_that_was_asked_for_is_another_request() -> None:
    """Measured in Firefox: the first is refused (with credentials `*` is a name), the second needs no preflight."""
    allowed = f"204\nAccess-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Headers: *"
    fetches = judged(preflight(allowed, method="GET", names="content-type"), get(ACAO), browser="firefox")
    assert [len(fetch.exchanges) for fetch in fetches] == [1, 1]


def test_of_parallel_preflights_one_that_was_answered_before_the_request() -> None:
    asked, again, actual, late = exchanges(
        preflight(GOOD), preflight(GOOD), get(ACAO, method="PUT"), get(ACAO, method="PUT")
    )
    slow, quick = at(asked, 0, 90), at(again, 2, 20)
    fetches = feed(WIRE, slow, quick, at(actual, 30, 60), at(late, 100, 120))
    paired = {fetch.exchanges[1].exchange.started: fetch.exchanges[0].exchange.started for fetch in fetches}
    assert paired == {30: 2, 100: 0}


def test_a_request_that_was_over_before_the_preflight_began_had_used_the_cache() -> None:
    """Chromium and Firefox record a preflight right behind the entry of its request."""
    parts = exchanges(get(ACAO, method="PUT"), get("failed net::ERR_FAILED", method="PUT"), preflight(GOOD))
    cached, failed, asked = at(parts[0], 0, 5), at(parts[1], 20, 40), at(parts[2], 21, 39)
    paired = {
        len(fetch.exchanges): fetch.exchanges[-1].exchange.started for fetch in feed(CHROME, cached, failed, asked)
    }
    assert paired == {1: 0, 2: 20}


def test_of_preflights_sent_at_once_none_was_asked_for_again() -> None:
    """A burst of equal requests: a browser sends some preflights when others have been answered."""
    parts = exchanges(*[preflight(GOOD)] * 3, *[get(ACAO, method="PUT")] * 3)
    times = ((0, 40), (5, 50), (45, 80), (60, 90), (85, 120), (95, 130))
    fetches = feed(WIRE, *(at(part, *span) for part, span in zip(parts, times, strict=True)))
    assert [len(fetch.exchanges) for fetch in fetches] == [2, 2, 2]
    # One after the other: the first was refused.
    alone = feed(WIRE, at(parts[0], 0, 40), at(parts[2], 45, 80), at(parts[3], 85, 120))
    assert sorted(len(fetch.exchanges) for fetch in alone) == [1, 2]
