"""Answer: one way in which an endpoint was asked and answered, without what sets single exchanges apart."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from coranalyze.cors.steps import Reason
from coranalyze.endpoint.relation import Network
from coranalyze.fetch import Observed, Outcome, Role

_PREFLIGHT = Role.PREFLIGHT
"""Looked up for every answer again and again, and members of an enum are slow to look up before Python 3.12."""


class Presence(StrEnum):
    """Whether something was sent; a sanitized export does not tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Storage(StrEnum):
    """Who may store a response and give it out again. RFC 9111 3, 4.2.2"""

    NONE = "none"
    """`no-store`, or nothing that lets a cache keep it fresh."""
    PRIVATE = "private"
    """The browser's own cache."""
    SHARED = "shared"
    """CDNs and proxies too."""


class Cookie(msgspec.Struct, frozen=True, gc=False):
    """One `Set-Cookie`: name and attributes, never a value."""

    name: str
    same_site: str = ""
    """lax, strict or none; empty without the attribute (browsers then take Lax, or None)."""
    secure: bool = False
    domain: str = ""
    """Without a leading dot; empty for cookies that go back to the host alone that set them. RFC 6265 5.2.3"""
    deleted: bool = False
    """It is over as soon as it is set."""


class Answer(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A request and its response, reduced to what a policy shows in. Equal ones are counted, not kept.

    Header values are tuples of the raw field lines in their order, stripped of white space: two equal lines are two.
    """

    # What was asked.
    role: Role
    method: str
    origin: str | None = None
    """The `Origin` of the wire; None without one."""
    page: str | None = None
    """The page's serialized origin as far as known, also where no `Origin` was sent. None for requests that no CORS
    check follows (no-cors, navigate), unless the server stands in a private network."""
    mode: str = "unknown"
    """cors, no-cors, navigate, websocket, same-origin or unknown."""
    destination: str = ""
    """Sec-Fetch-Dest."""
    requested_method: str = ""
    """Access-Control-Request-Method: set on preflights only."""
    requested_headers: tuple[str, ...] = ()
    """Names in Access-Control-Request-Headers, in lower case."""
    requested_private_network: bool = False
    cookie: Presence = Presence.UNKNOWN
    """Whether `Cookie` was sent."""
    incidental: bool = False
    """All cookies that were sent carry no session, by their names."""
    authorization: str = ""
    """Scheme of `Authorization` in lower case, `other` where none is known; `header` for a secret in a header of its
    own, such as X-Auth-Token; `unknown` in sanitized exports."""
    api_key: bool = False
    """A header such as X-Api-Key was sent, or the URL carries such a key, or a secret."""
    secret_in_url: bool = False
    """A parameter of the URL carries a credential, by its name; signed URLs do not count."""
    own_headers: tuple[str, ...] = ()
    """Names of further headers that no browser sends by itself, in lower case, sorted: any of them may say who asks.
    Empty where a credential is known."""
    referer: str = ""
    """The origin in `Referer`, of a request without Origin that was denied (401, 403)."""
    response_headers_sent: tuple[str, ...] = ()
    """Response headers of CORS that stand in the request, in lower case."""
    browser: str = "spec"
    tool: bool = False
    """By its User-Agent a program asked that is no browser (curl, a scanner, a monitor): nobody checks the answer."""
    preflight_missing: bool = False
    """It needed a preflight that neither stands in the capture nor can have come from the browser's cache."""

    # What was answered.
    status: int | None = None
    close_code: int | None = None
    """With which a WebSocket was closed by the server right after the handshake."""
    allow_origin: tuple[str, ...] = ()
    repeats_lines: bool = False
    """Firefox counts several lines of Access-Control-Allow-Origin."""
    allow_credentials: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: tuple[str, ...] = ()
    allow_private_network: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    """Names in `Vary`, lower case, sorted."""
    echoes: str = ""
    """Another input than Origin whose origin Access-Control-Allow-Origin names: query, referer or forwarded-host."""
    named_by_url: bool = False
    """The query names the origin in Access-Control-Allow-Origin as well as `Origin` does: either may be its source."""
    sensitive: tuple[str, ...] = ()
    """Response headers that hand out a credential or an anti-forgery token, in lower case."""
    misspelt: tuple[str, ...] = ()
    """Response header names that look like one of CORS, and requests' names in a response, as spelt."""
    content_type: str = ""
    """Essence of the MIME type; empty without one."""
    empty: bool = False
    """No content: 204, 205, 304, or Content-Length 0."""
    storage: Storage = Storage.NONE
    stored: bool = False
    """It came out of a shared cache: Age, or a cache status that says HIT."""
    through_cache: bool = False
    """A shared cache or CDN stands on the way."""
    declared_public: bool = False
    """`Cache-Control: public` or `s-maxage`: the server itself lets shared caches keep it."""
    declared_private: bool = False
    """`Cache-Control: private` or `no-store`: the server itself says that this is one user's."""
    cookies: tuple[Cookie, ...] = ()
    www_authenticate: bool = False
    strict_transport: bool = False
    """Strict-Transport-Security with includeSubDomains and a max-age above 0."""
    repeats_origin: tuple[str, ...] = ()
    """Response headers, other than those of CORS, in which the request's Origin stands."""
    names_another: tuple[str, ...] = ()
    """`name: origin` of those in which one other origin stands. Of requests with `Origin` only."""
    location: str = ""
    """Serialized origin that a redirect leads to; empty without redirect."""
    layer: tuple[str, ...] = ()
    """What tells who answered: `server`, `via`, `x-powered-by` and the like as `name: value`, in lower case, sorted."""

    address: Network | None = None
    """Where the address stands that answered, which may be a proxy's; None where the capture does not tell."""

    # What became of it.
    unresolved: bool = False
    """There was no response because the host's name has no address."""
    cached: bool = False
    """It came from the browser's cache, a 304, the browser itself (its redirect to https), or as `made_up` says: no
    evidence of what the server would answer."""
    made_up: bool = False
    """A service worker, or the test that drives the browser, gave it: out of no cache, as far as told."""
    outcome: Outcome = Outcome.UNKNOWN
    """Of the fetch that it belongs to."""
    reason: Reason | None = None
    """Why the browser blocks, where it is this very exchange that it blocks on."""
    observed: Observed = Observed.UNKNOWN

    @property
    def preflight(self) -> bool:
        return self.role is _PREFLIGHT

    @property
    def acao(self) -> str | None:
        """The one value of Access-Control-Allow-Origin; None without one, and where there are several."""
        return self.allow_origin[0] if len(self.allow_origin) == 1 else None

    @property
    def allows_credentials(self) -> bool:
        """Exactly `true`, once: what browsers accept."""
        return self.allow_credentials == ("true",)

    @property
    def reflects(self) -> bool:
        """Access-Control-Allow-Origin repeats the request's Origin, byte for byte."""
        return self.origin is not None and self.acao == self.origin

    @property
    def lets_in(self) -> bool:
        """Access-Control-Allow-Origin is for the origin that asked, credentials aside."""
        return self.reflects or self.acao == "*"

    @property
    def varies(self) -> bool:
        """A cache is told that the answer depends on Origin."""
        return "origin" in self.vary or "*" in self.vary

    @property
    def is_policy(self) -> bool:
        """The server itself answered, so its headers are its policy."""
        return self.status is not None and not self.cached
