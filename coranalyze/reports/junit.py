"""JUnit XML: a suite for each rule and for what was blocked, a case for each endpoint.

It holds to the schema that Jenkins checks (`junit-10.xsd` of its xUnit plugin), which knows no file and line of a case.
"""

from collections import Counter
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
        named: Counter[tuple[str, str]] = Counter()
        cases = []
        for issue in groups.get(name, ()):
            for endpoint in issue.endpoints:
                named[issue.name, endpoint] += 1
                # Of cases with one name, servers show one.
                again = f" ({named[issue.name, endpoint]})" if named[issue.name, endpoint] > 1 else ""
                cases.append(_case(suite, analysis, issue, endpoint + again, lines or {}, root, least))
        if not cases:
            ElementTree.SubElement(suite, "testcase", classname="coranalyze", name="nothing found")
            cases = [False]
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(cases)))
        suite.set("errors", "0")
        total, failed = total + len(cases), failed + sum(cases)
    suites.set("tests", str(total))
    suites.set("failures", str(failed))
    suites.set("errors", "0")
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(
    suite: ElementTree.Element,
    analysis: Analysis,
    issue: Issue,
    name: str,
    lines: Lines,
    root: str,
    least: Severity,
) -> bool:
    """Adds the case; whether it failed."""
    places = [place_of(analysis, *at, lines, root) for at in (issue.at or ((0, 0),))[:10]]
    case = ElementTree.SubElement(suite, "testcase", classname=f"coranalyze.{issue.name}", name=name)
    told = f"{issue.message}\nseverity: {issue.severity}{', suspected' if issue.suspected else ''}\n"
    told += "".join(f"{at.path}:{at.line}: entry {entry}\n" for at, (_, entry) in zip(places, issue.at, strict=False))
    if issue.severity.rank > least.rank or issue.suspected:
        ElementTree.SubElement(case, "system-out").text = told
        return False
    ElementTree.SubElement(case, "failure", message=issue.message, type=issue.code).text = told
    return True
