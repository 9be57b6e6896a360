"""What a browser's visits to one endpoint leave in a capture, written out as exchanges."""

import re
from collections.abc import Callable, Iterable

from coranalyze.analysis import analyze
from coranalyze.cors.headers import Headers
from coranalyze.exchange import Exchange

API = "https://api.shop.example"
OWN = "https://app.shop.example"
SISTER = "https://blog.shop.example"
FOREIGN = "https://news.elsewhere.test"
NULL = "null"
PAGES = (OWN, SISTER, FOREIGN, NULL)

Lines = list[tuple[str, str]]
Policy = Callable[[str | None, bool], Lines]
"""Origin and whether a cookie came → the response headers."""


def visit(
    policy: Policy,
    *,
    pages: Iterable[str | None] = PAGES,
    url: str = API + "/me",
    cookies: Iterable[bool] = (False, True),
    status: Callable[[str | None, bool], int] = lambda origin, cookie: 200,
    response: Lines = [("Content-Type", "application/json")],  # noqa: B006 - never changed
    request: Lines = [],  # noqa: B006
    method: str = "GET",
    preflight: Policy | None = None,
    methods: str = "GET, PUT",
    site: str = "",
) -> list[Exchange]:
    """Each page asks without and with a cookie; with `preflight` it asks for permission first."""
    found: list[Exchange] = []

    def add(method: str, origin: str | None, more: Lines, answer: Lines, code: int) -> None:
        lines = [*([("Origin", origin)] if origin is not None else []), *more]
        found.append(
            Exchange(
                entry=len(found),
                method=method,
                url=url,
                request=Headers(lines),
                response=Headers(answer),
                status=code,
                started=len(found) * 100.0,
                ended=len(found) * 100.0 + 5,
            )
        )

    for origin in pages:
        for cookie in cookies:
            if preflight is not None:
                asks = [("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "content-type")]
                allows = [("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", "content-type")]
                add("OPTIONS", origin, asks, [*preflight(origin, False), *allows], 204)
            sent = [*request, *([("Cookie", "sid=1")] if cookie else [])]
            code = status(origin, cookie)
            add(method, origin, sent, [*policy(origin, cookie), *response], code)
    return found


def audited(exchanges: list[Exchange], first_parties: Iterable[str] = ()) -> dict[str, str]:
    """Rule → severity and confidence, of the groups 1 to 3."""
    found = analyze(exchanges, first_parties=first_parties).findings
    return {f.rule: f"{f.severity.value} {f.confidence.value}" for f in found if f.rule < "COR4"}


def allow(origin: str | None, credentials: bool = True, vary: bool = True) -> Lines:
    lines = [("Access-Control-Allow-Origin", origin)] if origin is not None else []
    if credentials:
        lines.append(("Access-Control-Allow-Credentials", "true"))
    return [*lines, ("Vary", "Origin")] if vary else lines


def reflect(credentials: bool = True) -> Policy:
    return lambda origin, cookie: allow(origin, credentials)


def fixed(value: str, credentials: bool = True) -> Policy:
    return lambda origin, cookie: allow(value, credentials, vary=False)


def listed(test: Callable[[str], bool] | Iterable[str], credentials: bool = True, refusal: Lines = []) -> Policy:  # noqa: B006
    """Gives back the origins that pass the test; others get `Vary: Origin` and `refusal`."""
    passes = test if callable(test) else set(test).__contains__

    def policy(origin: str | None, cookie: bool) -> Lines:
        if origin is not None and passes(origin):
            return allow(origin, credentials)
        return [("Vary", "Origin"), *refusal]

    return policy


def matching(pattern: str) -> Callable[[str], bool]:
    """As `re.match` of a server would."""
    return lambda origin: re.match(pattern, origin) is not None
