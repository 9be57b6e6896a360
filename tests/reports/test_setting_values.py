"""What a setting names: all that the pages need that it is for, and what works on the server already."""

import re

import pytest

from coranalyze.analysis import analyze
from coranalyze.reports import terminal
from coranalyze.reports.remedies import Remedies, codes_of
from coranalyze.sources.text import parse_text
from tests.reports.setting import (
    HELP,
    OTHER,
    REFUSED,
    SHOP,
    STRANGERS,
    WORKS,
    asked,
    at,
    code_of,
    reflected,
    remedies_of,
)


def test_all_that_the_preflights_ask_for_is_set() -> None:
    asked = REFUSED.format(server="uvicorn")
    other = asked.replace("/cart", "/list").replace("PUT\nAccess-Control-Request-Headers: x-token", "{}")
    text = asked + other.format("PATCH\nAccess-Control-Request-Headers: content-type,x-token,x-trace")
    code = code_of(remedies_of(analyze(parse_text(text))).of_failure(1))
    assert 'allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH"],' in code
    assert 'allow_headers=["x-token", "content-type", "x-trace"],' in code


def test_what_may_fail_next_is_told() -> None:
    """A list that is mended for a `*` that a cookie makes void helps nobody; but who allows cookies opens much."""
    starred = (
        REFUSED.format(server="uvicorn")
        .replace("204", "400")
        .replace(": https://app.shop.example\nAccess-Control-A", ": *\nAccess-Control-A")
    )
    report = " ".join(terminal.render(analyze(parse_text(starred)), width=100, verbose=True).split())
    assert "allow_credentials=True," not in report
    assert "If the page sends cookies, add `allow_credentials=True`" in report


def test_it_names_all_that_they_need() -> None:
    texts = [asked(SHOP, cookie="sid=[redacted-1]"), asked(HELP, "/b", 500), REFUSED.format(server="nginx")]
    analysis = analyze(parse_text("".join(texts)))
    code = code_of(remedies_of(analysis).of_failure(1))
    for name in (SHOP, HELP, "https://app.shop.example", '"GET, HEAD, POST, PUT"', '"x-token"', "Allow-Credentials"):
        assert name in code
    assert OTHER not in code


def test_what_weighs_little_adds_nothing_to_a_setting() -> None:
    analysis = analyze(parse_text(REFUSED.format(server="nginx")))
    remedies = remedies_of(analysis)
    never_kept, first = remedies.of_finding(at(analysis, "COR801")), remedies.of_failure(1)
    assert "Max-Age" in code_of(never_kept)
    assert "Max-Age" not in code_of(first)


KEEP = "Keep what the list holds already"


@pytest.mark.parametrize(("rule", "credentials"), [("COR801", True), ("COR204", False)])
@pytest.mark.parametrize("stack", ["fastapi", "cloudflare"])
def test_a_change_of_one_value_keeps_what_works(rule: str, credentials: bool, stack: str) -> None:
    analysis = analyze(parse_text(WORKS.format(page=HELP)))
    remedy = remedies_of(analysis).of_finding(at(analysis, rule))
    setting = remedy.on(stack) if remedy is not None else None
    assert setting is not None
    (snippet,) = setting.snippets
    assert HELP in snippet.code
    assert KEEP in snippet.note
    assert "PUT" in snippet.code
    assert "content-type" in snippet.code
    assert ("credentials=True" in snippet.code or 'Allow-Credentials", "true"' in snippet.code) is credentials


def test_a_preflight_works_whatever_becomes_of_its_request() -> None:
    preflight, _, _ = WORKS.format(page=HELP).partition("\nPUT https")
    analysis = analyze(parse_text(preflight))
    code = code_of(remedies_of(analysis).of_finding(at(analysis, "COR801")), "fastapi")
    assert 'allow_headers=["authorization", "content-type"]' in code


def test_what_works_for_a_stranger_lets_no_stranger_in() -> None:
    analysis = analyze(parse_text(WORKS.format(page=OTHER)))
    remedy = remedies_of(analysis).of_finding(at(analysis, "COR801"))
    setting = remedy.on("fastapi") if remedy is not None else None
    assert setting is not None
    assert OTHER not in setting.snippets[0].code
    assert KEEP in setting.snippets[0].note


def test_what_is_refused_does_not_work() -> None:
    analysis = analyze(parse_text(REFUSED.format(server="uvicorn")))
    assert "x-token" not in code_of(remedies_of(analysis).of_finding(at(analysis, "COR801")))


LACKS = """
GET https://api.shop.example/items/1
Origin: https://help.shop.example
Authorization: Bearer x

{status}
"""


@pytest.mark.parametrize("status", [403, 502])
def test_a_setting_that_answers_preflights_grants_what_they_ask_for(status: int) -> None:
    analysis = analyze(parse_text(WORKS.format(page=HELP) + LACKS.format(status=status)))
    remedy = remedies_of(analysis).of_finding(at(analysis, "COR702"))
    assert remedy is not None
    alone = Remedies(analysis, []).of_finding(at(analysis, "COR702"))
    for code in (code_of(remedy, "cloudflare"), code_of(alone, "cloudflare")):
        assert '"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT"' in code
        assert "authorization, content-type" in code
        assert '"Access-Control-Allow-Credentials", "true"' in code


def test_it_grants_nothing_that_only_other_pages_ask_for() -> None:
    stranger = WORKS.format(page=OTHER).replace("PUT", "DELETE").replace("content-type", "x-other")
    analysis = analyze(parse_text(WORKS.format(page=HELP) + stranger + LACKS.format(status=502)))
    code = code_of(Remedies(analysis, []).of_finding(at(analysis, "COR702")), "cloudflare")
    assert "PUT" in code
    assert "x-other" not in code
    assert '"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT"' in code


def test_a_failure_after_a_good_preflight_keeps_what_it_asked_for() -> None:
    lost = WORKS.format(page=HELP).replace(
        "200\nAccess-Control-Allow-Origin: https://help.shop.example\nAccess-Control-Allow-Credentials", "200\nX-No"
    )
    code = code_of(remedies_of(analyze(parse_text(lost))).of_failure(1), "cloudflare")
    assert '"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT"' in code
    assert "authorization, content-type" in code


FIXED = """
GET https://api.shop.example/session
Origin: https://login.shop.example

200
X-Powered-By: Express
Access-Control-Allow-Origin: {named}
Vary: Origin
"""


@pytest.mark.parametrize(("named", "listed"), [("https://www.shop.example", True), ("https://www.partner.test", False)])
def test_who_is_let_in_stays_so(named: str, listed: bool) -> None:
    remedy = remedies_of(analyze(parse_text(FIXED.format(named=named)))).of_failure(1)
    setting = remedy.on("express") if remedy is not None else None
    assert setting is not None
    (snippet,) = setting.snippets
    assert '"https://login.shop.example"' in snippet.code
    assert (named in snippet.code) is listed
    assert KEEP in snippet.note


def test_who_asked_and_was_let_in_stays_so() -> None:
    """Whatever it is that fails: a list in its place would refuse them."""
    text = asked(HELP, "/b", 502) + asked(SHOP, "/b").replace("Server", f"Access-Control-Allow-Origin: {SHOP}\nServer")
    code = code_of(remedies_of(analyze(parse_text(text))).of_failure(1), "fastapi")
    assert f'allow_origins=["{HELP}", "{SHOP}"]' in code


@pytest.mark.parametrize(("vary", "codes"), [("Accept, ORIGIN", ("F1",)), ("Accept", ("F1", "F5"))])
def test_vary_is_set_where_it_is_missing(vary: str, codes: tuple[str, ...]) -> None:
    text = FIXED.format(named="https://www.shop.example").replace("Vary: Origin", f"Vary: {vary}")
    remedy = remedies_of(analyze(parse_text(text))).of_failure(1)
    assert (remedy.codes if remedy is not None else None) == codes


def test_nobody_is_kept_whom_a_server_repeats() -> None:
    analysis = analyze(parse_text(asked(SHOP) + STRANGERS))
    remedy = remedies_of(analysis).of_failure(1)
    assert remedy is not None
    assert not remedy.context.kept


def test_a_proxy_replaces_what_is_there_already() -> None:
    """The finding's own answers need not have it: one anywhere on the server shows that somebody sets it."""
    lacking, preflight = asked(SHOP), REFUSED.format(server="nginx")
    for text, replaced in ((lacking, False), (lacking + reflected(HELP, "/b"), True), (preflight, True)):
        code = code_of(remedies_of(analyze(parse_text(text))).of_failure(1))
        assert ("proxy_hide_header Access-Control-Allow-Origin;" in code) is replaced
    analysis = analyze(parse_text(STRANGERS))
    assert "proxy_hide_header" in code_of(remedies_of(analysis).of_finding(at(analysis, "COR101")))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (REFUSED.replace("204", "401").replace("Access-Control-Allow-Origin: https://app.shop.example\n", ""), ("F6",)),
        (REFUSED.replace("204", "400"), ("F1", "F8")),
        (REFUSED.replace("x-token", "access-control-allow-origin"), ()),
        ("GET https://a.example/\nOrigin: https://b.example\n\n502\nServer: {server}", ("F7",)),
        ("GET https://a.example/\nOrigin: https://b.example\n\n200\nServer: {server}", ("F1",)),
        ("GET https://a.example/\nOrigin: null\n\n200\nServer: {server}", ()),
    ],
)
def test_what_mends_a_failure(text: str, codes: tuple[str, ...]) -> None:
    analysis = analyze(parse_text(text.format(server="nginx")))
    assert codes_of(analysis.fetches[0], None) == codes


ONE_WITHOUT = """
GET https://api.shop.example/me
Origin: https://www.shop.example
Cookie: sid=[redacted-1]

200
Access-Control-Allow-Origin: https://www.shop.example
Access-Control-Allow-Credentials: true
Vary: Origin

OPTIONS https://api.shop.example{path}
Origin: https://www.shop.example
Access-Control-Request-Method: POST
Access-Control-Request-Headers: content-type

{answer}
"""
LISTS = """\
204
Access-Control-Allow-Origin: https://www.shop.example
Access-Control-Allow-Methods: GET, POST, DELETE, OPTIONS
Access-Control-Allow-Headers: Accept, Authorization
"""


@pytest.mark.parametrize("answer", [LISTS, "401\nServer: nginx"])
@pytest.mark.parametrize("path", ["/me", "/cart"])
def test_credentials_that_are_allowed_stay_so(answer: str, path: str) -> None:
    """Also where the failed answer, or its whole endpoint, has none of it."""
    text = ONE_WITHOUT.format(path=path, answer=answer)
    assert "allow_credentials=True" in code_of(remedies_of(analyze(parse_text(text))).of_failure(1), "fastapi")


def test_what_is_open_to_all_has_no_credentials() -> None:
    answer = LISTS.replace("https://www.shop.example", "*")
    analysis = analyze(parse_text(ONE_WITHOUT.format(path="/prices", answer=answer)))
    assert "allow_credentials" not in code_of(remedies_of(analysis).of_failure(1), "fastapi")


def test_what_the_list_holds_is_named() -> None:
    analysis = analyze(parse_text(ONE_WITHOUT.format(path="/me", answer=LISTS)))
    code = code_of(remedies_of(analysis).of_failure(1), "fastapi")
    assert 'allow_methods=["GET", "HEAD", "POST", "DELETE"]' in code
    assert 'allow_headers=["content-type", "authorization"]' in code
    code = code_of(Remedies(analysis, []).of_finding(at(analysis, "COR607")), "fastapi")
    assert 'allow_headers=["content-type", "authorization"]' in code
    assert "allow_credentials=True" in code


def test_a_pattern_keeps_credentials() -> None:
    evil = reflected("https://evilshop.example").replace("/c", "/me")
    analysis = analyze(parse_text(reflected("https://www.shop.example", "/me") + evil + asked(OTHER, "/me")))
    assert "credentials: true" in code_of(remedies_of(analysis).of_finding(at(analysis, "COR103")), "express")


def test_one_server_has_one_list() -> None:
    """What would shorten a list is not set beside what adds to it."""
    refused = REFUSED.format(server="nginx").replace("Methods: PUT", "Methods: PUT, DELETE, PATCH, TRACE")
    analysis = analyze(parse_text(refused))
    remedies = remedies_of(analysis)
    assert '"GET, HEAD, POST, PUT, DELETE, PATCH"' in code_of(remedies.of_failure(1))
    assert remedies.of_finding(at(analysis, "COR805")) is None
    alone = Remedies(analyze(parse_text(refused), select=["COR805"]), [])
    assert "DELETE" not in code_of(alone.of_finding(0))


OPEN = """
OPTIONS https://api.shop.example/items
Origin: https://app.shop.example
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: x-token
Sec-Fetch-Mode: cors

204
Access-Control-Allow-Origin: *
Access-Control-Allow-Methods: PUT
"""


@pytest.mark.parametrize("stack", ["fastapi", "express", "django", "nginx", "apache", "caddy", "cloudflare", "s3"])
def test_who_is_open_to_all_stays_so(stack: str) -> None:
    """One page in the place of everybody would lock all others out; what is named stays named."""
    analysis = analyze(parse_text(OPEN))
    code = code_of(remedies_of(analysis).of_failure(1), stack)
    assert re.search(r"""["']\*["']|Origin \*$|CORS_ORIGIN=\*$|CORS_ALLOW_ALL_ORIGINS = True""", code, re.MULTILINE)
    assert "app.shop" not in code.replace("[.]", ".")
    assert "redential" not in code.replace('delete("Access-Control-Allow-Credentials")', "").replace(
        "proxy_hide_header Access-Control-Allow-Credentials", ""
    )
    assert "app.example" not in code_of(remedies_of(analysis).of_finding(at(analysis, "COR801")), stack)
    named = code_of(
        remedies_of(analyze(parse_text(OPEN + ONE_WITHOUT.format(path="/items", answer=LISTS)))).of_failure(1), stack
    )
    assert "CORS_ALLOW_ALL_ORIGINS = True" not in named


@pytest.mark.parametrize("stack", ["fastapi", "express", "nginx", "cloudflare"])
def test_where_the_page_sends_cookies_it_is_named(stack: str) -> None:
    sent = """
GET https://api.shop.example/items
Origin: https://app.shop.example
Cookie: sid=[redacted-1]
Sec-Fetch-Mode: cors

200
Access-Control-Allow-Origin: *
"""
    code = code_of(remedies_of(analyze(parse_text(sent))).of_failure(1), stack)
    assert '"https://app.shop.example"' in code
    assert '"*"' not in code
