"""COR501 to COR508: values of Access-Control-Allow-Origin that let nobody in."""

from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from tests.rules.story import ACAC, API, APP, acao, asked, findings, graded, told

VALUES = {
    "https://app.example": None,
    "*": None,
    "null": None,
    "capacitor://localhost": None,
    "chrome-extension://abcdefghijklmnop": None,
    "https://other.test": None,
    "https://other.test:8443": None,
    "http://[::1]:3000": None,
    "https://a.test, https://b.test": "COR503",
    "https://a.test https://b.test": "COR503",
    "https://a.test|https://b.test": "COR503",
    "https://a.test, https://a.test": "COR502",
    "*, https://a.test": "COR502",
    "https://*.example": "COR504",
    "*.example": "COR504",
    r"^https://.*\.example$": "COR504",
    "https://(a|b).test": "COR504",
    "https://app.example/": "COR505",
    "https://app.example/path": "COR505",
    "app.example": "COR506",
    "//app.example": "COR506",
    "localhost": "COR506",
    "localhost:3000": "COR506",
    "app.example:8080": "COR506",
    "(null)": "COR507",
    "undefined": "COR507",
    "https://App.example": "COR507",
    "HTTPS://app.example": "COR507",
    "https://app.example:443": "COR507",
    "http://app.example:80": "COR507",
    "http://app.example:80800": "COR507",
    '"https://app.example"': "COR507",
    "'*'": "COR507",
    "": "COR507",
    "${FRONTEND_URL}": "COR507",
    "https://${HOST}": "COR507",
    "{http.request.header.Origin}": "COR507",
    "{{ origin }}": "COR507",
    "%{ORIGIN}e": "COR507",
    "%ORIGIN%": "COR507",
    "https://app.example;": "COR507",
    "https://app.example,": "COR507",
    "*,": "COR507",
    "https://a{1,2}.example": "COR504",
    r"^https://app\.example$|^https://www\.example$": "COR504",
    "true": "COR507",
    "NULL": "COR507",
    "https://bücher.example": "COR507",
}


@pytest.mark.parametrize(("value", "rule"), VALUES.items())
def test_values_of_allow_origin(value: str, rule: str | None) -> None:
    found = {code for code in findings(asked(answer=acao(value)), groups="5") if code <= "COR508"}
    assert found == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("exchange", "severity"),
    [
        (asked(answer=acao("https://app.example/")), "low"),
        (
            asked("GET", "https://api.example/x", "Sec-Fetch-Mode: no-cors", origin=None, answer=acao("x.example")),
            "info",
        ),
    ],
)
def test_what_nobody_uses_is_for_information(exchange: str, severity: str) -> None:
    (finding,) = findings(exchange, groups="5").values()
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("origin", "lines"),
    [("https://a.test, https://a.test", ("https://a.test", "https://a.test")), (APP, ("*", "")), (APP, ("", APP))],
)
def test_lines_that_are_let_in_together_are_told_without_a_code(origin: str, lines: tuple[str, ...]) -> None:
    exchange = asked(origin=origin, answer=tuple(header for line in lines for header in acao(line)))
    assert "COR502" in findings(exchange, groups="5")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (acao("*") * 2, "CORSMultipleAllowOriginNotAllowed"),
        (("access-control-allow-origin: *",) * 2, "CORSAllowOriginNotMatchingOrigin"),
        (acao("*, *"), "CORSAllowOriginNotMatchingOrigin"),
    ],
    ids=["lines", "lines over HTTP/2", "one line"],
)
def test_a_finding_has_the_code_of_the_failure(lines: tuple[str, ...], code: str) -> None:
    analysis = told(asked(answer=lines), select=["COR502"])
    assert analysis.fetches[0].aliases["firefox"] == code
    assert f"Firefox: {code})" in analysis.findings[0].message


def test_two_duplicated_headers_are_one_fault() -> None:
    twice = (*acao(APP), *acao(APP), ACAC, ACAC)
    assert graded(asked(answer=twice), groups="5") == {"COR502 low"}


def test_a_mismatch_alone_is_a_refusal() -> None:
    analysis = analyze([])
    assert analysis.findings == []
    assert graded(asked(answer=acao("https://other.test")), groups="5") == set()


def test_one_policy_misspells_every_origin_that_asks() -> None:
    asking = [asked(origin=origin, answer=acao(f"{origin}/")) for origin in (APP, "https://a.test", "https://b.test")]
    fixed = [asked(url=f"https://api.example/{name}", answer=acao(f"https://{name}.test/")) for name in ("x", "y")]
    assert [each.rule for each in told(*asking).findings].count("COR505") == 1
    assert [each.rule for each in told(*asking[:1], *fixed).findings].count("COR505") == 3


@pytest.mark.parametrize(
    ("named", "differs"),
    [
        ("https://www.app.example", "another host"),
        ("http://app.example", "http for https"),
        ("https://app.example:8443", "another port"),
    ],
)
def test_a_mismatch_tells_what_differs(named: str, differs: str, tmp_path: Path) -> None:
    exchange = asked("GET", API, "Sec-Fetch-Mode: cors", status="200 net::ERR_FAILED", answer=acao(named))
    capture = tmp_path / "blocked.http"
    capture.write_text(f"# recorded by: chrome-devtools\n{exchange}", "utf-8")
    (found,) = [each for each in analyze(str(capture)).findings if each.rule == "COR508"]
    assert f"names {named}, {differs} (Chromium: " in found.message


@pytest.mark.parametrize("origin", ["https://App.shop.com", "http://app.shop.com"])
def test_who_is_rightly_refused_has_not_moved(origin: str) -> None:
    """No browser writes capitals, and a page of http is not to read what a server of https says."""
    exchange = asked("GET", "https://api.shop.com/x", origin=origin, answer=acao("https://app.shop.com"))
    assert "COR508" not in findings(exchange)
