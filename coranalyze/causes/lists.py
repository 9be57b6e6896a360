"""Causes B, second part: the preflight was answered, and its lists do not cover the request."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coranalyze.causes.case import ACAH, ACAM, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.fixed_texts import text_of
from coranalyze.causes.handling import said
from coranalyze.causes.lacking import lacking, named, not_listed, refused_headers, refused_method
from coranalyze.endpoint.layer import IN_FRONT, Kind
from coranalyze.fetch import Credentials

_TRACING = re.compile(
    r"sentry-trace|baggage|traceparent|tracestate|x-datadog-[a-z-]+|newrelic|x-newrelic-[a-z-]+|b3|x-b3-[a-z]+"
    r"|uber-trace-id|x-amzn-trace-id|x-cloud-trace-context|request-context|elastic-apm-traceparent|x-instana-[a-z]"
)
_API_GATEWAY_DEFAULT = frozenset({"content-type", "x-amz-date", "authorization", "x-api-key", "x-amz-security-token"})
"""The list that AWS API Gateway answers with by default."""


def tracing_headers(names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` (in lower case) that libraries for monitoring add to a page's requests."""
    found = [name for name in names if _TRACING.fullmatch(name) is not None]
    # By itself it may be the page's own.
    return tuple([name for name in names if name in found or (found and name == "request-id")])


@pattern("star-does-not-cover", fixes=("F8",))
def star_does_not_cover(case: Case) -> Told | None:
    """`*` in a list does not cover this request

    In `Access-Control-Allow-Headers` and `-Methods`, `*` stands for everything only when the request is without
    credentials; with credentials it is a name like any other. `Authorization` has to be named by the standard in any
    case. (Browsers before about 2022 knew no `*` at all; today's still let it cover `Authorization`, with a warning.)

    ## How to recognise it
    The list is `*`, and the request is with credentials or carries `Authorization`.

    ## What to do
    Name the methods and headers one by one.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: *

    GET https://api.example/me
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: *
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST
    ```
    """
    found = lacking(case)
    if found is None or not found.named or "*" not in case.tokens(ACAM if found.method else ACAH):
        return None
    header = "Access-Control-Allow-Methods" if found.method else "Access-Control-Allow-Headers"
    what = found.method or found.words
    why = f"{case.asked_with_credentials}, and then `*` is a name like any other"
    if found.header == "authorization":
        why = "Authorization has to be named"
    known = case.fetch.credentials is Credentials.INCLUDE
    return Told(
        f"`{header}: *` of {case.server} does not cover {what}: {why}.",
        f"Name {what} in {header} of the answer to OPTIONS.",
        (f"the credentials mode is known: {case.fetch.credentials_evidence}",)
        if known and case.fetch.credentials_evidence
        else (),
        case.given_up if known else "",
        header=found.header,
        method=found.method,
    )


@pattern("gateway-trims-headers", fixes=("F8",))
def gateway_trims_headers(case: Case) -> Told | None:
    """A gateway answers the preflight with a fixed list of its own

    The preflight never reached the application: a gateway in front of it answers OPTIONS itself, from a list that was
    set there, and that list lacks what the request needs. Changing the application's CORS settings has no effect.

    ## How to recognise it
    The answer to OPTIONS carries the marks of a gateway, or has another `server` than the answers of the application.

    ## What to do
    Set the list in the gateway, or have it pass OPTIONS on to the application.

    ## Example
    AWS API Gateway with the list that it sets by default:

    ```http
    OPTIONS https://abc.execute-api.example/prod/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type,x-tenant

    200
    x-amz-apigw-id: Abc
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Methods: PUT,OPTIONS
    Access-Control-Allow-Headers: Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type,x-tenant

    200
    Server: uvicorn
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: content-type
    ```
    """
    found = lacking(case)
    layer = case.layer
    if found is None:
        return None
    default = set(case.tokens(ACAH)) >= _API_GATEWAY_DEFAULT
    itself = layer is not None and layer.itself and layer.kind in IN_FRONT
    gateway = layer is not None and layer.kind is Kind.GATEWAY
    if not (default or itself or gateway or (case.unlike and text_of(case.sent) is None)):
        return None
    name = layer.name if layer is not None and layer.kind in IN_FRONT else "A gateway"
    if default and not gateway:
        name = "AWS API Gateway"
    what = f"{found.noun} {found.words}" if found.header else f"method {found.method}"
    header = "Access-Control-Allow-Headers" if found.header else "Access-Control-Allow-Methods"
    return Told(
        f"{name} answered the preflight of {case.asked} with a list of its own, and that lacks the {what}.",
        f"Add {found.words or found.method} to {header} in "
        f"{name[0].lower() + name[1:] if name == 'A gateway' else name}"
        ", or have it pass OPTIONS on to the application.",
        ("the list is the one that API Gateway sets by default",) if default else (),
        settle=""
        if default or itself
        else "Look for the OPTIONS in the application's log: where it is missing, the gateway answers it.",
        header=found.header,
        method=found.method,
    )


@pattern("method-not-allowed", fixes=("F8",))
def method_not_allowed(case: Case) -> Told | None:
    """The method is not on the server's list

    `Access-Control-Allow-Methods` of the answer to the preflight lacks the method. Methods are compared in upper and
    lower case: `patch` is not `PATCH`. Of what a script writes in lower case, browsers raise only the common methods,
    and PATCH is not among them.

    ## How to recognise it
    The method that the preflight asks for is not in the list, or stands there in other letters.

    ## What to do
    Add the method to the server's list, or write it in upper case in the page.

    ## Example
    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: PATCH

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PUT
    ```

    Starlette's CORSMiddleware refuses by status; its list shows why:

    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: PATCH

    400
    Server: uvicorn
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST
    Access-Control-Max-Age: 600
    Content-Type: text/plain; charset=utf-8
    Content-Length: 22
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: PATCH

    405
    Allow: GET
    ```
    """
    found = lacking(case)
    if found is None or not found.method:
        return None
    if found.beyond is not None:
        return refused_method(case, found, found.beyond)
    method, listed = found.method, case.response.get(ACAM)
    shown = f"lists `{listed}`" if listed else "has no list of methods"
    if method != method.upper() and method.upper() in (listed or "").upper():
        return Told(
            f"The page sends the method `{method}` in lower case to {case.server}, whose answer {shown}.",
            f"Write the method in upper case in the page: `{method}` is not `{method.upper()}`.",
            method=method,
            in_page=True,
        )
    refused = "" if found.named else f" (it says so with status {case.status})"
    if method in (listed or "").upper().replace(",", " ").split():
        return Told(
            f"{case.server} {shown} for {case.spot}, and the page asks for {method}: upper and lower case differ.",
            f"Write {method} in upper case in Access-Control-Allow-Methods of the answer to OPTIONS.",
            method=method,
        )
    more = () if "*" in case.tokens(ACAH) else not_listed(case)
    as_well = f" Its Access-Control-Allow-Headers lacks {named(more)} besides." if more else ""
    return Told(
        f"{case.server} does not allow {method} at {case.spot}: its answer to OPTIONS {shown}{refused}.",
        f"Add {method} to Access-Control-Allow-Methods of the answer to OPTIONS.{as_well}",
        said(case),
        method=method,
    )


@pattern("header-not-allowed", fixes=("F8",))
def header_not_allowed(case: Case) -> Told | None:
    """A request header is not on the server's list

    The page sends a header that needs leave, and `Access-Control-Allow-Headers` of the answer to the preflight does not
    name it.

    ## How to recognise it
    A name in the preflight's `Access-Control-Request-Headers` is not in the list of the answer.

    ## What to do
    Add the header to the server's list, or stop sending it.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type,x-token

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: content-type
    ```

    BlackSheep says so in a header of its own:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type,x-token

    400
    CORS-Error: The "x-token" request header is not enabled by CORS rules.
    ```

    Litestar says so in the body alone, by a text of this length:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: x-token

    400
    Content-Type: text/plain; charset=utf-8
    Content-Length: 23
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: POST
    Access-Control-Allow-Headers: content-type
    ```
    """
    found = lacking(case)
    if found is None or not found.header:
        return None
    if found.beyond is not None:
        return refused_headers(case, found, found.beyond)
    listed = case.response.get(ACAH)
    shown = f"its answer to OPTIONS lists `{listed}`" if listed else "its answer to OPTIONS lists none"
    refused = "" if found.named else f" (it says so with status {case.status})"
    one = len(found.headers) == 1
    tracing = tracing_headers(found.headers)
    return Told(
        f"The page sends {found.words} with {case.asked}, and {case.server} does not allow "
        f"{'that' if one else 'those'} {found.noun}: {shown}{refused}.",
        f"Add {found.words} to Access-Control-Allow-Headers of the answer to OPTIONS, or stop sending "
        f"{'it' if one else 'them'}.",
        (*said(case), *([f"{named(tracing)} belongs to a tracing library"] if tracing else [])),
        header=found.header,
    )
