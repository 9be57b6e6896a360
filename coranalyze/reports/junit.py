"""JUnit XML: a suite for each rule and for what was blocked, a case for each endpoint."""

from xml.etree import ElementTree

from coranalyze.analysis import Analysis
from coranalyze.finding import Severity
from coranalyze.issues import Issue, issues
from coranalyze.reports.located import Lines, place_of
from coranalyze.rules import all_rules


def render(analysis: Analysis, *, lines: Lines | None = None, root: str = "/", least: Severity = Severity.LOW) -> str:
    """The document. Findings below `least` are cases that pass, with what was found in their output."""
    groups: dict[str, list[Issue]] = {}
    for issue in issues(analysis):
        groups.setdefault("blocked" if issue.is_failure else issue.code, []).append(issue)
    suites = ElementTree.Element("testsuites", name="coranalyze")
    total = failed = 0
    titles = {rule.code: f"{rule.code} {rule.name}" for rule in all_rules()}
    for name in ("blocked", *titles):
        suite = ElementTree.SubElement(suites, "testsuite", name=titles.get(name, "blocked requests"))
        cases = [
            _case(suite, analysis, issue, endpoint, lines or {}, root, least)
            for issue in groups.get(name, ())
            for endpoint in issue.endpoints
        ]
        if not cases:
            ElementTree.SubElement(suite, "testcase", classname="coranalyze", name="nothing found")
            cases = [False]
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(cases)))
        total, failed = total + len(cases), failed + sum(cases)
    suites.set("tests", str(total))
    suites.set("failures", str(failed))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(
    suite: ElementTree.Element,
    analysis: Analysis,
    issue: Issue,
    endpoint: str,
    lines: Lines,
    root: str,
    least: Severity,
) -> bool:
    """Adds the case; whether it failed."""
    places = [place_of(analysis, *at, lines, root) for at in (issue.at or ((0, 0),))[:10]]
    place = places[0]
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"coranalyze.{issue.name}", name=endpoint, file=place.path, line=str(place.line)
    )
    told = f"{issue.message}\nseverity: {issue.severity}{', suspected' if issue.suspected else ''}\n"
    told += "".join(f"{at.path}: entry {entry}\n" for at, (_, entry) in zip(places, issue.at, strict=False))
    if issue.severity.rank > least.rank or issue.suspected:
        ElementTree.SubElement(case, "system-out").text = told
        return False
    ElementTree.SubElement(case, "failure", message=issue.message, type=issue.code).text = told
    return True
