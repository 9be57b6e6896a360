"""What a recorded error text means, where it is the cause and not only a symptom. Facts: Chromium's net errors."""

from coranalyze.cors.steps import Reason
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Exchange, Family

GENERIC = frozenset({"net::ERR_FAILED", "NS_ERROR_FAILURE", "NS_ERROR_DOM_BAD_URI"})
"""Every CORS block carries it, and more: it never says why."""

_BY_TEXT = (
    ("ERR_BLOCKED_BY_RESPONSE", Reason.CORP),
    ("ERR_BLOCKED_BY_ORB", Reason.ORB),
    ("ERR_BLOCKED_BY_CLIENT", Reason.CLIENT_BLOCKED),
    ("ERR_BLOCKED_BY_ADMINISTRATOR", Reason.CLIENT_BLOCKED),
    ("ERR_BLOCKED_BY_CSP", Reason.CSP),
    ("ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS", Reason.LNA_PERMISSION_DENIED),
    ("ERR_INVALID_REDIRECT", Reason.REDIRECT_BAD_LOCATION),
    ("ERR_UNSAFE_REDIRECT", Reason.REDIRECT_SCHEME),
    ("ERR_TOO_MANY_REDIRECTS", Reason.REDIRECT_LOOP),
    ("ERR_ABORTED", Reason.ABORTED),
    ("NS_BINDING_ABORTED", Reason.ABORTED),
    ("mixed", Reason.MIXED_CONTENT),
    ("csp", Reason.CSP),
    ("inspector", Reason.CLIENT_BLOCKED),
    ("subresource-filter", Reason.CLIENT_BLOCKED),
    ("corp-not-same", Reason.CORP),
    ("coep-frame", Reason.CORP),
    ("stream reset by client", Reason.ABORTED),
    ("client disconnect", Reason.ABORTED),
    ("net::ERR_", Reason.NETWORK_ERROR),
    ("NS_ERROR_", Reason.NETWORK_ERROR),
)


def reason_of(error: str, family: Family) -> Reason | None:
    """The reason that a recorded error proves; None for a generic one or none at all."""
    if not error or error in GENERIC:
        return None
    if error == "origin":
        # Chromium's word for a request that has to stay at home, where it is asked for or led elsewhere.
        return Reason.MODE_SAME_ORIGIN
    for text, reason in _BY_TEXT:
        if text.lower() in error.lower():
            return reason
    # A proxy writes an error only where no response came through it.
    return Reason.NETWORK_ERROR if family is Family.WIRE else None


BODY_ERRORS = (
    "ERR_CONTENT_LENGTH_MISMATCH", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_INVALID_CHUNKED_ENCODING",
    "ERR_CONTENT_DECODING_FAILED", "ERR_CONNECTION_", "ERR_HTTP2_", "ERR_QUIC_", "ERR_NETWORK_", "ERR_TIMED_OUT",
    "ERR_INTERNET_DISCONNECTED",
)  # fmt: skip
"""Chromium's errors that may come after the headers of a response."""


def broke_off(exchange: Exchange, family: Family) -> bool:
    """Whether headers came and the body did not come whole."""
    if exchange.status is None or reason_of(exchange.error, family) is not Reason.NETWORK_ERROR:
        return False
    return family is Family.WIRE or any(error in exchange.error for error in BODY_ERRORS)


def was_failed(exchange: Exchange) -> bool:
    """Whether the browser's own record says that the request failed (an abort alone does not)."""
    if exchange.error:
        return reason_of(exchange.error, Family.BROWSER) is not Reason.ABORTED
    return exchange.status is None


def refuses_handshake(request: Request) -> bool:
    """Whether a WebSocket was answered, and not opened: the page sees `error`, whatever the answer says.

    https://www.rfc-editor.org/rfc/rfc6455#section-4.1 over HTTP/1.1, where `Upgrade` asks; without it the handshake is
    that of https://www.rfc-editor.org/rfc/rfc8441#section-5, which any success opens.
    """
    status = request.exchange.status
    if status is None or status == 101:
        return False
    return "upgrade" in request.headers or not 200 <= status < 300


def was_never_sent(request: Request, dialect: Dialect) -> bool:
    """Whether the browser's own record shows that a failed request was not even sent.

    Measured on Chromium: DevTools has the status of whatever a page was answered, also of what CORS kept from it. For a
    worker it may lack them: platform hints stand among the provisional headers of pages and their frames alone.
    """
    exchange = request.exchange
    if dialect.name != "chrome-devtools" or exchange.status is not None or exchange.error not in GENERIC:
        return False
    return exchange.provisional and "sec-ch-ua-platform" in request.headers
