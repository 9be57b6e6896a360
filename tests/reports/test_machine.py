"""Reports for machines: they hold to their schemas, and captured text stays text in all of them."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from coranalyze.analysis import Analysis, analyze
from coranalyze.issues import issues
from coranalyze.reports import annotations, gitlab, junit, markdown, sarif
from coranalyze.reports import csv as table
from coranalyze.sources.text import parse_text
from tests.reports.story import hostile, of_story

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text())
STORIES = [of_story("shop"), of_story("audit", select=("COR1",)), of_story("empty"), of_story("fine")]
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
def test_sarif_holds_to_its_schema_and_to_what_code_scanning_takes(analysis: Analysis) -> None:
    log = json.loads(sarif.render(analysis, lines={(0, 3): 7}, root="/work"))
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(issues(analysis)) <= sarif.MAX_RESULTS
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["coranalyze"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri
        assert re.fullmatch(r"(?!/)[A-Za-z0-9._~%/\-]+", uri), "a relative reference"
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"]
        severity = rule["properties"].get("security-severity")
        assert severity is None or 0 < float(severity) <= 10


def test_sarif_suppressions() -> None:
    analysis = STORIES[0]
    known = issues(analysis)[0].fingerprint
    log = json.loads(sarif.render(analysis, suppressed=[(known, "seen")]))
    marked = [result for result in log["runs"][0]["results"] if "suppressions" in result]
    assert [result["partialFingerprints"]["coranalyze"] for result in marked] == [known]
    assert marked[0]["suppressions"] == [{"kind": "external", "justification": "seen"}]


@pytest.mark.parametrize("analysis", [*STORIES, *map(story, NASTY)])
def test_junit_is_whole(analysis: Analysis) -> None:
    suites = ElementTree.fromstring(junit.render(analysis))
    assert int(suites.get("failures", "")) == len(suites.findall(".//failure"))
    assert int(suites.get("tests", "")) == len(suites.findall(".//testcase"))
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite) > 0
    blocked = {endpoint for issue in issues(analysis) if issue.is_failure for endpoint in issue.endpoints}
    assert {case.get("name") for case in suites[0] if case.find("failure") is not None} == blocked


@pytest.mark.parametrize("analysis", [*STORIES, *map(story, NASTY)])
def test_gitlab(analysis: Analysis) -> None:
    found = json.loads(gitlab.render(analysis))
    assert len({each["fingerprint"] for each in found}) == len(found)
    for each in found:
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["lines"]["begin"] >= 1
        assert each["description"]
        assert each["check_name"]


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
    report = markdown.render(analyze(parse_text(exchanges)))
    assert len(report.encode()) <= markdown.LIMIT
    assert "more parts of this report" in report.splitlines()[-1]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1", " =1", "＝1"])
def test_csv_holds_no_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(table.render(hostile(text).frame()))))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows[1:] for cell in row]
    assert any(text.strip() in cell for cell in cells)
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_csv_of_a_story() -> None:
    rows = list(csv.DictReader(io.StringIO(table.render(STORIES[0].frame()))))
    assert len(rows) == len(STORIES[0].fetches)
    assert [row["fetch"] for row in rows] == [str(n) for n in range(len(rows))]
    assert all(datetime.fromisoformat(row["started"]).utcoffset() is not None for row in rows)
    assert {row["reason"] for row in rows} > {"acao-mismatch", "acao-missing"}


@pytest.mark.parametrize("render", [sarif.render, junit.render, gitlab.render, annotations.render, markdown.render])
def test_the_same_input_gives_the_same_bytes(render: Callable[[Analysis], str]) -> None:
    assert render(of_story("shop")) == render(of_story("shop"))
