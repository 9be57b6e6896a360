"""Exchange: one request and what came back, as a capture holds it; Dialect: what a capture's silence means."""

import re
from enum import StrEnum

import msgspec

from coranalyze.cors.headers import Headers

REDACTED = "[redacted]"
"""Stands for every header value that is no evidence about cross-origin access."""

_UNRESOLVED = re.compile(
    r"name_not_resolved|unknown_host|unknown host|name or service not known|nodename nor servname|getaddrinfo|"
    r"no address associated|nxdomain",
    re.IGNORECASE,
)
"""As browsers, resolvers and sockets word it."""


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One request and its response. No body and no secret value ever enters: sources redact before they build one.

    Header lists keep order, spelling and duplicates of the capture; values outside of the allow-list in
    `sources.redact` are `REDACTED`, cookies keep their names, credentials their scheme.
    """

    entry: int
    """Zero-based position in the input."""
    method: str
    """As on the wire, case kept."""
    url: str
    """Absolute, without fragment, secrets masked consistently within one input."""
    request: Headers = Headers()
    response: Headers = Headers()
    status: int | None = None
    """None where the capture holds no response (HAR status 0, -1, -2; proxy errors)."""
    started: float | None = None
    """Milliseconds since the epoch, UTC; None where unreadable."""
    ended: float | None = None
    """Milliseconds since the epoch, UTC; equal to `started` where the duration is unknown."""
    error: str = ""
    """The failure that the tool recorded (`net::ERR_FAILED`, a proxy's message); empty without one."""
    resource_type: str = ""
    """The browser's own type (`fetch`, `xhr`, `preflight`, `script`, …) where recorded."""
    parent_id: str = ""
    """For a preflight: the id of the request it belongs to, as the exporter names it."""
    page_url: str = ""
    """URL of the document or script that made the request, where the capture tells; reduced to its origin."""
    provisional: bool = False
    """The request headers are the browser's provisional ones, not those of the wire."""
    cached: bool = False
    """Answered from the HTTP cache."""
    service_worker: bool = False
    """Answered by a service worker."""
    made_up: bool = False
    """Answered by the test that drives the browser (`route.fulfill`), not by the server."""
    pageless: bool = False
    """Filed under no page by an exporter that files others so: a worker asked, or a sandboxed frame."""
    server_address: str = ""
    """IP address that answered, without brackets; empty where unknown."""
    close_code: int | None = None
    """With which the server closed a WebSocket right after the handshake, before any message. RFC 6455 7.4"""

    @property
    def unresolved(self) -> bool:
        """There was no response because the host's name has no address."""
        return self.status is None and _UNRESOLVED.search(self.error) is not None


class Skipped(msgspec.Struct, frozen=True):
    """A part of an input that could not be used, and why."""

    entry: int
    """Zero-based position in the input."""
    reason: str


class Family(StrEnum):
    """From where a tool looks at the traffic: it decides order, pairing and what absence means."""

    BROWSER = "browser"
    """The browser's own record: a request stands before its preflight, blocked requests are in it."""
    WIRE = "wire"
    """A proxy: what went over the wire, preflight first; what was never sent is not there."""
    CLIENT = "client"
    """An API client: no page, no Origin, no CORS at all."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool writes and, above all, what it leaves out."""

    name: str
    family: Family = Family.BROWSER
    preflights_recorded: bool = True
    """False: no OPTIONS entry is no evidence that none was sent."""
    marks_failures: bool = False
    """A request that the browser failed carries an error or has no status; without a mark it succeeded."""
    keeps_failures: bool = True
    """False: failed requests are dropped from the file."""
    credentials_recorded: bool = True
    """False: Cookie and Authorization are removed (sanitized exports), their absence says nothing."""
    headers_after_redirect_trusted: bool = True
    """False: a hop may show the headers of another (chrome-har)."""
    in_completion_order: bool = False
    """Exchanges come as they are over, not as they start: a stream that lasts comes long after its preflight."""
