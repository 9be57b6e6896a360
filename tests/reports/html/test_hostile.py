"""Hostile captures execute and inject nothing, and the page's policy would stop what did get in."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from coranalyze.analysis import Analysis, analyze
from coranalyze.reports import html
from coranalyze.reports.html.data import embedded
from tests.reports.html.conftest import Open
from tests.reports.story import hostile, of_story

HOSTILE = [
    "<script>document.title='pwned'</script>",
    "</script><script>document.title='pwned'</script><!--",
    "<!--<script>",
    '"><img src=x onerror="document.title=\'pwned\'">',
    "' autofocus onfocus='document.title=`pwned`",
    "<svg onload=document.title='pwned'><style>*{display:none}</style>",
    "javascript:document.title='pwned'",
    "</style></title></textarea></template><iframe srcdoc='<script>parent.document.title=1</script>'>",
    "]]>{{7*7}}{%raw%}${7*7}`x`",
    "\u202egnp.exe\u2066\u200b",
    "\x1b[31m\x1b]8;;https://evil.example\x07x\x9b2J\x00",
    "\u2028\u2029\ud800&lt;b&gt;&#x3c;",
]
TAGS = {
    "a", "article", "b", "body", "button", "caption", "code", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "head", "header", "html", "input", "label", "li", "link",
    "main", "mark",
    "meta", "nav", "ol", "option", "p", "pre", "q", "script", "section", "select", "span", "strong", "style", "summary",
    "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
    "svg", "g", "path", "text", "defs", "clippath", "pattern", "rect", "use",
}  # fmt: skip


class _Parsed(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(analysis: Analysis) -> _Parsed:
    parsed = _Parsed()
    parsed.feed(html.render(analysis))
    return parsed


def _is_safe(parsed: _Parsed) -> None:
    assert set(parsed.tags) <= TAGS
    assert (parsed.tags["script"], parsed.tags["style"]) == (2, 1)
    assert not [name for name in parsed.attributes if name.startswith("on") or name in ("style", "srcdoc", "src")]
    for link in parsed.links:
        assert re.match(r"#|https://(fetch|html)\.spec\.whatwg\.org/|https://github\.com/annevk/orb$|data:,$", link), (
            link
        )
    text = "".join(parsed.text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_comes_out_of_a_capture(text: str) -> None:
    _is_safe(_parsed(hostile(text)))


@given(st.text(max_size=40))
def test_embedded_data_cannot_leave_its_element(text: str) -> None:
    written = embedded({"text": text.encode("utf-8", "replace").decode()}).decode()
    assert not set("<>&") & set(written)
    assert json.loads(written) == {"text": text.encode("utf-8", "replace").decode()}


def _entries(text: str) -> list[dict[str, object]]:
    """What a browser could record, with the text in every field."""
    text = text.encode("utf-8", "replace").decode()
    headers = [{"name": name, "value": text} for name in ("Origin", "Cookie", "X-Api-Key", "Content-Type", text)]
    names = ("Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Vary", "Server", "Set-Cookie", text)
    answered = [{"name": name, "value": text} for name in names]
    return [
        {
            "startedDateTime": "2026-01-01T00:00:00Z", "time": 3, "_error": text, "_resourceType": text,
            "request": {
                "method": method, "url": f"https://api.example/{text}?q={text}", "httpVersion": text,
                "headers": [{"name": "Origin", "value": "https://app.example"}, *headers], "cookies": [],
            },
            "response": {"status": status, "statusText": text, "headers": answered, "content": {}, "redirectURL": text},
        }
        for method, status in (("GET", 200), ("PUT", 500), (text, 302), ("OPTIONS", 403))
    ]  # fmt: skip


def _read(folder: Path) -> Analysis:
    creator = {"name": HOSTILE[0], "version": HOSTILE[3]}
    log = {"version": "1.2", "creator": creator, "entries": [each for text in HOSTILE for each in _entries(text)]}
    capture = folder / "</title><script>document.title='pwned'</script>.har"
    capture.parent.mkdir(parents=True)
    capture.write_text(json.dumps({"log": log}), encoding="utf-8")
    return analyze(str(capture))


def _judged() -> Analysis:
    made = [hostile(text) for text in HOSTILE]
    return Analysis(
        [source for each in made for source in each.inputs], [f for each in made for f in each.fetches[::4]]
    )


@pytest.mark.parametrize("kind", ["read", "judged"])
def test_nothing_runs(open_report: Open, tmp_path: Path, kind: str) -> None:
    analysis = _read(tmp_path) if kind == "read" else _judged()
    assert len(analysis.fetches) >= 3 * len(HOSTILE)
    page = open_report(analysis)
    title, shown = page.title(), page.locator("#rows > tr").count()
    for text in HOSTILE:
        page.get_by_label("Search").fill(text)
    page.get_by_label("Search").fill("")
    expect(page.locator("#rows > tr")).to_have_count(shown)
    page.evaluate("for (const button of document.querySelectorAll('#rows button')) button.click()")
    assert page.locator("#rows article").count() == shown
    page.locator("th[data-sort=url] button").click()
    assert "pwned" not in page.title()
    assert page.title() == title
    tags = page.evaluate("[...new Set([...document.querySelectorAll('*')].map(e => e.localName.toLowerCase()))]")
    assert set(tags) <= TAGS
    assert page.evaluate("document.scripts.length") == 2
    names = page.evaluate("[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())")
    assert not [name for name in names if re.match(r"on|style$|src", name)]


def test_the_policy_is_in_force(open_report: Open, browser: Browser, tmp_path: Path) -> None:
    written = html.render(of_story("shop"))
    file = tmp_path / "page.html"
    file.write_text(written, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    stopped = page.evaluate(
        """async () => {
          const stopped = [];
          document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
          const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
          add("script", { textContent: "document.title = 'pwned'" });
          add("style", { textContent: "body { display: none }" });
          add("img", { src: "https://evil.example/x.png" });
          add("iframe", { src: "https://evil.example/" });
          document.body.insertAdjacentHTML("beforeend", "<b style='color: red' onclick='document.title=1'>x</b>");
          document.body.lastElementChild.click();
          await fetch("https://evil.example/").catch(() => 0);
          await new Promise((done) => setTimeout(done, 50));
          return [...new Set(stopped)].sort();
        }"""
    )
    assert stopped == [
        "connect-src", "frame-src", "img-src", "script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem",
    ]  # fmt: skip
    assert page.title() != "pwned"
    page.close()
    # The page itself, with the same policy, has nothing to complain about.
    open_report(of_story("shop"))
