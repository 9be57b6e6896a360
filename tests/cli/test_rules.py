"""`coranalyze rules`, and the options of `analyze` that choose among findings."""

import json

import pytest

from tests.cli.run import ROOT, run

AUDIT = str(ROOT / "tests" / "golden" / "stories" / "audit.http")


def test_rules_are_listed() -> None:
    done = run("rules", "--select", "COR101")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split()[:2] == ["COR101", "origin-reflected-any"]
    (rule,) = json.loads(run("rules", "--select", "null-origin-allowed", "--format", "json").stdout)
    assert rule["rule"] == "COR102"
    assert rule["references"][0] == "CWE-942"
    assert rule["fires"]


def test_a_rule_is_explained() -> None:
    for name in ("COR101", "cor101", "origin-reflected-any"):
        assert run("explain", name).stdout.startswith("COR101  origin-reflected-any")


@pytest.mark.parametrize("verb", ["rules", "analyze"])
def test_unknown_rule_is_wrong_usage(verb: str) -> None:
    done = run(verb, *([AUDIT] if verb == "analyze" else []), "--select", "COR0")
    assert done.returncode == 2
    assert done.stderr == "coranalyze: no rule begins with 'COR0'; `coranalyze rules` lists them\n"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "high"], 1),
        (["--fail-on", "critical"], 0),
        (["--fail-on", "high", "--ignore", "COR101"], 0),
        (["--fail-on", "info", "--select", "COR101"], 1),
        (["--fail-on", "low", "--select", "COR102", "--min-severity", "low"], 0),
    ],
)
def test_fail_on_severity(options: list[str], code: int) -> None:
    assert run("analyze", AUDIT, "-q", *options).returncode == code


def test_first_party() -> None:
    def rules(*options: str) -> set[str]:
        document = json.loads(run("analyze", AUDIT, "-f", "json", *options).stdout)
        return {finding["rule"] for finding in document["findings"]}

    assert "COR101" in rules()
    assert "COR101" not in rules("--first-party", "evil.test", "--first-party", "app.example")
