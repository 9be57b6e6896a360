"""Rules of trust, credentials and networks on what a browser's visits leave: every hole is found, once."""

import pytest

from tests.rules.visits import FOREIGN, NULL, OWN, PAGES, allow, audited, fixed, listed, matching, reflect, visit

LAX = [("Set-Cookie", "sid=1; SameSite=Lax"), ("Content-Type", "application/json")]
PARTNER = "https://pay.partner.test"
HOLES = {
    "reflects": (visit(reflect()), {"COR101": "high proven"}),
    "reflects, cookies are SameSite": (
        visit(reflect(), response=LAX, pages=(OWN, FOREIGN, "https://other.test"), cookies=(False,))
        + visit(reflect(), response=LAX, pages=(OWN,), cookies=(True,)),
        {"COR101": "high proven"},
    ),
    "reflects web origins, two foreign owners": (
        visit(listed(lambda o: o != NULL), pages=(*PAGES, "https://other.test")),
        {"COR101": "high proven"},
    ),
    "reflects, no cookie seen": (visit(reflect(), cookies=(False,)), {"COR101": "medium proven"}),
    "reflects, and sets the session": (
        visit(reflect(), response=[("Set-Cookie", "sid=1; SameSite=None; Secure"), ("Content-Type", "text/html")]),
        {"COR101": "critical proven"},
    ),
    "reflects and approves writes": (
        visit(reflect(), method="PUT", preflight=reflect()),
        {"COR101": "critical proven"},
    ),
    "approves writes of all, lets the own front end read": (
        visit(listed([OWN]), method="PUT", preflight=reflect()),
        {"COR209": "high proven"},
    ),
    "null": (visit(listed([OWN, NULL])), {"COR102": "high proven"}),
    "null as a refusal": (
        visit(listed([OWN], refusal=allow(NULL, vary=False))),
        {"COR102": "high proven"},
    ),
    "suffix": (
        visit(listed(lambda o: o.endswith("shop.example")), pages=(*PAGES, "https://notshop.example")),
        {"COR103": "high proven"},
    ),
    "prefix": (
        visit(listed(lambda o: o.startswith(OWN)), pages=(*PAGES, OWN + ".elsewhere.test")),
        {"COR104": "high proven"},
    ),
    "prefix of localhost": (
        visit(
            listed(lambda o: o.startswith("http://localhost") or o == OWN),
            pages=(*PAGES, "http://localhost.elsewhere.test"),
        ),
        {"COR104": "high proven"},
    ),
    "substring": (
        visit(listed(lambda o: "shop.example" in o), pages=(*PAGES, "https://myshop.example.elsewhere.test")),
        {"COR105": "high proven"},
    ),
    "substring, by what stands before and what stands behind": (
        visit(
            listed(lambda o: "shop.example" in o),
            pages=(*PAGES, "https://notshop.example", "https://app.shop.example.elsewhere.test"),
        ),
        {"COR105": "high proven"},
    ),
    "unescaped dot": (
        visit(listed(matching("https://app.shop.example$")), pages=(*PAGES, "https://appxshop.example")),
        {"COR106": "high proven"},
    ),
    "glob read as regex": (
        visit(listed(matching("https://*.shop.example$")), pages=(*PAGES, "https://xshop.example")),
        {"COR107": "high proven"},
    ),
    "underscore": (
        visit(listed(matching(r"https://app\.shop\.example(?![a-z.])")), pages=(*PAGES, OWN + "_.elsewhere.test")),
        {"COR108": "high proven"},
    ),
    "any sub-domain": (
        visit(listed(lambda o: o.endswith(".shop.example")), pages=(*PAGES, "https://q7w3e9r1.shop.example")),
        {"COR109": "medium proven"},
    ),
    "many sub-domains": (
        visit(listed(lambda o: o.endswith(".shop.example")), pages=(*PAGES, "https://help.shop.example")),
        {"COR109": "low suspected"},
    ),
    "tenants of a shared host": (
        visit(
            listed(lambda o: o == OWN or o.endswith(".vercel.app")),
            pages=(*PAGES, "https://shop-git-main.vercel.app", "https://z9x8c7v6.vercel.app"),
        ),
        {"COR110": "high proven"},
    ),
    "playground": (
        visit(listed([OWN, "https://cdpn.io"]), pages=(*PAGES, "https://cdpn.io")),
        {"COR111": "high proven"},
    ),
    "localhost": (
        visit(listed([OWN, "http://localhost:3000"]), pages=(*PAGES, "http://localhost:3000")),
        {"COR112": "medium proven"},
    ),
    "private network": (
        visit(listed([OWN, "http://192.168.0.9"]), pages=(*PAGES, "http://192.168.0.9")),
        {"COR113": "medium proven"},
    ),
    "any port": (
        visit(listed(lambda o: o.startswith(OWN)), pages=(*PAGES, OWN + ":8443", OWN + ":9000")),
        {"COR114": "medium proven"},
    ),
    "any extension": (
        visit(
            listed(lambda o: o == OWN or o.startswith("moz-extension://")),
            pages=(*PAGES, "moz-extension://aaaaaaaa-bbbb", "moz-extension://cccccccc-dddd"),
        ),
        {"COR115": "high proven"},
    ),
    "partner": (visit(listed([OWN, PARTNER]), pages=(*PAGES, PARTNER)), {"COR117": "info proven"}),
    "star on a token's answer": (
        visit(fixed("*", credentials=False), request=[("Authorization", "Bearer abc")], cookies=(False,)),
        {"COR201": "low proven"},
    ),
    "anti-forgery token for null": (
        visit(
            listed([OWN, NULL]), response=[("X-CSRF-Token", "abc"), ("Access-Control-Expose-Headers", "X-CSRF-Token")]
        ),
        {"COR102": "critical proven", "COR202": "high proven"},
    ),
    "star without a cookie, reflection with one": (
        visit(lambda origin, cookie: allow(origin if cookie else "*")),
        {"COR203": "high proven"},
    ),
    "star with credentials, nothing with a cookie seen": (
        visit(fixed("*"), cookies=(False,), response=[("Set-Cookie", "sid=1; SameSite=None; Secure")]),
        {"COR203": "low suspected"},
    ),
    "credentials nobody uses": (
        visit(listed([OWN]), request=[("Authorization", "Bearer abc")], cookies=(False,)),
        {"COR204": "info proven"},
    ),
    "token header opened": (
        visit(listed([OWN]), response=[("X-Auth-Token", "abc"), ("Access-Control-Expose-Headers", "X-Auth-Token")]),
        {"COR205": "low proven"},
    ),
    "http twin": (
        visit(listed([OWN, "http://app.shop.example"]), pages=(*PAGES, "http://app.shop.example")),
        {"COR301": "medium proven"},
    ),
    "http twin under HSTS": (
        visit(listed([OWN, "http://app.shop.example"]), pages=(*PAGES, "http://app.shop.example"))
        + visit(
            listed([]),
            url="https://shop.example/",
            pages=(None,),
            response=[("Strict-Transport-Security", "max-age=31536000; includeSubDomains")],
        ),
        {"COR301": "low proven"},
    ),
    "credentials over http": (
        visit(listed(["http://www.shop.com"]), url="http://api.shop.com/me", pages=("http://www.shop.com", FOREIGN)),
        {"COR302": "medium proven"},
    ),
    "internal, for everybody": (
        visit(
            fixed("*", credentials=False),
            url="http://wiki.corp.internal/pages",
            pages=("http://start.corp.internal",),
            cookies=(False,),
        ),
        {"COR304": "medium proven"},
    ),
    "internal and private, for everybody": (
        visit(
            fixed("*", credentials=False),
            url="http://10.0.0.7/pages",
            pages=("http://10.0.0.8",),
            cookies=(False,),
            response=[("Cache-Control", "private")],
        ),
        {"COR304": "high proven"},
    ),
    "internal, reflected": (
        visit(reflect(credentials=False), url="http://10.0.0.7/pages", cookies=(False,)),
        {"COR304": "medium proven", "COR306": "info proven"},
    ),
    "internal, and a page from outside is let in": (
        visit(
            reflect(credentials=False),
            url="http://wiki.corp.internal/pages",
            pages=("http://start.corp.internal", FOREIGN),
            cookies=(False,),
        ),
        {"COR304": "low suspected", "COR306": "info proven"},
    ),
    "public page to the own machine": (
        visit(listed([OWN]), url="http://127.0.0.1:9000/v", pages=(OWN,), cookies=(False,)),
        {"COR306": "info proven"},
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_hole(name: str) -> None:
    exchanges, expected = HOLES[name]
    assert audited(exchanges) == expected
