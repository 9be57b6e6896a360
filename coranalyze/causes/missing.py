"""Causes C, second part: the answer lacks what would allow the page."""

from __future__ import annotations

from coranalyze.causes.case import ACAC, ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.layer import is_html
from coranalyze.causes.preflight import is_policy
from coranalyze.causes.siblings import Seen
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.names import resembles


@pattern("actual-lacks-what-preflight-had", fixes=("F1",))
def actual_lacks_what_preflight_had(case: Case) -> Told | None:
    """The preflight had the CORS headers, the answer itself has not

    OPTIONS is answered by a CORS handler (or the gateway), the request itself by a handler that adds nothing. The
    browser checks both.

    ## How to recognise it
    The preflight passes; the answer is a success without `Access-Control-Allow-Origin`, or without
    `Access-Control-Allow-Credentials` where the preflight had it.

    ## What to do
    Set `Access-Control-Allow-Origin` and `-Credentials` on every answer, not on OPTIONS only.

    ## Example
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
    Content-Type: application/json
    ```

    A GET that needs no preflight, where other requests of the same path do:

    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    GET https://api.example/cart
    Origin: https://app.example

    200
    Content-Type: application/json
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

    500
    ```
    """
    preflight = case.preflight
    if case.preflighted or case.status is None or case.status >= 300 or case.let_in_instead is not None:
        return None
    if preflight is None:
        return _allowed_by_options(case)
    if case.reason is Reason.ACAO_MISSING and preflight.response.has(ACAO):
        lacks = "Access-Control-Allow-Origin"
    elif case.reason is Reason.ACAC_NOT_TRUE and preflight.response.get(ACAC) == "true":
        lacks = "Access-Control-Allow-Credentials"
    else:
        return None
    return Told(
        f"The preflight of {case.asked} was answered with {lacks}, the request itself ({case.status}) without it.",
        f"Set {lacks} on the answer to {case.fetch.method} too, not on OPTIONS only.",
        (f"the preflight has `{lacks}: {preflight.response.get(lacks)}`",),
        header=lacks.lower(),
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


def _allowed_by_options(case: Case) -> Told | None:
    """It needed no preflight; but those of the same path allow the page, and no other answer of this server does."""
    seen = case.sibling
    if case.reason is not Reason.ACAO_MISSING or seen is None or not seen.answer.preflight:
        return None
    if seen.endpoint.template != case.where[1]:
        return None
    return Told(
        f"Preflights of {case.spot} are answered with Access-Control-Allow-Origin for {case.page}, {case.fetch.method} "
        f"itself ({case.status}) without it.",
        f"Set Access-Control-Allow-Origin on the answer to {case.fetch.method} too, not on OPTIONS only.",
        (f"{seen} has it",),
        header=ACAO,
    )


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
    evidence, settle = [], ""
    instead = case.let_in_instead
    elsewhere = [value for value in case.siblings.allowed if value not in (origin, "*")]
    answered = f"{case.server} answered {case.question} ({case.status}) without Access-Control-Allow-Origin"
    advice = (
        "If the page is meant to read it, put its origin on the server's list, so that it answers "
        f"Access-Control-Allow-Origin: {origin}"
    )
    if instead is not None:
        sentence = (
            f"{answered}, and with it for {instead.answer.origin}: "
            f"{'most likely ' if case.status >= 300 else ''}{origin} is not on its list."
        )
        evidence.append(f"{instead} names {instead.answer.origin}")
        if case.status >= 300:
            settle = (
                f"Send the same request with `Origin: {instead.answer.origin}` (curl): if that passes, it hangs on the "
                "origin."
            )
    elif case.preflighted and is_policy(case):
        sentence = f"The CORS layer of {case.server} answered {case.question} and did not name {origin}"
        evidence.append("the answer carries other CORS headers, or varies by what a preflight asks")
        if case.sibling is None:
            sentence += ": most likely it is not on its list."
        else:
            sentence += (
                ", which other answers of this server allow: the header is not put on answers to OPTIONS, or what the "
                "preflight asks for is refused without a word."
            )
            advice = (
                f"Have OPTIONS at this path answered with Access-Control-Allow-Origin: {origin}, and see that its "
                "lists have the method and the headers that the preflight asks for."
            )
            evidence.append(f"{case.sibling} does allow it")
    elif case.sibling is not None:
        near = _at_this_path(case)
        sentence = f"{answered}, though other answers of this server allow {origin}: "
        if near is None:
            sentence += "CORS does not cover this path."
        elif case.echoed:
            sentence += f"at this path it takes the origin from {case.echoed}."
        elif near.answer.method == case.fetch.method:
            sentence += "at this path they come with it and without, so servers behind it may differ."
        else:
            sentence += f"at this path it covers {near.answer.method} and not {case.fetch.method}."
        evidence.append(f"{near or case.sibling} does allow it")
        if case.echoed:
            advice = "Take the origin from the request's `Origin` header, and compare it with a list."
        elif near is not None and near.answer.method == case.fetch.method:
            advice = (
                "Send the same request several times (curl, with `Origin`), and find what sets the answers without the "
                f"header apart: a server behind {case.server} with another configuration, a copy in a cache, a branch "
                "of the handler."
            )
        else:
            advice = (
                "If the page is meant to read it, have the CORS handling cover this path and method too, so that the "
                f"answer carries Access-Control-Allow-Origin: {origin}"
            )
    elif elsewhere:
        sentence = f"{answered}; it allows others ({', '.join(sorted(elsewhere)[:3])}), so {origin} is not on its list."
    elif case.on_error is not None:
        sentence = f"{answered}, though an error answer of this server has it for {origin}."
        evidence.append(f"{case.on_error} does allow it")
    else:
        sentence = f"{answered}, and no other answer of this server in the capture has it for {origin}."
    if (case.response.get("vary") or "").lower().find("origin") >= 0 and not case.preflighted:
        evidence.append("`Vary: Origin` says that the server looked at the origin")
    misspelt = [name for name in dict.fromkeys(name for name, _ in case.response) if resembles(name.lower()) == ACAO]
    evidence += [f"it carries `{name}`: most likely Access-Control-Allow-Origin was meant" for name in misspelt]
    if misspelt:
        advice = f"Correct the name of the header: `{misspelt[0]}` has to be `Access-Control-Allow-Origin`"
    if is_html(case.response) and not case.destination and case.status < 300:
        evidence.append("HTML came where a script asked: perhaps a page (a front end's fallback, a login), not the API")
    if case.status >= 400 and instead is None and not (case.preflighted and is_policy(case)):
        advice += f". It answered {case.status} besides: its log tells why."
    return Told(sentence, advice, tuple(evidence), settle)
