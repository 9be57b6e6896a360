"""The user has named their own sites: no setting is printed that lets another site in, and no advice is plain."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes import Cause
from coranalyze.sources.text import parse_text
from tests.rules.story import ACAC, VARY, acao, asked, preflight, told

API = "https://api.clinic.com/rx/7"
OWN, STRANGER = "https://my.clinic.com", "https://clinic-blog.net"
PUT = "Access-Control-Allow-Methods: PUT, DELETE"
FAILURES = {
    "late": (
        preflight(url=API, origin=STRANGER, answer=acao(STRANGER, ACAC, PUT)),
        asked("PUT", API, "Cookie: s", origin=STRANGER),
    ),
    "star": (asked("GET", API, "Cookie: s", "Sec-Fetch-Mode: cors", origin=STRANGER, answer=acao("*")),),
    "method": (preflight("PATCH", url=API, origin=STRANGER, answer=acao(STRANGER, ACAC, PUT)),),
    "silent": (asked("GET", API, origin=STRANGER),),
}


def cause_of_last(*exchanges: str, parties: tuple[str, ...] = ()) -> Cause:
    analysis = told(*exchanges, first_parties=parties)
    return analysis.causes[len(analysis.fetches) - 1]


@pytest.mark.parametrize("exchanges", FAILURES.values(), ids=FAILURES)
def test_an_outsider_is_let_in_only_if_meant(exchanges: tuple[str, ...]) -> None:
    cause = cause_of_last(*exchanges, parties=("clinic.com",))
    assert cause.advice.startswith(("Nothing, unless", "If the page is meant"))
    assert cause.fixes == ()
    assert cause_of_last(*exchanges).fixes != ()


def test_pages_of_the_users_own_sites_are_no_outsiders() -> None:
    cause = cause_of_last(
        preflight("PATCH", url=API, origin=OWN, answer=acao(OWN, ACAC, VARY, PUT)), parties=("clinic.com",)
    )
    assert cause.fixes == ("F8",)
    assert cause.advice.startswith("Add PATCH")


def test_nobody_means_to_let_in_what_calls_itself_evil() -> None:
    text = "OPTIONS https://api.shop.example/x\nOrigin: https://{}\nAccess-Control-Request-Method: PUT\n\n204\n"
    listed = "Access-Control-Allow-Origin: https://{}\nAccess-Control-Allow-Methods: GET\n"
    for host, fixes in (("evil.test", ()), ("partner.test", ("F8",))):
        (cause,) = analyze(parse_text((text + listed).format(host, host))).causes.values()
        assert (cause.name, cause.fixes) == ("method-not-allowed", fixes)
        assert cause.advice.startswith("Nothing, unless") is not bool(fixes)
