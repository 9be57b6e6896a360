"""Which rules run."""

import pytest

from coranalyze.rules import all_rules, choose_rules
from coranalyze.rules.selection import UnknownRule

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
