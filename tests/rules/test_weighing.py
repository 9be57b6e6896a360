"""What raises and lowers a finding, what makes findings one, and what must not matter."""

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.cors.headers import Headers
from coranalyze.finding import Finding
from tests.rules.story import ACAC, VARY, acao, asked, preflight, told
from tests.rules.visits import (
    API,
    FOREIGN,
    NULL,
    OWN,
    PAGES,
    SISTER,
    Policy,
    allow,
    audited,
    fixed,
    listed,
    reflect,
    visit,
)
from tests.sources.hars import WIRE, dump, entry, log

LAX = [("Set-Cookie", "sid=1; SameSite=Lax"), ("Content-Type", "application/json")]
PARTNER = "https://pay.partner.test"


def test_same_site_cookies_lower_by_one_step() -> None:
    """No foreign request carried a cookie, and those that were seen set are Lax."""
    own = visit(reflect(), response=LAX, pages=(OWN, SISTER), cookies=(True,))
    others = visit(reflect(), response=LAX, pages=(FOREIGN, "https://other.test", NULL), cookies=(False,))
    assert audited(own + others)["COR101"] == "high proven"
    none = [("Set-Cookie", "sid=1; SameSite=None; Secure"), ("Content-Type", "application/json")]
    own = visit(reflect(), response=none, pages=(OWN, SISTER), cookies=(True,))
    others = visit(reflect(), response=none, pages=(FOREIGN, "https://other.test", NULL), cookies=(False,))
    assert audited(own + others)["COR101"] == "critical proven"


def test_a_cookie_that_is_only_set_was_not_seen_to_be_sent() -> None:
    """The browser of the capture keeps the cookies of other sites (Sec-Fetch-Storage-Access: none)."""
    exchanges = [
        asked(
            "POST", "https://api.chatly.com/ping", "Sec-Fetch-Mode: cors", "Sec-Fetch-Storage-Access: none",
            origin=origin, answer=acao(origin, ACAC, VARY, "Set-Cookie: id=1; Secure; SameSite=None"),
        )
        for origin in ("https://docs.one.com", "https://blog.two.org")
    ]  # fmt: skip
    (found,) = [each for each in told(*exchanges).findings if each.rule == "COR101"]
    assert (found.severity, found.confidence) == ("medium", "proven")
    assert "this host sets cookies, none was seen to be sent" in found.why


def test_cookies_that_travel_are_believed_before_attributes() -> None:
    assert audited(visit(reflect(), response=LAX))["COR101"] == "critical proven"


def test_a_cookie_that_counts_visits_is_no_session() -> None:
    """Its being sent across sites, as SameSite=None allows it, says nothing of the session's."""
    login = asked("GET", "https://api.chatly.com/login", origin=None, answer=(
        "Content-Type: text/html", "Set-Cookie: sid=1; SameSite=Lax", "Set-Cookie: _ga=1; SameSite=None; Secure",
    ))  # fmt: skip
    for cookie, severity in (("_ga", "medium"), ("_ga; _gid", "medium"), ("_ga; sid", "high")):
        exchanges = [
            asked(
                "GET", "https://api.chatly.com/me", f"Cookie: {cookie}", origin=origin, answer=acao(origin, ACAC, VARY)
            )
            for origin in ("https://docs.one.com", "https://blog.two.org")
        ]
        (found,) = [each for each in told(login, *exchanges).findings if each.rule == "COR101"]
        assert found.severity == severity


def test_sub_domains_are_the_same_site() -> None:
    pages = (*PAGES, "https://q7w3e9r1.shop.example")
    policy = listed(lambda o: o.endswith(".shop.example"))
    assert audited(visit(policy, pages=pages, response=LAX))["COR109"] == "medium proven"


def test_first_parties_are_no_strangers() -> None:
    pages = (OWN, "https://assets.test", "https://checkout.test")
    assert audited(visit(reflect(), pages=pages))["COR101"] == "high proven"
    own = ("assets.test", "checkout.test")
    assert audited(visit(reflect(), pages=pages), first_parties=own) == {}


@pytest.mark.parametrize(
    ("method", "found"), [("GET", "low"), ("PUT", "high")], ids=["what others may", "for which nobody else asked"]
)
def test_a_failure_without_its_answer_may_have_been_a_refusal(method: str, found: str, tmp_path: Path) -> None:
    """Playwright's HAR holds nothing of what the browser blocked: neither the status nor the headers."""
    let_in = [
        asked("GET", API, "Cookie: sid", origin=origin, answer=acao(origin, ACAC))
        for origin in (OWN, PARTNER, "https://books.test")
    ]
    failed = asked(
        method, API, "Referer: https://evil.test/", "Sec-Fetch-Mode: cors", origin=None, status="failed net::ERR_FAILED"
    )
    capture = tmp_path / "blocked.http"
    capture.write_text("# recorded by: playwright\n" + "\n".join([*let_in, failed]), "utf-8")
    assert {str(each.severity) for each in analyze(str(capture)).findings if each.rule == "COR101"} == {found}


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        (("https://www.sunfly.com", "https://www.skijoy.de"), True),
        (("https://www.sunfly.com", "https://www.skijoy.de", "https://www.core.com"), True),
        (("https://www.sunfly.com", "https://www.skijoy.de", "https://third.net"), False),
        (("https://www.sunfly.com", "https://evil.test"), False),
        (("https://www.sunfly.com", "https://www.skijoy.de", "null"), False),
    ],
)
def test_two_sites_alone_may_be_of_one_owner(origins: tuple[str, ...], said: bool) -> None:
    exchanges = [
        asked("GET", "https://api.core.com/me", "Cookie: sid", origin=origin, answer=acao(origin, ACAC, VARY))
        for origin in origins
    ]
    (found,) = [each for each in told(*exchanges).findings if each.rule == "COR101"]
    assert found.confidence == "proven"
    note = "only the two sites skijoy.de and sunfly.com were seen: if both are yours, name them with --first-party"
    assert (note in found.why) is said
    assert ("--first-party" in found.why) is said


@pytest.mark.parametrize(("let_in_elsewhere", "found"), [(False, "low suspected"), (True, "high proven")])
def test_a_failure_at_one_endpoint_counts_at_the_others_of_the_server(
    let_in_elsewhere: bool, found: str, tmp_path: Path
) -> None:
    third, other = "https://deals.test", f"{API}/bookings"
    exchanges = [
        asked("GET", url, "Cookie: sid", origin=origin, answer=acao(origin, ACAC))
        for url in (API, other)
        for origin in (PARTNER, "https://books.test")
    ]
    exchanges.append(
        asked("GET", API, f"Referer: {third}/", "Sec-Fetch-Mode: cors", origin=None, status="failed net::ERR_FAILED")
    )
    if let_in_elsewhere:
        exchanges.append(asked("GET", other, "Cookie: sid", origin=third, answer=acao(third, ACAC)))
    capture = tmp_path / "blocked.http"
    capture.write_text("# recorded by: playwright\n" + "\n".join(exchanges), "utf-8")
    told = {f"{f.severity} {f.confidence}" for f in analyze(str(capture)).findings
            if f.rule == "COR101" and any(each.endswith("/bookings") for each in f.endpoints)}  # fmt: skip
    assert told == {found}


@pytest.mark.parametrize(
    "given", [{"Set-Cookie": "sid=1; Secure; SameSite=None"}, {}], ids=["a login sets one", "none was seen"]
)
def test_devtools_show_no_cookies_of_handshakes(given: dict[str, str], tmp_path: Path) -> None:
    """In the full export neither: whether they carry any is unknown, whatever others of the site say."""
    switched = {"Upgrade": "websocket"}
    handshakes = [
        entry(url="wss://rt.example/live", status=101, asked={**WIRE, **switched, "Origin": origin}, given=switched,
              _resourceType="websocket")
        for origin in ("https://app.example", "https://evil.test", "https://books.test")
    ]  # fmt: skip
    home = entry(url="https://rt.example/", given=given)
    elsewhere = entry(url="https://docs.test/", asked={**WIRE, "Cookie": "theme=dark"})
    capture = tmp_path / "full.har"
    capture.write_bytes(dump(log(home, elsewhere, *handshakes)))
    (told,) = [each for each in analyze(str(capture)).findings if each.rule == "COR211"]
    assert (told.severity, told.confidence) == ("low", "suspected")
    assert told.settle.startswith("Record it at a proxy")


def test_sanitized_captures_are_unknown() -> None:
    """Without Cookie in the file its absence says nothing: credentials are possible, and never unused."""
    exchanges = [
        msgspec.structs.replace(each, provisional=True)
        for each in visit(reflect(), cookies=(False,), request=[("Authorization", "Bearer abc")])
    ]
    assert audited(exchanges) == {"COR101": "medium proven"}


def test_authorization_shows_in_preflights_of_sanitized_captures() -> None:
    asks = [("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization")]
    answers = [("Access-Control-Allow-Headers", "authorization"), ("Access-Control-Max-Age", "600")]
    star = fixed("*", credentials=False)
    preflights = visit(star, method="OPTIONS", request=asks, response=answers, cookies=(False,))
    exchanges = [
        msgspec.structs.replace(each, provisional=True) for each in (*preflights, *visit(star, cookies=(False,)))
    ]
    assert audited(exchanges) == {"COR201": "low proven"}


@pytest.mark.parametrize(
    ("caching", "found"), [("private, no-store", "medium proven"), ("public, max-age=43200", "low proven")]
)
def test_a_token_in_the_url_of_what_the_server_calls_public_says_which_site_asks(caching: str, found: str) -> None:
    """As those of map tiles and styles, which stand in the pages of whoever pays for them."""
    visited = visit(
        fixed("*", credentials=False), url="https://tiles.shop.example/style.json?access_token=[redacted-1]",
        response=[("Cache-Control", caching), ("Content-Type", "application/json")], cookies=(False,),
    )  # fmt: skip
    assert audited(visited) == {"COR201": found}


def test_caches_are_no_policy() -> None:
    cached = [msgspec.structs.replace(each, cached=True) for each in visit(reflect())]
    assert audited(cached) == {}
    assert audited([msgspec.structs.replace(each, status=304) for each in visit(reflect())]) == {}


def test_endpoints_of_one_policy_are_one_finding() -> None:
    found = [finding for path in ("/me", "/orders/17", "/cart") for finding in [path]]
    exchanges = [each for path in found for each in visit(reflect(), url=API + path)]
    (finding,) = [f for f in analyze(exchanges).findings if f.rule == "COR101"]
    assert finding.endpoints == (API + "/cart", API + "/me", API + "/orders/{id}")
    assert finding.origin == ""


def test_a_list_elsewhere_casts_doubt() -> None:
    """Two strangers are let in here; on the next endpoint one of them is, and others are refused."""
    pages = (OWN, PARTNER, "https://id.other.test")
    here = visit(listed(pages), pages=pages)
    there = visit(listed(pages), pages=(*PAGES, PARTNER), url=API + "/orders")
    assert audited(here)["COR101"] == "high proven"
    assert audited(here + there)["COR101"] == "low suspected"


@pytest.mark.parametrize(
    ("method", "url", "vary", "found"),
    [
        # Looked at elsewhere, and not named: there is a list.
        ("GET", f"{API}/orders", ("Vary: Origin",), "low suspected"),
        ("OPTIONS", f"{API}/me", ("Vary: Origin",), "low suspected"),
        # Nothing says that the origin was looked at.
        ("GET", f"{API}/orders", (), "high proven"),
    ],
)
def test_a_stranger_who_is_turned_away_elsewhere_casts_doubt(
    method: str, url: str, vary: tuple[str, ...], found: str
) -> None:
    named = ("https://lunaskin.test", "https://solhair.test")
    let_in = [asked("GET", f"{API}/me", "Cookie: s", origin=page, answer=(*acao(page), ACAC)) for page in named]
    preflight = ("Access-Control-Request-Method: PUT",) if method == "OPTIONS" else ()
    refused = asked(method, url, *preflight, origin="https://evil.test", answer=vary)
    rules = {each.rule: f"{each.severity} {each.confidence}" for each in told(*let_in, refused).findings}
    assert rules["COR101"] == found


def test_the_redirect_that_chromium_makes_up_is_no_policy() -> None:
    """To https, by HSTS: it lets every page in, and no server wrote it. A preflight fails on it all the same."""
    made_up = ("Location: https://api.example/x", "Non-Authoritative-Reason: HSTS")
    http = "http://api.example/x"
    strangers = [
        asked("GET", http, origin=page, status=307, answer=(*made_up, *acao(page), ACAC))
        for page in ("https://lunaskin.test", "https://evil.test")
    ]
    assert told(*strangers).findings == []
    asking = preflight(url=http, status=307, answer=(*made_up, *acao(), ACAC))
    assert [each.rule for each in told(asking).findings] == ["COR602"]


def test_what_a_browser_failed_without_a_record_of_origin(tmp_path: Path) -> None:
    """Chromium's DevTools keep the headers that a request was meant to have: no Origin is among them."""
    asked = {"User-Agent": "Mozilla/5.0 Chrome/143.0.0.0", "Referer": "https://app.example/"}
    failed = entry(
        "PUT",
        "https://upload.test/items",
        0,
        asked=asked,
        response={"_error": "net::ERR_FAILED"},
        _resourceType="fetch",
    )
    capture = tmp_path / "failed.har"
    capture.write_bytes(dump(log(failed, creator="WebInspector")))
    assert [each.rule for each in analyze(str(capture)).findings] == ["COR905"]


def test_an_origin_that_stands_in_the_url_is_not_reflected() -> None:
    """PHP that answers `$_GET["origin"]`: pages that name themselves there are all let in, another one is not."""

    def ask(page: str, named: str) -> str:
        return asked("GET", f"{API}/me?origin={named}", "Cookie: s", origin=page, answer=(*acao(named), ACAC))

    strangers = ("https://lunaskin.test", "https://solhair.test")
    exchanges = [ask(page, page) for page in strangers]
    assert "COR101" in {each.rule for each in told(*exchanges).findings}
    rules = {each.rule for each in told(*exchanges, ask(*strangers)).findings}
    assert "COR119" in rules
    assert "COR101" not in rules


def test_one_policy_at_several_endpoints() -> None:
    """The front end asks here, a stranger there: a suspicion, unless the policy refuses others or is another one."""
    own, foreign = visit(reflect(), pages=(OWN,)), visit(reflect(), pages=(PARTNER,), url=API + "/orders")
    assert audited(own + foreign)["COR101"] == "low suspected"
    assert "COR101" not in audited(foreign)
    exposing = visit(
        reflect(), pages=(PARTNER,), url=API + "/orders", response=[("Access-Control-Expose-Headers", "x")]
    )
    assert "COR101" not in audited(own + exposing)
    refused = visit(listed((OWN, PARTNER)), pages=(OWN, "https://evil.test"))
    assert "COR101" not in audited(refused + visit(listed((OWN, PARTNER)), pages=(PARTNER,), url=API + "/orders"))


@pytest.mark.parametrize(
    ("strangers", "vary", "found"),
    [
        (("https://news-portal.org", "https://evil.test"), (), "high proven"),
        (("https://lunaskin.test", "https://solhair.test"), ("Vary: Origin",), "high proven"),
        # Each path may have a value of its own, written in the server's configuration.
        (("https://lunaskin.test", "https://solhair.test"), (), "low suspected"),
    ],
)
def test_strangers_at_several_endpoints(strangers: tuple[str, str], vary: tuple[str, ...], found: str) -> None:
    """One policy lets one in here and another there: both are named, and count together."""
    exchanges = [
        asked("GET", f"{API}/{path}", "Cookie: s", origin=origin, answer=(*acao(origin), ACAC, *vary))
        for path, origin in zip(("orders", "profile"), strangers, strict=True)
    ]
    (finding,) = [each for each in told(*exchanges).findings if each.rule == "COR101"]
    assert f"{finding.severity} {finding.confidence}" == found
    assert len(finding.endpoints) == 2
    assert all(origin in finding.message for origin in strangers)


def test_a_look_alike_beside_a_stranger_is_no_pattern() -> None:
    """What lets both in lets everybody in; where somebody is refused, it is a pattern beside a list."""
    pages = (PARTNER, "https://notshop.example")
    assert audited(visit(reflect(), pages=pages)) == {"COR101": "high proven"}
    refused = visit(listed(pages), pages=(*pages, "https://elsewhere.test"))
    assert audited(refused) == {"COR103": "high proven"}


def test_the_fix_names_the_front_end_not_the_attacker() -> None:
    exchanges = visit(reflect(), pages=("https://shop-app.test", "https://evil.test"))
    (finding,) = [f for f in analyze(exchanges).findings if f.rule == "COR101"]
    assert finding.origin == "https://shop-app.test"


POLICIES: list[Policy] = [
    reflect(),
    reflect(credentials=False),
    listed([OWN]),
    listed([OWN, NULL]),
    fixed("*"),
    fixed(OWN),
    listed(lambda o: o.endswith("shop.example")),
    lambda origin, cookie: allow(origin if cookie else "*"),
]
PAGE_POOL = [
    *PAGES,
    "http://app.shop.example",
    "http://localhost:3000",
    "https://notshop.example",
    "https://other.test",
]


def _told(finding: Finding) -> tuple[object, ...]:
    return (
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.endpoints,
        finding.message,
        finding.fact,
        finding.origin,
        finding.count,
    )


@given(st.sampled_from(POLICIES), st.lists(st.sampled_from(PAGE_POOL), min_size=1, max_size=6), st.randoms())
def test_order_does_not_matter(policy: Policy, pages: list[str], order: random.Random) -> None:
    exchanges = visit(policy, pages=pages)
    shuffled = list(exchanges)
    order.shuffle(shuffled)
    assert [_told(f) for f in analyze(shuffled).findings] == [_told(f) for f in analyze(exchanges).findings]


@given(
    st.sampled_from(POLICIES),
    st.lists(st.sampled_from(PAGE_POOL), min_size=1, max_size=6),
    st.sampled_from(["X-Frame-Options", "X-Page", "Content-Language", "Link", "Accept-Ranges", "X-Total-Count"]),
    st.sampled_from(["a", "", "17", "no"]),
)
def test_unrelated_response_headers_do_not_matter(policy: Policy, pages: list[str], name: str, value: str) -> None:
    exchanges = visit(policy, pages=pages)
    more = [msgspec.structs.replace(each, response=Headers([(name, value), *each.response])) for each in exchanges]
    assert analyze(more).findings == analyze(exchanges).findings
