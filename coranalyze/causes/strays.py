"""Causes B, third part: the preflight is refused for a header that the page ought not to send."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.lacking import lacking, named
from coranalyze.causes.lists import is_tracing_header
from coranalyze.endpoint import Relation
from coranalyze.endpoint.layer import Kind, Layer

_AT_HOME = frozenset({Relation.SAME_SITE, Relation.SAME_ORIGIN, Relation.FIRST_PARTY, Relation.HTTP_TWIN})


@pattern("response-header-sent-as-request")
def response_header_sent_as_request(case: Case) -> Told | None:
    """The page sends a response header of CORS

    `Access-Control-Allow-Origin` and its like are set by servers. A page that sends one achieves nothing with it, but
    as an unusual request header it has to be asked leave for, and no server lists it.

    ## How to recognise it
    `Access-Control-Request-Headers` names a header that begins with `access-control-allow-`.

    ## What to do
    Delete the header from the page's code, often from the defaults of axios or a similar library.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: access-control-allow-origin

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-token

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type
    ```
    """
    found = lacking(case)
    if found is None or not found.header.startswith("access-control-"):
        return None
    return Told(
        f"The page sends {found.header} with {case.asked}: that is a response header, and the server does not allow it "
        "on requests.",
        f"Stop sending {found.header}: it is a response header, which the page has no use for.",
        (f"the preflight asks for leave to send `{found.header}`",),
        header=found.header,
        layer=Layer("the page", Kind.BROWSER, "its script sets the header"),
    )


@pattern("tracing-header-leak")
def tracing_header_leak(case: Case) -> Told | None:
    """A monitoring library adds its header to requests to others

    Libraries for tracing (Sentry, Datadog, New Relic, OpenTelemetry) add headers to every request of the page. On
    requests to another party these force a preflight, and that party does not allow them.

    ## How to recognise it
    The header that is refused is `sentry-trace`, `baggage`, `traceparent`, `x-datadog-…` or the like, and the server
    belongs to another site.

    ## What to do
    Limit the library to your own hosts: `tracePropagationTargets` (Sentry), `allowedTracingUrls` (Datadog),
    `propagateTraceHeaderCorsUrls` (OpenTelemetry).

    ## Example
    ```http
    OPTIONS https://maps.example.net/tiles
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: baggage,sentry-trace

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Headers: content-type
    ```

    ## Not
    The header goes to an API of the same site:

    ```http
    OPTIONS https://api.app.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: sentry-trace

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type
    ```
    """
    found = lacking(case)
    if found is None or not is_tracing_header(found.header) or case.relation in _AT_HOME:
        return None
    headers = [header for header in found.headers if is_tracing_header(header)]
    words = named(headers)
    do, it, noun = ("does", "it", "a header") if len(headers) == 1 else ("do", "them", "headers")
    others = [header for header in found.headers if header not in headers]
    as_well = f" {named(others)} would have to be allowed besides." if others else ""
    return Told(
        f"A tracing library of the page adds {words} to {case.asked}, and {case.server} does not allow {it}.",
        f"Limit the library to your own hosts (tracePropagationTargets, allowedTracingUrls), so that {words} "
        f"{do} not go to {case.server}.{as_well}",
        (
            f"{words} {'is' if len(headers) == 1 else 'are'} {noun} of tracing libraries",
            f"{case.server} is of another site than {case.page}",
        ),
        header=found.header,
        layer=Layer("the page", Kind.BROWSER, "a library in it adds the header"),
    )
