"""Shapes that servers of many makes were seen to answer in: the exchanges of several visitors, and what they show."""

import pytest

from tests.rules.story import ACAC, VARY, acao, asked, findings, graded, preflight

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
    "203: its own pages with the cookie, `*` without": (
        (OWN, asked("GET", SHOP, COOKIE, origin=BLOG, answer=acao(BLOG, ACAC, VARY)),
         asked("GET", SHOP, origin=WWW, answer=acao("*"))), {"COR203 low?"},
    ),
    "203: a page of its own is refused with the cookie": (
        (OWN, asked("GET", SHOP, COOKIE, origin=BLOG, answer=(VARY,)),
         asked("GET", SHOP, origin=WWW, answer=acao("*"))), set(),
    ),
    "203: a foreign page and its own with the cookie, `*` without": (
        (OWN, asked("GET", SHOP, COOKIE, origin=FOREIGN, answer=acao(FOREIGN, ACAC, VARY)),
         asked("GET", SHOP, origin=WWW, answer=acao("*"))), {"COR203 high"},
    ),
    "203: a front end on another site with the cookie, `*` without": (
        (asked("GET", SHOP, COOKIE, origin=FOREIGN, answer=acao(FOREIGN, ACAC, VARY)),
         asked("GET", SHOP, origin=FOREIGN, answer=acao("*"))), {"COR203 low?"},
    ),
    "203: a foreign page with the cookie, `*` with credentials": (
        (OWN, asked("GET", SHOP, COOKIE, origin=FOREIGN, answer=acao(FOREIGN, ACAC, VARY)),
         asked("GET", SHOP, origin=WWW, answer=acao("*", ACAC))), {"COR203 high"},
    ),
    "102: `null` reads and writes": (
        (asked("GET", SHOP, COOKIE, origin="null", answer=acao("null", ACAC, VARY)),
         preflight("PUT", url=SHOP, origin="null", answer=acao("null", ACAC, "Access-Control-Allow-Methods: PUT"))),
        {"COR102 critical"},
    ),
    "209: `null` writes, and gets errors": (
        (OWN, asked("GET", SHOP, origin="null", status=400, answer=acao("null", ACAC)),
         preflight("PUT", url=SHOP, origin="null", answer=acao("null", ACAC, "Access-Control-Allow-Methods: PUT"))),
        {"COR209 high"},
    ),
    "209: `null` writes with credentials, and reads without": (
        (OWN, asked("GET", SHOP, origin="null", answer=acao("null")),
         preflight("PUT", url=SHOP, origin="null", answer=acao("null", ACAC, "Access-Control-Allow-Methods: PUT"))),
        {"COR209 high", "COR102 info"},
    ),
    "102: only a preflight for reading names `null`": (
        (OWN, preflight("GET", "x-a", url=SHOP, origin=FOREIGN, answer=acao("null", ACAC))), {"COR102 low?"},
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


def test_an_error_of_a_bot_wall_is_told_as_its_own() -> None:
    challenge = asked("POST", SHOP, origin=WWW, status=403, answer=("cf-mitigated: challenge", "Server: cloudflare"))
    message = findings(OWN, challenge)["COR702"].message
    assert message.endswith("Cloudflare answered in place of the application.")


def test_only_foreign_origins_are_named_as_such() -> None:
    strange = "https://evil.test"
    both = asked("GET", SHOP, COOKIE, origin=strange, answer=acao(strange, ACAC))
    message = findings(OWN, both, groups="1")["COR101"].message
    assert "an unrelated origin is let in (https://evil.test)" in message
    opaque = asked("GET", SHOP, COOKIE, origin="null", answer=acao("null", ACAC))
    message = findings(OWN, both, opaque, groups="1")["COR101"].message
    assert "unrelated origins are all let in (https://evil.test, null)" in message
