"""A preflight approves another site's page and the answer proper does not: the advice does not open what is shut."""

import pytest

from coranalyze.causes import Cause
from coranalyze.reports import terminal
from tests.rules.story import ACAC, VARY, acao, asked, preflight, told

API = "https://api.clinic.com/rx/7"
OWN, STRANGER = "https://my.clinic.com", "https://clinic-blog.net"
PUT = "Access-Control-Allow-Methods: PUT, DELETE"
OTHERS = asked("PUT", API, origin=OWN, answer=acao(OWN, ACAC, VARY))
ELSEWHERE = asked("GET", "https://api.clinic.com/me", origin=OWN, answer=acao(OWN, ACAC, VARY))
APPROVED = preflight(url=API, origin=STRANGER, answer=acao(STRANGER, ACAC, PUT))
WRITTEN = asked("PUT", API, "Cookie: s", origin=STRANGER, answer=(VARY, "Server: nginx"))


def cause_of_last(*exchanges: str) -> Cause:
    analysis = told(*exchanges)
    return analysis.causes[len(analysis.fetches) - 1]


@pytest.mark.parametrize("others", [OTHERS, ELSEWHERE])
def test_others_are_let_in_and_this_one_never(others: str) -> None:
    cause = cause_of_last(others, APPROVED, WRITTEN)
    assert cause.name == "actual-lacks-what-preflight-had"
    assert cause.advice.startswith(f"If {STRANGER} is not meant to send PUT here, have the preflight refuse it too")
    assert "took effect. Only if it is meant to, set Access-Control-Allow-Origin" in cause.advice
    assert cause.fixes == ()


def test_no_setting_is_printed_that_lets_it_in() -> None:
    report = terminal.render(told(OTHERS, APPROVED, WRITTEN), width=200)
    assert "took effect" in report
    assert f'"{STRANGER}"' not in report


def test_what_lets_everybody_in_elsewhere_does_not_mean_it() -> None:
    embed = asked("GET", "https://api.clinic.com/embed", origin=STRANGER, answer=acao(STRANGER, ACAC))
    assert cause_of_last(OTHERS, embed, APPROVED, WRITTEN).fixes == ()


@pytest.mark.parametrize(
    "before",
    [
        (),
        # The page may read other answers at this address: a handler lost the header.
        (OTHERS, asked("GET", API, origin=STRANGER, answer=acao(STRANGER, ACAC, VARY))),
        (ELSEWHERE, asked("GET", "https://api.clinic.com/me", origin=STRANGER, answer=acao(STRANGER, ACAC, VARY))),
    ],
)
def test_a_front_end_on_another_domain(before: tuple[str, ...]) -> None:
    cause = cause_of_last(*before, APPROVED, WRITTEN)
    assert cause.advice.startswith("Set Access-Control-Allow-Origin on the answer to PUT too")
    assert cause.fixes == ("F1",)


def test_a_page_of_the_servers_own_site() -> None:
    sister = "https://new.clinic.com"
    approved = preflight(url=API, origin=sister, answer=acao(sister, ACAC, PUT))
    cause = cause_of_last(ELSEWHERE, approved, asked("PUT", API, origin=sister))
    assert cause.advice.startswith("Set Access-Control-Allow-Origin on the answer to PUT too")
