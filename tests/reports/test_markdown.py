"""Markdown: findings with what they refer to and what to set, folded up, once, and as far as there is room."""

import re

import pytest
from markdown_it import MarkdownIt

from coranalyze.analysis import analyze
from coranalyze.reports import markdown
from coranalyze.rules import find_rule
from coranalyze.sources.text import parse_text
from tests.cli.run import run
from tests.conftest import SAMPLES
from tests.reports.setting import HELP, OTHER, REFUSED, SHOP, STRANGERS, asked
from tests.reports.test_machine import NASTY, story


def card(report: str, title: str) -> str:
    """What stands under the heading that holds the title."""
    (found,) = (part for part in re.split(r"^### ", report, flags=re.MULTILINE) if title in part.partition("\n")[0])
    return found


def test_a_finding_names_what_it_refers_to_and_what_to_set() -> None:
    told = card(markdown.render(analyze(parse_text(STRANGERS))), "COR101")
    rule = find_rule("COR101")
    assert rule is not None
    assert f"\n- see: {', '.join(rule.references)}\n" in told
    assert {"CWE-942", "OWASP A05:2021", "ASVS 5.0 3.4.2"} <= set(rule.references)
    assert "\n- to set: Name the origins that may read. Allow credentials for named origins only" in told


def test_the_setting_stands_once() -> None:
    report = markdown.render(analyze(parse_text(asked(SHOP) + asked(SHOP, "/b", 500) + STRANGERS)), stack="nginx")
    assert "<details><summary>What to set on nginx, for 1, 2 and COR101 together</summary>" in card(report, " 1. ")
    assert report.count(f'"{SHOP}" $http_origin;') == 1
    assert card(report, " 2. ").endswith("\n- setting: as told at failure 1\n\n## What is wrong with the policies\n\n")
    assert "\n- setting: as told at failure 1\n" in card(report, "COR101")
    assert "A guess" not in report


def test_a_guess_is_told_with_its_evidence() -> None:
    report = markdown.render(analyze(parse_text(REFUSED.format(server="nginx/1.22.1"))))
    assert "\nA guess, from `server: nginx/1.22.1`; `--stack` names another.\n" in card(report, " 1. ")
    assert 'add_header Access-Control-Allow-Headers "x-token" always;' in card(report, " 1. ")
    unknown = markdown.render(analyze(parse_text(REFUSED.format(server="my own"))))
    assert "<details>" not in unknown
    assert "\n- to set: List the methods and headers" in card(unknown, "COR607")


def test_no_setting_where_the_page_is_what_has_to_change() -> None:
    text = REFUSED.replace("x-token", "sentry-trace,baggage").replace("api.shop.example", "maps.partner.test")
    told = card(markdown.render(analyze(parse_text(text.format(server="nginx"))), stack="nginx"), "COR607")
    assert "to set" not in told
    assert "setting" not in told


@pytest.mark.parametrize("parties", [[], ["shop.example"]])
def test_no_setting_lets_an_outsider_in(parties: list[str]) -> None:
    """As in the other reports: neither one that the owner is none of, nor one that is named nowhere."""
    text = asked(SHOP).replace("Server", f"Access-Control-Allow-Origin: {HELP}\nServer") + asked(OTHER)
    report = markdown.render(analyze(parse_text(text), first_parties=parties), stack="nginx")
    assert f'"{SHOP}" $http_origin' in report
    assert f'"{OTHER}" $http_origin' not in report


def test_settings_take_the_room_that_all_else_leaves() -> None:
    analysis = analyze(parse_text("".join(asked(f"https://{n}.example", server=f"api.{n}.example") for n in range(12))))
    whole = markdown.render(analysis, stack="nginx")
    assert whole.count("<details>") == 12
    limit = len(whole.encode()) - 2_000
    report = markdown.render(analysis, stack="nginx", limit=limit)
    left = 12 - report.count("<details>")
    assert 0 < left < 12
    assert f"*Left out, since it did not fit: {left} settings, which the HTML report holds.*" in report
    assert "What was read" in report
    assert "more part" not in report
    assert limit - 2_500 < len(report.encode()) <= limit
    tight = markdown.render(analysis, stack="nginx", limit=3_000)
    assert "<details>" not in tight
    assert len(tight.encode()) <= 3_000


@pytest.mark.parametrize("text", [*NASTY, "</summary></details>", "`" * 9])
def test_captured_text_is_no_markup_of_a_setting(text: str) -> None:
    server = re.sub(r"[^\x20-\x7e]", "", text)
    analysis = analyze(parse_text(REFUSED.format(server=f"nginx {server}")))
    for report in (markdown.render(analysis), markdown.render(story(text), stack="nginx")):
        tokens = MarkdownIt("gfm-like").parse(report)
        assert any(token.type == "fence" for token in tokens)
        assert {token.info for token in tokens if token.type == "fence"} == {"nginx"}
        for token in tokens:
            if token.type == "html_block":
                assert re.fullmatch(r"<details><summary>[\w ,]+</summary>\n|</details>\n", token.content)
        inline = [child for token in tokens for child in token.children or ()]
        assert {token.type for token in inline}.isdisjoint({"link_open", "image", "html_inline"})
        assert [t.content for t in inline if t.type == "text" and re.search(r"(@|#)\w", t.content)] == []


def test_stack_on_the_command_line() -> None:
    named = run("analyze", str(SAMPLES / "shop-chrome.har"), "--format", "markdown", "--stack", "caddy").stdout
    assert "<summary>What to set on Caddy" in named
