"""Which page and which server a request counts for, and what is answered there."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.fetch import Outcome
from coranalyze.reports.pairs import Said, pairs
from coranalyze.sources.text import parse_text

PASSED = "Access-Control-Allow-Origin: *"


def get(url: str, origin: str, *answer: str) -> str:
    return "\n".join((f"GET {url}", f"Origin: {origin}", "Sec-Fetch-Mode: cors", "", *answer, "", ""))


def led(first: tuple[str, ...], second: tuple[str, ...] | None) -> str:
    """A request to one server that redirects to another."""
    to = "Location: https://two.example/x"
    text = get("https://one.example/x", "https://app.example", "302", to, *first)
    return text if second is None else text + get("https://two.example/x", "null", *second)


@pytest.mark.parametrize(
    ("text", "server", "outcome", "origin_allowed"),
    [
        (led((PASSED,), ("200", PASSED)), "https://two.example", Outcome.ALLOWED, Said.YES),
        (led((PASSED,), ("200",)), "https://two.example", Outcome.BLOCKED, Said.NO),
        (led((), None), "https://one.example", Outcome.BLOCKED, Said.NO),
        (get("https://one.example/x", "https://app.example", "200"), "https://one.example", Outcome.BLOCKED, Said.NO),
    ],
)
def test_the_server_is_the_one_that_answers_the_question(
    text: str, server: str, outcome: Outcome, origin_allowed: Said
) -> None:
    (pair,) = pairs(analyze(parse_text(text)))
    assert (pair.origin, pair.server) == ("https://app.example", server)
    assert pair.outcomes == {outcome: 1}
    assert pair.origin_allowed.said == {origin_allowed: 1}


def test_a_preflight_that_refuses_counts_at_its_own_server() -> None:
    asked = ("Origin: https://app.example", "Access-Control-Request-Method: PUT", "", "204", PASSED, "", "")
    (pair,) = pairs(analyze(parse_text("\n".join(("OPTIONS https://one.example/x", *asked)))))
    assert pair.server == "https://one.example"
    assert pair.preflight_passes.said == {Said.NO: 1}
