"""WebSockets that their server did not open, which is never CORS."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told

_ADMISSION = (
    "look at the server's check of `Origin` and at its authentication: browsers send cookies with a handshake (as far "
    "as SameSite lets them go along), and no page can add `Authorization` to it"
)
_UPGRADE = "see that {host} serves WebSockets at this path, and that every proxy before it passes `Upgrade` on"
_BEHIND = "see whether the application behind {host} runs, and that the proxy before it passes `Upgrade` on"
_REDIRECT = "call the URL that it redirects to: browsers follow no redirect of a handshake"
_ADVICE = {401: _ADMISSION, 403: _ADMISSION, 407: "log in at the proxy"}


def refused_handshake(case: Case) -> Told | None:
    """A WebSocket begins as a GET that asks to switch protocols. The server answered it with something else than 101
    (over HTTP/2: than a success), so the page got an `error` event and no more. Whom it lets in, the server decides by
    itself, most often by `Origin` and by a cookie."""
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
