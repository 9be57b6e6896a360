"""Causes A, second part: an error answer without CORS headers, by the application or by what stands in front of it."""

from __future__ import annotations

from coranalyze.causes.bystanders import by_bystander
from coranalyze.causes.case import ACAO, SOMETHING_IN_FRONT, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.fixed_texts import is_html
from coranalyze.causes.handling import refuses_by_policy
from coranalyze.endpoint import layers_of
from coranalyze.endpoint.layer import IN_FRONT, IN_ITS_PLACE, Kind, Layer, has_no_route

_BY_MEANING = {
    status: f"{status} {words} is what a gateway says of the server behind it"
    for status, words in ((502, "Bad Gateway"), (504, "Gateway Timeout"))
}
"""Statuses that only a gateway or proxy sends. RFC 9110 15.6.3, 15.6.5"""
_OF_CLOUDFLARE = frozenset({520, 521, 522, 523, 524, 525, 526, 530})
"""Statuses that Cloudflare made up for what it meets behind it."""
_OF_EDGES = frozenset({401, 403, 404, 405, 408, 413, 414, 421, 429, 431, 494, 499, 500, 502, 503, 504}) | _OF_CLOUDFLARE
_OF_APPLICATIONS = ("x-powered-by", "x-aspnet-version", "x-runtime")
_OF_PREFLIGHTS = frozenset({400, 401, 403, 404, 405, 407, 408, 500, 501})
"""Statuses of a preflight that asks for a login or finds no handler: they have patterns of their own."""
_LIMITS = {
    413: "Raise the limit on the size of requests in {it}.",
    414: "Shorten the URL, or raise the limit in {it}.",
    429: "Send fewer requests, or raise the limit in {it}.",
    431: "Send smaller headers and cookies, or raise the limit in {it}.",
    502: "See whether the application behind {it} runs and answers.",
    503: "See whether the application behind {it} runs and is healthy.",
    504: "See why the application behind {it} takes so long.",
    521: "See whether the server behind {it} runs and lets Cloudflare in.",
    522: "See whether the server behind {it} runs and lets Cloudflare in.",
    523: "See whether the server behind {it} can be reached.",
    524: "See why the server behind {it} takes so long.",
    525: "See to the certificate and the TLS settings of the server behind {it}.",
    526: "See to the certificate of the server behind {it}.",
    530: "See whether the name of the server behind {it}, or the tunnel to that, works.",
}
"""Statuses of limits and of what is wrong behind → what to do; `it` is the layer that answers so."""


@pattern("edge-generated-error", fixes=("F7",))
def edge_generated_error(case: Case) -> Told | None:
    """The error came from a gateway or proxy, not the application

    Something in front of the application refused or gave up: a limit, an expired token, no healthy server behind it.
    Its own error answers carry no CORS headers, so the browser reports CORS and hides the status.

    ## How to recognise it
    An error status without `Access-Control-Allow-Origin`, and headers that only the layer in front sets, or a `server`
    unlike that of the successful answers of the same host; or it lacks what they carry, such as `via`,
    `cf-cache-status` or `x-powered-by`.

    ## What to do
    Mend what the status says. Then give the layer's own error answers CORS headers: `DEFAULT_4XX` and `DEFAULT_5XX`
    gateway responses in API Gateway, `add_header … always` in nginx.

    ## Example
    ```http
    GET https://abc.execute-api.example/prod/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *

    GET https://abc.execute-api.example/prod/items
    Origin: https://app.example

    429
    x-amzn-ErrorType: TooManyRequestsException
    Content-Type: application/json
    ```

    nginx's own page, told by its length:

    ```http
    POST https://api.example/upload
    Origin: https://app.example

    413
    Server: nginx/1.22.1
    Content-Type: text/html
    Content-Length: 183
    ```

    The headers tell who it was:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Server: uvicorn
    Access-Control-Allow-Origin: https://app.example

    POST https://api.example/upload
    Origin: https://app.example

    413
    Server: nginx
    Content-Type: text/html
    ```

    Cloudflare says of all that it passes on whether it may be cached, and not of its own pages:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Server: cloudflare
    CF-RAY: 8f00000000000000-FRA
    CF-Cache-Status: DYNAMIC
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/search
    Origin: https://app.example

    403
    Server: cloudflare
    CF-RAY: 8f00000000000001-FRA
    Content-Type: text/html; charset=UTF-8
    ```

    A proxy of the company from which the page is read does not let the host through:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    403
    Server: Zscaler/6.2
    Content-Type: text/html
    ```

    ## Not
    The application itself answers, as in its other answers:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Server: uvicorn
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/me
    Origin: https://app.example

    401
    Server: uvicorn
    Content-Type: application/json
    ```
    """
    status, layer = case.status, case.layer
    if layer is not None and layer.is_no_server and case.lacks_acao and (status or 0) >= 400:
        return by_bystander(case, layer)
    if status not in _OF_EDGES or not case.lacks_acao:
        return None
    by_meaning = _BY_MEANING.get(status or 0, "")
    by_preflight = _unlike_its_preflight(case)
    own_page = layer is not None and layer.itself and layer.kind is Kind.SERVER and status in _LIMITS
    if status in _OF_CLOUDFLARE and case.response.has("cf-ray"):
        why = f"{status} is a status of Cloudflare's own, for what it meets behind it"
        layer = Layer("Cloudflare", Kind.CDN, why, itself=True)
    if layer is not None and layer.itself:
        if layer.kind not in IN_FRONT and not own_page:
            return None
    elif not case.unlike and not by_meaning and not by_preflight and not (layer is not None and layer.likely):
        return None
    who, it = "Something in front of the application", "what answered so"
    if layer is not None and layer.kind in IN_ITS_PLACE and layer.name != SOMETHING_IN_FRONT:
        who = f"{layer.name} itself" if own_page else f"{layer.name} in front of the application"
        it = layer.name
    sure = layer is not None and layer.itself
    told = _LIMITS.get(status or 0, f"Find out in the log of {{it}} why it answers {status}.").format(it=it)
    if own_page and status == 503 and layer is not None and layer.name == "nginx":
        # Without a server behind it, it answers 502 or 504.
        told = "See which limit (limit_req, limit_conn) or switch for maintenance in its configuration answers 503."
    if has_no_route(layers_of(case.response)):
        told = (
            f"Correct the URL, or add {case.fetch.method} to this path in {it} and deploy the stage: with "
            "MissingAuthenticationToken it says that it has no such path or method, whatever the name."
        )
    return Told(
        f"{who} answered {case.question} with {status}; its error answers carry no CORS "
        "headers, so the page sees a CORS error.",
        f"{told} Then give its own error answers the CORS headers too.",
        (by_meaning, by_preflight),
        settle=""
        if sure
        else "Look for the request in the application's own log: where it is missing, the layer in front answered.",
        layer=layer,
    )


def _unlike_its_preflight(case: Case) -> str:
    """The application answered the preflight, and a page for people with the status of a limit lacks its mark."""
    if case.preflighted or case.preflight is None or case.status not in _LIMITS or not is_html(case.response):
        return ""
    marks = [name for name in _OF_APPLICATIONS if case.preflight.response.has(name) and not case.response.has(name)]
    return f"it lacks `{marks[0]}`, which the answer to its preflight carries" if marks else ""


@pattern("error-drops-cors", fixes=("F7",))
def error_drops_cors(case: Case) -> Told | None:
    """An error answer lost its CORS headers

    The server allows the page, on success. On this error it does not say so: the code that adds the CORS headers was
    passed over (an exception, an error handler further out, `add_header` without `always`). The browser reports a
    missing header; the status is the real news.

    ## How to recognise it
    The preflight, or another answer of the same server, carries `Access-Control-Allow-Origin` for this page, and the
    error answer does not.

    ## What to do
    Read the server's log about the error. Then set the CORS headers outside of the error handling, so that errors carry
    them too.

    ## Example
    A FastAPI application fails, and Starlette's outermost handler answers:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Server: uvicorn
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin

    GET https://api.example/report
    Origin: https://app.example

    500
    Server: uvicorn
    Content-Type: text/plain; charset=utf-8
    Content-Length: 21
    ```

    ## Not
    The server never allows this page, successful or not:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200

    GET https://api.example/report
    Origin: https://app.example

    500
    ```
    """
    status = case.status
    if status is None or status < 400 or not case.lacks_acao or case.origin == "null":
        return None
    if case.preflighted and status in _OF_PREFLIGHTS:
        return None
    if case.let_in_instead is not None or case.fetch.mode == "no-cors":
        return None
    if status in (400, 403) and refuses_by_policy(case):
        return None
    evidence, settle = [], ""
    if case.preflight is not None and not case.preflighted and case.preflight.response.has(ACAO):
        evidence.append("its own preflight was answered with Access-Control-Allow-Origin")
    if case.sibling is not None:
        evidence.append(f"{case.sibling} of the same server carries Access-Control-Allow-Origin")
    elif (other := case.on_error) is not None:
        evidence.append(f"{other} of the same server carries Access-Control-Allow-Origin")
    if not evidence:
        if case.origin is None or case.origin in case.siblings.refused or case.siblings.on_errors:
            return None
        settle = (
            "A successful answer of this server to the same page would tell whether only its errors lack the header."
        )
    sentence = f"The server answered {case.question} with {status}, and this error answer lacks the CORS headers"
    sentence += " that its other answers have." if evidence else "; the CORS error hides the status."
    return Told(
        sentence,
        f"Find out why the server answered {status} (its log, or curl with the same request); "
        "then have error answers carry the CORS headers too.",
        tuple(evidence),
        settle,
    )
