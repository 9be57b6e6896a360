"""SARIF: the official schema, and what code scanning makes of it.

https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.finding import Severity
from coranalyze.issues import issues
from coranalyze.reports import sarif
from coranalyze.sources.text import parse_text
from tests.conftest import SAMPLES
from tests.reports.test_machine import NASTY, STORIES, story

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text())
LEVELS = ("note", "warning", "error")
REFUSED_RESULTS, REFUSED_RULES, REFUSED_TAGS, SHOWN_TAGS, SHOWN_LOCATIONS = 25_000, 25_000, 20, 10, 100


def run_of(text: str) -> dict[str, Any]:
    log = json.loads(text)
    jsonschema.validate(log, SCHEMA)
    assert len(gzip.compress(text.encode())) <= sarif.MAX_BYTES
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("analysis", [*STORIES, *map(story, NASTY), analyze(str(SAMPLES))])
def test_what_code_scanning_takes(analysis: Analysis) -> None:
    run = run_of(sarif.render(analysis, lines={(0, 3): 7}, root="/work"))
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert len(results) == len(issues(analysis)) <= sarif.MAX_RESULTS <= REFUSED_RESULTS
    assert len(rules) <= REFUSED_RULES
    assert len({rule["id"] for rule in rules}) == len(rules)
    alerts = set()
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        assert 1 <= len(result["locations"]) + len(result.get("relatedLocations", ())) <= SHOWN_LOCATIONS
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            place = location["physicalLocation"]
            assert re.fullmatch(r"(?![/.])[A-Za-z0-9._~%/\-]+", place["artifactLocation"]["uri"]), "relative"
            assert place["region"]["startLine"] >= 1
        at = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        alerts.add((result["ruleId"], at, result["partialFingerprints"]["primaryLocationLineHash"]))
    assert len(alerts) == len(results), "two would be one alert"
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert len(set(rule["properties"]["tags"])) == len(rule["properties"]["tags"]) <= SHOWN_TAGS < REFUSED_TAGS
        severity = rule["properties"].get("security-severity")
        assert severity is None or (isinstance(severity, str) and 0 < float(severity) <= 10)


@pytest.mark.parametrize("severity", Severity)
def test_scores_mean_what_code_scanning_calls_them(severity: Severity) -> None:
    score = float(sarif._SCORES[severity])
    called = "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"
    assert called == ("low" if severity is Severity.INFO else severity.value)


MIXED = """
GET https://api.example/me
Origin: null
Cookie: sid

200
Access-Control-Allow-Origin: null
Access-Control-Allow-Credentials: true

GET https://img.example/logo
Origin: null

200
Access-Control-Allow-Origin: null
"""


def test_a_result_tells_its_own_severity() -> None:
    """Of one rule, whose own severity is that of the worst: nobody reads more of it than it has."""
    run = run_of(sarif.render(analyze(parse_text(MIXED), select=["COR102"])))
    (rule,) = run["tool"]["driver"]["rules"]
    bad, harmless = (result for result in run["results"] if result["ruleId"] == "COR102")
    assert rule["properties"]["security-severity"] == bad["properties"]["security-severity"]
    assert (bad["properties"]["severity"], harmless["properties"]["severity"]) == ("high", "info")
    for result in (bad, harmless):
        severity = Severity(result["properties"]["severity"])
        assert result["properties"]["security-severity"] == sarif._SCORES[severity]
        assert result["rank"] == 10 * float(sarif._SCORES[severity]) <= 100
        assert result["level"] == sarif._LEVELS[severity]
    assert harmless["message"]["text"].endswith(" Its own severity: info.")
    assert "severity" not in bad["message"]["text"]


def test_only_what_is_about_security_has_a_score_of_it() -> None:
    run = run_of(sarif.render(analyze(str(SAMPLES))))
    scored = {rule["id"] for rule in run["tool"]["driver"]["rules"] if "security-severity" in rule["properties"]}
    assert {result["ruleId"] for result in run["results"] if "security-severity" in result["properties"]} == scored
    assert {code[:4] for code in scored} <= {"COR1", "COR2", "COR3", "COR4"}
    assert 0 < len(scored) < len(run["tool"]["driver"]["rules"])


def fingerprints(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    return {issue.fingerprint: issue.endpoints for issue in issues(analysis)}


def test_alerts_stay_the_same_whatever_the_order() -> None:
    exchanges = [
        f"{method} http://localhost:{port}/at/{path}\nOrigin: http://localhost:3000\n\n{status}\n"
        for port in (8001, 8002)
        for method, path, status in (("POST", "a", 200), ("GET", "b", 500), ("PUT", "c", 502), ("GET", "a", 200))
    ]
    known = fingerprints(analyze(parse_text("\n".join(exchanges))))
    assert any(fingerprint.endswith(":2") for fingerprint in known)
    for seed in range(5):
        random.Random(seed).shuffle(exchanges)
        assert fingerprints(analyze(parse_text("\n".join(exchanges)))) == known


def test_suppressions() -> None:
    analysis = STORIES[0]
    known = issues(analysis)[0].fingerprint
    results = run_of(sarif.render(analysis, suppressed=[(known, "seen")]))["results"]
    marked = [result for result in results if "suppressions" in result]
    assert [result["partialFingerprints"]["coranalyze/v1"] for result in marked] == [known]
    assert marked[0]["suppressions"] == [{"kind": "external", "justification": "seen"}]


def many(count: int) -> Analysis:
    return analyze(
        parse_text(
            "\n".join(f"GET https://a{n}.example/\nOrigin: https://app.example\n\n200\n" for n in range(count))
            + "\nGET https://b.example/\nOrigin: null\n\n200\nAccess-Control-Allow-Origin: null\n"
        )
    )


@pytest.mark.parametrize(("limit", "value"), [("MAX_RESULTS", 20), ("MAX_BYTES", 3_000)])
def test_what_is_cut_is_the_least_severe_and_told(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    analysis = many(60)
    whole = run_of(sarif.render(analysis))
    assert "invocations" not in whole
    monkeypatch.setattr(sarif, limit, value)
    run = run_of(sarif.render(analysis))
    kept, left = len(run["results"]), len(whole["results"]) - len(run["results"])
    assert 0 < kept < len(whole["results"])
    assert [each["message"] for each in run["results"]] == [each["message"] for each in whole["results"][:kept]]
    ranks = [LEVELS.index(result["level"]) for result in whole["results"]]
    assert ranks == sorted(ranks, reverse=True)
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == f"{left:,} more results are left out."
