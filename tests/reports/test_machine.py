"""Reports for machines: they hold to their schemas, and captured text stays text in all of them."""

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
import xmlschema
from markdown_it import MarkdownIt

from coranalyze.analysis import Analysis, analyze
from coranalyze.issues import issues
from coranalyze.reports import annotations, gitlab, junit, markdown
from coranalyze.reports import csv as table
from coranalyze.sources.text import parse_text
from coranalyze.visible import visible
from tests.reports.story import hostile, of_story, twins

JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "data" / "junit.xsd")
STORIES = [of_story("shop"), of_story("audit", select=("COR1",)), of_story("empty"), of_story("fine"), twins()]
NASTY = [
    "<script>alert(1)</script>",
    "]]><!-- & -->",
    "`code` | cell",
    "[link](https://evil.example) ![x](https://evil.example/x.png)",
    "\x1b[31m\x00\u202e\ud800",
    "::error::x%0A::set-output name=a::b\n::warning::y",
    "=cmd|'/C calc'!A0",
    "\n# heading\n\n| a | b |",
    "@someone #1 https://evil.example www.evil.example",
    "``` fence ```",
]


def story(text: str) -> Analysis:
    """The hostile analysis, with findings that quote the text where text can be quoted."""
    analysis = hostile(text)
    clean = re.sub(r"[^\x21-\x7e]", "", text).replace("#", "")
    exchange = f"GET https://api.example/{clean}\nOrigin: null\n\n200\nAccess-Control-Allow-Origin: null\n"
    return Analysis([*analysis.inputs], analysis.fetches, analyze(parse_text(exchange)).fold)


@pytest.mark.parametrize("analysis", [*STORIES, *map(story, NASTY)])
def test_junit_is_whole(analysis: Analysis) -> None:
    written = junit.render(analysis)
    JUNIT.validate(written)
    suites = ElementTree.fromstring(written)
    assert int(suites.get("failures", "")) == len(suites.findall(".//failure"))
    assert int(suites.get("tests", "")) == len(suites.findall(".//testcase"))
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite) > 0
    blocked = {endpoint for issue in issues(analysis) if issue.is_failure for endpoint in issue.endpoints}
    names = [case.get("name", "") for case in suites[0] if case.find("failure") is not None]
    assert {re.sub(r" \(\d+\)$", "", name) for name in names} == blocked


@pytest.mark.parametrize("analysis", [*STORIES, *map(story, NASTY)])
def test_gitlab(analysis: Analysis) -> None:
    found = json.loads(gitlab.render(analysis))
    assert len({each["fingerprint"] for each in found}) == len(found)
    for each in found:
        assert each.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["lines"]["begin"] >= 1
        assert each["description"]
        assert each["check_name"]
        assert not each["location"]["path"].startswith(("/", "./"))


@pytest.mark.parametrize("text", NASTY)
def test_annotations_are_a_line_each(text: str) -> None:
    lines = annotations.render(story(text)).splitlines()
    assert lines
    for line in lines:
        assert re.match(r"::(error|warning|notice) (file=[^,]*,line=\d+,title=[^,:]*|title=coranalyze)::", line)


@pytest.mark.parametrize("text", NASTY)
def test_markdown_holds_no_markup_of_captured_text(text: str) -> None:
    tokens = MarkdownIt("gfm-like").parse(markdown.render(story(text)))
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in (*tokens, *inline)}.isdisjoint(
        {"link_open", "image", "html_block", "html_inline", "fence", "code_block"}
    )
    assert [token.content for token in inline if token.type == "text" and re.search(r"(@|#)\w", token.content)] == []
    titles = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert "heading" not in titles


def test_markdown_fits_a_comment() -> None:
    exchanges = "\n".join(
        f"GET https://api{n}.example/path\nOrigin: https://app.example\n\n200\nVary: {'x' * 50}\n" for n in range(600)
    )
    report = markdown.render(analyze(parse_text(exchanges)), limit=10_000)
    assert len(report.encode()) <= 10_000
    assert "more parts of this report" in report.splitlines()[-1]


def test_findings_have_their_place_beside_many_failures() -> None:
    failing = "\n".join(
        f"GET https://api{n}.example/path\nOrigin: https://app.example\n\n200\nVary: {'x' * 50}\n" for n in range(600)
    )
    taken = "GET https://api.example/me\nOrigin: null\nCookie: sid\n\n200\nAccess-Control-Allow-Origin: null\n"
    taken += "Access-Control-Allow-Credentials: true\n"
    report = markdown.render(analyze(parse_text(f"{failing}\n{taken}")))
    assert "… and 580 more failures" in report
    assert "COR102 null-origin-allowed" in report
    assert len(report.encode()) <= markdown.LIMIT


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1", " =1", "＝1"])
def test_csv_holds_no_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(table.render(hostile(text).frame()))))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows[1:] for cell in row]
    assert any(text.strip() in cell for cell in cells)
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@pytest.mark.parametrize("name", ["=1+1.http", "-x.http", "@SUM(A1)", "+\x1b[31m\n=1.http"])
def test_a_path_is_no_formula(name: str) -> None:
    exchange = "GET https://api.example/me\nOrigin: null\n\n200\nAccess-Control-Allow-Origin: null\n"
    judged = analyze(parse_text(exchange))
    analysis = Analysis([msgspec.structs.replace(judged.inputs[0], path=name)], judged.fetches, judged.fold)
    for frame in (analysis.frame(), analysis.findings_frame()):
        rows = list(csv.DictReader(io.StringIO(table.render(frame))))
        assert rows
        assert {row["capture"] for row in rows} == {f"'{visible(name)}"}


def test_csv_of_a_story() -> None:
    rows = list(csv.DictReader(io.StringIO(table.render(STORIES[0].frame()))))
    assert len(rows) == len(STORIES[0].fetches)
    assert [row["fetch"] for row in rows] == [str(n) for n in range(len(rows))]
    assert all(datetime.fromisoformat(row["started"]).utcoffset() is not None for row in rows)
    assert {row["reason"] for row in rows} > {"acao-mismatch", "acao-missing"}
