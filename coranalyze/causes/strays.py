"""Causes B, third part: the preflight is refused for a header that the page ought not to send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.lacking import lacking, named
from coranalyze.causes.lists import tracing_headers
from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.endpoint import Relation
from coranalyze.endpoint.layer import Kind, Layer

_AT_HOME = frozenset({Relation.SAME_SITE, Relation.SAME_ORIGIN, Relation.FIRST_PARTY, Relation.HTTP_TWIN})


@pattern("response-header-sent-as-request")
def response_header_sent_as_request(case: Case) -> Told | None:
    """The page sends a response header of CORS

    `Access-Control-Allow-Origin` and its like are set by servers. A page that sends one achieves nothing with it, but
    as an unusual request header it has to be asked leave for, and no server lists it.

    ## How to recognise it
    `Access-Control-Request-Headers` names a header that begins with `access-control-allow-`. A server that knows
    nothing of the sort may answer 404 or 405: where nothing else of the request needs a preflight, it is the header.

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

    Only the header makes the browser ask, of a server that answers no preflight:

    ```http
    OPTIONS https://quotes.example/today
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: access-control-allow-origin

    404
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
    strays = _strays(case, _of_responses)
    if strays is None:
        return None
    words = strays.words
    refused = strays.met(case) if strays.alone else f"the server does not allow {strays.them} on requests."
    return Told(
        f"The page sends the response {'header' if strays.one else 'headers'} {words} with {case.asked}, and {refused}",
        f"Stop sending {words}: a page has no use for response headers.{strays.then}",
        (f"the preflight asks for leave to send `{words}`",),
        header=strays.headers[0],
        layer=Layer("the page", Kind.BROWSER, "its script sets the header"),
    )


@pattern("tracing-header-leak")
def tracing_header_leak(case: Case) -> Told | None:
    """A monitoring library adds its header to requests to others

    Libraries for tracing (Sentry, Datadog, New Relic, OpenTelemetry) add headers to every request of the page. On
    requests to another party these force a preflight, and that party does not allow them.

    ## How to recognise it
    Among the headers that are refused is `sentry-trace`, `baggage`, `traceparent`, `x-datadog-…` or the like, and the
    server belongs to another site. Where nothing else needs a preflight, any error as its answer has this cause.

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

    Without it the browser would not ask at all:

    ```http
    OPTIONS https://rates.example.net/today.json
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: newrelic,traceparent,tracestate

    405
    Allow: GET, HEAD
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
    strays = _strays(case, tracing_headers) if case.relation not in _AT_HOME else None
    if strays is None:
        return None
    words = strays.words
    besides = f", nor {named(strays.others)}, which the page sends too" if strays.others else ""
    refused = strays.met(case) if strays.alone else f"{case.server} does not allow {strays.them}{besides}."
    return Told(
        f"A tracing library of the page adds {words} to {case.asked}, and {refused}",
        f"Limit the library to your own hosts (tracePropagationTargets, allowedTracingUrls), so that {words} "
        f"{'does' if strays.one else 'do'} not go to {case.server}.{strays.then}",
        (
            f"{words} {'is a header' if strays.one else 'are headers'} of tracing libraries",
            f"{case.server} is of another site than {case.page}",
        ),
        header=strays.headers[0],
        layer=Layer("the page", Kind.BROWSER, "a library in it adds the header"),
    )


class _Strays(NamedTuple):
    """Headers that the page ought not to send."""

    headers: tuple[str, ...]
    others: tuple[str, ...] = ()
    """What is refused beside them."""
    alone: bool = False
    """Nothing else of the request needs a preflight."""

    @property
    def words(self) -> str:
        return named(self.headers)

    @property
    def one(self) -> bool:
        return len(self.headers) == 1

    @property
    def them(self) -> str:
        return "it" if self.one else "them"

    @property
    def then(self) -> str:
        """What is to be seen to besides."""
        if self.alone:
            return f" Without {self.them} no preflight is needed; whether the answer allows the page will show then."
        return f" {named(self.others)} would have to be allowed besides." if self.others else ""

    def met(self, case: Case) -> str:
        """What becomes of the request because of them alone."""
        return f"only because of {self.them} the browser asks first: that preflight was answered {case.status}."


def _strays(case: Case, among: Callable[[Sequence[str]], tuple[str, ...]]) -> _Strays | None:
    """Those of one sort for which the preflight is refused by its lists; or because of which alone there is one, and a
    server that knows nothing of them answers it with whatever error."""
    found = lacking(case)
    if found is not None:
        headers = among(found.headers)
        return _Strays(headers, tuple([name for name in found.headers if name not in headers])) if headers else None
    if not case.preflighted or case.status is None or 200 <= case.status < 300:
        return None
    method, names = case.requested
    headers = among(names)
    alone = is_safelisted_method(method) and len(headers) == len(names)
    return _Strays(headers, alone=True) if headers and alone else None


def _of_responses(names: Sequence[str]) -> tuple[str, ...]:
    return tuple([name for name in names if name.startswith("access-control-")])
