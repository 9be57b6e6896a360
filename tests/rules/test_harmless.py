"""Policies that are right though they look suspicious, as a browser's visits show them."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.exchange import Exchange
from coranalyze.finding import Severity
from tests.rules.visits import NULL, OWN, PAGES, SISTER, allow, audited, fixed, listed, matching, reflect, visit

PARTNER = "https://pay.partner.test"
OTHER = "https://id.other.test"
HARMLESS: dict[str, list[Exchange]] = {
    "list": visit(listed([OWN])),
    "list of two of its own": visit(listed([OWN, SISTER])),
    "list with credentials on refusals": visit(listed([OWN], refusal=[("Access-Control-Allow-Credentials", "true")])),
    "own and two partners": visit(listed([OWN, PARTNER, OTHER]), pages=(*PAGES, PARTNER, OTHER)),
    "own and a partner, nobody else seen": visit(listed([OWN, PARTNER]), pages=(OWN, PARTNER)),
    "two domains of one owner": visit(
        listed(["https://www.acme.com", "https://www.acme.org"]),
        url="https://api.acme.com/me",
        pages=("https://www.acme.com", "https://www.acme.org"),
    ),
    "only its own front end, on another domain": visit(reflect(), pages=("https://shop-app.test",)),
    "fixed value that differs from the page": visit(fixed(OWN)),
    "star on public data": visit(fixed("*", credentials=False)),
    "reflection without credentials": visit(reflect(credentials=False)),
    "star without a cookie, reflection with one, no credentials": visit(
        lambda origin, cookie: allow(origin if cookie else "*", credentials=False)
    ),
    "star for strangers, credentials for its own": visit(
        lambda origin, cookie: allow(OWN) if origin == OWN else allow("*", credentials=False)
    ),
    "anchored pattern": visit(
        listed(matching(r"https://([a-z]+\.)?shop\.example$")),
        pages=(*PAGES, "https://notshop.example", OWN + ".elsewhere.test", "https://appxshop.example"),
    ),
    "refused with 403": visit(listed([OWN]), status=lambda origin, cookie: 200 if origin == OWN else 403),
    "two partners, others refused with 403": visit(
        listed([OWN, PARTNER, OTHER]),
        pages=(*PAGES, PARTNER, OTHER),
        status=lambda origin, cookie: 200 if origin in (OWN, PARTNER, OTHER) else 403,
    ),
    "star on a 401": visit(fixed("*", credentials=False), status=lambda origin, cookie: 200 if cookie else 401),
    "star on redirects": visit(fixed("*"), status=lambda origin, cookie: 302, response=[("Location", "/login")]),
    "reflected errors": visit(reflect(), status=lambda origin, cookie: 404),
    "font": visit(fixed("*", credentials=False), response=[("Content-Type", "font/woff2")], cookies=(False,)),
    "reflected font": visit(reflect(), response=[("Content-Type", "font/woff2"), ("Cache-Control", "max-age=9")]),
    "bearer only": visit(reflect(), request=[("Authorization", "Bearer abc")], cookies=(False,)),
    "own tenant of a shared host": visit(listed(["https://shop.github.io"]), pages=(*PAGES, "https://shop.github.io")),
    "one pinned extension": visit(listed([OWN, "chrome-extension://abc"]), pages=(*PAGES, "chrome-extension://abc")),
    "native shell": visit(
        listed([OWN, "http://localhost", "capacitor://localhost"]),
        pages=(*PAGES, "http://localhost", "capacitor://localhost"),
    ),
    "localhost on a staging host": visit(
        listed([OWN, "http://localhost:3000"]),
        url="https://api.staging.shop.example/me",
        pages=(*PAGES, "http://localhost:3000"),
    ),
    "everything on the own machine": visit(
        reflect(), url="http://localhost:8000/me", pages=("http://localhost:3000", "http://127.0.0.1:5173")
    ),
    "star on the own machine": visit(
        fixed("*", credentials=False), url="http://localhost:8000/me", pages=("http://localhost:3000",)
    ),
    "plain http in a laboratory": visit(
        listed(["http://app.shop.test"]),
        url="http://api.shop.test/me",
        pages=("http://app.shop.test", "http://evil.test", NULL),
    ),
    "etag exposed": visit(listed([OWN]), response=[("Access-Control-Expose-Headers", "ETag, Link, Location")]),
    "signed file": visit(
        fixed("*", credentials=False),
        url="https://files.shop.example/a.pdf?X-Amz-Signature=[redacted-1]",
        response=[("Content-Type", "application/pdf")],
        cookies=(False,),
    ),
    "null after a redirect, without credentials": visit(listed([NULL], credentials=False), pages=(NULL,)),
    "private network refused": visit(
        listed([OWN]),
        url="http://10.0.0.7/x",
        pages=("http://10.0.0.8",),
        response=[("Access-Control-Allow-Private-Network", "false")],
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_no_false_alarm(name: str) -> None:
    """Correct though it looks suspicious: nothing of severity medium or more, from any rule."""
    alarms = [f for f in analyze(HARMLESS[name]).findings if f.severity.rank <= Severity.MEDIUM.rank]
    assert alarms == []


QUIET = (
    "list",
    "list of two of its own",
    "star on public data",
    "anchored pattern",
    "refused with 403",
    "star on a 401",
)


@pytest.mark.parametrize("name", QUIET)
def test_nothing_to_say(name: str) -> None:
    assert audited(HARMLESS[name]) == {}
