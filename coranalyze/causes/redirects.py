"""Causes D: redirects on the way."""

from __future__ import annotations

from coranalyze.causes.case import ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.leads import BECOMES_NULL, TRUST_PROXY, Lead, lead_of
from coranalyze.causes.response import WRONG_OR_MISSING
from coranalyze.cors.origin import http_origin_of
from coranalyze.endpoint import place
from coranalyze.exchange import Exchange
from coranalyze.fetch import Stage


@pattern("redirect-loses-cors")
def redirect_loses_cors(case: Case) -> Told | None:
    """A redirect loses the CORS headers, or the origin

    The CORS check is made on every answer of the chain, redirects included. And once the chain has gone from one
    foreign host to another, the browser sends `Origin: null`, which no list holds and no server should allow.

    ## How to recognise it
    A 3xx without `Access-Control-Allow-Origin`; or a redirect to another host and `Origin: null` behind it.

    ## What to do
    Call the last URL directly. For a login, answer 401 in place of the redirect, where the first one was sent.

    ## Example
    ```http
    GET https://api.example/items
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site
    Accept: */*

    301
    Location: https://api.example/items/
    ```

    The origin becomes `null` behind the second host:

    ```http
    GET https://api.example/file
    Origin: https://app.example

    302
    Access-Control-Allow-Origin: https://app.example
    Location: https://files.test/file

    GET https://files.test/file
    Origin: null

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    A login that no script can pass:

    ```http
    GET https://app.example/api/me
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: same-origin
    Referer: https://app.example/

    302
    Location: https://login.test/authorize

    GET https://login.test/authorize
    Origin: https://app.example

    200
    Content-Type: text/html
    ```

    ## Not
    ```http
    GET https://files.test/file
    Origin: null

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    if case.reason not in WRONG_OR_MISSING:
        return None
    status = case.status or 0
    login = _login(case)
    at = _asked(login[0]) if login is not None and login[0] is not case.sent else ""
    if case.stage is Stage.REDIRECT or (not case.preflighted and 300 <= status < 400 and status != 304):
        lead = lead_of(case.sent)
        has = case.response.get(ACAO)
        lacks = "without Access-Control-Allow-Origin" if has is None else f"with `Access-Control-Allow-Origin: {has}`"
        advice = lead.advice if lead.kind in ("login", "scheme-upgrade", "scheme-downgrade", "slash") else ""
        evidence = [f"`Location: {case.response.get('location')}`"] if case.response.has("location") else []
        before = ((exchange, lead_of(exchange)) for exchange in case.redirects)
        back = next((each for each in before if each[1].to_http), None) if lead.kind == "scheme-upgrade" else None
        if back is not None:
            exchange, led = back
            evidence.append(f"the page called https; {exchange.status} from {exchange.url} leads to http")
            advice = led.advice if led.kind == "slash" else TRUST_PROXY
        if at and login is not None:
            # The login only goes its own way: who sent the request there is to change.
            advice = login[1].advice
            evidence.append(f"{login[0].status} from {login[0].url} leads to the login")
        return Told(
            f"{case.server} redirected {case.asked} ({status}) {lead.words}, {lacks}: the check is made on "
            "redirects too.",
            advice or "Call the URL that the redirect leads to, or send the CORS headers on the redirect as well.",
            tuple(evidence),
            at=at,
        )
    if login is not None and case.lacks_acao and case.origin != "null" and http_origin_of(login[1].url) == case.target:
        return Told(
            f"{_server(login[0])} redirected {at} ({login[0].status}) {login[1].words}, which answered "
            f"{case.status} without Access-Control-Allow-Origin: a login is for people, and no script may read it.",
            login[1].advice,
            tuple(f"{exchange.status} from {exchange.url}" for exchange in case.redirects[:4]),
            at=at,
        )
    if case.hop == 0 or case.origin != "null" or case.fetch.origin == "null":
        return None
    advice = (
        "Answer 401 in place of a redirect to the callers of an API, or sign in before the page calls."
        if login is not None
        else f"Call the URL at the end of the redirects directly: {BECOMES_NULL}."
        + (
            f" {case.server} has to allow the page besides: it answers no Access-Control-Allow-Origin."
            * case.lacks_acao
        )
    )
    return Told(
        f"The request was redirected to {case.target or case.sent.url}"
        + (", a login page" if login is not None else "")
        + ", from another host; from there on its Origin is `null`, which is not allowed.",
        advice,
        tuple(f"{exchange.status} from {exchange.url}" for exchange in case.redirects[:4]),
        at=at,
    )


def _login(case: Case) -> tuple[Exchange, Lead] | None:
    """The first redirect to a login on the way, and where it leads."""
    way = ((exchange, lead_of(exchange)) for exchange in case.redirects)
    return next((each for each in way if each[1].kind == "login"), None)


def _asked(exchange: Exchange) -> str:
    """`GET https://app.example/users/{id}`"""
    return f"{exchange.method} {''.join(place(exchange.url))}"


def _server(exchange: Exchange) -> str:
    return place(exchange.url)[0].partition("://")[2]
