"""The terminal report: its first screen, its limits, and that captured text cannot steer the terminal."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coranalyze.analysis import Analysis, analyze
from coranalyze.cors.steps import Reason
from coranalyze.explain import explain
from coranalyze.fetch import Condition, Outcome, Stage
from coranalyze.input import Input
from coranalyze.reports import explanation, judgement, terminal
from coranalyze.reports.cards import MAX_ENTRIES
from coranalyze.reports.wording import answer
from coranalyze.sources.text import parse_text
from coranalyze.visible import visible
from tests.reports.story import hostile, of_story
from tests.sources.hars import dump, entry, log

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x9b31m",
    "a\rb\nc\td",
    "\u202eoverride",
    "\u2066isolate\u2069",
    "zero\u200bwidth\ufeff",
    "\x00\x07\x08\x7f",
    "\ud800",
    "\u2028line\u2029",
    "no\u00a0break",
    "\U000e0041tag",
]
OWN = {"\n", " "}


def _is_tame(text: str) -> bool:
    return all(c in OWN or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for c in text)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("verbose", [False, True])
def test_captured_text_never_reaches_the_output_raw(text: str, verbose: bool) -> None:
    analysis = hostile(text)
    assert _is_tame(terminal.render(analysis, width=100, verbose=verbose))
    assert _is_tame(judgement.render(analysis, width=100))


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]8;;https://evil.example\x07", "\x9b2J", "\u202e"])
def test_nor_with_color(text: str) -> None:
    analysis = hostile(text)
    reports = (
        terminal.render(analysis, width=100, color=True, verbose=True),
        judgement.render(analysis, width=100, color=True),
    )
    for report in reports:
        assert visible(text) in report
        assert _is_tame(re.sub(r"\x1b\[[0-9;]*m", "", report))


def test_escapes_are_visible() -> None:
    assert "\\x1b[31mred\\x1b[0m" in terminal.render(hostile(HOSTILE[0]), width=200)


@pytest.mark.parametrize("text", ["[bold]b[/bold]", "[link=https://evil.example]x[/link]", "[/]", "\\[red]", ":smile:"])
def test_markup_in_captured_text_is_text(text: str) -> None:
    assert text in terminal.render(hostile(text), width=200)
    assert text in judgement.render(hostile(text), width=200)


@given(st.text(max_size=30))
def test_any_text_is_tamed(text: str) -> None:
    assert _is_tame(visible(text))


def test_pasted_text_is_tamed() -> None:
    message = (
        "Access to fetch at 'https://x/\x1b[31m' from origin '\u202e' has been blocked by CORS policy: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    found = explain(message)
    assert found
    assert _is_tame(explanation.render(found, width=100))


@pytest.mark.parametrize("width", [80, 120])
def test_first_screen_fits_25_lines(width: int) -> None:
    shop = of_story("shop")
    notes = tuple(f"note {i}: what this capture cannot show, told at some length so that it wraps" for i in range(9))
    many = Analysis([replace(shop.inputs[0], notes=notes)] * 5, shop.fetches)
    for analysis in (shop, many):
        report = terminal.render(analysis, width=width)
        assert report.split("\nWho may ask whom")[0].count("\n") <= 25


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for story in ("shop", "bank", "fine", "empty"):
        for verbose in (False, True):
            report = terminal.render(of_story(story), width=width, verbose=verbose)
            assert max(map(len, report.splitlines())) <= width


def test_ascii_is_ascii_and_keeps_the_layout() -> None:
    plain, ascii_ = (terminal.render(of_story("shop"), width=80, unicode=u) for u in (True, False))
    assert ascii_.isascii()
    assert [len(line) for line in plain.splitlines()] == [len(line) for line in ascii_.splitlines()]


def test_color_adds_nothing_but_color() -> None:
    plain, colored = (terminal.render(of_story("shop"), width=80, color=c) for c in (False, True))
    assert "\x1b" not in plain
    bare = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_the_first_line_also_counts_what_failed_without_a_cause(tmp_path: Path) -> None:
    asked = {"User-Agent": "Mozilla/5.0", "Referer": "https://app.example/"}
    errors = ["net::ERR_CONNECTION_RESET", "net::ERR_FAILED", "net::ERR_FAILED"]
    entries = [entry(status=-1, asked=asked, response={"_failureText": error}) for error in errors]
    path = tmp_path / "x.har"
    path.write_bytes(dump(log(*entries, creator="Playwright")))
    first = terminal.render(analyze(str(path)), width=120).splitlines()[0]
    assert (
        first
        == "✗ 1 of 3 cross-origin requests was blocked, not by CORS; 2 more failed, and the capture does not show why."
    )


def test_what_no_page_asked_is_told_apart_and_last(tmp_path: Path) -> None:
    own = "POST https://update.example/\nSec-Fetch-Mode: no-cors\n\nfailed net::ERR_FAILED\n\n"
    page = "GET https://api.example/\nOrigin: https://app.example\n\n200\n"
    path = tmp_path / "x.http"
    path.write_text(own.replace("ERR_FAILED", "ERR_NAME_NOT_RESOLVED") * 2 + page)
    report = terminal.render(analyze(str(path)), width=120)
    assert report.splitlines()[0] == (
        "✗ 1 of 1 cross-origin request was blocked by CORS; so were 2 requests not known to be cross-origin."
    )
    assert report.index("from https://app.example") < report.index("from an unknown page")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Condition("page=of this origin", Outcome.NOT_SUBJECT), "not subject to CORS"),
        (Condition("credentials=include", Outcome.UNKNOWN), "cannot be told"),
        (Condition("credentials=not-include", Outcome.ALLOWED), "allowed"),
        (
            Condition("credentials=include", Outcome.BLOCKED, Reason.ACAC_NOT_TRUE, Stage.ACTUAL, "false"),
            "blocked: acac-not-true false (actual)",
        ),
    ],
)
def test_answers_under_a_condition_are_told_in_words(condition: Condition, told: str) -> None:
    assert answer(condition) == told


def test_limits_say_what_is_left_out() -> None:
    shop = of_story("shop")
    fetches = [replace(f, origin=f"https://app{i}.example") for i in range(10) for f in shop.fetches]
    analysis = Analysis(shop.inputs, fetches)
    report = terminal.render(analysis, width=100)
    assert "more pairs, with " in report
    assert re.search(r"… and 60 more distinct failures \(60 requests\); -v shows all", report)
    assert "more distinct failures" not in terminal.render(analysis, width=100, verbose=True)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_list_tells_of_every_card(width: int) -> None:
    report = terminal.render(of_story("shop"), width=width)
    listed, *cards = re.split(r"\n\n(?=[✗?] [0-9])", report.split("\nWhat failed, and why\n")[1])
    lines = [
        re.fullmatch(r"  ([✗?]) +([0-9]+) (GET|PUT|POST|DELETE|PATCH) .*\S  +[0-9]+", s) for s in listed.split("\n")[1:]
    ]
    assert [m and (m[1], m[2]) for m in lines] == [(card[0], card.split()[1]) for card in cards]


def test_a_card_or_two_need_no_list() -> None:
    few = Analysis(of_story("shop").inputs, of_story("shop").fetches[:3])
    report = terminal.render(few, width=80)
    assert report.split("\nWhat failed, and why\n")[1].startswith("\n✗ 1  ")


def test_one_card_for_one_policy() -> None:
    shop = of_story("shop")
    report = terminal.render(Analysis(shop.inputs, shop.fetches * MAX_ENTRIES), width=100)
    assert "20 requests, 1 endpoint" not in report
    assert "… and 10 more" in report


def test_unread_inputs_are_told() -> None:
    report = terminal.render(Analysis([Input(path="a.har", error="the file is empty")], []))
    assert "Nothing to judge" in report
    assert "a.har: not read: the file is empty" in report


def test_what_textbooks_get_wrong_is_set_straight() -> None:
    report = " ".join(terminal.render(of_story("bank"), width=100).split())
    assert "`null` refuses nobody" in report
    assert "Credentials never cause a preflight" in report
    assert "never stands in Access-Control-Request-Headers" in report


def test_the_status_behind_a_cors_error_is_the_news() -> None:
    report = " ".join(terminal.render(of_story("shop"), width=100).split())
    assert "with 500, and this error answer lacks the CORS headers" in report
    assert "An error answer lost its CORS headers (500)" in report
    assert "Let OPTIONS through without credentials" in report


def test_three_questions_are_answered() -> None:
    report = terminal.render(of_story("fine"), width=100)
    for question in ("is this exact origin allowed?", "method and headers allowed?", "does the preflight pass?"):
        assert re.search(re.escape(question) + r" +✓ yes", report), question


@pytest.mark.parametrize("answer", ["500", "failed net::ERR_ABORTED", "failed net::ERR_CONNECTION_REFUSED"])
def test_what_credentials_do_not_cause_is_not_told_of_other_failures(answer: str) -> None:
    asked = "GET https://api.example/\nOrigin: https://app.example\nCookie: sid=1\nSec-Fetch-Mode: cors\n\n"
    report = terminal.render(analyze(parse_text(asked + answer)), width=100)
    assert "Credentials never cause a preflight" not in " ".join(report.split())


def test_of_a_loop_the_ends_are_shown() -> None:
    round_and_round = "GET https://api.example/x\nOrigin: https://app.example\n\n302\nLocation: /x\n" + (
        "Access-Control-Allow-Origin: https://app.example\n\n"
    )
    report = terminal.render(analyze(parse_text(round_and_round * 21)), width=100)
    assert report.count("redirect GET: 302") + report.count("actual GET: 302") == 8
    assert "  … 13 more\n" in report
