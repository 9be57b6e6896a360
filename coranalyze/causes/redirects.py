"""Causes D: redirects on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

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
    if case.stage is Stage.REDIRECT or (not case.preflighted and 300 <= status < 400 and status != 304):
        return _redirected(case, login)
    if (
        login is not None
        and case.lacks_acao
        and case.origin != "null"
        and http_origin_of(login.lead.url) == case.target
    ):
        return Told(
            f"{_server(login.sent)} redirected {login.asked} ({login.sent.status}) {login.lead.words}, which answered "
            f"{case.status} without Access-Control-Allow-Origin: a login is for people, and no script may read it.",
            login.lead.advice,
            _way(case),
            at=login.asked,
        )
    if case.hop == 0 or case.origin != "null" or case.fetch.origin == "null":
        return None
    return _became_null(case, login)


class _Redirect(NamedTuple):
    """An answer on the way, and where it leads."""

    sent: Exchange
    lead: Lead

    @property
    def asked(self) -> str:
        """`GET https://app.example/users/{id}`"""
        return f"{self.sent.method} {''.join(place(self.sent.url))}"


def _redirected(case: Case, login: _Redirect | None) -> Told:
    """The answer that fails the check is itself a redirect."""
    lead = lead_of(case.sent)
    has = case.response.get(ACAO)
    lacks = "without Access-Control-Allow-Origin" if has is None else f"with `Access-Control-Allow-Origin: {has}`"
    advice = lead.advice if lead.kind in ("login", "signed", "scheme-upgrade", "scheme-downgrade", "slash") else ""
    evidence = [f"`Location: {case.response.get('location')}`"] if case.response.has("location") else []
    back = (
        next((each for each in _redirects(case) if each.lead.to_http), None) if lead.kind == "scheme-upgrade" else None
    )
    if back is not None:
        evidence.append(f"the page called https; {back.sent.status} from {back.sent.url} leads to http")
        advice = back.lead.advice if back.lead.kind == "slash" else TRUST_PROXY
    elif lead.is_mixed and case.page.startswith("https:"):
        evidence.append("it leads to http, and for a page of https that is mixed content, which browsers do not load")
        advice = f"{lead.advice} Send the CORS headers on the redirect as well, if it stays."
    at = _at(case, login)
    if at and login is not None:
        # The login only goes its own way: who sent the request there is to change.
        advice = login.lead.advice
        evidence.append(f"{login.sent.status} from {login.sent.url} leads to the login")
    return Told(
        f"{case.server} redirected {case.asked} ({case.status}) {lead.words}, {lacks}: the check is made on redirects "
        "too.",
        advice or "Call the URL that the redirect leads to, or send the CORS headers on the redirect as well.",
        tuple(evidence),
        at=at,
    )


def _became_null(case: Case, login: _Redirect | None) -> Told:
    """What stands behind the redirects is asked by `null`, and does not allow that."""
    besides = f" {case.server} has to allow the page besides: it answers no Access-Control-Allow-Origin."
    return Told(
        f"The request was redirected to {case.target or case.sent.url}"
        + (", a login page" if login is not None else "")
        + ", from another host; from there on its Origin is `null`, which is not allowed.",
        "Answer 401 in place of a redirect to the callers of an API, or sign in before the page calls."
        if login is not None
        else f"Call the URL at the end of the redirects directly: {BECOMES_NULL}."
        + (besides if case.lacks_acao else ""),
        _way(case),
        at=_at(case, login),
    )


def _redirects(case: Case) -> Iterator[_Redirect]:
    return (_Redirect(exchange, lead_of(exchange)) for exchange in case.redirects)


def _login(case: Case) -> _Redirect | None:
    """The first redirect to a login on the way."""
    return next((each for each in _redirects(case) if each.lead.kind == "login"), None)


def _at(case: Case, login: _Redirect | None) -> str:
    """The request whose answer is to change: the one that was sent to a login, where another one failed."""
    return login.asked if login is not None and login.sent is not case.sent else ""


def _way(case: Case) -> tuple[str, ...]:
    """The redirects that led there."""
    return tuple(f"{exchange.status} from {exchange.url}" for exchange in case.redirects[:4])


def _server(exchange: Exchange) -> str:
    return place(exchange.url)[0].partition("://")[2]
