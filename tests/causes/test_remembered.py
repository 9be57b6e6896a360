"""What is worked out once for many failures is what would be worked out for each of them."""

from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes import Causes
from coranalyze.fetch import Fetch
from coranalyze.sources.text import parse_text

ROOT = Path(__file__).parents[2]
CAPTURES = sorted(
    [*(ROOT / "sample_data").glob("*.har"), *(ROOT / "tests/oracle").glob("*/*.har.gz")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)


class Anew(Causes):
    """Remembers nothing."""

    def _key(self, fetch: Fetch) -> tuple[object, ...]:
        return (object(),)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_cause_is_the_same_remembered_and_worked_out_anew(path: Path) -> None:
    analysis = analyze(str(path))
    anew = Anew(analysis.fold)
    told = {i: cause for i, fetch in enumerate(analysis.fetches) if (cause := anew.of(fetch)) is not None}
    assert analysis.causes == told


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
    told = sentences(failing(there, "200", right), failing(elsewhere, "200"), failing(there, "200"))
    assert told[0] != told[1]
    assert "neither answer says `Vary: Origin`" in told[1]


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
