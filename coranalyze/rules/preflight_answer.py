"""COR605 to COR608: answers to preflights that lack something."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.steps import Reason
from coranalyze.rules import fault
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import listed

_WITH_CREDENTIALS = (
    "Does the page ask with credentials (`credentials: 'include'`, `withCredentials`)? If not, nothing is wrong."
)


@rule(605, "preflight-no-acao", fixes=("F6",))
def preflight_no_acao(host: Host) -> Iterator[Hit]:
    """The answer to the preflight lacks `Access-Control-Allow-Origin` for a site that is let in elsewhere.

    The header is checked twice, on the answer to `OPTIONS` and on the real one. Here the site is let in on real
    answers, and not on this preflight.

    ## Why it matters
    Simple requests work and all others are blocked before they are sent, which looks like a fault of the method or
    of a header. Object stores answer 403 where no rule of the bucket allows what is asked.

    ## Fires
    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Methods: PUT
    ```

    ## Quiet
    Another site is let in and this one never: it was refused:

    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    OPTIONS https://api.example/orders
    Origin: https://foreign.test
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Methods: PUT
    ```

    ## Settle
    Nobody is let in anywhere on this server. If this site should be, CORS is not set up; if not, nothing is wrong.
    """
    yield from fault.hits_of(
        host, fault.NO_ALLOW_ORIGIN, Reason.ACAO_MISSING,
        lambda f: f"The answer to the preflight names {f.detail}" if f.detail
        else "The answer to the preflight has no Access-Control-Allow-Origin",
    )  # fmt: skip


@rule(606, "preflight-method-missing", fixes=("F8",), within=(516,))
def preflight_method_missing(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Methods` does not list a method that pages use.

    The preflight names the method of the request to come. Unless it is `GET`, `HEAD` or `POST`, which always pass, the
    answer has to list it, in the same letters.

    ## Why it matters
    The request is never sent. The list often dates from before the method was added.

    ## Fires
    ```http
    OPTIONS https://api.example/orders/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST, PUT
    ```

    ## Quiet
    `POST` need not be listed:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: POST
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET
    Access-Control-Allow-Headers: content-type
    ```
    """
    yield from fault.hits_of(
        host, fault.METHOD_MISSING, Reason.METHOD_NOT_ALLOWED,
        lambda f: f"Access-Control-Allow-Methods lacks {f.detail}", each=True,
    )  # fmt: skip


@rule(607, "preflight-header-missing", fixes=("F8",), within=(516,))
def preflight_header_missing(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Headers` does not list a header that pages send.

    The preflight names the headers of the request to come that are not harmless by themselves: `Content-Type` for
    JSON, `Authorization`, everything that begins with `X-`. The answer has to list each of them.

    ## Why it matters
    The request is never sent. Often a tool added the header without anybody noticing: tracing (`traceparent`,
    `sentry-trace`), an HTTP client (`X-Requested-With`), a new token.

    ## Fires
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: authorization,x-trace-id

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: Authorization
    ```

    ## Quiet
    Names are compared without case, and more of them than asked for are no fault:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-trace-id

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: X-Trace-Id, Authorization
    ```
    """
    yield from fault.hits_of(
        host, fault.HEADER_MISSING, Reason.HEADER_NOT_ALLOWED,
        lambda f: f"Access-Control-Allow-Headers lacks {listed(f.detail.split(', '))}", each=True,
    )  # fmt: skip


@rule(608, "preflight-acac-missing", fixes=("F4",))
def preflight_acac_missing(host: Host) -> Iterator[Hit]:
    """The answer to the preflight lacks `Access-Control-Allow-Credentials: true`.

    The preflight itself has no cookies, but it is checked for the request to come, which has. So both answers need the
    header, and the name of the origin: `*` is for requests without credentials.

    ## Why it matters
    Requests with credentials are blocked before they are sent, though the real answer would allow them.

    ## Fires
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/orders
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    A gateway answers the preflight with `*`, and the application behind it means credentials:

    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Methods: PUT

    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    Nothing shows that credentials are sent:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    yield from fault.hits_of(
        host, fault.NO_ALLOW_CREDENTIALS, Reason.ACAC_NOT_TRUE,
        lambda f: "The answer to the preflight " + (
            "has Access-Control-Allow-Origin: *, which is not for credentials" if f.detail
            else "lacks Access-Control-Allow-Credentials: true"
        ),
        settle=_WITH_CREDENTIALS,
        unless=" if it has credentials",
    )  # fmt: skip
