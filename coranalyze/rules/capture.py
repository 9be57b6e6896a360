"""COR9xx: what the capture cannot show, one note per server."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.endpoint import Answer, Endpoint, Presence
from coranalyze.fetch import Observed, Outcome
from coranalyze.finding import Severity
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import listed


@rule(901, "capture-sanitised")
def capture_sanitised(host: Host) -> Iterator[Hit]:
    """Cookies and `Authorization` are removed from this capture.

    Chrome leaves them out of exported HAR files unless told otherwise ("Export HAR (with sensitive data)"). So it is
    not known whether this server uses cookies.

    ## Why it matters
    The server allows credentials. Findings about it are graded as if cookies might be used; with a complete capture
    they may be worse, or vanish.

    ## Fires
    ```http
    # recorded by: chrome-devtools, sanitized
    GET https://api.example/me
    Origin: https://app.example
    Sec-Fetch-Mode: cors

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Sec-Fetch-Mode: cors

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```
    """
    if host.ambient_seen is not Presence.UNKNOWN:
        return
    found = [
        (endpoint, answer)
        for endpoint in host.speaking
        for answer in host.policy(endpoint)
        if answer.allows_credentials and answer.acao not in (None, "*") and answer.cookie is Presence.UNKNOWN
        # Full exports of Chromium show no cookies of handshakes either.
        and answer.mode != "websocket"
    ]  # fmt: skip
    yield from _note(
        found,
        "Cookies are removed from this capture: whether credentials are used here is unknown, which grades lower.",
    )


@rule(902, "preflights-or-origin-missing")
def preflights_or_origin_missing(host: Host) -> Iterator[Hit]:
    """Preflights, or the `Origin` of requests, are missing in this capture.

    A request was sent that needs a preflight, and there is none, nor one before that the browser may have kept. Or a
    request between two sites has no `Origin`. Exporters, extensions and service workers leave them out.

    ## Why it matters
    What a preflight would show (COR6xx) cannot be seen here.

    ## Fires
    ```http
    PUT https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    found = [(e, a) for e, a in host.crossing if a.preflight_missing]
    unnamed = [(e, a) for e, a in host.crossing if a.origin is None and a.mode == "cors"]
    if found:
        yield from _note(found, "Requests that need a preflight have none in this capture.")
    else:
        yield from _note(unnamed, "Requests between two origins have no Origin in this capture.")


@rule(903, "single-origin-only")
def single_origin_only(host: Host) -> Iterator[Hit]:
    """Only one site asks this server in this capture.

    It is let in with credentials. Whether others would be, the capture cannot tell: a list of one, or anybody.

    ## Why it matters
    The rules on whom a server trusts (COR1xx) need a second origin to prove anything. Open the page from another site,
    or send one request with a made-up `Origin`.

    ## Fires
    ```http
    GET https://api.app.example/me
    Origin: https://www.app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Quiet
    Two ask, and one is refused:

    ```http
    GET https://api.app.example/me
    Origin: https://www.app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.app.example/me
    Origin: https://foreign.test

    200
    Vary: Origin
    ```
    """
    if len(host.askers) != 1:
        return
    found = [(e, a) for e, a in host.crossing if a.reflects and a.allows_credentials and a.origin != "null"]
    yield from _note(
        found,
        f"Only {listed(host.askers)} asks here, and is let in with credentials: whether others would be is not shown.",
    )


@rule(904, "served-from-cache")
def served_from_cache(host: Host) -> Iterator[Hit]:
    """The answers came out of the browser's cache, from a service worker, or from the test that drove the browser.

    They show what the server said at another time, or what a script made up.

    ## Why it matters
    They are no evidence of the server's policy and are not judged. Record with the cache disabled to see it.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    304
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    304

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    if host.crossing:
        return
    # A 307 that is no answer of the server's is the browser's redirect to https.
    kept = [(e, a) for e in host.telling for a in e.answers if a.cached and a.status not in (None, 307)]
    found = [(endpoint, answer) for endpoint, answer in kept if host.crosses(answer)]
    source = "a service worker or a test" if all(a.made_up for _, a in found) else "a cache"
    yield from _note(found, f"All answers to other sites came from {source}: the server's own policy is not shown.")


@rule(905, "blocked-by-browser")
def blocked_by_browser(host: Host) -> Iterator[Hit]:
    """The browser blocked these requests and recorded no answer.

    A preflight failed, or the request was stopped before it was sent. Neither status nor headers are in the capture.

    ## Why it matters
    Nothing can be said of the server's policy. A capture at a proxy shows what was answered.

    ## Fires
    ```http
    # recorded by: chrome-devtools
    GET https://api.example/items
    Origin: https://app.example
    Sec-Fetch-Mode: cors

    failed net::ERR_FAILED
    ```

    ## Quiet
    ```http
    # recorded by: chrome-devtools
    GET https://api.example/items
    Origin: https://app.example
    Sec-Fetch-Mode: cors

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    if host.crossing:
        return
    found = [
        (endpoint, answer)
        for endpoint in host.telling
        for answer in endpoint.answers
        if answer.status is None
        and (answer.observed is Observed.BLOCKED or answer.outcome is Outcome.BLOCKED)
        and host.crosses(answer)
    ]
    yield from _note(found, "The browser recorded no answer of this server to other sites: its policy is not shown.")


def _note(found: list[tuple[Endpoint, Answer]], message: str) -> Iterator[Hit]:
    """One hit, so that a note takes one line per server."""
    if found:
        endpoint = min((endpoint for endpoint, _ in found), key=lambda endpoint: endpoint.template)
        answers = tuple(answer for where, answer in found if where is endpoint)
        yield Hit(endpoint, message, Severity.INFO, answers)
