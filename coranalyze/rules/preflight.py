"""COR601 to COR608: preflights that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coranalyze.cors.steps import Reason
from coranalyze.finding import Confidence
from coranalyze.rules import fault
from coranalyze.rules.fault import Fault, faults_of
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as, listed

_MEANT = "Is this site meant to be let in? If so, ask for the same preflight with curl and mend the answer."


@rule(601, "preflight-needs-auth", fixes=("F6",))
def preflight_needs_auth(host: Host) -> Iterator[Hit]:
    """The server asks preflights for a login, which they never have.

    Before some requests the browser sends `OPTIONS` to ask for permission. It carries no cookies and no
    `Authorization`, so a server that answers 401 or 403 without them refuses every browser.

    ## Why it matters
    The real request, which would have had the login, is never sent. Tools like curl work, since they ask no
    permission first. Answer `OPTIONS` before the authentication.

    ## Fires
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: authorization

    401
    WWW-Authenticate: Bearer
    ```

    ## Quiet
    Others are let in and this site is not: that is a refusal, not a fault:

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

    OPTIONS https://api.example/orders
    Origin: https://foreign.test
    Access-Control-Request-Method: PUT

    403
    ```

    ## Settle
    A 403 may be a refusal. Send the same preflight with an origin that is meant to be let in.
    """
    yield from _hits(
        host, fault.NEEDS_AUTH, Reason.PREFLIGHT_STATUS,
        lambda f: f"The preflight is answered {f.detail}: it never carries cookies or Authorization",
    )  # fmt: skip


@rule(602, "preflight-redirected", fixes=("F6",))
def preflight_redirected(host: Host) -> Iterator[Hit]:
    """The server answers preflights with a redirect.

    Browsers do not follow redirects of preflights. Common ones lead from `http` to `https`, to or from `www`, to an
    address with or without a slash at the end, or to a login page.

    ## Why it matters
    The real request is never sent. Call the address that the redirect leads to, or answer `OPTIONS` before it.

    ## Fires
    ```http
    OPTIONS http://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    301
    Location: https://api.example/orders
    ```

    ## Quiet
    Real requests may be redirected:

    ```http
    GET https://api.example/orders
    Origin: https://app.example

    301
    Location: https://api.example/orders/
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/orders/
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    Send the same preflight with an origin that is meant to be let in: is it redirected as well?
    """
    yield from _hits(
        host, fault.REDIRECTED, Reason.PREFLIGHT_REDIRECT,
        lambda f: f"The preflight is redirected ({f.detail}), which browsers do not follow",
    )  # fmt: skip


@rule(603, "preflight-not-routed", fixes=("F6",))
def preflight_not_routed(host: Host) -> Iterator[Hit]:
    """Nothing on the server answers `OPTIONS` at this address.

    404, 405 or 501: the route knows `GET` or `PUT`, and nobody answers the permission that browsers ask for before
    them.

    ## Why it matters
    The real request is never sent. A CORS middleware in front of the router, or a route for `OPTIONS`, mends it.

    ## Fires
    ```http
    OPTIONS https://api.example/orders/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    405
    Allow: GET, DELETE
    ```

    ## Quiet
    Any status from 200 to 299 will do:

    ```http
    OPTIONS https://api.example/orders/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: DELETE
    ```

    ## Settle
    Send the same preflight with an origin that is meant to be let in: is it routed?
    """
    yield from _hits(
        host, fault.NOT_ROUTED, Reason.PREFLIGHT_STATUS,
        lambda f: f"Nothing answers the preflight: {f.detail}",
    )  # fmt: skip


@rule(604, "preflight-error", fixes=("F6",))
def preflight_error(host: Host) -> Iterator[Hit]:
    """The server fails on preflights.

    The `OPTIONS` request ends in an error: the application's handler runs without the body or the login that it
    expects, a gateway gives up, or a limit strikes.

    ## Why it matters
    Only 200 to 299 let the real request go. Answer `OPTIONS` before the application sees it.

    ## Fires
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    500
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    A 400 that says by its lists what it refuses is told as what it is, COR606 here:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    400
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST
    ```

    ## Settle
    Send the same preflight with an origin that is meant to be let in: does it fail as well?
    """
    yield from _hits(
        host, fault.ERROR, Reason.PREFLIGHT_STATUS, lambda f: f"The preflight ends in an error: {f.detail}"
    )


@rule(605, "preflight-no-acao", fixes=("F6",))
def preflight_no_acao(host: Host) -> Iterator[Hit]:
    """The answer to the preflight lacks `Access-Control-Allow-Origin` for a site that is let in elsewhere.

    The header is checked twice, on the answer to `OPTIONS` and on the real one. Here the site is let in on real
    answers, and not on this preflight.

    ## Why it matters
    Simple requests work and all others are blocked before they are sent, which looks like a fault of the method or
    of a header.

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
    yield from _hits(
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
    yield from _hits(
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
    yield from _hits(
        host, fault.HEADER_MISSING, Reason.HEADER_NOT_ALLOWED,
        lambda f: f"Access-Control-Allow-Headers lacks {f.detail}", each=True,
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
    yield from _hits(
        host, fault.NO_ALLOW_CREDENTIALS, Reason.ACAC_NOT_TRUE,
        lambda f: "The answer to the preflight " + (
            "has Access-Control-Allow-Origin: *, which is not for credentials" if f.detail
            else "lacks Access-Control-Allow-Credentials: true"
        ),
    )  # fmt: skip


def _hits(
    host: Host, code: int, reason: Reason, message: Callable[[Fault], str], *, each: bool = False
) -> Iterator[Hit]:
    """One hit per endpoint; `each`: per endpoint and detail, since every method and header is a fault of its own."""
    for endpoint, found in faults_of(host, code):
        by_detail: dict[str, list[Fault]] = {}
        for one in found:
            by_detail.setdefault(one.detail if each else "", []).append(one)
        for detail, group in by_detail.items():
            worst = min(group, key=lambda one: (not one.certain, one.severity.rank))
            answer = worst.answer
            asking = listed(one.answer.origin or "" for one in group)
            yield Hit(
                endpoint,
                f"{message(worst)}; {answer.requested_method} from {asking} is blocked"
                f"{known_as(answer.reason or reason, preflight=True)}.",
                worst.severity,
                tuple(dict.fromkeys(one.answer for one in group)),
                worst.confidence,
                settle="" if worst.confidence is Confidence.PROVEN else _MEANT,
                fact=detail,
                why=worst.why,
                origin=answer.origin or "",
                method=answer.requested_method,
                header=detail if code == fault.HEADER_MISSING else "",
            )
