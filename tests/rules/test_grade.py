"""The severity table, row by row, and what moves a severity by one step."""

from typing import Any

import pytest

from coranalyze.finding import Severity
from coranalyze.rules.grade import Ambient, Attacker, Data, grade

COLUMNS = [
    (Ambient.SEEN, Data.SECRET, False),
    (Ambient.SEEN, Data.PRIVATE, False),
    (Ambient.SEEN, Data.UNKNOWN, False),
    (Ambient.SEEN, Data.PUBLIC, False),
    (Ambient.SET, Data.SECRET, False),
    (Ambient.SET, Data.UNKNOWN, False),
    (Ambient.SET, Data.PUBLIC, False),
    (Ambient.POSSIBLE, Data.SECRET, False),
    (Ambient.POSSIBLE, Data.UNKNOWN, False),
    (Ambient.POSSIBLE, Data.PUBLIC, False),
    (Ambient.NONE, Data.PRIVATE, True),
    (Ambient.NONE, Data.UNKNOWN, True),
    (Ambient.NONE, Data.PRIVATE, False),
    (Ambient.NONE, Data.UNKNOWN, False),
    (Ambient.NONE, Data.PUBLIC, False),
]
ROWS = {
    Attacker.ANYONE: "critical high high low medium medium info medium medium info high medium low info info",
    Attacker.FOOTHOLD: "medium medium medium info low low info low low info low low info - -",
    Attacker.OWN: "info info info - - - - - - - - - - - -",
}


@pytest.mark.parametrize("attacker", Attacker)
def test_table(attacker: Attacker) -> None:
    told = [grade(attacker, ambient, data, internal=internal) for ambient, data, internal in COLUMNS]
    assert " ".join("-" if each is None else each.severity.value for each in told) == ROWS[attacker]


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        ({}, "high"),
        ({"same_site_only": True}, "medium"),
        ({"same_site_only": True, "from_same_site": True}, "high"),
        ({"writes": True}, "critical"),
        ({"same_site_only": True, "writes": True}, "high"),
    ],
    ids=str,
)
def test_steps(options: dict[str, Any], severity: str) -> None:
    graded = grade(Attacker.ANYONE, Ambient.SEEN, Data.PRIVATE, **options)
    assert graded is not None
    assert graded.severity == Severity(severity)
    assert ("one step down" in graded.why) == (severity == "medium" or (len(options) == 2 and "writes" in options))
    assert ("one step up" in graded.why) == ("writes" in options)


def test_writing_without_credentials_is_no_step() -> None:
    reads, writes = (grade(Attacker.ANYONE, Ambient.NONE, Data.PRIVATE, writes=each) for each in (False, True))
    assert reads == writes
