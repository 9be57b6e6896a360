"""What is worked out once for many failures is what would be worked out for each of them."""

from pathlib import Path
from typing import Any

import pytest

import coranalyze.causes.remembered
from coranalyze.analysis import Analysis, analyze
from coranalyze.causes import Cause
from coranalyze.sources.text import parse_text

ROOT = Path(__file__).parents[2]
CAPTURES = sorted(
    [*(ROOT / "sample_data").glob("*.har"), *(ROOT / "tests/oracle").glob("*/*.har.gz")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_told_is_the_same_remembered_and_worked_out_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = analyze(str(path))
    causes, advisories = remembered.causes, told_by(remembered)
    monkeypatch.setattr(coranalyze.causes.remembered, "Known", Forgetful)
    anew = analyze(str(path))
    assert causes == anew.causes
    assert advisories == told_by(anew)


class Forgetful(dict[Any, Any]):
    def get(self, key: Any, default: Any = None) -> Any:
        return default


def told_by(analysis: Analysis) -> list[tuple[Cause, int, list[int]]]:
    return [(each.cause, each.count, each.fetches) for each in analysis.advisories]


def failing(url: str, *answer: str) -> str:
    return "\n".join((f"GET {url}", "Origin: https://app.example", "", *answer, "", ""))


def sentences(*texts: str) -> list[str]:
    analysis = analyze(parse_text("".join(texts)))
    return [analysis.causes[i].sentence for i in sorted(analysis.causes)]


def test_failures_of_one_endpoint_are_one_cause() -> None:
    told = sentences(*[failing(f"https://api.example/items/{i}", "200") for i in range(30)])
    assert len(told) == 30
    assert len(set(told)) == 1


def test_what_else_was_answered_to_the_very_url_counts() -> None:
    right = "Access-Control-Allow-Origin: https://app.example"
    there, elsewhere = "https://api.example/items/1", "https://api.example/items/2"
    stored = ("200", "Cache-Control: max-age=600")
    told = sentences(failing(there, *stored, right), failing(elsewhere, *stored), failing(there, *stored))
    assert told[0] != told[1]
    assert "neither answer says `Vary: Origin`" in told[1]


@pytest.mark.parametrize("status", [300, 301, 305, 307])
def test_where_it_leads_from_the_very_url_counts(status: int) -> None:
    asked = ("Origin: https://app.example", "Access-Control-Request-Method: PUT", "", str(status))
    leads = ("Location: https://api.example/items/1/", "", "")
    told = sentences(*["\n".join((f"OPTIONS https://api.example/items/{i}", *asked, *leads)) for i in (1, 2)])
    assert "with a slash at the end" in told[0]
    assert "with a slash at the end" not in told[1]


def test_a_signature_in_the_url_counts() -> None:
    asked = ("Origin: https://app.example", "Access-Control-Request-Method: PUT", "", "403", "", "")
    told = sentences(
        "\n".join(("OPTIONS https://files.example/1", *asked)),
        "\n".join(("OPTIONS https://files.example/2?X-Amz-Signature=0a1b", *asked)),
    )
    assert told[0] != told[1]
    assert told[1].startswith("The object store refused the preflight")


def test_what_is_told_of_all_pages_is_told_once() -> None:
    exposed = ("200", "X-Total-Count: 120")
    asked = [
        "\n".join((f"GET https://api.example/items?page={i}", f"Origin: {page}", "", *exposed,
                   f"Access-Control-Allow-Origin: {page}", "", ""))
        for i, page in enumerate(["https://one.example", "https://two.example"])
    ]  # fmt: skip
    (advisory,) = analyze(parse_text("".join(asked))).advisories
    assert advisory.count == 2
    assert advisory.fetches == [0, 1]


def test_answers_by_turns_that_nobody_may_store_are_no_matter_of_vary() -> None:
    there = "https://api.example/items/1"
    (told,) = sentences(
        failing(there, "200", "Access-Control-Allow-Origin: https://app.example"), failing(there, "200")
    )
    assert "servers behind it may differ" in told
