"""What is known stays known: over time, order, ports; and a known fault that spreads is news."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.issues import Issue, issues
from coranalyze.issues.baseline import Baseline, BaselineError
from coranalyze.sources.text import parse_text

NULL = """
GET https://api.example{port}/{path}
Origin: null

200
Access-Control-Allow-Origin: null
"""
BLOCKED = """
GET https://api.example{port}/{path}
Origin: https://app.example

200
"""


def found(*texts: str) -> list[Issue]:
    return [each for each in issues(analyze(parse_text("\n".join(texts)))) if each.code in ("COR102", "acao-missing")]


def story(text: str, path: str, port: str = "") -> str:
    return text.format(path=path, port=port)


def test_round_trip() -> None:
    known = found(story(NULL, "a"), story(BLOCKED, "b"))
    text = Baseline.of(known).render()
    assert {each.code for each in known} == {"COR102", "acao-missing"}
    compared = Baseline.parse(text).compare(known)
    assert (compared.new, compared.fixed) == ([], [])
    assert compared.unchanged == known
    assert Baseline.parse(text).render() == text


@pytest.mark.parametrize(
    "later",
    [
        [story(BLOCKED, "b"), story(NULL, "a")],
        [story(NULL, "a", ":8443"), story(BLOCKED, "b", ":8443")],
        [story(NULL, "a")] * 3 + [story(BLOCKED, "b")],
    ],
    ids=["order", "port", "count"],
)
def test_known_whatever_else_changed(later: list[str]) -> None:
    baseline = Baseline.of(found(story(NULL, "a"), story(BLOCKED, "b")))
    compared = baseline.compare(found(*later))
    assert (compared.new, compared.fixed) == ([], [])


def test_new_fixed_and_spread() -> None:
    baseline = Baseline.of(found(story(NULL, "a")))
    (spread,) = baseline.compare(found(story(NULL, "a"), story(NULL, "c"))).new
    assert spread.endpoints == ("https://api.example/a", "https://api.example/c")
    compared = baseline.compare(found(story(BLOCKED, "b")))
    assert [each.code for each in compared.new] == ["acao-missing"]
    assert compared.fixed == ["COR102 https://api.example/a"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[]", "no baseline"),
        ("{}", "no baseline"),
        ('{"coranalyze_baseline": 2, "known": {}}', "version 2"),
        ('{"coranalyze_baseline": 1}', "`known`"),
        ('{"coranalyze_baseline": 1, "known": {"a": 1}}', "`known`"),
    ],
)
def test_what_is_no_baseline(text: str, says: str) -> None:
    with pytest.raises(BaselineError, match=says):
        Baseline.parse(text)
