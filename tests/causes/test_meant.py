"""Strangers whose refusal seems meant: nothing is to be done, and no setting lets them in."""

import pytest

from coranalyze.failure import failures
from coranalyze.reports import terminal
from tests.rules.story import acao, asked, told

API = "https://api.shop.example/me"
OWN = "https://www.shop.example"
LET_IN = asked(url=API, origin=OWN, answer=acao(OWN, "Vary: Origin"))


@pytest.mark.parametrize(
    ("origin", "parties", "meant"),
    [
        ("https://evil.test", (), True),
        ("https://evilshop.example", (), True),
        ("https://www.shop.example.other.test", (), True),
        # A front end that nobody put on the list yet, unless the user has named who belongs here.
        ("https://shop-web.netlify.test", (), False),
        ("https://shop-web.netlify.test", ("shop.example",), True),
        ("https://shop-web.netlify.test", ("shop.example", "netlify.test"), False),
        ("https://new.shop.example", ("shop.example",), False),
        ("http://localhost:3000", ("shop.example",), False),
    ],
)
@pytest.mark.parametrize("answer", [("Vary: Origin",), acao(OWN)])
def test_who_is_refused(origin: str, parties: tuple[str, ...], meant: bool, answer: tuple[str, ...]) -> None:
    cause = told(LET_IN, asked(url=API, origin=origin, answer=answer), first_parties=parties).causes[1]
    assert cause.meant is meant
    stranger = meant or ("netlify.test" in origin and "netlify.test" not in parties)
    assert (cause.fixes == ()) is stranger
    assert cause.advice.startswith("Nothing") is stranger


@pytest.mark.parametrize(
    ("named", "origin", "answer", "let_in"),
    [
        (OWN, "https://shop-web.netlify.test", acao(OWN), False),
        (OWN, "https://shop-web.netlify.test", (), False),
        ("https://www.partner.test", "https://shop-web.netlify.test", acao("https://www.partner.test"), False),
        (OWN, "https://shop-web.netlify.test", acao("*"), False),
        # Of one site with who is let in, or with the server.
        ("https://www.partner.test", "https://partner.test", acao("https://www.partner.test"), True),
        (OWN, "https://new.shop.example", acao(OWN), True),
        ("*", "https://shop-web.netlify.test", (), True),
    ],
)
def test_no_setting_lets_in_whom_no_answer_names(
    named: str, origin: str, answer: tuple[str, ...], let_in: bool
) -> None:
    """Be it silence, the name of another or `*` that it got."""
    first = asked(url=API, origin=OWN, answer=acao(named))
    stranger = asked("GET", API, "Cookie: s", "Sec-Fetch-Mode: cors", origin=origin, answer=answer)
    analysis = told(first, stranger)
    cause = analysis.causes[len(analysis.fetches) - 1]
    assert bool(cause.fixes) is let_in
    assert cause.advice.startswith("Nothing, ") is not let_in


def test_where_nobody_is_let_in_nothing_is_meant() -> None:
    assert not told(asked(url=API, origin="https://evil.test")).causes[0].meant


def test_they_are_told_last_and_are_nothing_to_begin_with() -> None:
    strangers = [asked(url=API, origin="https://evil.test", answer=("Vary: Origin",)) for _ in range(3)]
    own = asked("DELETE", "https://api.shop.example/orders", origin=OWN, status=500)
    analysis = told(LET_IN, *strangers, own)
    assert [failure.example.origin for failure in failures(analysis)][:2] == [OWN, "https://evil.test"]
    report = terminal.render(analysis, width=100)
    assert report.index("at DELETE") < report.index("What failed")


def test_a_stranger_who_asks_with_credentials_what_is_for_all_without() -> None:
    star = asked("GET", API, "Cookie: s", "Sec-Fetch-Mode: cors", origin="https://evil.test", answer=acao("*"))
    cause = told(LET_IN, star).causes[1]
    assert (cause.name, cause.meant) == ("star-with-credentials", True)
    assert cause.advice.startswith("Nothing, unless")
