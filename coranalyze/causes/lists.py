"""Causes B, second part: the preflight was answered, and its lists do not cover the request."""

from __future__ import annotations

import re
from typing import NamedTuple

from coranalyze.causes.case import ACAH, ACAM, ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.layer import IN_FRONT, Kind, refuses_headers, text_of
from coranalyze.causes.preflight import is_policy
from coranalyze.cors.headers import requested_names
from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.asked import Beyond
from coranalyze.fetch import Credentials

_TRACING = re.compile(
    r"sentry-trace|baggage|traceparent|tracestate|x-datadog-[a-z-]+|newrelic|x-newrelic-[a-z-]+|b3|x-b3-[a-z]+"
    r"|uber-trace-id|x-amzn-trace-id|x-cloud-trace-context|request-context|elastic-apm-traceparent|x-instana-[a-z]"
)
_API_GATEWAY_DEFAULT = frozenset({"content-type", "x-amz-date", "authorization", "x-api-key", "x-amz-security-token"})
"""The list that AWS API Gateway answers with by default."""


def is_tracing_header(name: str) -> bool:
    """Whether libraries for monitoring add this header (in lower case) to a page's requests."""
    return _TRACING.fullmatch(name) is not None


_HEADER_REASONS = (Reason.HEADER_NOT_ALLOWED, Reason.AUTHORIZATION_WILDCARD)
_METHOD_REASON = Reason.METHOD_NOT_ALLOWED
_SHOWN = 5
_ASK_FOR_LESS = (
    "Send the same preflight without it (curl -X OPTIONS): if that is answered with CORS headers, it is that."
)


class Lacking(NamedTuple):
    """A method or a header that the answer to the preflight does not cover."""

    method: str = ""
    named: bool = True
    """The browser named it; otherwise it follows from comparing the lists of an answer that refused."""
    headers: tuple[str, ...] = ()
    """All that are not covered, the one that the browser named first."""
    beyond: Beyond | None = None
    """Told by another preflight, which passes: this answer has no lists."""

    @property
    def header(self) -> str:
        return self.headers[0] if self.headers else ""

    @property
    def noun(self) -> str:
        return "header" if len(self.headers) == 1 else "headers"

    @property
    def words(self) -> str:
        """`x-a, x-b and 2 more`"""
        more = len(self.headers) - _SHOWN
        return ", ".join(self.headers[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def lacking(case: Case) -> Lacking | None:
    """What the preflight's lists do not cover: named by the verdict, or behind a status that refuses."""
    if case.reason in _HEADER_REASONS:
        header = (case.detail or "authorization").lower()
        # Where `*` counts as a name, it covers nothing; Authorization is an exception to a `*` that covers the others.
        others = () if case.reason is Reason.AUTHORIZATION_WILDCARD else _not_listed(case)
        return Lacking(headers=tuple(dict.fromkeys((header, *others))))
    if case.reason is _METHOD_REASON:
        return Lacking(method=case.detail or case.fetch.method)
    if case.refused_for is not None:
        beyond = case.refused_for
        return Lacking(beyond.method, named=False, headers=beyond.names, beyond=beyond)
    if not case.preflighted or case.status is None or case.status < 400 or not is_policy(case):
        return None
    # The policy's own refusal by status (Starlette and others): the lists beside it show what for, or its text.
    if not case.response.has(ACAO) and not refuses_headers(case.sent):
        return None
    asked = case.sent.request.get("access-control-request-method") or ""
    methods = case.tokens(ACAM)
    if asked and methods and asked.lower() not in methods and "*" not in methods and not is_safelisted_method(asked):
        return Lacking(method=asked, named=False)
    missing = _not_listed(case)
    if not missing or "*" in case.tokens(ACAH):
        return None
    return Lacking(named=False, headers=missing)


def _not_listed(case: Case) -> tuple[str, ...]:
    """Headers that the preflight asks for and that its answer does not name."""
    allowed = set(case.tokens(ACAH))
    names = requested_names(case.sent.request.get("access-control-request-headers") or "")
    return tuple([name for name in names if name not in allowed])


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
    if found is None or case.sent.response is None:
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
        return _refused_method(case, found, found.beyond)
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
    return Told(
        f"{case.server} does not allow {method} at {case.spot}: its answer to OPTIONS {shown}{refused}.",
        f"Add {method} to Access-Control-Allow-Methods of the answer to OPTIONS.",
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
        return _refused_headers(case, found, found.beyond)
    listed = case.response.get(ACAH)
    shown = f"its answer to OPTIONS lists `{listed}`" if listed else "its answer to OPTIONS lists none"
    refused = "" if found.named else f" (it says so with status {case.status})"
    one = len(found.headers) == 1
    return Told(
        f"The page sends {found.words} with {case.asked}, and {case.server} does not allow "
        f"{'that' if one else 'those'} {found.noun}: {shown}{refused}.",
        f"Add {found.words} to Access-Control-Allow-Headers of the answer to OPTIONS, or stop sending "
        f"{'it' if one else 'them'}.",
        ("it is a header of tracing libraries",) if is_tracing_header(found.header) else (),
        header=found.header,
    )


def _refused_method(case: Case, found: Lacking, beyond: Beyond) -> Told:
    return Told(
        f"{case.server} let a preflight for {beyond.passed.requested_method} pass at {case.spot} and answered the one "
        f"for {found.method} {case.status} without any CORS header: {found.method} is not on its list, as it seems.",
        f"Add {found.method} to the methods that the CORS handling allows.",
        _lists_of(beyond),
        settle="" if beyond.certain else _ASK_FOR_LESS,
        method=found.method,
    )


def _refused_headers(case: Case, found: Lacking, beyond: Beyond) -> Told:
    one = len(found.headers) == 1
    return Told(
        f"{case.server} let a preflight of this page pass at {case.spot} and answered the one that asks for "
        f"{found.words} {case.status} without any CORS header: {'it is' if one else 'they are'} not on its list, as it "
        "seems.",
        f"Add {found.words} to the headers that the CORS handling allows, or stop sending {'it' if one else 'them'}.",
        _lists_of(beyond),
        settle="" if beyond.certain else _ASK_FOR_LESS,
        header=found.header,
    )


def _lists_of(beyond: Beyond) -> tuple[str, ...]:
    """What the preflight that passes was told."""
    lists = (("Access-Control-Allow-Methods", beyond.passed.allow_methods),
             ("Access-Control-Allow-Headers", beyond.passed.allow_headers))  # fmt: skip
    return tuple(f"the one that passes was told `{name}: {', '.join(lines)}`" for name, lines in lists if lines)
