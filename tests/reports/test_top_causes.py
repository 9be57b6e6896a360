"""The causes of what was blocked, put together: which error statuses they hide."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.failure import failures
from coranalyze.reports.headline import top_title
from coranalyze.reports.top_causes import top_causes
from coranalyze.sources.text import parse_text

REFUSED = "GET https://api.example/{path}\nOrigin: https://app.example\n\n{status}\n\n"
TITLE = "The server does not allow this page"


@pytest.mark.parametrize(
    ("answers", "title"),
    [
        ([("a", 200)], TITLE),
        ([("a", 200), ("b", 200), ("c", 404), ("d", 401)], f"{TITLE} (some with 401, 404)"),
        ([("a", 200), ("c", 404)], f"{TITLE} (some with 404)"),
    ],
)
def test_title(answers: list[tuple[str, int]], title: str) -> None:
    analysis = analyze(parse_text("".join(REFUSED.format(path=path, status=status) for path, status in answers)))
    (top,) = top_causes(failures(analysis))
    assert top_title(top) == title


def test_title_of_errors_alone() -> None:
    let_in = "GET https://api.example/\nOrigin: https://app.example\n\n200\nAccess-Control-Allow-Origin: *\n\n"
    (top,) = top_causes(failures(analyze(parse_text(let_in + REFUSED.format(path="x", status=500)))))
    assert top_title(top) == "An error answer lost its CORS headers (500)"


def test_what_stands_aside_comes_last() -> None:
    own = "POST https://accounts.browser.example/list\n\nfailed net::ERR_CONNECTION_REFUSED\n\n"
    refused = REFUSED.format(path="a", status=200)
    top = top_causes(failures(analyze(parse_text(3 * own + refused))))
    assert [(each.name, each.requests) for each in top] == [("no-acao-anywhere", 1), ("not-cors-network", 3)]


def test_a_stranger_comes_behind_the_pages_that_the_server_is_for() -> None:
    home, stranger = "https://app.shop.example", "https://forum.test"
    let_in = f"GET https://api.shop.example/me\nOrigin: {home}\n\n200\nAccess-Control-Allow-Origin: {home}\n"
    let_in += "Access-Control-Allow-Credentials: true\n\n"
    refused = "".join(f"GET https://api.shop.example/{path}\nOrigin: {stranger}\n\n200\n\n" for path in ("a", "b"))
    lost = f"GET https://api.shop.example/orders\nOrigin: {home}\n\n500\n\n"
    found = failures(analyze(parse_text(let_in + refused + lost)))
    assert [failure.example.origin for failure in found] == [home, stranger]
    assert [each.name for each in top_causes(found)] == ["error-drops-cors", "no-acao-anywhere"]
    # Where its own pages are not let in either, nobody is a stranger.
    found = failures(analyze(parse_text(refused + lost)))
    assert [failure.example.origin for failure in found] == [stranger, home]
