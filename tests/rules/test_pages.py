"""Every rule's page is run: what stands under *Fires* fires, what stands under *Quiet* does not."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.rules import Rule, all_rules, find_rule
from coranalyze.rules.rule import GROUPS

RULES = all_rules()


@pytest.fixture
def fired(tmp_path: Path) -> Callable[[str], set[str]]:
    def codes(text: str) -> set[str]:
        (tmp_path / "page.http").write_text(text, "utf-8")
        analysis = analyze(str(tmp_path / "page.http"))
        assert [each.error for each in analysis.inputs] == [""]
        return {finding.rule for finding in analysis.findings}

    return codes


@pytest.mark.parametrize(
    ("rule", "text"), [pytest.param(r, text, id=f"{r.code}-{i}") for r in RULES for i, text in enumerate(r.page.fires)]
)
def test_fires(rule: Rule, text: str, fired: Callable[[str], set[str]]) -> None:
    assert rule.code in fired(text)


@pytest.mark.parametrize(
    ("rule", "text"), [pytest.param(r, text, id=f"{r.code}-{i}") for r in RULES for i, text in enumerate(r.page.quiet)]
)
def test_quiet(rule: Rule, text: str, fired: Callable[[str], set[str]]) -> None:
    assert rule.code not in fired(text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_is_whole(rule: Rule) -> None:
    page = rule.page
    assert page.title.endswith(".")
    assert len(page.title) <= 120
    assert page.why
    assert page.fires
    assert page.quiet
    assert rule.group in GROUPS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)


def test_codes_and_names_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_within_names_rules() -> None:
    known = {rule.code for rule in RULES}
    assert {code for rule in RULES for code in rule.within} <= known


def test_find_rule() -> None:
    assert find_rule("cor101") is find_rule("origin-reflected-any") is not None
    assert find_rule("COR000") is None
