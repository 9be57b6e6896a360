"""Cookies by their names: the balancer's, or the application's."""

import pytest

from coranalyze.endpoint.cookies import is_incidental, is_of_balancer


@pytest.mark.parametrize(
    "name",
    ["AWSALB", "AWSALBCORS", "AWSALBAPP-0", "ARRAffinitySameSite", "BIGipServerpool_web", "__cf_bm", "_cfuvid", "bm_sv",
     "incap_ses_123_456", "visid_incap_1", "nlbi_77", "TS01a2b3c4", "TS01a2b3c4_28", "lb", "route", "_1d52e"],
)  # fmt: skip
def test_of_a_balancer(name: str) -> None:
    assert is_of_balancer(name)


@pytest.mark.parametrize(
    "name", ["session", "lbsession", "cf_user", "bm_id", "routes", "awsalbum", "tsession", "serverid2", "_ga", ""]
)
def test_of_the_application(name: str) -> None:
    assert not is_of_balancer(name)


@pytest.mark.parametrize(
    ("header", "incidental"),
    [("_ga=1; AWSALB=x", True), ("_ga_AB12; OptanonConsent", True), ("_ga=1; sid=2", False), ("lbsession", False)],
)
def test_of_visits_and_balancers_alone(header: str, incidental: bool) -> None:
    assert is_incidental(header) is incidental
