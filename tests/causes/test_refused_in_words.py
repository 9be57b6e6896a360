"""BlackSheep's CORS handling answers 400 and says in `CORS-Error` what it refuses."""

import pytest

from tests.rules.story import asked, graded, preflight, told

ORIGIN = "CORS-Error: The origin of the request is not enabled by CORS rules."
METHOD = "CORS-Error: The method of the request is not enabled by CORS rules."
HEADER = 'CORS-Error: The "x-a" request header is not enabled by CORS rules.'


def refused(line: str) -> str:
    return preflight("PUT", "content-type,x-a,x-b", status=400, answer=(line,))


@pytest.mark.parametrize(
    ("line", "cause", "rule", "fact"),
    [
        (HEADER, "header-not-allowed", "COR607", "x-a"),
        (METHOD, "method-not-allowed", "COR606", "PUT"),
        (ORIGIN, "no-acao-anywhere", "COR605", ""),
        (HEADER.replace("x-a", "x-c"), "no-acao-anywhere", "COR605", ""),
    ],
    ids=["header", "method", "origin", "a header that nobody sent"],
)
def test_what_it_refuses(line: str, cause: str, rule: str, fact: str) -> None:
    analysis = told(refused(line))
    found = analysis.causes.get(0)
    assert found is not None
    assert found.name == cause
    assert f"`cors-error: {line.partition(': ')[2]}`" in found.evidence
    assert [(finding.rule, finding.fact) for finding in analysis.findings if finding.rule[3] == "6"] == [(rule, fact)]


def test_it_refuses_an_origin_on_requests_too() -> None:
    """So its 400 is no error of the application that lost its headers."""
    analysis = told(asked("GET", status=400, answer=(ORIGIN,)))
    found = analysis.causes.get(0)
    assert found is not None
    assert found.name == "no-acao-anywhere"
    assert "its log tells why" not in found.advice


def test_an_origin_that_is_refused_beside_others_is_no_fault() -> None:
    let_in = preflight("PUT", origin="https://other.test", status=200, answer=(
        "Access-Control-Allow-Origin: https://other.test", "Access-Control-Allow-Methods: PUT",
    ))  # fmt: skip
    assert not {each for each in graded(let_in, refused(ORIGIN)) if each.startswith("COR60") and not each.endswith("?")}
    assert "COR607 low" in graded(let_in, refused(HEADER))
