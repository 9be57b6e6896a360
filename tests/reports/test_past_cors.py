"""What CORS lets in, or has no say in, and what fails all the same: told in the reports, and not as blocked."""

import re
from pathlib import Path

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.issues.issue import issues
from coranalyze.large.run import analyze_large
from coranalyze.reports import markdown, terminal
from coranalyze.sources.text import parse_text

NO_COOKIE = """
GET https://api.example.net/me
Origin: https://app.example
Cookie: sid=1

200
Access-Control-Allow-Origin: https://app.example
Access-Control-Allow-Credentials: true
Set-Cookie: sid=1; SameSite=Lax

GET https://api.example.net/me
Origin: https://app.example

401
Access-Control-Allow-Origin: https://app.example
Access-Control-Allow-Credentials: true
"""
TITLE = "cookie-absent: CORS passed; the server saw no cookie, or no login (not CORS)"


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "a.http"
    path.write_text(NO_COOKIE)
    return str(path)


def test_it_has_a_card(path: str) -> None:
    report = terminal.render(analyze(path), width=100)
    first, *_ = report.splitlines()
    assert first == "✗ No cross-origin request was blocked; 1 request failed, which is not CORS."
    assert f"✗ 1  {TITLE}" in report


def test_it_stands_in_markdown(path: str) -> None:
    assert f"### ✗ 1. `cookie-absent`: {TITLE.partition(': ')[2]}\n" in markdown.render(analyze(path))


def test_it_is_nothing_that_was_blocked(path: str) -> None:
    assert not any(issue.is_failure for issue in issues(analyze(path)))


def test_a_large_capture_tells_of_it_too(path: str) -> None:
    large: Analysis = analyze_large([path], few=0)
    assert TITLE in terminal.render(large, width=100)


def test_a_preflight_without_an_answer_is_not_told_as_cors() -> None:
    """Whatever its reason is called: nobody answered."""
    text = "OPTIONS https://api.example/x\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT\n\n"
    analysis = analyze(parse_text(f"{text}failed [Errno 111] Connect call failed\n"))
    report = terminal.render(analysis, width=100)
    assert report.startswith("✗ 1 of 1 cross-origin request was blocked, not by CORS.\n")
    assert "✗ 1  preflight-network-error: The preflight got no answer (not CORS)" in report
    assert markdown.render(analysis).startswith("# CORS report: 1 of 1 cross-origin request was blocked, not by CORS.")


def test_causes_keep_the_columns_of_numbers_whole() -> None:
    report = terminal.render(analyze(parse_text(NO_COOKIE.replace("/me", "/a-rather-long-path"))), width=60)
    assert re.search(r"^  top causes +endpoints  requests$", report, re.MULTILINE)
