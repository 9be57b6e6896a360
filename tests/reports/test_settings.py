"""What to set stands on the cards: on the stack that is named, or guessed and said to be."""

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.reports import terminal
from coranalyze.reports.settings import Settings
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
    found = analyze(parse_text(text)).fetches
    setting = Settings(analyze(parse_text(text))).of_fetches(found)
    assert setting is not None
    code = setting.snippets[0].code
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


def test_hostile_evidence_is_tamed() -> None:
    assert "\x1b" not in terminal.render(refused("nginx/\x1b[31m"), width=100, verbose=True)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (REFUSED.replace("204", "401").replace("Access-Control-Allow-Origin: https://app.shop.example\n", ""), ("F6",)),
        (REFUSED.replace("204", "400"), ("F1", "F8", "F4")),
        (REFUSED.replace("x-token", "access-control-allow-origin"), None),
        ("GET https://a.example/\nOrigin: https://b.example\n\n502\nServer: {server}", ("F7",)),
        ("GET https://a.example/\nOrigin: https://b.example\n\n200\nServer: {server}", ("F1",)),
        ("GET https://a.example/\nOrigin: null\n\n200\nServer: {server}", None),
    ],
)
def test_what_mends_a_failure(text: str, codes: tuple[str, ...] | None) -> None:
    analysis = analyze(parse_text(text.format(server="nginx")))
    (fetch,) = analysis.fetches
    setting = Settings(analysis).of_fetches([fetch])
    assert (tuple(code for snippet in setting.snippets for code in snippet.codes) if setting else None) == codes


def test_a_finding_is_guessed_from_the_server_s_answers() -> None:
    text = (
        "GET https://a.shop.example/\nOrigin: https://{who}\nCookie: sid\n\n200\nServer: nginx\n"
        "Access-Control-Allow-Origin: https://{who}\nAccess-Control-Allow-Credentials: true"
    )
    analysis = analyze(parse_text("\n\n".join(text.format(who=who) for who in ("b.example", "c.test"))))
    (finding,) = (finding for finding in analysis.findings if finding.rule == "COR101")
    setting = Settings(analysis).of_finding(finding)
    assert setting is not None
    assert setting.evidence == "server: nginx"
    assert "c.test" not in setting.snippets[0].code
    assert "b.example" not in setting.snippets[0].code


def test_unknown_stack_is_wrong_usage(samples: object) -> None:
    result = run("analyze", f"{samples}/shop-chrome.har", "--stack", "iis")
    assert result.returncode == 2
    assert "there are starlette, flask" in result.stderr
