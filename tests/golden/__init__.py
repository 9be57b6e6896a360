"""Goldens: reports of the stories in `stories/`, as they must come out byte for byte.

`python -m tests.golden` writes them anew; look at the difference before you commit it.
"""

import re
from pathlib import Path

from coranalyze.analysis import Analysis
from coranalyze.explain import explain, look_up
from coranalyze.reports import (
    annotations,
    csv,
    explanation,
    gitlab,
    html,
    json,
    judgement,
    junit,
    markdown,
    sarif,
    terminal,
)
from tests.reports.story import of_story

FOLDER = Path(__file__).parent / "reports"

MESSAGE = (
    "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked by CORS policy: "
    "The 'Access-Control-Allow-Origin' header has a value 'https://app.example/' that is not equal to the supplied "
    "origin. Have the server send the header with a valid value."
)


def own_words(page: str) -> str:
    """An HTML report without its style and script, and without charts, which each matplotlib draws anew."""
    page = re.sub(r"<(style|svg)\b.*?</\1>", r"<\1></\1>", page, flags=re.DOTALL)
    page = re.sub(r"(?s)<script>.*</script>", "<script></script>", page)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page)
    return re.sub(r"coranalyze \d+\.[\w.]+", "coranalyze …", page)


def told(suites: str) -> str:
    """JUnit without the rules that found nothing: their list grows with every rule."""
    return re.sub(r'  <testsuite [^>]*>\n    <testcase [^>]*name="nothing found" />\n  </testsuite>\n', "", suites)


def machine(name: str, analysis: Analysis) -> dict[str, str]:
    """What programs, code hosts and spreadsheets read."""
    lines = {(0, 1): 12}
    return {
        f"{name}.md": markdown.render(analysis),
        f"{name}.sarif": re.sub(r'("semanticVersion": )"[^"]+"', r'\1"…"', sarif.render(analysis, lines=lines)),
        f"{name}.xml": told(junit.render(analysis, lines=lines)),
        f"{name}.gitlab.json": gitlab.render(analysis, lines=lines),
        f"{name}.github.txt": annotations.render(analysis, lines=lines),
        f"{name}.csv": csv.render(analysis.frame()),
        f"{name}.endpoints.csv": csv.render(analysis.endpoints_frame()),
        f"{name}.findings.csv": csv.render(analysis.findings_frame()),
    }


def goldens() -> dict[str, str]:
    """File name → what must stand in it."""
    shop = of_story("shop")
    audit = of_story("audit", select=("COR101", "COR102"))
    return {
        **machine("shop", shop),
        **machine("audit", audit),
        **machine("empty", of_story("empty")),
        "shop.80.txt": terminal.render(shop, width=80),
        "shop.120.txt": terminal.render(shop, width=120),
        "shop.verbose.txt": terminal.render(shop, width=100, verbose=True),
        "shop.color.txt": terminal.render(shop, width=80, color=True, brief=True),
        "shop.ascii.txt": terminal.render(shop, width=80, unicode=False),
        "shop.json": json.render(shop),
        "shop.jsonl": json.render_lines(shop),
        "bank.txt": terminal.render(of_story("bank"), width=80),
        "bank.judge.txt": judgement.render(of_story("bank"), width=80),
        "fine.txt": terminal.render(of_story("fine"), width=80),
        "fine.judge.json": json.render(of_story("fine"), steps=True),
        "audit.txt": terminal.render(audit, width=80),
        "audit.json": json.render(audit),
        "audit.html": own_words(html.render(audit)),
        "fine.html": own_words(html.render(of_story("fine"))),
        "empty.txt": terminal.render(of_story("empty"), width=80),
        "explain.rule.txt": explanation.render(look_up("COR102"), width=80),
        "explain.reason.txt": explanation.render(explain("header-not-allowed"), width=80),
        "explain.message.txt": explanation.render(explain(MESSAGE), width=80),
        "explain.message.json": explanation.render_json(explain(MESSAGE)),
    }
