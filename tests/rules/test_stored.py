"""What caches and service workers give out: it was said to somebody, and refuses nobody."""

import pytest

from tests.rules.story import ACAC, APP, VARY, acao, asked, graded

HIT = ("X-Cache: HIT", "Age: 3")
LET_IN = [asked("GET", origin=origin, answer=acao(origin, ACAC)) for origin in ("https://a.com", "https://b.net")]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (acao("https://a.com", ACAC, *HIT), "COR101 medium"),
        (HIT, "COR101 medium"),
        ((VARY, *HIT), "COR101 low?"),
        ((), ""),
    ],
    ids=["made for another", "made for nobody", "kept apart by origin", "the server's own"],
)
def test_what_a_shared_cache_gives_is_no_refusal(answer: tuple[str, ...], found: str) -> None:
    told = graded(*LET_IN, asked(origin="https://c.org", answer=answer), groups="1")
    assert {each for each in told if each.startswith("COR101")} == ({found} if found else set())


def test_a_sub_domain_that_a_cache_fails_is_not_refused() -> None:
    def at(name: str, answer: tuple[str, ...]) -> str:
        return asked("GET", "https://api.shop.com/x", "Cookie: sid", origin=f"https://{name}.shop.com", answer=answer)

    let_in = [at(name, acao(f"https://{name}.shop.com", ACAC)) for name in ("app", "blog", "x7f3a9c2")]
    assert "COR109 medium" in graded(*let_in, at("www", HIT), groups="1")
    assert "COR109 medium" not in graded(*let_in, at("www", ()), groups="1")


def test_a_stored_answer_is_no_drift_by_path() -> None:
    other = "https://api.example/y"
    assert graded(asked(answer=acao(APP, VARY)), asked(url=other, answer=HIT), groups="7") == set()
    assert graded(asked(answer=acao(APP, VARY)), asked(url=other), groups="7") == {"COR701 info"}
