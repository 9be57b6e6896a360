"""Preflights that are refused for what they ask, as another one shows that passes at the same endpoint."""

import pytest

from coranalyze.causes import Cause
from coranalyze.endpoint.answer import Answer
from coranalyze.endpoint.asked import refused_for
from coranalyze.fetch import Role
from tests.rules.story import ACAC, API, acao, asked, findings, preflight, told

ALLOW = "Access-Control-Allow-Headers: content-type"


def last_cause(*exchanges: str) -> Cause | None:
    analysis = told(*exchanges)
    return analysis.causes.get(len(analysis.fetches) - 1)


PASSES = preflight("POST", "content-type", answer=(*acao(), ALLOW))
POSTS = asked("POST", API, "Content-Type: application/json", answer=acao())


@pytest.mark.parametrize(
    ("status", "passing", "ask", "name", "rule", "fact"),
    [
        # Tomcat, gorilla and Plack; gorilla of methods; rack-cors and Jetty.
        (403, PASSES, ("POST", "content-type,x-csrf-token"), "header-not-allowed", "COR607", "x-csrf-token"),
        (405, PASSES, ("PUT", "content-type"), "method-not-allowed", "COR606", "PUT"),
        (200, PASSES, ("PUT", "content-type"), "method-not-allowed", "COR606", "PUT"),
        (200, PASSES, ("POST", "authorization,content-type"), "header-not-allowed", "COR607", "authorization"),
        # The same was let in before: it is something else.
        (403, PASSES, ("POST", "content-type"), "preflight-auth", "COR601", "403"),
        (405, PASSES, ("POST", ""), "preflight-unrouted", "COR603", "405"),
        # No answer of a CORS handling.
        (401, PASSES, ("PUT", "content-type"), "preflight-auth", "COR601", "401"),
        (404, PASSES, ("PUT", "content-type"), "preflight-unrouted", "COR603", "404"),
        # `*` covers all names.
        (403, preflight("POST", "a", answer=acao("*", "Access-Control-Allow-Headers: *")), ("POST", "b"),
         "preflight-auth", "COR601", "403"),
    ],
)  # fmt: skip
def test_refusals(status: int, passing: str, ask: tuple[str, str], name: str, rule: str, fact: str) -> None:
    exchanges = (passing, POSTS, preflight(*ask, status=status))
    cause = last_cause(*exchanges)
    assert cause is not None
    assert cause.name == name
    found = findings(*exchanges, groups="6")
    assert rule in found
    assert fact in found[rule].message


def test_what_the_list_shows_is_certain_and_else_one_thing_only() -> None:
    def beyond(*names: str, headers: tuple[str, ...] = ("x-a",)) -> bool | None:
        passed = Answer(
            role=Role.PREFLIGHT,
            method="OPTIONS",
            requested_method="PUT",
            requested_headers=("x-a",),
            allow_headers=headers,
        )
        found = refused_for(403, "PUT", names, [passed])
        return found.certain if found is not None else None

    assert beyond("x-a") is None
    assert beyond("x-a", "x-b") is True
    assert beyond("x-b", "x-c") is False
    assert beyond("x-b", "x-c", headers=("x-a, x-z",)) is True
    assert refused_for(403, "PUT", (), []) is None


def test_a_preflight_without_a_word_leaves_open_whether_it_was_heard() -> None:
    """Jetty answers so where it does not allow a header."""
    cause = last_cause(asked(answer=acao()), preflight("PUT", "x-a", status=200, answer=("Allow: GET, HEAD, OPTIONS",)))
    assert cause is not None
    assert (cause.name, cause.confidence) == ("preflight-unrouted", "suspected")
    assert "without a word" in cause.settle


def test_other_origins_passing_preflights_say_nothing() -> None:
    cause = last_cause(
        preflight("POST", origin="https://other.example", answer=acao("https://other.example", ACAC)),
        preflight("PUT", status=403),
    )
    assert cause is not None
    assert cause.name != "method-not-allowed"
