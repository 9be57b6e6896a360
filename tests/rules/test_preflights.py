"""COR5xx and COR6xx: every fault of a preflight has one name; refusals have none."""

from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from tests.rules.story import ACAC, API, APP, acao, asked, findings, graded, preflight, told

STRANGER = "https://stranger.test"
PUT = "Access-Control-Allow-Methods: PUT"
AGE = "Access-Control-Max-Age: 600"
GOOD = acao(APP, PUT, AGE)
LET_IN = asked("GET", "https://api.example/open", answer=acao())
"""The front end is let in on another path: it is meant to be."""
SENT = asked("PUT", answer=acao())
SENT_WITH_A = asked("PUT", "https://api.example/x", "X-A: 1", answer=acao())

BARE = API.replace("https", "http")
UPGRADE = (f"Location: {API}",)

CASES = {
    "601: 401": ((preflight(status=401),), {"COR601 medium"}),
    "601: 401 with the headers": ((preflight(status=401, answer=GOOD),), {"COR601 medium"}),
    "601: 401 with headers that lack the method": (
        (preflight("PATCH", status=401, answer=GOOD),),
        {"COR601 medium"},
    ),
    "601: 403 for one who is let in": ((LET_IN, preflight(status=403)), {"COR601 medium"}),
    "601: 403 for the only one who asks": ((preflight(status=403),), {"COR601 low?"}),
    "605: 403 of an object store for one who is let in": (
        (LET_IN, preflight(status=403, answer=("Server: AmazonS3",))),
        {"COR605 medium"},
    ),
    "605: 403 of an object store for the only one who asks": (
        (preflight(status=403, answer=("x-ms-error-code: CorsPreflightFailure",)),),
        {"COR605 low?"},
    ),
    "605: 403 of an object store behind another server": (
        (LET_IN, preflight(status=403, answer=("Server: nginx", "x-amz-id-2: abc"))),
        {"COR605 medium"},
    ),
    "601: 401 in front of an object store": (
        (preflight(status=401, answer=("Server: AmazonS3",)),),
        {"COR601 medium"},
    ),
    "601: 403 for a stranger": ((LET_IN, preflight(status=403, origin=STRANGER)), set()),
    "601: 401 for a stranger": ((LET_IN, preflight(status=401, origin=STRANGER)), set()),
    "601: two ask and nobody is let in": (
        (preflight(status=401), preflight(status=401, origin=STRANGER)),
        {"COR601 low?"},
    ),
    "601: the CORS handling refuses with 403": (
        (LET_IN, preflight(status=403, answer=("Vary: Origin, Access-Control-Request-Method",))),
        {"COR605 medium"},
    ),
    "601: API Gateway has no OPTIONS": (
        (preflight(status=403, answer=("x-amzn-ErrorType: MissingAuthenticationTokenException",)),),
        {"COR603 medium"},
    ),
    "602: to another address": (
        (preflight(status=307, answer=("Location: https://api.example/y",)),),
        {"COR602 medium"},
    ),
    "602: for one who is let in by https, and another": (
        (
            preflight(url=BARE, status=301, answer=UPGRADE), asked(url=API, answer=acao()),
            preflight(url=f"{BARE}/2", origin=STRANGER, status=301, answer=UPGRADE),
        ),
        {"COR602 medium"},
    ),
    "602: for two, and https lets in neither": (
        (
            preflight(url=BARE, status=301, answer=UPGRADE),
            preflight(url=f"{BARE}/2", origin=STRANGER, status=301, answer=UPGRADE),
        ),
        {"COR602 low?"},
    ),
    "603: 404": ((preflight(status=404),), {"COR603 medium"}),
    "603: 405": ((preflight(status=405),), {"COR603 medium"}),
    "603: 405 with the headers": ((preflight(status=405, answer=GOOD),), {"COR603 medium"}),
    "603: 404, with the headers of a middleware before the router": (
        (preflight(status=404, answer=acao(APP, AGE, "Access-Control-Allow-Headers: x-a")),),
        {"COR603 medium"},
    ),
    "603: the router answers strangers": (
        (preflight(answer=GOOD), SENT, preflight(status=404, origin=STRANGER)),
        set(),
    ),
    "603: * is for reading, and strangers want to write": (
        (
            asked("GET", answer=acao("*")), asked("GET", origin=STRANGER, answer=acao("*")),
            preflight(status=405, origin=STRANGER),
        ),
        {"COR603 low"},
    ),
    "604: 503, and other requests are answered": (
        (LET_IN, preflight(status=503)),
        {"COR604 medium"},
    ),
    "604: 503, and so is every request there": (
        (asked("GET", status=502), preflight(status=503)),
        set(),
    ),
    "604: 503, and so is every request elsewhere": (
        (asked("GET", "https://api.example/y", status=503), preflight(status=503)),
        set(),
    ),
    "604: 503": ((preflight(status=503),), {"COR604 medium"}),
    "604: 400 for the only one who asks": ((preflight(status=400),), {"COR604 low?"}),
    "604: 400 that refuses a method": (
        (preflight(status=400, answer=acao(APP, "Access-Control-Allow-Methods: GET", AGE)),),
        {"COR606 medium"},
    ),
    "604: 400 under * that refuses a method": (
        (preflight(status=400, answer=acao("*", "Access-Control-Allow-Methods: GET", AGE)),),
        {"COR606 medium"},
    ),
    "604: 400 that refuses a stranger": (
        (LET_IN, preflight(status=400, origin=STRANGER, answer=(PUT, AGE))),
        set(),
    ),
    "605: let in elsewhere": ((LET_IN, preflight(answer=(PUT, AGE))), {"COR605 medium"}),
    "605: nobody is let in": ((preflight(answer=(PUT, AGE)),), {"COR605 low?"}),
    "605: a stranger": ((LET_IN, preflight(origin=STRANGER, answer=(PUT, AGE))), set()),
    "605: another is named, in vain for a stranger": (
        (LET_IN, preflight(origin=STRANGER, answer=GOOD)),
        set(),
    ),
    "606: not listed": ((preflight("PATCH", answer=GOOD),), {"COR606 medium"}),
    "606: no list at all": ((preflight(answer=acao(APP, AGE)),), {"COR606 medium"}),
    "606: Allow is no list": ((preflight(answer=acao(APP, AGE, "Allow: PUT")),), {"COR606 medium"}),
    "606: * without credentials": (
        (preflight(answer=acao("*", AGE, "Access-Control-Allow-Methods: *")), asked("PUT", answer=acao("*"))),
        set(),
    ),
    "607: one of two": (
        (preflight("PUT", "x-a,x-b", answer=acao(APP, PUT, AGE, "Access-Control-Allow-Headers: x-a")),),
        {"COR607 medium"},
    ),
    "607: safelisted names are never asked for": (
        (preflight("PUT", "x-a", answer=acao(APP, PUT, AGE, "Access-Control-Allow-Headers: X-A")), SENT_WITH_A),
        set(),
    ),
    "606 and 607": ((preflight("PATCH", "x-a", answer=GOOD),), {"COR606 medium", "COR607 medium"}),
    "608: credentials are seen": (
        (preflight(answer=GOOD), asked("PUT", "https://api.example/x", "Cookie: sid", answer=acao(APP, ACAC))),
        {"COR608 medium"},
    ),
    "608: the request never came, and nothing shows credentials": ((preflight(answer=GOOD),), {"COR608 low?"}),
    "609: no headers": ((preflight(answer=GOOD), asked("PUT")), {"COR609 medium"}),
    "609: strangers get a yes to the preflight and no more": (
        (
            preflight(answer=GOOD), SENT,
            preflight(origin=STRANGER, answer=acao("*", PUT, AGE)), asked("PUT", origin=STRANGER),
        ),
        {"COR609 low?"},
    ),
    "609: a stranger of whom only the preflight approves, beside one who is let in elsewhere": (
        (LET_IN, preflight(origin=STRANGER, answer=acao(STRANGER, PUT, AGE)), asked("PUT", origin=STRANGER)),
        {"COR609 low?"},
    ),
    "609: another site's page that is let in elsewhere": (
        (
            LET_IN, asked("GET", "https://api.example/me", origin=STRANGER, answer=acao(STRANGER)),
            preflight(origin=STRANGER, answer=acao(STRANGER, PUT, AGE)), asked("PUT", origin=STRANGER),
        ),
        {"COR609 medium"},
    ),
    "609: no credentials": (
        (
            preflight(answer=acao(APP, PUT, AGE, ACAC)),
            asked("PUT", "https://api.example/x", "Cookie: sid", answer=acao(APP)),
        ),
        {"COR609 medium"},
    ),
    "610: same content as GET": (
        (
            preflight(status=200, answer=(*GOOD, "Content-Type: application/json")),
            SENT,
            asked(answer=acao(APP, "Content-Type: application/json")),
        ),
        {"COR610 info?"},
    ),
    "610: no content": (
        (
            preflight(status=200, answer=(*GOOD, "Content-Type: text/html", "Content-Length: 0")),
            SENT,
            asked(answer=acao(APP, "Content-Type: text/html")),
        ),
        set(),
    ),
    "611: the next server lets null in": (
        (
            asked(status=302, answer=acao(APP, "Location: https://files.test/x")),
            asked("GET", "https://files.test/x", origin="null", answer=acao("*")),
        ),
        {"COR611 info"},
    ),
    "611: from http to https of one host": (
        (
            asked("GET", "http://api.example/x", status=301, answer=acao("*", "Location: https://api.example/x")),
            asked(origin="null"),
        ),
        {"COR611 low"},
    ),
    "608: * for all, and credentials on another address": (
        (
            asked("GET", "https://api.example/me", "Cookie: sid", answer=acao(APP, ACAC)),
            preflight(answer=acao("*", PUT, AGE)),
        ),
        set(),
    ),
    "510: it failed a browser": (
        (
            asked("GET", "https://api.example/me", "Cookie: sid", answer=acao(APP, ACAC)),
            preflight(answer=acao(APP, ACAC, AGE, "Access-Control-Allow-Methods: *")),
        ),
        {"COR510 medium"},
    ),
    "510: what is asked for is listed too": (
        (
            preflight(
                "PUT", "x-a",
                answer=acao(
                    APP, ACAC, AGE, "Access-Control-Allow-Methods: *, PUT", "Access-Control-Allow-Headers: *, X-A"
                ),
            ),
            asked("PUT", API, "X-A: 1", "Cookie: sid", answer=acao(APP, ACAC)),
        ),
        {"COR510 info"},
    ),
    "510: expose": ((asked(answer=acao(APP, ACAC, "Access-Control-Expose-Headers: *")),), {"COR510 low"}),
    "512: patch": (
        (preflight("patch", answer=acao(APP, AGE, "Access-Control-Allow-Methods: PATCH")),),
        {"COR512 medium"},
    ),
    "512: listed in lower case": (
        (preflight("DELETE", answer=acao(APP, AGE, "Access-Control-Allow-Methods: delete")),),
        {"COR512 medium"},
    ),
    "513: quotes": ((preflight(answer=acao(APP, AGE, 'Access-Control-Allow-Methods: "PUT"')),), {"COR513 medium"}),
    "513: expose": (
        (asked(answer=acao(APP, "Access-Control-Expose-Headers: x-a; x-b")),),
        {"COR513 low"},
    ),
    "515: the page allows itself, in vain": (
        (preflight("GET", "access-control-allow-origin", answer=acao(APP, AGE)),),
        {"COR515 medium"},
    ),
    "516 says it, and 606 is silent": (
        (preflight(answer=acao(APP, AGE)), asked(answer=acao(APP, PUT))),
        {"COR516 medium"},
    ),
    "517: -1 is a number": ((preflight(answer=acao(APP, PUT, "Access-Control-Max-Age: -1")), SENT), set()),
    "517: a fraction": ((preflight(answer=acao(APP, PUT, "Access-Control-Max-Age: 60.5")), SENT), {"COR517 low"}),
    "a good one": ((preflight("PUT", "x-a", answer=(*GOOD, "Access-Control-Allow-Headers: x-a")), SENT_WITH_A), set()),
}  # fmt: skip


@pytest.mark.parametrize(("exchanges", "expected"), CASES.values(), ids=CASES)
def test_preflights(exchanges: tuple[str, ...], expected: set[str]) -> None:
    assert graded(*exchanges, groups="56") == expected


def test_a_fault_per_header_and_method() -> None:
    asking = preflight("PATCH", "x-a", answer=GOOD), preflight("PATCH", "x-a,x-b", answer=GOOD)
    found = [f for f in told(*asking).findings if f.rule in ("COR606", "COR607")]
    assert sorted((f.rule, f.method, f.header) for f in found) == [
        ("COR606", "PATCH", ""), ("COR607", "PATCH", "x-a"), ("COR607", "PATCH", "x-b"),
    ]  # fmt: skip


def test_headers_that_are_never_sent_alone_are_one_fault() -> None:
    asking = preflight("PUT", "x-b,x-a,x-c", answer=GOOD), preflight("PUT", "x-c", answer=GOOD)
    found = [f for f in told(*asking).findings if f.rule == "COR607"]
    assert [f.header for f in found] == ["x-a, x-b", "x-c"]
    assert "Access-Control-Allow-Headers lacks x-a, x-b;" in found[0].message


def test_messages_carry_the_browsers_own_codes() -> None:
    (message,) = [f.message for f in findings(preflight("PATCH", answer=GOOD), groups="6").values()]
    assert "MethodDisallowedByPreflightResponse" in message
    assert "CORSMethodNotFound" in message


@pytest.mark.parametrize(
    ("exchange", "rule", "code"),
    [
        (asked(answer=acao("https://app.example:443")), "COR507", "AllowOriginMismatch"),
        (asked(answer=acao("")), "COR507", "InvalidAllowOriginValue"),
        (asked(answer=acao("*.example")), "COR504", "InvalidAllowOriginValue"),
        (asked(answer=acao("localhost:3000")), "COR506", "AllowOriginMismatch"),
        (asked(answer=acao("https://a.test|https://b.test")), "COR503", "InvalidAllowOriginValue"),
        (asked(answer=acao("https://a.test https://b.test")), "COR503", "MultipleAllowOriginValues"),
        (preflight(answer=acao(f"{APP}/", PUT)), "COR505", "PreflightAllowOriginMismatch"),
        (
            preflight("GET", "x-a", answer=acao(APP, "Access-Control-Allow-Headers: x-a; x-b")),
            "COR513", "InvalidAllowHeadersPreflightResponse",
        ),
        (
            preflight(answer=acao(APP, "Access-Control-Allow-Methods: PUT; GET")),
            "COR513", "InvalidAllowMethodsPreflightResponse",
        ),
    ],
)  # fmt: skip
def test_the_browsers_code_is_that_of_the_value(exchange: str, rule: str, code: str) -> None:
    finding = findings(exchange, groups="5")[rule]
    assert f"Chromium: {code}," in finding.message
    assert {fetch.aliases["chromium"] for fetch in told(exchange).fetches if fetch.aliases} <= {code}


def test_a_misspelt_header_beside_the_right_one_breaks_nothing() -> None:
    assert graded(asked(answer=acao(APP, f"X-Access-Control-Allow-Origin: {APP}"))) == {"COR401 info?", "COR518 info"}
    assert "COR518 low" in graded(asked(answer=(f"X-Access-Control-Allow-Origin: {APP}",)))


def test_a_header_twice_is_told_as_such() -> None:
    found = findings(asked(answer=acao(APP, ACAC, ACAC)))
    assert "is true, true (sent more than once); only true counts" in found["COR509"].message


@pytest.mark.parametrize(
    ("exchanges", "rule"),
    [
        ((asked(answer=acao("*", ACAC)),), "COR501"),
        ((asked(answer=(*acao(), *acao())),), "COR502"),
        ((asked(answer=acao(f"{APP}/")),), "COR505"),
        ((preflight(answer=acao(APP, ACAC, "Access-Control-Allow-Methods: *")),), "COR510"),
        ((preflight("patch", answer=acao(APP, "Access-Control-Allow-Methods: PATCH")),), "COR512"),
        ((preflight(answer=acao(APP, "Access-Control-Allow-Methods: PUT; GET")),), "COR513"),
    ],
)
def test_the_fix_names_the_page(exchanges: tuple[str, ...], rule: str) -> None:
    assert findings(*exchanges)[rule].origin == APP


def test_what_is_left_out_of_an_answer_is_set_there() -> None:
    found = findings(preflight(answer=GOOD), asked("PUT"))["COR609"]
    assert (found.fixes, found.method) == (("F1",), "PUT")


def test_a_stranger_that_only_the_preflight_approves_is_not_let_in_by_the_fix() -> None:
    approved = preflight(origin=STRANGER, answer=acao(STRANGER, "Access-Control-Allow-Methods: PUT"))
    found = findings(LET_IN, approved, asked("PUT", origin=STRANGER))["COR609"]
    assert STRANGER in found.settle
    assert found.origin != STRANGER


def test_what_no_browser_asks_fails_no_browser() -> None:
    def severity(*request: str) -> str:
        exchange = asked("OPTIONS", API, "Access-Control-Request-Method: PUT", *request, status=405)
        return str(findings(exchange)["COR603"].severity)

    assert (
        severity() == severity("User-Agent: Mozilla/5.0 (X11) Firefox/153.0") == severity("User-Agent: x") == "medium"
    )
    assert severity("User-Agent: curl/8.5.0") == severity("User-Agent: python-requests/2.31") == "low"
    assert severity("User-Agent: Desk/1.0", "Sec-Fetch-Dest: empty") == "medium"


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ((), "Firefox: CORSMissingAllowOrigin"),
        (acao("https://other.test"), "Firefox: CORSAllowOriginNotMatchingOrigin"),
        (acao(), "Firefox: CORSExternalRedirectNotAllowed"),
    ],
)
@pytest.mark.parametrize("browser", ["chrome", "firefox"])
def test_each_browser_stops_a_redirected_preflight_in_its_own_way(
    browser: str, answer: tuple[str, ...], known: str, tmp_path: Path
) -> None:
    redirected = preflight(status=302, answer=(*answer, "Location: https://login.example/"))
    capture = tmp_path / "redirected.http"
    capture.write_text(f"# recorded by: {browser}-devtools\n{redirected}", "utf-8")
    (found,) = [each for each in analyze(str(capture)).findings if each.rule == "COR602"]
    assert f"(Chromium: PreflightDisallowedRedirect, {known})" in found.message


def test_requests_headers_in_one_answer_are_one_finding() -> None:
    answer = acao(APP, f"Origin: {APP}", "Access-Control-Request-Method: GET")
    (found,) = [each for each in told(asked(answer=answer)).findings if each.rule == "COR515"]
    assert "access-control-request-method, origin" in found.message


def test_an_answer_that_names_another_is_told_as_such() -> None:
    found = findings(preflight(answer=GOOD), asked("PUT", answer=acao("https://other.test")))
    assert "the answer to it names https://other.test" in found["COR609"].message


def test_a_preflight_that_nothing_follows_may_have_been_enough() -> None:
    found = findings(preflight(answer=GOOD))["COR608"]
    assert found.confidence == "suspected"
    assert "is blocked if it has credentials" in found.message
    assert (found.why, "with credentials" in found.settle) == ("the request did not follow in the capture", True)


def test_why_tells_what_is_open() -> None:
    assert findings(preflight(status=401))["COR601"].why == "a browser failed on it in the capture"
    assert (
        findings(preflight(status=403))["COR601"].why == "a browser failed on it in the capture, perhaps as it should"
    )


def test_a_first_party_is_meant_to_be_let_in() -> None:
    exchanges = [LET_IN, preflight(status=403, origin="https://www.sister.test")]
    assert "COR601" not in {f.rule for f in told(*exchanges).findings}
    (found,) = [f for f in told(*exchanges, first_parties=["sister.test"]).findings if f.rule == "COR601"]
    # Or is one of those that are refused on purpose.
    assert (found.severity, found.confidence) == ("low", "suspected")


def test_the_only_front_end_is_meant_to_be_let_in() -> None:
    exchanges = [preflight(status=403, origin="https://www.sister.test"), preflight(origin="https://other.test")]
    (found,) = [f for f in told(*exchanges, first_parties=["sister.test"]).findings if f.rule == "COR601"]
    assert (found.severity, found.confidence) == ("medium", "proven")
