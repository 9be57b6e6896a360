"""Causes C, third part: no Access-Control-Allow-Origin, and nothing else of the server's that would explain it."""

from __future__ import annotations

from typing import NamedTuple

from coranalyze.causes.case import ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.fixed_texts import is_html
from coranalyze.causes.handling import refuses_by_policy, said
from coranalyze.causes.siblings import Seen
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.names import resembles


@pattern("no-acao-anywhere", fixes=("F1",))
def no_acao_anywhere(case: Case) -> Told | None:
    """The server does not allow this page

    The answer carries no `Access-Control-Allow-Origin`, and nothing else that this server said in the capture does for
    this page: CORS is not set up there, the origin is not on its list, or the CORS middleware does not cover this path.
    A test with curl shows nothing unless it sends `Origin`.

    ## How to recognise it
    A success without the header, on the first try and on every other; or any answer without it, where another origin
    passes with the same request.

    ## What to do
    If the page is meant to read it, put its origin on the server's list; see that the CORS middleware runs before what
    answers here. If it is not meant to, all is well.

    ## Example
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    The header is on answers to GET and not on those to OPTIONS:

    ```http
    GET https://api.example/cart
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Methods: PUT
    ```

    FastAPI's middleware refuses an origin that is not on its list:

    ```http
    OPTIONS https://api.example/items
    Origin: http://localhost:3000
    Access-Control-Request-Method: PUT

    400
    Server: uvicorn
    Access-Control-Allow-Methods: GET, PUT
    Access-Control-Max-Age: 600
    Vary: Origin
    Content-Type: text/plain; charset=utf-8
    Content-Length: 22
    ```

    Refusals look like anything; here another origin passes with the same request:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    OPTIONS https://api.example/items
    Origin: https://other.test
    Access-Control-Request-Method: PUT

    404
    ```

    Its preflights are refused as its requests are:

    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/me
    Origin: https://other.test

    403

    OPTIONS https://api.example/me
    Origin: https://other.test
    Access-Control-Request-Method: PUT

    403
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    ```
    """
    if case.reason is not Reason.ACAO_MISSING or case.status is None:
        return None
    origin = case.origin or case.page
    why = _why(case, origin)
    if case.sibling is None and case.unwelcome:
        return Told(
            f"{why.sentence} It seems that it is not meant to be.",
            f"Nothing, unless {case.page} is meant to read it.",
            why.evidence,
            why.settle,
            meant=True,
        )
    advice = why.advice or (
        "If the page is meant to read it, put its origin on the server's list, so that it answers "
        f"Access-Control-Allow-Origin: {origin}"
    )
    if case.stranger and not why.advice:
        advice = f"Nothing, if {case.page} is a stranger: pages of the server's own site are let in. {advice}"
    evidence = list(why.evidence)
    evidence += said(case)
    by_policy = refuses_by_policy(case)
    if not case.preflighted and "origin" in (case.response.get("vary") or "").lower():
        evidence.append("`Vary: Origin` says that the server looked at the origin")
    misspelt = [name for name in dict.fromkeys(name for name, _ in case.response) if resembles(name.lower()) == ACAO]
    evidence += [f"it carries `{name}`: most likely Access-Control-Allow-Origin was meant" for name in misspelt]
    if misspelt:
        advice = f"Correct the name of the header: `{misspelt[0]}` has to be `Access-Control-Allow-Origin`"
    empty = case.status == 204 or case.response.get("content-length") == "0"
    if is_html(case.response) and not empty and not case.destination and case.status < 300:
        evidence.append("HTML came where a script asked: perhaps a page (a front end's fallback, a login), not the API")
    if case.status >= 400 and case.let_in_instead is None and not by_policy:
        advice += f". It answered {case.status} besides: its log tells why."
    return Told(why.sentence, advice, tuple(evidence), why.settle)


class _Why(NamedTuple):
    """What else the server answered says about it."""

    sentence: str
    evidence: tuple[str, ...] = ()
    advice: str = ""
    """Empty: to put the origin on the list."""
    settle: str = ""


def _why(case: Case, origin: str) -> _Why:
    answered = f"{case.server} answered {case.question} ({case.status}) without Access-Control-Allow-Origin"
    if case.let_in_instead is not None:
        return _who_asks(case, origin, answered, case.let_in_instead)
    if refuses_by_policy(case):
        return _by_policy(case, origin)
    if case.sibling is not None:
        return _let_in_elsewhere(case, origin, answered, case.sibling)
    others = sorted(value for value in case.siblings.allowed if value not in (origin, "*"))
    if others:
        return _Why(f"{answered}; it allows others ({', '.join(others[:3])}), so {origin} is not on its list.")
    if case.on_error is not None:
        sentence = f"{answered}, though an error answer of this server has it for {origin}."
        return _Why(sentence, (f"{case.on_error} does allow it",))
    return _Why(f"{answered}, and no other answer of this server in the capture has it for {origin}.")


def _who_asks(case: Case, origin: str, answered: str, instead: Seen) -> _Why:
    other, sure = instead.answer.origin, (case.status or 0) < 300
    return _Why(
        f"{answered}; it lets {other} in: {'' if sure else 'most likely '}{origin} is not on its list.",
        (f"{instead} names {other}",),
        settle=""
        if sure
        else f"Send the same request with `Origin: {other}` (curl): if that passes, it hangs on the origin.",
    )


def _by_policy(case: Case, origin: str) -> _Why:
    sentence = f"The CORS layer of {case.server} answered {case.question} and did not name {origin}"
    headers = "the answer carries other CORS headers, or varies by what a preflight asks"
    evidence = () if said(case) else (headers,)
    if case.sibling is None:
        return _Why(f"{sentence}: most likely it is not on its list.", evidence)
    return _Why(
        f"{sentence}, which other answers of this server allow: the header is not put on answers to OPTIONS, or what "
        "the preflight asks for is refused without a word.",
        (*evidence, f"{case.sibling} does allow it"),
        f"Have OPTIONS at this path answered with Access-Control-Allow-Origin: {origin}, and see that its lists have "
        "the method and the headers that the preflight asks for.",
    )


def _let_in_elsewhere(case: Case, origin: str, answered: str, sibling: Seen) -> _Why:
    answered += f", though other answers of this server allow {origin}: "
    near = _at_this_path(case)
    evidence = (f"{near or sibling} does allow it",)
    cover = (
        "If the page is meant to read it, have the CORS handling cover this path and method too, so that the answer "
        f"carries Access-Control-Allow-Origin: {origin}"
    )
    if near is None:
        return _Why(f"{answered}CORS does not cover this path.", evidence, cover)
    if case.echoed:
        return _Why(
            f"{answered}at this path it takes the origin from {case.echoed}.",
            evidence,
            "Take the origin from the request's `Origin` header, and compare it with a list.",
        )
    if near.answer.method != case.fetch.method:
        covered = f"at this path it covers {near.answer.method} and not {case.fetch.method}."
        return _Why(answered + covered, evidence, cover)
    return _Why(
        f"{answered}at this path they come with it and without, so servers behind it may differ.",
        evidence,
        "Send the same request several times (curl, with `Origin`), and find what sets the answers without the header "
        f"apart: a server behind {case.server} with another configuration, a copy in a cache, a branch of the handler.",
    )


def _at_this_path(case: Case) -> Seen | None:
    """A success at the same endpoint that the page may read, of the same method if there is one."""
    origin = case.fetch.origin if case.origin == "null" else case.origin
    allowing = [
        seen
        for seen in case.same_endpoint
        if not seen.answer.preflight and 200 <= (seen.answer.status or 0) < 300 and seen.answer.acao in (origin, "*")
    ]
    return min(allowing, key=lambda seen: seen.answer.method != case.fetch.method, default=None)
