"""What was worked out once is looked up after, and memory stays bounded."""

import pytest

from coranalyze import memo
from coranalyze.analysis import analyze
from coranalyze.memo import Known, Memo
from coranalyze.reports import json
from tests.conftest import SAMPLES


def test_a_memo_asks_once() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    lengths = Memo(length)
    assert [lengths["a"], lengths["bc"], lengths["a"]] == [1, 2, 1]
    assert asked == ["a", "bc"]


def test_a_full_one_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "LIMIT", 2)
    known: Known[int, str] = Known()
    for number in range(3):
        known[number] = "x"
    assert known == {2: "x"}
    names: Memo[int, str] = Memo(str)
    assert [names[number] for number in (1, 2, 3, 1)] == ["1", "2", "3", "1"]
    assert names == {3: "3", 1: "1"}


@pytest.mark.parametrize("name", ["shop-chrome.har", "near-miss-firefox.har", "shop-mitmproxy.flow", "textbook.http"])
def test_what_is_forgotten_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(SAMPLES / name)
    remembered = json.render(analyze(path))
    monkeypatch.setattr(memo, "LIMIT", 1)
    assert json.render(analyze(path)) == remembered
