"""What the rules make of the recorded lab: every fault found, nothing bad said of a policy that is right."""

import re
from collections import Counter
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.fetch import Fetch, Outcome
from coranalyze.rules import find_rule
from tests.lab.score import LABS, Lab, Scored, score, table

POLICIES = LABS[0]
README = Path(__file__).parent.parent.parent / "README.md"


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    return [each for lab in LABS for each in score(lab.recorded, lab.cases)]


def test_every_fault_is_found(scored: list[Scored]) -> None:
    assert [each.case.name for each in scored if each.case.rules and not each.found] == []


def test_no_false_alarm(scored: list[Scored]) -> None:
    alarms = {each.case.name: [f.rule for f in each.alarms] for each in scored if not each.case.rules and each.alarms}
    assert alarms == {}


def test_readme_shows_the_table(scored: list[Scored]) -> None:
    assert table(scored) in README.read_text("utf-8")


@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_cases_are_many_and_of_all_kinds(lab: Lab) -> None:
    wrong = [case for case in lab.cases if case.rules]
    right = [case for case in lab.cases if not case.rules]
    assert len(wrong) >= 40
    assert len(right) >= 25
    assert {rule[3] for case in wrong for rule in case.rules} == set("12345678")
    assert {case.stack for case in wrong} == {case.stack for case in right}
    assert Counter(case.name for case in lab.cases).most_common(1)[0][1] == 1
    assert [rule for case in wrong for rule in case.rules if find_rule(rule) is None] == []


@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_recording_is_small_and_holds_no_secret(lab: Lab) -> None:
    import gzip

    assert lab.recorded.stat().st_size < 100_000
    text = gzip.decompress(lab.recorded.read_bytes()).decode()
    assert "signed-in" not in text
    assert "Bearer lab" not in text
    assert not re.search(r'"set-cookie","[^"=]*=(?!\[redacted)', text, re.IGNORECASE)


@pytest.mark.parametrize("stack", ["starlette", "flask", "django", "express", "nginx"])
def test_snippets_pass_in_a_real_browser(stack: str) -> None:
    """The browser sent the PUT, so its preflight passed, and read what it asked for; other origins read nothing."""
    site = f"snippet-{stack}.example"
    fetches = analyze(str(POLICIES.recorded), include_hosts=[f"api.{site}"]).fetches
    own = [fetch for fetch in fetches if fetch.origin == f"https://app.{site}"]
    others = [fetch for fetch in fetches if fetch.mode == "cors" and fetch not in own]
    put = [sent.exchange for fetch in own for sent in fetch.exchanges if sent.exchange.method == "PUT"]
    assert [exchange.status for exchange in put] == [200]
    assert len(own) == 3
    assert Outcome.BLOCKED not in {outcome for fetch in own for outcome in outcomes(fetch)}
    assert len(others) == 8
    assert {outcome for fetch in others for outcome in outcomes(fetch)} == {Outcome.BLOCKED}


def outcomes(fetch: Fetch) -> list[Outcome]:
    """What it can be under all that the capture leaves open."""
    return [condition.outcome for condition in fetch.verdict.conditions] or [fetch.outcome]


@pytest.mark.slow
def test_recording_anew_gives_the_same_table(tmp_path: Path) -> None:
    from tests.lab.policies.record import record, serving

    path = tmp_path / "policies.cors.jsonl.gz"
    record(POLICIES.cases, path, serving)
    assert table(score(path, POLICIES.cases)) == table(score(POLICIES.recorded, POLICIES.cases))
