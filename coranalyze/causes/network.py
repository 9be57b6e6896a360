"""Causes that are not CORS: no answer came, or the browser held it back for another reason."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.leads import lead_of
from coranalyze.causes.sockets import refused_handshake
from coranalyze.cors.browsers import FIREFOX, PROFILES, of_user_agent
from coranalyze.cors.origin import is_trustworthy
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.exchange import Exchange
from coranalyze.fetch import Stage

_NETWORK = frozenset({
    Reason.NETWORK_ERROR, Reason.PREFLIGHT_NETWORK_ERROR, Reason.CLIENT_BLOCKED, Reason.MIXED_CONTENT, Reason.CSP,
})  # fmt: skip
_HANDSHAKE = "Open {server} in a tab: protocol version and certificate come first."
_START = "Start the server, or correct the port."
# Text in the error that was recorded → what broke, and what to do about it.
_CONNECTION = (
    (
        "CERT",
        "its certificate is not trusted",
        "Open {server} in a tab and look at the certificate; renew or trust it.",
    ),
    ("SSL", "the TLS handshake failed", _HANDSHAKE),
    ("TLS", "the TLS handshake failed", _HANDSHAKE),
    ("CONNECTION_REFUSED", "nothing listens there", _START),
    ("NET_RESET", "the connection was cut", "See the server's log: it, or a proxy, cut the connection."),
    ("CONNECTION_RESET", "the connection was cut", "See the server's log: it, or a proxy, cut the connection."),
    ("CONNECTION_CLOSED", "the connection was closed without an answer", "See the server's log: it may have crashed."),
    ("CLOSED CONNECTION", "the connection was closed without an answer", "See the server's log: it may have crashed."),
    ("EMPTY_RESPONSE", "the connection was closed without an answer", "See the server's log: it may have crashed."),
    ("TIMED_OUT", "no answer came in time", "See whether the server runs, and whether a firewall drops the packets."),
    ("UNREACHABLE", "there is no way to it", "Check network and VPN."),
    ("INTERNET_DISCONNECTED", "the machine was offline", "Check the network."),
    ("CONNECT CALL FAILED", "nothing listens there", _START),
)
_DIRECTIVES = {
    "font": "font-src", "image": "img-src", "script": "script-src", "style": "style-src", "stylesheet": "style-src",
    "audio": "media-src", "video": "media-src", "media": "media-src", "track": "media-src", "texttrack": "media-src",
    "manifest": "manifest-src", "worker": "worker-src", "sharedworker": "worker-src", "iframe": "frame-src",
}  # fmt: skip
"""Destination → the directive of a Content Security Policy that decides; `connect-src` for what scripts fetch."""
_LOCAL = frozenset({Reason.LNA_INSECURE_CONTEXT, Reason.LNA_PERMISSION_DENIED, Reason.LNA_WRONG_SPACE})
_UNSAID = ("", "net::ERR_FAILED", "NS_ERROR_FAILURE")


@pattern("not-cors-network")
def not_cors_network(case: Case) -> Told | None:
    """Not CORS: the connection failed

    The connection failed, or the browser stopped the request before it was sent: certificate, name, port, an
    extension, mixed content, the page's own Content Security Policy. No response means that there was nothing on which
    CORS could fail, though pages see the same error and browsers often word it alike.

    WebSockets know no CORS either: whom it lets connect, the server decides by itself, most often by `Origin` and by a
    cookie, and no page can add `Authorization` to the handshake.

    ## How to recognise it
    No status and no response headers, and an error of the network such as `net::ERR_CERT_AUTHORITY_INVALID`. Or
    `Upgrade: websocket` in the request, and a status other than 101.

    ## What to do
    Open the URL itself in a tab: what the browser says there is the fault. For a handshake that is answered 401 or 403
    look at the server's check of `Origin` and at its authentication.

    ## Example
    ```http
    GET https://api.example/items
    Origin: https://app.example

    failed net::ERR_CERT_AUTHORITY_INVALID
    ```

    A proxy that cannot reach the server answers in its place:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    502
    Server: mitmproxy 12.2.3
    Content-Type: text/html
    ```

    A server refuses a WebSocket:

    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket

    401
    ```

    ## Not
    ```http
    GET https://api.example/items
    Origin: https://app.example

    502
    Content-Type: text/html
    ```
    """
    failed = case.reason is not None or case.fetch.refused_handshake is not None
    if case.status == 502 and failed and case.layer is not None and case.layer.name == "mitmproxy":
        return Told(
            f"{case.server} gave the capturing proxy no usable answer; the proxy answered {case.question} in its "
            "place.",
            "Open the URL without the proxy: whether the server runs, and with which certificate, comes first.",
        )
    if case.fetch.refused_handshake is not None:
        return refused_handshake(case)
    if case.reason is Reason.MIXED_CONTENT and case.stage is Stage.REDIRECT:
        return Told(
            f"{case.server} redirected {case.asked} ({case.status}) to http, and the page came over https: mixed "
            "content, which browsers do not load. That is not CORS.",
            lead_of(case.sent).advice,
        )
    mixed = case.reason is Reason.MIXED_CONTENT or _is_mixed(case)
    if (case.reason not in _NETWORK and not mixed) or case.status is not None:
        return None
    said = (f"the capture recorded `{case.sent.error}`",) if case.sent.error else ()
    if mixed or case.reason in (Reason.CLIENT_BLOCKED, Reason.CSP):
        return _never_sent(case, mixed, said)
    return _never_answered(case, said)


def _never_sent(case: Case, mixed: bool, said: tuple[str, ...]) -> Told:
    """The browser stopped the request, by itself or by what the page asks of it."""
    browser = Layer("the browser", Kind.BROWSER, "the request was stopped before it was sent", itself=True)
    if case.reason is Reason.CLIENT_BLOCKED:
        return Told(
            f"Something in the browser itself (an extension, DevTools, a policy) stopped {case.asked}.",
            "Try a fresh profile without extensions, and see whether request blocking is on in DevTools.",
            said,
            layer=browser,
        )
    if mixed:
        sure = case.reason is Reason.MIXED_CONTENT
        return Told(
            f"The page came over https and {_origin(case)} is http: {'' if sure else 'probably '}mixed content, which "
            "browsers do not load. That is not CORS.",
            f"Serve {case.server} over https and call that URL.",
            said,
            settle="" if sure else "The console says “Mixed Content” where that is it.",
            layer=browser,
        )
    return Told(
        f"The page's own Content Security Policy does not list {_origin(case)}: {case.asked} was never sent.",
        f"Add {_origin(case)} to {_DIRECTIVES.get(case.destination, 'connect-src')} (or the directive that the console "
        "names) of the page's policy.",
        said,
        layer=browser,
    )


def _never_answered(case: Case, said: tuple[str, ...]) -> Told:
    why, advice = _why(case.sent)
    untold = case.sent.error in _UNSAID and not case.sent.unresolved
    settle = "The browser's console says what failed." if untold else ""
    happened = f"No answer to {case.question} arrived: {why}."
    nobody = Layer("nobody", Kind.CONNECTION, "there is neither status nor header", itself=True)
    if case.preflighted and case.siblings.servers:
        return Told(
            f"{happened} {case.server} does answer other requests, so it is OPTIONS that is cut off, by the server or "
            "by a proxy or firewall before it.",
            f"Ask with curl -X OPTIONS {_origin(case)}: where that gets no answer, let OPTIONS through to the CORS "
            "handling.",
            said,
            settle,
            layer=nobody,
        )
    likely = "Most likely that" if untold else "That"
    return Told(f"{happened} {likely} is not CORS.", advice.format(server=_origin(case)), said, settle, layer=nobody)


def _origin(case: Case) -> str:
    """The server as a URL that one can open."""
    return str(case.target) if case.target is not None else case.sent.url


def _why(sent: Exchange) -> tuple[str, str]:
    """What broke, and what to do about it."""
    if sent.unresolved:
        return "its name does not resolve", "Check the host's spelling, DNS and VPN."
    seems = ", as it seems" if sent.error in _UNSAID else ""
    return next(
        ((why, advice) for text, why, advice in _CONNECTION if text in sent.error.upper()),
        (f"the connection failed{seems}", "Open {server} in a tab: what the browser says there is the fault."),
    )


def _is_mixed(case: Case) -> bool:
    """A script of an https page asked an http server, and no answer nor any error of a connection is known."""
    target = case.target
    return (
        case.failed_unseen
        and case.fetch.mode == "cors"
        and case.sent.error in _UNSAID
        and (case.preflight is None or case.preflight.status is None)
        and case.page.startswith("https:")
        and target is not None
        and not is_trustworthy(target)
    )


def _asks_for_leave(case: Case) -> bool:
    """Whether such a browser may want the user's permission; Firefox does in parts of its releases."""
    profile = of_user_agent(case.sent.request.get("user-agent") or "") or PROFILES.get(case.fetch.browser)
    return profile is None or profile.local_network_access or profile is FIREFOX


@pattern("local-network")
def local_network(case: Case) -> Told | None:
    """A public page asks a machine of the local network

    Chromium 142 and later ask the user for leave before a public page may reach this machine or the private network,
    and allow it from secure pages only. The header `Access-Control-Allow-Private-Network` of an earlier design is no
    answer to that any more. A capturing proxy hides it: then the browser talks to the proxy.

    ## How to recognise it
    The page's host is public and the target is loopback or private; there is no answer, and the error is that of local
    network access, or says nothing.

    ## What to do
    Serve the page over https, grant the permission (the site settings of the address bar), or give the page a public
    back end that talks to the device.

    ## Example
    ```http
    GET http://127.0.0.1:8080/status
    Origin: https://app.example

    failed net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS
    ```

    ## Not
    ```http
    GET http://127.0.0.1:8080/status
    Origin: http://localhost:3000

    failed net::ERR_CONNECTION_REFUSED
    ```

    A browser from before:

    ```http
    GET http://127.0.0.1:8080/status
    Origin: https://app.example
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36

    failed net::ERR_FAILED
    ```
    """
    known = case.reason in _LOCAL
    unsaid = case.failed_unseen and case.sent.error in _UNSAID and case.reason in (None, Reason.NETWORK_ERROR)
    if not known and not (unsaid and case.goes_inside and _asks_for_leave(case)):
        return None
    old = case.sent.request.has("access-control-request-private-network")
    evidence = [f"the capture recorded `{case.sent.error}`" if case.sent.error else ""]
    if case.goes_inside:
        evidence.append(f"{case.page} is public, {case.server} is not")
    if old:
        evidence.append("the preflight asks by the older design (Access-Control-Request-Private-Network)")
    secure = case.page.startswith("https:")
    return Told(
        f"{case.page} asked {case.server}, on this machine or the local network: "
        f"{'' if known else 'most likely '}the browser wants the user's permission.",
        f"{'Grant' if secure else 'Serve the page over https and grant'} it the permission for the local network (site "
        "settings of the address bar); the header Access-Control-Allow-Private-Network is no answer to that any more.",
        tuple(evidence),
        settle="" if known else "The console names the local network where that is it.",
        layer=Layer("the browser", Kind.BROWSER, "the request was stopped before it was answered", likely=not known),
    )
