"""The cause of a WebSocket that its server did not open, which is never CORS."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern

_ADMISSION = (
    "look at the server's check of `Origin` and at its authentication: browsers send cookies with a handshake (as far "
    "as SameSite lets them go along), and no page can add `Authorization` to it"
)
_UPGRADE = "see that {host} serves WebSockets at this path, and that every proxy before it passes `Upgrade` on"
_BEHIND = "see whether the application behind {host} runs, and that the proxy before it passes `Upgrade` on"
_REDIRECT = "call the URL that it redirects to: browsers follow no redirect of a handshake"
_ADVICE = {401: _ADMISSION, 403: _ADMISSION, 407: "log in at the proxy"}


@pattern("websocket-refused")
def websocket_refused(case: Case) -> Told | None:
    """Not CORS: the server refused the WebSocket handshake

    A WebSocket begins as a GET that asks to switch protocols. The server answered it with something else than 101
    (over HTTP/2: than a success), so the page got an `error` event and no more. CORS has no part in it: there is no
    preflight, and no `Access-Control-Allow-Origin` would open it. Whom it lets in, the server decides by itself, most
    often by `Origin` and by a cookie.

    ## How to recognise it
    `Upgrade: websocket` in the request, and a status other than 101.

    ## What to do
    For 401 and 403 look at the server's check of `Origin` and at its authentication: browsers send cookies with a
    handshake, and no page can add `Authorization` to it. Other statuses mostly mean that the path serves no WebSockets,
    or that a proxy does not pass `Upgrade` on. Where the page is not meant to connect, all is well.

    ## Example
    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket

    401
    ```

    ## Not
    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket

    101
    Upgrade: websocket
    ```

    Nobody answered but the proxy that captured it:

    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket

    502
    Server: mitmproxy 12.2.3
    ```
    """
    status = case.fetch.refused_handshake
    if status is None:
        return None
    opened = sorted(
        {
            seen.answer.origin
            for seen in case.same_endpoint
            if seen.answer.mode == "websocket" and seen.answer.status == 101 and seen.answer.origin is not None
        }
    )
    advice = _advice(status).format(host=case.server)
    return Told(
        f"{case.server} refused the WebSocket handshake of {case.page} at {case.spot} with {status}: the page got an "
        "error and no connection. That is not CORS.",
        f"If {case.page} is meant to connect, {advice}.",
        (f"the same WebSocket was opened for {', '.join(opened[:3])}",) if opened else (),
    )


def _advice(status: int) -> str:
    if status in _ADVICE:
        return _ADVICE[status]
    if 300 <= status < 400:
        return _REDIRECT
    return _BEHIND if status >= 500 else _UPGRADE
