"""Explanations: every reason has a page, every browser's wording finds it, near misses are named for what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.causes import Pattern
from coranalyze.console.messages import ALL, CHROMIUM, FIREFOX, Message
from coranalyze.console.names import all_codes, find_name, names_of
from coranalyze.cors.codes import aliases
from coranalyze.cors.steps import NOT_CORS, Reason, Step
from coranalyze.explain import PAGES, Explanation, candidates, close_matches, explain, look_up
from coranalyze.explain.page import MISCONCEPTIONS
from coranalyze.reports import explanation
from tests.hostile.growth import is_linear

URL, PAGE = "https://api.example/x?q=1", "https://app.example"
FIREFOX_SAYS = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
FILL = {
    "url": URL, "page": "https://app.example/p", "origin": PAGE, "status": "403", "header": "x-token",
    "method": "PATCH",
    "value": "https://other.example", "token": "a b", "location": "https://u:p@api.example/",
    "initiator": "XMLHttpRequest", "space": "loopback", "expected": "local", "scheme": "ftp",
    "schemes": "chrome, http, https", "directive": "connect-src 'self'", "verb": "connect to",
    "what": "the loading of a resource", "why": "nosniff with HTML", "type": "text/html",
}  # fmt: skip


def _filled(message: Message) -> str:
    body = message.template.format(**FILL)
    if message in CHROMIUM:
        check = "Response to preflight request doesn't pass access control check: "
        between = check if message.reason in (Reason.PREFLIGHT_STATUS, Reason.PREFLIGHT_REDIRECT) else ""
        return f"Access to fetch at '{URL}' from origin '{PAGE}' has been blocked by CORS policy: {between}{body}"
    if message in FIREFOX:
        return f"{FIREFOX_SAYS}{URL}. (Reason: {body}). Status code: 403."
    return body


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_page(reason: Reason) -> None:
    page = PAGES[reason]
    assert page.reason is reason
    assert explain(reason)[0].page is page
    assert explain(f" {reason.upper()} ")[0].page is page
    for text in (page.title, page.happened, page.why, page.first, *page.check, *page.causes):
        assert text
        assert text == text.strip()
    for text in (page.happened, page.why, page.first):
        assert text[-1] in ".?:)"
    assert page.check
    assert page.causes
    assert page.is_cors is (reason not in NOT_CORS)


def test_pages_lead_to_the_step_of_the_standard() -> None:
    without = {reason for reason, page in PAGES.items() if not page.steps and not page.reference}
    # A setting of the browser and a matter of extensions: no standard knows them.
    assert without <= {Reason.CORS_DISABLED, Reason.ORIGIN_NOT_ADDABLE}
    for step in Step:
        assert step.reason is None or step in PAGES[step.reason].steps


def test_no_page_weakens_the_browser() -> None:
    told = " ".join(
        " ".join((page.happened, page.why, page.first, *page.check, *page.causes)) for page in PAGES.values()
    ).lower()
    for bad in (
        "cors-anywhere",
        "disable-web-security",
        "allow all origins",
        "reflect the origin",
        "echo any",
        "disable cors",
    ):
        assert bad not in told


def test_misconceptions_are_told_once_each() -> None:
    assert len({m.claim for m in MISCONCEPTIONS}) == len(MISCONCEPTIONS)
    assert all(page.misconception in MISCONCEPTIONS for page in PAGES.values() if page.misconception)


@pytest.mark.parametrize("message", ALL, ids=lambda m: f"{m.browser}-{m.template[:40]}")
def test_every_message_is_found(message: Message) -> None:
    text = _filled(message)
    for variant in (text, text.replace("'", "’"), f"app.js:12 {text} [Learn More]", f"\n  {text}\n"):
        found = explain(variant)
        assert [e.page.reason for e in found] == [message.reason], variant
        assert found[0].browser == message.browser


@pytest.mark.parametrize("message", [m for m in (*CHROMIUM, *FIREFOX) if "{" in m.template])
def test_what_a_message_names_is_extracted(message: Message) -> None:
    facts = explain(_filled(message))[0].facts
    assert facts["url"] == URL
    for name, value in FILL.items():
        if f"{{{name}}}" in message.template:
            assert facts[name] == value


@pytest.mark.parametrize("message", CHROMIUM)
def test_preflight_and_redirect_of_chromium(message: Message) -> None:
    body = message.template.format(**FILL)
    text = (
        f"Access to XMLHttpRequest at '{URL}' (redirected from '{PAGE}/start') from origin 'null' has been blocked by "
        f"CORS policy: Response to preflight request doesn't pass access control check: {body}"
    )
    (found,) = explain(text)
    assert found.page.reason is message.reason
    assert found.stage in ("preflight", message.stage)
    assert (found.facts["first_url"], found.facts["origin"]) == (f"{PAGE}/start", "null")


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        # Firefox logs a failed preflight twice.
        (
            f"{FIREFOX_SAYS}https://a/. (Reason: CORS preflight response did not succeed). Status code: 401.\n"
            f"{FIREFOX_SAYS}https://a/. (Reason: CORS request did not succeed). Status code: (null).",
            [Reason.PREFLIGHT_STATUS],
        ),
        # WebKit's second line only names the URL.
        (
            "Origin https://app.example is not allowed by Access-Control-Allow-Origin. Status code: 500\n"
            "Fetch API cannot load https://api.example/x due to access control checks.",
            [Reason.ACAO_MISSING],
        ),
        ("Failed to load resource: net::ERR_CONNECTION_REFUSED", [Reason.NETWORK_ERROR]),
        ("GET https://x/ net::ERR_CERT_AUTHORITY_INVALID", [Reason.NETWORK_ERROR]),
        ("Failed to load resource: net::ERR_BLOCKED_BY_CLIENT", [Reason.CLIENT_BLOCKED]),
        ("Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin", [Reason.CORP]),
        ("PreflightMissingAllowOriginHeader", [Reason.ACAO_MISSING]),
        ("preflightmissingalloworiginheader", [Reason.ACAO_MISSING]),
        ("CORSMissingAllowOrigin", [Reason.ACAO_MISSING]),
        ("CORSMissingAllowOrigin2", [Reason.ACAO_MISSING]),
        ("CORSMissingAllowHeaderFromPreflight2", [Reason.HEADER_NOT_ALLOWED]),
        ("CORSDidNotSucceed2", [Reason.NETWORK_ERROR]),
        ("ERR_CONNECTION_RESET", [Reason.NETWORK_ERROR]),
        ("net::ERR_BLOCKED_BY_ORB", [Reason.ORB]),
        ("", []),
        ("hello", []),
        ("TypeError: Failed to fetch", []),
    ],
)
def test_pastes_and_codes(text: str, reasons: list[Reason]) -> None:
    assert [e.page.reason for e in explain(text)] == reasons


@pytest.mark.parametrize("message", [*CHROMIUM, *FIREFOX], ids=lambda m: f"{m.browser}-{m.template[:40]}")
def test_a_message_without_its_envelope(message: Message) -> None:
    body = message.template.format(**FILL)
    quotes = (body, body.replace("'", "’"), body.replace("'", '"'), body.replace("'", "`"), body.replace("'", ""))
    for text in (*quotes, f"(Reason: {body}).", f"has been blocked by CORS policy: {body}"):
        assert {e.page.reason for e in explain(text)} == {message.reason}, text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("No 'Access-Control-Allow-Origin' header is present", Reason.ACAO_MISSING),
        ("has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header…", Reason.ACAO_MISSING),
        ("must not be the wildcard '*' when the request's credentials mode", Reason.ACAO_WILDCARD_WITH_CREDENTIALS),
        ("(Reason: CORS header ‘Access-Control-Allow-Origin’ missing)", Reason.ACAO_MISSING),
        ("Reason: CORS request did not succeed", Reason.NETWORK_ERROR),
        ("that is not equal to the supplied origin", Reason.ACAO_MISMATCH),
        ("The 'Access-Control-Allow-Origin' header has a value 'https://a.test' that is not…", Reason.ACAO_MISMATCH),
        ("redirect is not allowed for a preflight", Reason.PREFLIGHT_REDIRECT),
    ],
)
def test_a_part_of_a_message(text: str, reason: Reason) -> None:
    assert [e.page.reason for e in explain(text)] == [reason]


def test_a_part_of_several_messages() -> None:
    assert explain("did not succeed") == []
    assert set(candidates("did not succeed")) == {Reason.PREFLIGHT_STATUS, Reason.NETWORK_ERROR}
    for text in ("header", "is present", "No 'Access-Control-Allow-Origin' header is present"):
        assert candidates(text) == []


def test_follow_up_gives_its_url_to_the_message_before() -> None:
    (found,) = explain(
        "Method PUT is not allowed by Access-Control-Allow-Methods.\n"
        "XMLHttpRequest cannot load https://a/b due to access control checks."
    )
    assert (found.page.reason, found.facts["url"]) == (Reason.METHOD_NOT_ALLOWED, "https://a/b")


def test_the_status_of_the_line_beside_is_told() -> None:
    (found,) = explain(
        f"Access to fetch at '{URL}' from origin '{PAGE}' has been blocked by CORS policy: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
        "Failed to load resource: the server responded with a status of 500 ()"
    )
    assert any("500 Internal Server Error" in sentence for sentence in found.says)


def test_every_alias_leads_back_to_its_reason() -> None:
    for reason in Reason:
        for stage in ("actual", "preflight", "redirect"):
            for code in aliases(reason, stage).values():
                name = find_name(code)
                assert name is not None, code
                assert reason in name.reasons
    for code in all_codes():
        assert explain(code), code
    assert "PreflightMissingAllowOriginHeader" in names_of(Reason.ACAO_MISSING)["chromium"]


def test_close_matches() -> None:
    assert close_matches("acao-mising")[0] == "acao-missing"
    assert close_matches("CorsMissingAlowOrigin")[0] == "CORSMissingAllowOrigin"
    assert close_matches("wildcard")
    assert close_matches("zzzzzzzz") == []


@given(st.text(max_size=300))
def test_explain_takes_any_text(text: str) -> None:
    explain(text)


@pytest.mark.parametrize(
    "text", ["a b ", "Access to fetch at ", "Cross-Origin Request Blocked: The Same Origin Policy ", "' "]
)
def test_time_grows_with_the_length_of_a_paste_only(text: str) -> None:
    assert is_linear(lambda size: explain(text * (size // len(text))), 16_384)


def test_a_cause_has_a_page() -> None:
    (entry,) = look_up("error-drops-cors")
    assert isinstance(entry, Pattern)
    told = explanation.render([entry], width=100)
    assert "An error answer lost its CORS headers" in told
    assert '"cause":"error-drops-cors"' in explanation.render_json([entry])


def test_what_shares_a_name_is_told_in_turn() -> None:
    reason, cause = look_up("header-not-allowed")[-2:]
    assert isinstance(reason, Explanation)
    assert isinstance(cause, Pattern)


def test_a_failed_connection_sends_nobody_to_other_lines() -> None:
    """Firefox says no more in its console."""
    (found,) = explain("(Reason: CORS request did not succeed). Status code: (null).")
    said = " ".join(explanation.render([found], width=100).split())
    assert "a certificate that is not trusted" in said
    assert "the line before it" not in said
