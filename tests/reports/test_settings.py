"""What to set stands on the cards, once for all that it mends, on the stack that is named, or guessed and said so."""

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.failure import failures
from coranalyze.reports import terminal
from coranalyze.reports.html import page
from coranalyze.sources.text import parse_text
from tests.cli.run import run
from tests.reports.setting import (
    HELP,
    OTHER,
    REFUSED,
    SHOP,
    STRANGERS,
    asked,
    at,
    code_of,
    reflected,
    remedies_of,
)


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


def test_failures_that_want_different_settings_stand_apart() -> None:
    asked = REFUSED.format(server="uvicorn").replace("204", "400")
    report = terminal.render(analyze(parse_text(asked + asked.replace("x-token", "x-trace"))), width=100)
    assert "Add x-token to" in report
    assert "Add x-trace to" in report


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


def test_it_stands_once() -> None:
    analysis = analyze(parse_text(asked(SHOP) + asked(SHOP, "/b", 500) + REFUSED.format(server="nginx")))
    report = terminal.render(analysis, width=100, stack="nginx")
    assert "on nginx, for 1, 2, 3 and COR607 together\n" in report
    assert report.count("as told at 1\n") >= 3
    assert report.count("map $http_origin $cors_origin {") == 1
    failed = page.render(analysis, stack="nginx").partition('id="failures"')[2].partition('id="fetches"')[0]
    assert failed.count("map $http_origin $cors_origin {") == 1
    assert failed.count('stands at <a href="#failure-1">failure 1</a>') == 2


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


@pytest.mark.parametrize("stack", ["flask", "django", "spring", "aspnet", "apache", "caddy", "traefik", "cloudfront"])
def test_an_answer_to_preflights_comes_with_a_policy_where_there_is_none(stack: str) -> None:
    """Alone it mends nothing; beside a policy it is all that is missing."""
    policy = "Access-Control-Allow-Origin: https://app.shop.example\n"
    refused = REFUSED.format(server="nginx").replace("204", "405").replace(policy, "")
    refused = refused.replace("Access-Control-Allow-Methods: PUT\n", "")
    for text, mends in ((refused, True), (refused + reflected("https://app.shop.example"), False)):
        remedies = remedies_of(analyze(parse_text(text)))
        assert ("https://app" in code_of(remedies.of_failure(1), stack).replace("[.]", ".")) is mends


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


def test_hostile_evidence_is_tamed() -> None:
    assert "\x1b" not in terminal.render(refused("nginx/\x1b[31m"), width=100, verbose=True)


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


def test_a_page_of_another_name_shares_the_setting_of_its_failures() -> None:
    """Of a gateway's own name nothing tells that the page's owner has it."""
    page, server = "https://app.shop.example", "a1.execute-api.eu-west-1.amazonaws.com"
    works = asked(page, "/b", server=server).replace("Server", f"Access-Control-Allow-Origin: {page}\nServer")
    analysis = analyze(parse_text(works + works + asked(page, "/b", 502, server=server)))
    remedies = remedies_of(analysis)
    remedy = remedies.of_finding(at(analysis, "COR702"))
    assert remedy is not None
    assert remedy is remedies.of_failure(1)
    assert "https://app.example" not in code_of(remedy)


@pytest.mark.parametrize("width", [40, 80])
def test_code_is_never_wrapped(width: int) -> None:
    """It is there to be copied."""
    analysis = analyze(parse_text(REFUSED.format(server="nginx")))
    code = code_of(remedies_of(analysis).of_failure(1))
    report = terminal.render(analysis, width=width, verbose=True)
    assert max(map(len, code.splitlines())) > width - 14
    assert [line.strip() for line in code.splitlines() if line.strip() not in report] == []
