"""Which rules run."""

import pytest

from coranalyze.rules import all_rules, choose_rules
from coranalyze.rules.selection import UnknownRule
from tests.rules.story import ACAC, acao, asked, told

ALL = {rule.code for rule in all_rules()}


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ([], [], ALL),
        (["COR101"], [], {"COR101"}),
        (["cor101", "null-origin-allowed"], [], {"COR101", "COR102"}),
        (["COR101, COR102"], [], {"COR101", "COR102"}),
        ([], ["COR101"], ALL - {"COR101"}),
        (["COR10"], ["COR1"], {code for code in ALL if code.startswith("COR10")}),
        (["COR1"], ["COR10"], {code for code in ALL if code.startswith("COR1") and not code.startswith("COR10")}),
        (["COR101"], ["COR101"], set()),
        ([], ["COR"], set()),
    ],
)
def test_choose(select: list[str], ignore: list[str], expected: set[str]) -> None:
    assert {rule.code for rule in choose_rules(select, ignore)} == expected


@pytest.mark.parametrize("unknown", ["COR000", "origin", "X", "COR1011"])
def test_what_names_no_rule_is_an_error(unknown: str) -> None:
    with pytest.raises(UnknownRule, match=unknown):
        choose_rules([unknown])
    with pytest.raises(UnknownRule):
        choose_rules([], [unknown])


def test_a_rule_that_does_not_run_says_nothing_for_others() -> None:
    """`null` is let in with all others: told by COR101, and by COR102 where that is left out."""
    sites = (f"https://{name}.test" for name in ("gossip", "tracker", "weather"))
    exchanges = [asked(origin=origin, answer=acao(origin, ACAC)) for origin in (*sites, "null")]
    both = {finding.rule for finding in told(*exchanges).findings}
    alone = {finding.rule for finding in told(*exchanges, ignore=["COR101"]).findings}
    assert "COR101" in both
    assert "COR102" not in both
    assert "COR102" in alone
