"""What to set stands on the cards: on the stack that is named, or guessed and said to be."""

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.failure import failures
from coranalyze.reports import terminal
from coranalyze.reports.html import page
from coranalyze.reports.remedies import Remedies, Remedy, codes_of
from coranalyze.sources.text import parse_text
from tests.cli.run import run

REFUSED = """
OPTIONS https://api.shop.example/cart
Origin: https://app.shop.example
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: x-token

204
Server: {server}
Access-Control-Allow-Origin: https://app.shop.example
Access-Control-Allow-Methods: PUT
"""


def remedies_of(analysis: Analysis) -> Remedies:
    return Remedies(analysis, failures(analysis))


def at(analysis: Analysis, rule: str) -> int:
    """The position of the one finding of a rule."""
    (position,) = (position for position, finding in enumerate(analysis.findings) if finding.rule == rule)
    return position


def code_of(remedy: Remedy | None, stack: str | None = None) -> str:
    setting = remedy.on(stack) if remedy is not None else None
    assert setting is not None
    return "\n".join(snippet.code for snippet in setting.snippets)


def refused(server: str = "nginx/1.22.1") -> Analysis:
    return analyze(parse_text(REFUSED.format(server=server)), select=["COR101"])


def test_named_stack() -> None:
    report = terminal.render(refused(), width=100, stack="fastapi")
    assert "on FastAPI / Starlette\n" in report
    assert 'allow_headers=["x-token"]' in report
    assert "a guess" not in report


def test_guessed_stack_is_told_with_its_evidence() -> None:
    report = terminal.render(refused(), width=100, verbose=True)
    assert "on nginx (a guess, from `server: nginx/1.22.1`; --stack names another)" in report
    assert 'add_header Access-Control-Allow-Headers "x-token" always;' in report


def test_not_asked_not_told() -> None:
    assert "  fix  " not in terminal.render(refused(), width=100)
    assert "  fix  " not in terminal.render(refused("my own"), width=100, verbose=True)


def test_all_that_the_preflights_ask_for_is_set() -> None:
    asked = REFUSED.format(server="uvicorn")
    other = asked.replace("/cart", "/list").replace("PUT\nAccess-Control-Request-Headers: x-token", "{}")
    text = asked + other.format("PATCH\nAccess-Control-Request-Headers: content-type,x-token,x-trace")
    code = code_of(remedies_of(analyze(parse_text(text))).of_failure(1))
    assert 'allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH"],' in code
    assert 'allow_headers=["x-token", "content-type", "x-trace"],' in code


def test_what_would_fail_next_is_set_too() -> None:
    """A list that is mended for a `*` that a cookie makes void helps nobody."""
    starred = (
        REFUSED.format(server="uvicorn")
        .replace("204", "400")
        .replace(": https://app.shop.example\nAccess-Control-A", ": *\nAccess-Control-A")
    )
    report = terminal.render(analyze(parse_text(starred)), width=100, verbose=True)
    assert "allow_credentials=True," in report
    assert "Leave the line for credentials out" in report


def test_failures_that_want_different_settings_stand_apart() -> None:
    asked = REFUSED.format(server="uvicorn").replace("204", "400")
    report = terminal.render(analyze(parse_text(asked + asked.replace("x-token", "x-trace"))), width=100)
    assert "Add x-token to" in report
    assert "Add x-trace to" in report


ASKED = """
GET https://{server}{path}
Origin: {page}
Cookie: {cookie}

{status}
Server: {by}
"""


def asked(
    page: str,
    path: str = "/a",
    status: int = 200,
    *,
    server: str = "api.shop.example",
    by: str = "nginx",
    cookie: str = "",
) -> str:
    text = ASKED.format(server=server, path=path, page=page, status=status, by=by, cookie=cookie)
    return text if cookie else text.replace("Cookie: \n", "")


SHOP, HELP, OTHER = "https://shop.example", "https://help.shop.example", "https://other.test"


@pytest.mark.parametrize(
    ("texts", "together"),
    [
        ([asked(SHOP), asked(SHOP, "/b", 500)], [(1, 2)]),
        ([asked(SHOP), asked(HELP), asked(SHOP, "/b", 500)], [(1, 2, 3)]),
        ([asked(SHOP), asked(OTHER)], [(1,), (2,)]),
        ([asked(OTHER), asked(OTHER, "/b", 500)], [(1, 2)]),
        ([asked(SHOP), asked(SHOP, server="img.shop.example")], [(1,), (2,)]),
        ([asked(SHOP), asked(SHOP, "/b", 500, by="caddy")], [(1,), (2,)]),
        ([asked("http://localhost:3000"), asked(SHOP)], [(1,), (2,)]),
    ],
    ids=["one page", "pages of one site", "strangers", "a stranger", "servers", "layers", "development"],
)
def test_one_setting_for_all_that_failed_at_a_server(texts: list[str], together: list[tuple[int, ...]]) -> None:
    analysis = analyze(parse_text("".join(texts)))
    remedies = remedies_of(analysis)
    found = [remedies.of_failure(number) for number in range(1, len(failures(analysis)) + 1)]
    assert [remedy.failures for remedy in dict.fromkeys(found) if remedy is not None] == together


def test_it_names_all_that_they_need() -> None:
    texts = [asked(SHOP, cookie="sid=[redacted-1]"), asked(HELP, "/b", 500), REFUSED.format(server="nginx")]
    analysis = analyze(parse_text("".join(texts)))
    code = code_of(remedies_of(analysis).of_failure(1))
    for name in (SHOP, HELP, "https://app.shop.example", '"GET, HEAD, POST, PUT"', '"x-token"', "Allow-Credentials"):
        assert name in code
    assert OTHER not in code


def test_it_stands_once() -> None:
    analysis = analyze(parse_text(asked(SHOP) + asked(SHOP, "/b", 500) + REFUSED.format(server="nginx")))
    report = terminal.render(analysis, width=100, stack="nginx")
    assert "on nginx, for 1, 2, 3 and COR607 together\n" in report
    assert report.count("as told at 1\n") >= 3
    assert report.count("map $http_origin $cors_origin {") == 1
    failed = page.render(analysis, stack="nginx").partition('id="failures"')[2].partition('id="fetches"')[0]
    assert failed.count("map $http_origin $cors_origin {") == 1
    assert failed.count('stands at <a href="#failure-1">failure 1</a>') == 2


def reflected(page: str, path: str = "/c", cookie: str = "sid=[redacted-1]") -> str:
    let_in = f"Access-Control-Allow-Origin: {page}\nAccess-Control-Allow-Credentials: true\nServer"
    return asked(page, path, cookie=cookie).replace("Server", let_in)


STRANGERS = reflected(OTHER) + reflected("https://third.test")


def test_a_finding_goes_with_the_failures_of_the_owner_s_pages() -> None:
    """A stranger is let in: the setting names the own page alone."""
    analysis = analyze(parse_text(asked(SHOP) + STRANGERS))
    remedy = remedies_of(analysis).of_finding(at(analysis, "COR101"))
    assert remedy is not None
    assert remedy.failures == (1,)
    assert f'"{SHOP}" $http_origin' in code_of(remedy)
    assert OTHER not in code_of(remedy)
    assert "as told at 1" in terminal.render(analysis, width=100, stack="nginx").partition("COR101")[2]


def test_a_finding_stays_apart_from_the_failures_of_strangers() -> None:
    analysis = analyze(parse_text(asked(OTHER) + STRANGERS))
    remedy = remedies_of(analysis).of_finding(at(analysis, "COR101"))
    assert remedy is not None
    assert remedy.failures == ()
    assert OTHER not in code_of(remedy)


def test_findings_of_a_server_go_together() -> None:
    kept = STRANGERS.replace("Server:", "Cache-Control: public, max-age=600\nServer:")
    analysis = analyze(parse_text(kept))
    remedies = remedies_of(analysis)
    any_site, cached = (remedies.of_finding(at(analysis, rule)) for rule in ("COR101", "COR401"))
    assert any_site is not None
    assert any_site is cached
    assert any_site.codes == ("F1", "F4", "F5")
    assert "on nginx, for COR101, COR404 and COR401 together" in terminal.render(analysis, width=100, stack="nginx")
    anchor = f"COR101-{analysis.findings[at(analysis, 'COR101')].fingerprint.rpartition(':')[2]}"
    assert f'stands at <a href="#{anchor}">COR101</a>' in page.render(analysis, stack="nginx")


def test_what_asks_for_other_origins_stays_apart() -> None:
    analysis = analyze(parse_text(reflected(SHOP) + reflected("null") + reflected("http://app.shop.example")))
    remedies = remedies_of(analysis)
    null, twin = (remedies.of_finding(at(analysis, rule)) for rule in ("COR102", "COR301"))
    assert (null.codes if null else None, twin.codes if twin else None) == (("F3",), ("F13",))


def test_what_weighs_little_adds_nothing_to_a_setting() -> None:
    analysis = analyze(parse_text(REFUSED.format(server="nginx")))
    remedies = remedies_of(analysis)
    never_kept, first = remedies.of_finding(at(analysis, "COR801")), remedies.of_failure(1)
    assert "Max-Age" in code_of(never_kept)
    assert "Max-Age" not in code_of(first)


SIGNED = """
OPTIONS https://uploads.s3.eu-central-1.amazonaws.com/u/1.png?X-Amz-Signature=x
Origin: https://app.shop.example
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: content-type

403
Server: AmazonS3
"""


def test_a_finding_shares_the_setting_of_the_cause() -> None:
    """Even where names do not tell that page and server are of one owner: the two are about one refusal."""
    analysis = analyze(parse_text(SIGNED))
    remedies = remedies_of(analysis)
    remedy = remedies.of_finding(at(analysis, "COR605"))
    assert remedy is not None
    assert remedy is remedies.of_failure(1)
    code = code_of(remedy)
    assert '"AllowedOrigins": ["https://app.shop.example"]' in code
    assert '"AllowedHeaders": ["content-type"]' in code
    assert "on Amazon S3, for 1 and COR605 together" in terminal.render(analysis, width=100, stack="s3")


@pytest.mark.parametrize(
    ("header", "rule"), [("sentry-trace,baggage", "COR607"), ("access-control-allow-origin", "COR515")]
)
def test_no_setting_where_the_page_is_what_has_to_change(header: str, rule: str) -> None:
    text = REFUSED.replace("x-token", header).replace("api.shop.example", "maps.partner.test")
    analysis = analyze(parse_text(text.format(server="nginx")))
    assert remedies_of(analysis).of_failure(1) is None
    assert remedies_of(analysis).of_finding(at(analysis, rule)) is None


def test_a_cause_at_another_server_takes_no_setting_away() -> None:
    other = REFUSED.replace("x-token", "sentry-trace,baggage").replace("api.shop.example", "maps.partner.test")
    analysis = analyze(parse_text(other.format(server="nginx") + REFUSED.format(server="nginx")))
    (own,) = (
        position
        for position, finding in enumerate(analysis.findings)
        if finding.rule == "COR607" and "api.shop.example" in finding.endpoint
    )
    assert '"x-token"' in code_of(remedies_of(analysis).of_finding(own))


WORKS = """
OPTIONS https://api.shop.example/items/1
Origin: {page}
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: authorization,content-type

200
Access-Control-Allow-Origin: {page}
Access-Control-Allow-Methods: PUT
Access-Control-Allow-Headers: authorization, content-type
Access-Control-Allow-Credentials: true
Vary: Origin

PUT https://api.shop.example/items/1
Origin: {page}
Authorization: Bearer x
Content-Type: application/json

200
Access-Control-Allow-Origin: {page}
Access-Control-Allow-Credentials: true
Vary: Origin
"""
KEEP = "Keep what the list holds already."


@pytest.mark.parametrize(("rule", "credentials"), [("COR801", True), ("COR204", False)])
@pytest.mark.parametrize("stack", ["fastapi", "nginx"])
def test_a_change_of_one_value_keeps_what_works(rule: str, credentials: bool, stack: str) -> None:
    analysis = analyze(parse_text(WORKS.format(page=HELP)))
    remedy = remedies_of(analysis).of_finding(at(analysis, rule))
    setting = remedy.on(stack) if remedy is not None else None
    assert setting is not None
    (snippet,) = setting.snippets
    assert HELP in snippet.code
    assert KEEP in snippet.note
    if rule == "COR801" or stack == "fastapi":  # nginx takes credentials away without answering preflights itself
        assert "PUT" in snippet.code
        assert "content-type" in snippet.code
    assert ("credentials=True" in snippet.code or "$cors_credentials always" in snippet.code) is credentials


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
Origin: https://shop-git-login.vercel.app

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
    assert '"https://shop-git-login.vercel.app"' in snippet.code
    assert (named in snippet.code) is listed
    assert KEEP in snippet.note


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


def test_hostile_evidence_is_tamed() -> None:
    assert "\x1b" not in terminal.render(refused("nginx/\x1b[31m"), width=100, verbose=True)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (REFUSED.replace("204", "401").replace("Access-Control-Allow-Origin: https://app.shop.example\n", ""), ("F6",)),
        (REFUSED.replace("204", "400"), ("F1", "F8", "F4")),
        (REFUSED.replace("x-token", "access-control-allow-origin"), ()),
        ("GET https://a.example/\nOrigin: https://b.example\n\n502\nServer: {server}", ("F7",)),
        ("GET https://a.example/\nOrigin: https://b.example\n\n200\nServer: {server}", ("F1",)),
        ("GET https://a.example/\nOrigin: null\n\n200\nServer: {server}", ()),
    ],
)
def test_what_mends_a_failure(text: str, codes: tuple[str, ...]) -> None:
    analysis = analyze(parse_text(text.format(server="nginx")))
    assert codes_of(analysis.fetches[0], None) == codes


def test_a_finding_is_guessed_from_the_server_s_answers() -> None:
    text = (
        "GET https://a.shop.example/\nOrigin: https://{who}\nCookie: sid\n\n200\nServer: nginx\n"
        "Access-Control-Allow-Origin: https://{who}\nAccess-Control-Allow-Credentials: true"
    )
    analysis = analyze(parse_text("\n\n".join(text.format(who=who) for who in ("b.example", "c.test"))))
    remedy = remedies_of(analysis).of_finding(at(analysis, "COR101"))
    assert remedy is not None
    setting = remedy.on(None)
    assert setting is not None
    assert setting.evidence == "server: nginx"
    assert "c.test" not in setting.snippets[0].code
    assert "b.example" not in setting.snippets[0].code


def test_unknown_stack_is_wrong_usage(samples: object) -> None:
    result = run("analyze", f"{samples}/shop-chrome.har", "--stack", "iis")
    assert result.returncode == 2
    assert "there are starlette, flask" in result.stderr
