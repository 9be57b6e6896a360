"""COR4xx: how bad it is hangs on who may keep the answer; what is fixed, private or refused is quiet."""

import pytest

from tests.rules.story import ACAC, API, APP, VARY, acao, asked, graded, preflight

SHOP = "https://shop.example"
KEPT = "Cache-Control: max-age=60"
MISS, HIT = "X-Cache: MISS", "X-Cache: HIT"
FROM_CACHES = (
    "X-Cache: TCP_HIT",
    "X-Cache: TCP_MEM_HIT from a23-1.deploy.example (AkamaiGHost/11)",
    "CF-Cache-Status: STALE",
    'Cache-Status: "Next.js"; hit, "Edge"; fwd=miss',
    "CDN-Cache: HIT",
    "X-LiteSpeed-Cache: hit",
)
FROM_THE_SERVER = (
    "X-Cache: TCP_REFRESH_MISS",
    "X-Cache: RefreshHit from cloudfront",
    "CF-Cache-Status: REVALIDATED",
    "CF-Cache-Status: EXPIRED",
    'Cache-Status: "Edge"; fwd=stale; stored; key="hit"',
)
COOKIE = "Cookie: sid"
NO_CORS = "Sec-Fetch-Mode: no-cors"


def both(*more: str) -> tuple[str, str]:
    return asked(answer=acao(APP, *more)), asked(origin=SHOP, answer=acao(SHOP, *more))


CASES = {
    "401: no cache may keep it": (both("Cache-Control: no-store"), {"COR401 info"}),
    "401: nothing says how long": (both(), {"COR401 info"}),
    "401: browsers may keep it": (both(KEPT), {"COR401 low"}),
    "401: only the browser may keep it": (both("Cache-Control: private, max-age=60"), {"COR401 low"}),
    "401: a shared cache on the way": (both(KEPT, MISS), {"COR401 medium"}),
    "401: a shared cache that may not keep it": (both("Cache-Control: private, max-age=60", MISS), {"COR401 low"}),
    "401: Vary names it among others": (both(KEPT, "Vary: Accept-Encoding, origin"), set()),
    "401: Vary: *": (both(KEPT, "Vary: *"), set()),
    "401: Vary on one of the two": (
        (asked(answer=acao(APP, KEPT, VARY)), asked(origin=SHOP, answer=acao(SHOP, KEPT))),
        {"COR401 low"},
    ),
    "401: one origin only, so it may be fixed": ((asked(answer=acao(APP, KEPT)),), {"COR401 low?"}),
    "401: * for all": (
        (asked(answer=acao("*", KEPT)), asked(origin=SHOP, answer=acao("*", KEPT))),
        set(),
    ),
    "401: fixed, also for a stranger": (
        (asked(answer=acao(APP, KEPT)), asked(origin="https://x.test", answer=acao(APP, KEPT))),
        set(),
    ),
    "401: fixed, also without Origin": (
        (asked(answer=acao(APP, KEPT)), asked("GET", API, NO_CORS, origin=None, answer=acao(APP, KEPT))),
        set(),
    ),
    "401: preflights are kept by no HTTP cache": (
        (
            preflight(answer=acao(APP, "Access-Control-Allow-Methods: PUT", "Access-Control-Max-Age: 60")),
            preflight(origin=SHOP, answer=acao(SHOP, "Access-Control-Allow-Methods: PUT")),
        ),
        set(),
    ),
    "402: refused without Vary": (
        (asked(answer=acao(APP, KEPT, VARY)), asked(origin="https://x.test", answer=(KEPT,))),
        {"COR402 low"},
    ),
    "402: one origin, let in since": ((asked(answer=(KEPT,)), asked(answer=acao(APP, KEPT, VARY))), set()),
    "402: one origin, locked out by a stored answer": (
        (asked(answer=acao("*", KEPT, MISS)), asked(answer=(KEPT, "X-Cache: HIT", "Age: 9"))),
        {"COR405 high"},
    ),
    "402: refused with Vary": (
        (asked(answer=acao(APP, KEPT, VARY)), asked(origin="https://x.test", answer=(KEPT, VARY))),
        set(),
    ),
    "402: a CDN on the way": (
        (
            asked(answer=acao("*", KEPT, MISS)),
            asked("GET", API, NO_CORS, origin=None, answer=(KEPT, MISS)),
        ),
        {"COR402 medium"},
    ),
    "402: another address of the same kind, kept": (
        (
            asked("GET", f"{API}/1", answer=acao("*", KEPT)),
            asked("GET", f"{API}/2", NO_CORS, origin=None, answer=(KEPT,)),
        ),
        {"COR402 low?"},
    ),
    "402: another address of the same kind, not kept": (
        (asked("GET", f"{API}/1", answer=acao("*")), asked("GET", f"{API}/2", NO_CORS, origin=None)),
        set(),
    ),
    "402: an error is no content": (
        (asked(answer=acao("*", KEPT)), asked("GET", API, NO_CORS, origin=None, status=500, answer=(KEPT,))),
        set(),
    ),
    "403: one origin": ((asked(answer=acao("*", KEPT, f"Timing-Allow-Origin: {APP}")),), {"COR403 low?"}),
    "403: frames": (
        tuple(asked(origin=who, answer=acao("*", KEPT, f"X-Frame-Options: ALLOW-FROM {who}")) for who in (APP, SHOP)),
        {"COR403 medium"},
    ),
    "403: the one front end": ((asked(answer=acao("*", KEPT, f"X-Frame-Options: ALLOW-FROM {APP}")),), set()),
    "403: Vary": ((asked(answer=acao(APP, KEPT, VARY, f"Timing-Allow-Origin: {APP}")),), set()),
    "403: not kept": ((asked(answer=acao("*", "Cache-Control: no-store", f"Timing-Allow-Origin: {APP}")),), set()),
    "403: for all": ((asked(answer=acao("*", KEPT, "Timing-Allow-Origin: *")),), set()),
    "404: named public": (
        (asked("GET", API, COOKIE, answer=acao(APP, ACAC, VARY, "Cache-Control: s-maxage=60")),),
        {"COR404 medium"},
    ),
    "404: who has no cookie is answered too": (
        (
            asked("GET", API, COOKIE, answer=acao(APP, ACAC, VARY, "Cache-Control: s-maxage=60")),
            asked("GET", API, answer=acao(APP, ACAC, VARY, "Cache-Control: s-maxage=60")),
        ),
        {"COR404 low"},
    ),
    "404: a lifetime and no word against it": (
        (asked("GET", API, COOKIE, answer=acao(APP, ACAC, VARY, KEPT)),),
        set(),
    ),
    "404: private": (
        (asked("GET", API, COOKIE, answer=acao(APP, ACAC, VARY, "Cache-Control: private, max-age=60")),),
        set(),
    ),
    "404: a copy for each cookie": (
        (asked("GET", API, COOKIE, answer=acao(APP, ACAC, "Vary: Origin, Cookie", "Cache-Control: public")),),
        set(),
    ),
    "404: without cookies": ((asked(answer=acao(APP, ACAC, VARY, "Cache-Control: public")),), set()),
    "405: the server lets it in, the cache does not": (
        (asked(answer=acao(APP, KEPT, MISS)), asked(answer=acao(SHOP, KEPT, HIT))),
        {"COR405 high"},
    ),
    "405: the cached copy has no headers": (
        (asked(answer=acao("*", KEPT, MISS)), asked(answer=(KEPT, HIT))),
        {"COR405 high"},
    ),
    "405: only the one that filled the cache is seen": (
        (asked(answer=acao(APP, KEPT, MISS)), asked(origin=SHOP, answer=acao(APP, KEPT, HIT))),
        {"COR405 low?"},
    ),
    "405: the one that filled the cache, and the other gets its own by another URL": (
        (
            asked(answer=acao(APP, KEPT, MISS)), asked(origin=SHOP, answer=acao(APP, KEPT, HIT)),
            asked("GET", f"{API}?page=2", origin=SHOP, answer=acao(SHOP, KEPT, MISS)),
        ),
        {"COR405 high"},
    ),
    "405: filled without Origin, and the asker is let in by another address": (
        (
            asked("GET", API, NO_CORS, origin=None, answer=(KEPT, MISS)), asked(answer=(KEPT, HIT)),
            asked("GET", "https://api.example/y", answer=acao("*", KEPT, MISS)),
        ),
        {"COR405 low?"},
    ),
    "405: filled without Origin, and nobody is let in": (
        (asked("GET", API, NO_CORS, origin=None, answer=(KEPT, MISS)), asked(answer=(KEPT, HIT))),
        set(),
    ),
    "405: a 304 without headers leaves the stored ones": (
        (asked(answer=acao(APP, KEPT, VARY)), asked(status=304)),
        set(),
    ),
    "405: a 304 that names another, which may be the server's own": (
        (asked(answer=acao(APP, KEPT)), asked(status=304, answer=acao(SHOP))),
        {"COR401 low?", "COR405 low?"},
    ),
    "405: a 304 out of a cache that names another": (
        (asked(answer=acao(APP, KEPT)), asked(status=304, answer=acao(SHOP, HIT))),
        {"COR405 high"},
    ),
    "406: * for all": (
        (preflight(answer=acao("*", "Age: 3", "Access-Control-Allow-Methods: PUT", "Access-Control-Max-Age: 9")),),
        {"COR406 medium"},
    ),
    "406: made for this request": (
        (preflight(answer=acao("*", "Age: 0", "Access-Control-Allow-Methods: PUT", "Access-Control-Max-Age: 9")),),
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("exchanges", "expected"), CASES.values(), ids=CASES)
def test_caching(exchanges: tuple[str, ...], expected: set[str]) -> None:
    assert graded(*exchanges, groups="4") == expected


@pytest.mark.parametrize(
    ("sign", "found"),
    [*[(sign, True) for sign in FROM_CACHES], *[(sign, False) for sign in FROM_THE_SERVER]],
)
def test_every_cache_says_it_in_its_own_words(sign: str, found: bool) -> None:
    """An answer for another origin is the cache's fault where the cache gave it, and the server's elsewhere."""
    asking = (asked(answer=acao(APP, KEPT, MISS)), asked(answer=acao(SHOP, KEPT, sign)))
    assert ("COR405 high" in graded(*asking, groups="4")) is found
