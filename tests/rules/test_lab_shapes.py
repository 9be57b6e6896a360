"""Shapes that servers of many makes were seen to answer in: the exchanges of several visitors, and what they show."""

import pytest

from tests.rules.story import ACAC, VARY, acao, asked, graded

SHOP = "https://api.shop.example/me"
WWW, BLOG, LIKE, FOREIGN = (
    "https://www.shop.example", "https://blog.shop.example", "https://xshop.example", "https://gossip.example",
)  # fmt: skip
COOKIE = "Cookie: sid=1"
OWN = asked("GET", SHOP, COOKIE, origin=WWW, answer=acao(WWW, ACAC, VARY))

CASES = {
    "107: www by its own name, another sub-domain refused": (
        (OWN, asked("GET", SHOP, COOKIE, origin=BLOG, answer=(VARY,)),
         asked("GET", SHOP, COOKIE, origin=LIKE, answer=acao(LIKE, ACAC, VARY))),
        {"COR103 low?"},
    ),
    "103: no sub-domain is refused": (
        (OWN, asked("GET", SHOP, COOKIE, origin=LIKE, answer=acao(LIKE, ACAC, VARY)),
         asked("GET", SHOP, COOKIE, origin=FOREIGN, answer=(VARY,))),
        {"COR103 low?"},
    ),
    "203: a name with the cookie, `*` with credentials without": (
        (OWN, asked("GET", SHOP, origin=FOREIGN, answer=acao("*", ACAC))),
        {"COR203 low?"},
    ),
    "203: `*` without credentials for all others": (
        (OWN, asked("GET", SHOP, origin=FOREIGN, answer=acao("*"))), set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("exchanges", "expected"), CASES.values(), ids=CASES)
def test_trust(exchanges: tuple[str, ...], expected: set[str]) -> None:
    assert {found for found in graded(*exchanges, groups="12") if found[:6] not in ("COR117", "COR201")} == expected


@pytest.mark.parametrize(
    ("named", "found"),
    [("http://localhost:5173", True), ("http://192.168.1.7:3000", True), ("https://partner.test", False)],
)
def test_a_developers_origin_in_place_of_the_front_end(named: str, found: bool) -> None:
    told = graded(asked("GET", SHOP, origin=WWW, answer=acao(named)), groups="5")
    assert ("COR508 low?" in told) is found
