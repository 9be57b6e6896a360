"""Causes C, first part: the answer is there, and its values fail the CORS check."""

from __future__ import annotations

from fnmatch import fnmatchcase

from coranalyze.causes.case import ACAC, ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.leads import BECOMES_NULL
from coranalyze.causes.siblings import Seen
from coranalyze.cors.near_miss import near_miss
from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.steps import Reason

MISMATCHES = frozenset({Reason.ACAO_MISMATCH, Reason.ACAO_INVALID})
WRONG_OR_MISSING = MISMATCHES | {Reason.ACAO_MISSING}
_NO_NEAR_MISS = frozenset({"null-literal", "origin-was-null", "multiple", "other-origin"})
_ALMOST = frozenset({"loopback-name", "www", "scheme", "port"})
"""Of origins on a list: those that one means to be the same."""
_ONE_LAYER = (
    "Let one layer set the CORS headers, and remove Access-Control-Allow-Origin in the other (proxy_hide_header in "
    "nginx)."
)


@pattern("duplicate-acao", fixes=("F11",))
def duplicate_acao(case: Case) -> Told | None:
    """Access-Control-Allow-Origin holds more than one value

    Exactly one value passes. Two lines, even equal ones, are two values; so is a list with commas. Mostly a proxy and
    the application behind it each add the header.

    ## How to recognise it
    The header stands twice in the answer, or its value has a comma or a blank in it.

    ## What to do
    Let one layer own CORS and take the header out of the other (`proxy_hide_header` in nginx). Never print a list of
    allowed origins into the header: answer the one that asks.

    ## Example
    ```http
    GET https://api.example/reviews
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Origin: *
    ```

    ## Not
    ```http
    GET https://api.example/reviews
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example/
    ```
    """
    if case.reason is not Reason.ACAO_MULTIPLE:
        return None
    values = case.response.values(ACAO)
    if len(values) > 1:
        return Told(
            f"{case.server} answered with {len(values)} lines of Access-Control-Allow-Origin ({', '.join(values)}): "
            "two layers, such as a proxy and the application, each add one.",
            _ONE_LAYER,
        )
    listed = (case.response.get(ACAO) or "").replace(",", " ").split()
    if "*" in listed or len(set(listed)) < len(listed):
        return Told(
            f"{case.server} answered with {len(listed)} values in Access-Control-Allow-Origin "
            f"(`{case.response.get(ACAO)}`), which no list of origins would hold: two layers, such as a proxy and the "
            "application, each added one.",
            _ONE_LAYER,
        )
    return Told(
        f"{case.server} answered with a list in Access-Control-Allow-Origin (`{case.response.get(ACAO)}`); only one "
        "origin passes.",
        f"Answer the one origin that asks, here {case.origin or case.page}, with `Vary: Origin`.",
    )


@pattern("star-with-credentials", fixes=("F4", "F1"))
def star_with_credentials(case: Case) -> Told | None:
    """`*` does not cover a request with credentials

    The page asked with its cookies or other credentials of the browser (`credentials: 'include'`,
    `withCredentials`), and the server allows everyone by `*`. For such requests only the origin itself passes. (An
    `Authorization` header that a script sets does not make a request one with credentials.)

    ## How to recognise it
    `Access-Control-Allow-Origin: *`, and the request is with credentials.

    ## What to do
    Where no cookie is needed, ask without credentials. Else answer the origin that asks, from a list, with
    `Access-Control-Allow-Credentials: true` and `Vary: Origin`.

    ## Example
    ```http
    GET https://api.example/prices
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: *
    ```

    Windows authentication is the browser's own, and makes the request one with credentials:

    ```http
    GET https://api.example/prices
    Origin: https://app.example
    Authorization: Negotiate x

    200
    Access-Control-Allow-Origin: *
    ```

    ## Not
    ```http
    GET https://api.example/prices
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    if case.reason is not Reason.ACAO_WILDCARD_WITH_CREDENTIALS:
        return None
    known = case.fetch.credentials_evidence
    advice = "Ask without credentials if none are needed; else "
    if case.origin == "null" and case.page != "null":
        advice += f"call {case.target or case.host} directly: {BECOMES_NULL}."
    elif case.unwelcome:
        advice = f"Nothing, unless {case.page} is meant to read it with credentials."
    elif case.page == "null":
        advice += "give the page a real origin (serve it over https, outside of a sandbox): `null` must not be allowed."
    else:
        advice += (
            f"answer Access-Control-Allow-Origin: {case.page} from a list, with Access-Control-Allow-Credentials: true "
            "and Vary: Origin."
        )
    return Told(
        f"{case.server} answered {case.question} with `*`, and {case.asked_with_credentials}, which `*` does not "
        "cover.",
        advice,
        (f"with credentials: {known}",) if known else (),
        case.given_up,
        meant=case.unwelcome,
    )


@pattern("acac-not-true", fixes=("F4",))
def acac_not_true(case: Case) -> Told | None:
    """Access-Control-Allow-Credentials is not exactly `true`

    The page asked with credentials. Then the answer needs this header, in exactly these four small letters: `True`,
    `1` and `yes` do not count.

    ## How to recognise it
    The origin is right, and `Access-Control-Allow-Credentials` is missing or has another value.

    ## What to do
    Send `Access-Control-Allow-Credentials: true` if the page is meant to act as the signed-in user; else ask without
    credentials.

    ## Example
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: True
    ```

    ## Not
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Credentials: True
    ```
    """
    if case.reason is not Reason.ACAC_NOT_TRUE:
        return None
    value = case.response.get(ACAC)
    has = (
        "without Access-Control-Allow-Credentials"
        if value is None
        else f"with `Access-Control-Allow-Credentials: {value}`"
    )
    values = {each.strip() for each in (value or "").split(",")}
    twice = value != "true" and values == {"true"}
    return Told(
        f"{case.asked_with_credentials.capitalize()}, and {case.server} answered {case.question} {has}.",
        "Let one layer set the CORS headers: two of them, such as a proxy and the application, each add one."
        if twice
        else "Send Access-Control-Allow-Credentials: true if the page is meant to act as the signed-in user; else ask "
        "without credentials.",
        (f"with credentials: {case.fetch.credentials_evidence}",) if case.fetch.credentials_evidence else (),
        case.given_up,
    )


@pattern("near-miss-origin", fixes=("F1",))
def near_miss_origin(case: Case) -> Told | None:
    """The allowed origin is almost the page's

    The value of `Access-Control-Allow-Origin` is compared byte for byte with the origin that asks. A slash at the end,
    another port, http for https, `localhost` for `127.0.0.1`, with or without www: each is another value. There are no
    patterns either.

    ## How to recognise it
    The value differs from the page's origin in one such point.

    ## What to do
    Put the origin on the list exactly as the browser sends it: scheme, host, port, nothing behind.

    ## Example
    ```http
    GET https://api.example/items
    Origin: http://127.0.0.1:5173

    200
    Access-Control-Allow-Origin: http://localhost:5173
    ```

    Most servers answer no value at all to an origin that is not on their list:

    ```http
    GET https://api.example/items
    Origin: https://www.app.example

    200
    Access-Control-Allow-Origin: https://www.app.example

    GET https://api.example/items
    Origin: https://app.example

    200
    ```

    ## Not
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://other.example
    ```
    """
    if case.origin is None:
        return None
    if case.reason is Reason.ACAO_MISSING and case.let_in_instead is not None:
        return _almost_on_the_list(case, case.origin, case.let_in_instead)
    if case.reason not in MISMATCHES:
        return None
    received = case.response.get(ACAO) or ""
    miss = near_miss(case.origin, received)
    if miss.kind in _NO_NEAR_MISS:
        return None
    advice = f"If the page is meant to read it, answer its origin exactly so: {case.origin}"
    if miss.kind == "wildcard-pattern" and not fnmatchcase(case.origin, received):
        advice = (
            "Have the server compare the origin that asks with its pattern, and answer that origin where it fits, with "
            f"`Vary: Origin`. {case.origin} does not fit this one: put it on the list if it is meant to read."
        )
    return Told(
        f"{case.server} allows `{received}` and the page is `{case.origin}`: {miss.sentence}.",
        advice,
    )


def _almost_on_the_list(case: Case, origin: str, instead: Seen) -> Told | None:
    """The server is silent, and lets in an origin that is nearly the page's."""
    misses = ((allowed, near_miss(origin, allowed)) for allowed in case.siblings.allowed)
    found = next(((allowed, miss) for allowed, miss in misses if miss.kind in _ALMOST), None)
    if found is None:
        return None
    allowed, miss = found
    sure = (case.status or 0) < 300
    return Told(
        f"{case.server} lets `{allowed}` in and the page is `{origin}`, which the answer to {case.question} "
        f"({case.status}) does not name: {miss.sentence}.",
        f"Open the page at {allowed}; or, if it is meant to be open at {origin} too, put that on the server's list.",
        (f"{instead} names {instead.answer.origin}",),
        settle=""
        if sure
        else f"Send the same request with `Origin: {allowed}` (curl): if that passes, it hangs on the origin.",
    )


@pattern("wrong-origin-static-or-cached", fixes=("F1", "F5"))
def wrong_origin(case: Case) -> Told | None:
    """The answer allows somebody else

    `Access-Control-Allow-Origin` holds another origin than the page's: a value that is fixed in the configuration, one
    that was made for another page and came out of a cache, or a text that is no origin at all.

    ## How to recognise it
    The value is a real origin and not nearly the page's. If it changes with who asks, a list is behind it; if it never
    changes, it is fixed.

    ## What to do
    If the page is meant to read it, answer the origin that asks, from a list, with `Vary: Origin`.

    ## Example
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://www.other.test
    ```

    ## Not
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example:443
    ```
    """
    if case.reason not in MISMATCHES or case.origin == "null":
        return None
    received = case.response.get(ACAO) or ""
    if received == "null":
        return Told(
            f"{case.server} answers `Access-Control-Allow-Origin: null`, which is no page's origin; it allows "
            "sandboxed pages of any site.",
            "Take `null` away: any site can take it on, in a sandboxed frame, and is let in then. Answer this "
            "page's origin if it is meant to read, and no Access-Control-Allow-Origin if not.",
        )
    if case.origin in received.split(";"):
        return Told(
            f"{case.server} answered with a list in Access-Control-Allow-Origin (`{received}`); only one origin "
            "passes.",
            f"Answer the one origin that asks, here {case.origin}, with `Vary: Origin`.",
        )
    others = {seen.answer.origin for seen in case.same_endpoint if seen.answer.acao == received} - {None, case.origin}
    evidence = (f"`{received}` itself asked at this endpoint in the capture",) if received in others else ()
    if case.unwelcome:
        return Told(
            f"{case.server} answered {case.asked} for `{received}` and not for {case.page}. It seems that it is not "
            "meant to.",
            f"Nothing, unless {case.page} is meant to read it.",
            evidence,
            meant=True,
        )
    if http_origin_of(received) is None:
        return Told(
            f"{case.server} answers `Access-Control-Allow-Origin: {received}`, which is no origin."
            if received
            else f"{case.server} answers an empty Access-Control-Allow-Origin.",
            f"Answer the origin that asks, here {case.page}: a variable in the configuration may not have been "
            "filled in.",
        )
    if case.echoed:
        return Told(
            f"{case.server} answered {case.asked} for `{received}`, and the page is `{case.page}`: it takes the origin "
            f"from {case.echoed}.",
            "Take the origin from the request's `Origin` header, compare it with a list, and answer it with "
            "`Vary: Origin`.",
        )
    return Told(
        f"{case.server} answered {case.asked} for `{received}`, and the page is `{case.page}`.",
        "Find out who set this origin: a fixed value where several origins ask, or a copy cached for another one "
        "(answer the origin that asks, with `Vary: Origin`).",
        evidence,
    )
