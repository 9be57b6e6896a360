"""COR601 to COR604: preflights that are not answered as such."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.steps import Reason
from coranalyze.rules import fault
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule


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

    An object store says so where no CORS rule of the bucket allows what is asked (COR605):

    ```http
    OPTIONS https://files.example/a.png
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    403
    Server: AmazonS3
    ```

    ## Settle
    A 403 may be a refusal. Send the same preflight with an origin that is meant to be let in.
    """
    yield from fault.hits_of(
        host, fault.NEEDS_AUTH, Reason.PREFLIGHT_STATUS,
        lambda f: f"The preflight is answered {f.detail}: " + (
            "a login that it can never have, or a rule that refuses this request"
            if f.detail == "403" and not f.answer.www_authenticate
            else "it never carries cookies or Authorization"
        ),
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
    yield from fault.hits_of(
        host, fault.REDIRECTED, Reason.PREFLIGHT_REDIRECT,
        lambda f: f"The preflight is redirected ({f.detail}), which browsers do not follow",
    )  # fmt: skip


@rule(603, "preflight-not-routed", fixes=("F6",), within=(704,))
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
    yield from fault.hits_of(
        host, fault.NOT_ROUTED, Reason.PREFLIGHT_STATUS,
        lambda f: f"Nothing answers the preflight: {f.detail}",
    )  # fmt: skip


@rule(604, "preflight-error", fixes=("F6",), within=(704,))
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

    The server is down for every request:

    ```http
    GET https://api.example/orders
    Origin: https://app.example

    503
    Retry-After: 120

    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    503
    Retry-After: 120
    ```

    ## Settle
    Send the same preflight with an origin that is meant to be let in: does it fail as well?
    """
    yield from fault.hits_of(
        host, fault.ERROR, Reason.PREFLIGHT_STATUS, lambda f: f"The preflight ends in an error: {f.detail}"
    )
