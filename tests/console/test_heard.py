"""Console messages matched to fetches: what they settle, what they contradict, what is about nothing here."""

from pathlib import Path

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.console.paste import Found
from coranalyze.console.settle import settled
from coranalyze.cors.steps import Reason
from coranalyze.exchange import Exchange
from coranalyze.fetch import Credentials, Fetch, Observed, Outcome, Role, Sent, Verdict
from coranalyze.reports import json, markdown, terminal
from tests.sources.hars import dump, entry, log

STAR = """
GET https://api.example/prices
Origin: https://app.example

200
Access-Control-Allow-Origin: *
"""
RIGHT = STAR.replace("*", "https://app.example")
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. "
    "(Reason: {reason}). Status code: 200."
)
STAR_REASON = "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’"
MISSING_REASON = "CORS header ‘Access-Control-Allow-Origin’ missing"
CHROMIUM = (
    "Access to fetch at '{url}' from origin '{origin}' has been blocked by CORS policy: "
    "No 'Access-Control-Allow-Origin' header is present on the requested resource."
)
PRICES = "https://api.example/prices"
PAGE = "https://app.example"


def told(folder: Path, exchanges: str, console: str | bytes) -> Analysis:
    (folder / "a.http").write_text(exchanges)
    log = folder / "console.txt"
    log.write_bytes(console if isinstance(console, bytes) else console.encode())
    return analyze(str(folder / "a.http"), console_logs=[str(log)])


def only(analysis: Analysis) -> Fetch:
    (fetch,) = analysis.fetches
    return fetch


def notes(analysis: Analysis) -> str:
    return " | ".join(analysis.inputs[-1].notes)


def test_a_message_settles_what_hung_on_the_credentials(tmp_path: Path) -> None:
    analysis = told(tmp_path, STAR, FIREFOX.format(url=PRICES, reason=STAR_REASON))
    fetch = only(analysis)
    assert (fetch.outcome, fetch.reason) == (Outcome.BLOCKED, Reason.ACAO_WILDCARD_WITH_CREDENTIALS)
    assert fetch.observed is Observed.BLOCKED
    assert (fetch.credentials, fetch.credentials_evidence) == (Credentials.INCLUDE, "the browser's console")
    assert fetch.verdict.received == "*"
    assert analysis.causes[0].name == "star-with-credentials"
    assert analysis.summary.blocked == 1


def test_of_two_equal_requests_it_does_not_tell_which(tmp_path: Path) -> None:
    analysis = told(tmp_path, STAR * 2, FIREFOX.format(url=PRICES, reason=STAR_REASON))
    assert [fetch.outcome for fetch in analysis.fetches] == [Outcome.CONDITIONAL] * 2
    assert [fetch.observed for fetch in analysis.fetches] == [Observed.UNKNOWN] * 2
    assert [said.of for (said,) in analysis.said.values()] == [2, 2]
    assert "about one of 2 equal requests" in terminal.render(analysis)


def test_the_request_whose_verdict_agrees_is_meant(tmp_path: Path) -> None:
    blocked = STAR.replace("Access-Control-Allow-Origin: *\n", "")
    analysis = told(tmp_path, STAR + blocked, FIREFOX.format(url=PRICES, reason=MISSING_REASON))
    assert [fetch.observed for fetch in analysis.fetches] == [Observed.UNKNOWN, Observed.BLOCKED]
    assert list(analysis.said) == [1]


def test_disagreement_is_told(tmp_path: Path) -> None:
    exchanges = RIGHT.replace("Origin: https://app.example\n\n", "Origin: https://app.example\nCookie: sid\n\n")
    analysis = told(tmp_path, exchanges, FIREFOX.format(url=PRICES, reason=MISSING_REASON))
    fetch = only(analysis)
    assert fetch.reason is Reason.ACAC_NOT_TRUE
    assert fetch.observed is Observed.BLOCKED
    assert not analysis.said[0][0].agrees
    assert "That is acao-missing: the verdict here differs." in terminal.render(analysis)
    assert '"agrees":false' in json.render(analysis)


@pytest.mark.parametrize(
    ("console", "told_of"),
    [
        (CHROMIUM.format(url="https://other.example/x", origin="https://app.example"), "acao-missing: 1 about https://o"),
        (CHROMIUM.format(url=PRICES, origin="https://other.example"), "acao-missing: 1 about https://api.example"),
        ("Refused to connect to 'https://t.example/x' because it violates the following Content Security Policy "
         "directive: \"connect-src 'self'\".", "csp: 1 about https://t.example, which no capture holds"),
        ("Mixed Content: The page at 'https://app.example/' was loaded over HTTPS, but requested an insecure resource "
         "'http://old.example/'. This request has been blocked.", "mixed-content: 1 about http://old.example"),
        ("Mixed Content: The page at 'https://app.example/' was loaded over HTTPS, but requested an insecure "
         "XMLHttpRequest endpoint 'http://old.example/x'.", "mixed-content: 1 about http://old.example"),
        ("hello\nworld", "it holds no message of a browser"),
    ],
)  # fmt: skip
def test_messages_about_nothing_here_are_counted(tmp_path: Path, console: str, told_of: str) -> None:
    analysis = told(tmp_path, STAR, console)
    assert told_of in notes(analysis)
    assert not analysis.said
    assert only(analysis).observed is Observed.UNKNOWN


def test_secrets_are_masked_alike(tmp_path: Path) -> None:
    url = "https://api.example/prices?access_token=Zm9vYmFyYmF6cXV4MTIzNDU2"
    missing = f"GET {url}\nOrigin: https://app.example\n\n200\n"
    other = "GET https://api.example/x?access_token=b3RoZXJzZWNyZXQ5ODc2NTQzMjEw\nOrigin: https://app.example\n\n200\n"
    analysis = told(tmp_path, f"{other}\n{missing}", CHROMIUM.format(url=url, origin="https://app.example"))
    assert list(analysis.said) == [1]
    for report in (terminal.render(analysis, verbose=True), json.render(analysis), markdown.render(analysis)):
        assert "Zm9vYmFy" not in report


def test_a_long_url_that_devtools_cut(tmp_path: Path) -> None:
    url = f"https://api.example/{'segment/' * 30}end?page=2"
    missing = f"GET {url}\nOrigin: https://app.example\n\n200\n"
    analysis = told(tmp_path, missing, CHROMIUM.format(url=f"{url[:60]}…{url[-20:]}", origin="https://app.example"))
    assert list(analysis.said) == [0]


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"\x1b]8;;https://evil.example\x07", b"(Reason: " * 2000, b""])
def test_hostile_logs(tmp_path: Path, text: bytes) -> None:
    message = CHROMIUM.format(url=PRICES, origin="https://app.example").encode()
    report = terminal.render(told(tmp_path, STAR, text + message + text))
    assert "\x1b" not in report


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text(STAR)
    analysis = analyze(str(tmp_path / "a.http"), console_logs=[str(tmp_path / "none.txt")])
    assert analysis.inputs[-1].error == "no such file or directory"
    assert "not read" in terminal.render(analysis)


def test_a_message_about_the_target_of_a_redirect_that_the_capture_does_not_hold(tmp_path: Path) -> None:
    redirect = f"GET {PRICES}\nOrigin: {PAGE}\n\n302\nAccess-Control-Allow-Origin: *\nLocation: https://b.example/p\n"
    message = CHROMIUM.format(url="https://b.example/p", origin=PAGE)
    of_it, of_another = (
        message.replace("/p'", f"/p' (redirected from '{first}')") for first in (PRICES, "https://api.example/none")
    )
    analysis = told(tmp_path, redirect, of_it)
    assert only(analysis).observed is Observed.BLOCKED
    assert list(analysis.said) == [0]
    assert told(tmp_path, redirect, of_another).said == {}


def unanswered(folder: Path, console: str, *urls: str) -> list[Fetch]:
    """Playwright's HAR holds no answer of what was blocked."""
    asked = {"Origin": "https://app.example", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
    entries = [entry(url=url, status=-1, asked=asked) for url in urls]
    (folder / "a.har").write_bytes(dump(log(*entries, creator="Playwright")))
    (folder / "console.txt").write_text(console)
    return analyze(str(folder / "a.har"), console_logs=[str(folder / "console.txt")]).fetches


HEADER = (
    "Access to fetch at '{url}' from origin '{origin}' has been blocked by CORS policy: Request header field x-a is "
    "not allowed by Access-Control-Allow-Headers in preflight response."
)


@pytest.mark.parametrize(
    ("message", "reason", "stage", "detail"),
    [
        (CHROMIUM, Reason.ACAO_MISSING, "actual", ""),
        (HEADER, Reason.HEADER_NOT_ALLOWED, "preflight", "x-a"),
    ],
)
def test_a_message_tells_what_the_capture_does_not_hold(
    message: str, reason: Reason, stage: str, detail: str, tmp_path: Path
) -> None:
    (fetch,) = unanswered(tmp_path, message.format(url=PRICES, origin=PAGE), PRICES)
    verdict = fetch.verdict
    assert (fetch.outcome, fetch.reason, verdict.stage, verdict.detail) == (Outcome.BLOCKED, reason, stage, detail)
    assert fetch.observed is Observed.BLOCKED


def test_of_two_unanswered_ones_it_does_not_tell_which(tmp_path: Path) -> None:
    fetches = unanswered(tmp_path, CHROMIUM.format(url=PRICES, origin=PAGE), PRICES, PRICES)
    assert [fetch.outcome for fetch in fetches] == [Outcome.UNKNOWN] * 2


@pytest.mark.parametrize(
    "reason",
    [
        "CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://other.example’",
        "CORS preflight response did not succeed",
        "CORS request did not succeed",
    ],
)
def test_a_wording_of_several_meanings_settles_nothing_alone(reason: str, tmp_path: Path) -> None:
    (fetch,) = unanswered(tmp_path, FIREFOX.format(url=PRICES, reason=reason), PRICES)
    assert (fetch.outcome, fetch.observed) == (Outcome.UNKNOWN, Observed.BLOCKED)


@pytest.mark.parametrize("reason", Reason)
def test_a_message_settles_what_has_no_answer_whatever_it_says(reason: Reason) -> None:
    """Also where no step of the standard stands behind it, as for the local network."""
    exchange = Exchange(entry=0, method="GET", url=PRICES)
    unknown = Fetch(PRICES, "GET", Verdict(Outcome.UNKNOWN), exchanges=(Sent(Role.ACTUAL, exchange),))
    fetch = settled(Found("said", "chromium", reason, None, {}), unknown)
    assert fetch is not None
    assert (fetch.outcome, fetch.reason) == (Outcome.BLOCKED, reason)


def test_what_no_capture_holds_is_told_first(tmp_path: Path) -> None:
    analysis = told(tmp_path, RIGHT, CHROMIUM.format(url="https://api.example/other", origin=PAGE))
    assert "; the console tells of 1 blocked request that no capture holds." in " ".join(
        terminal.render(analysis).split()
    )
