"""Accepted issues: what a suppression covers, and until when."""

from datetime import date

import pytest

from coranalyze.finding import Severity
from coranalyze.issues.issue import Issue
from coranalyze.issues.suppression import Suppression, SuppressionError, parse, sort

TODAY = date(2026, 11, 24)


def issue(code: str = "COR102", name: str = "null-origin-allowed", *endpoints: str) -> Issue:
    at = endpoints or ("https://api.example/a",)
    return Issue(code, name, Severity.HIGH, at[0], at, "", (), f"1:{code}")


@pytest.mark.parametrize(
    ("suppression", "covers"),
    [
        (Suppression("COR102", "*", "x", None), True),
        (Suppression("cor102", "https://api.example/*", "x", None), True),
        (Suppression("null-origin-allowed", "*", "x", None), True),
        (Suppression("COR101", "*", "x", None), False),
        (Suppression("COR102", "https://other.example/*", "x", None), False),
    ],
)
def test_covers(suppression: Suppression, covers: bool) -> None:
    assert suppression.covers(issue()) is covers


def test_every_endpoint_must_be_covered() -> None:
    spread = issue("COR102", "null-origin-allowed", "https://api.example/a", "https://api.example/b")
    assert not Suppression("COR102", "*/a", "x", None).covers(spread)


@pytest.mark.parametrize(
    ("expires", "accepted"), [(None, True), (date(2026, 11, 24), True), (date(2026, 11, 23), False)]
)
def test_expiry(expires: date | None, accepted: bool) -> None:
    suppression = Suppression("COR102", "*", "x", expires)
    result = sort([issue()], [suppression], TODAY)
    assert bool(result.suppressed) is accepted
    assert bool(result.open) is bool(result.expired) is not accepted
    assert result.unused == []


def test_unused() -> None:
    suppression = Suppression("COR999", "*", "x", None)
    assert sort([issue()], [suppression], TODAY).unused == [suppression]


def test_parse() -> None:
    table = {"rule": "COR102", "reason": " seen ", "expires": date(2027, 1, 1)}
    assert parse([table]) == [Suppression("COR102", "*", "seen", date(2027, 1, 1))]
    assert parse([{**table, "expires": "2027-01-01"}])[0].expires == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("COR102", "not a table"),
        ({"reason": "x"}, "`rule`"),
        ({"rule": "COR102"}, "needs a `reason`"),
        ({"rule": "COR102", "reason": " "}, "needs a `reason`"),
        ({"rule": "COR102", "reason": "x", "expires": "soon"}, "`expires`"),
        ({"rule": "COR102", "reason": "x", "expired": "2027-01-01"}, "unknown key 'expired'"),
    ],
)
def test_what_is_no_suppression(entry: object, says: str) -> None:
    with pytest.raises(SuppressionError, match=f"suppression 1: .*{says}"):
        parse([entry])
