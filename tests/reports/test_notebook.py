"""What a notebook shows of an analysis."""

from html.parser import HTMLParser

from coranalyze.analysis import Analysis
from tests.reports.story import hostile, of_story

NASTY = "<img src=x onerror=alert(1)> $\\href{javascript:alert(1)}{x}$ \x1b[31m</td><script>"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, int]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add((tag, len(attrs)))


def test_answer_causes_and_findings() -> None:
    told = of_story("shop", select=("COR",))._repr_html_()
    assert "<strong>7 of 11 cross-origin requests were blocked" in told
    assert "<td>Something asks the preflight to authenticate (401)</td>" in told
    assert "<td><code>*</code> does not cover a request with credentials</td>" in told
    assert Analysis([], [])._repr_html_() == (
        "<div><p><strong>Nothing to judge: no request was read.</strong></p><p>0 captures, 0 fetches: </p></div>"
    )


def test_nothing_captured_is_markup() -> None:
    told = hostile(NASTY)._repr_html_()
    tags = _Tags()
    tags.feed(told)
    allowed = {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "wbr", "code"}
    assert tags.seen <= {(tag, 0) for tag in allowed}
    assert "\x1b" not in told
    assert "$" not in told
