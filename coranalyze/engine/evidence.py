"""What the capture tells about how a request was made: origin, mode, credentials mode; and how we know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from coranalyze.cors.browsers import Profile
from coranalyze.cors.origin import OWN_SCHEME, Origin, http_origin_of, origin_of, same_origin, serialize
from coranalyze.cors.safelist import BY_BROWSERS_ALONE, SAFELISTED_METHODS, is_safelisted_request_header
from coranalyze.cors.site import same_site, schemelessly_same_site
from coranalyze.engine.chain import Chain, Hop
from coranalyze.engine.documents import Documents
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Exchange
from coranalyze.fetch import Credentials

SCRIPT_TYPES = frozenset({"fetch", "xhr", "eventsource", "preflight"})
NO_CORS_TYPES = frozenset({"image", "stylesheet", "media", "ping", "beacon", "texttrack"})
ALWAYS_FOLLOWED = frozenset({"xhr", "eventsource", "script", "stylesheet", "image", "font", "media", "manifest"})


@dataclass(frozen=True, slots=True)
class Known:
    """One answer and the evidence for it."""

    value: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Page:
    """Who asks. `known` False: nothing in the capture tells."""

    origin: Origin | None
    evidence: str
    known: bool = True
    own_scheme: str | None = None
    """The origin of an app or an extension (`capacitor://localhost`), which is sent all the same; `origin` is None."""
    serialized: str | None = field(init=False)
    """As `Origin` carries it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "serialized", (self.own_scheme or serialize(self.origin)) if self.known else None)


THE_BROWSER = Page(None, "Sec-Fetch-Site: none, so the browser itself asks", known=False)
"""Of updates, accounts and the like. Extensions ask in this way too, with an origin of their own."""


def requests_of(chain: Chain) -> Iterator[Request]:
    for hop in chain.hops:
        if hop.preflight is not None:
            yield hop.preflight
        if hop.actual is not None:
            yield hop.actual


def page_of(chain: Chain) -> Page:
    """The request's origin by the first that tells: Sec-Fetch-Site, Origin, the preflight's, Referer, the page."""
    first = chain.hops[0]
    actual = first.actual
    if actual is not None and actual.site == "same-origin":
        # Before Origin, which a referrer policy turns to null on same-origin POSTs.
        return _page_at_home(actual.target)
    if actual is not None and actual.origin is not None and (found := _page_of_origin(actual.origin, "Origin")):
        return THE_BROWSER if actual.site == "none" and found.origin is not None else found
    if actual is not None and actual.site == "none" and actual.mode != "navigate":
        return THE_BROWSER
    preflight = first.preflight
    if preflight is not None and preflight.origin is not None:
        found = _page_of_origin(preflight.origin, "Origin of the preflight")
        if found is not None:
            return found
    requests = list(requests_of(chain))
    for request in requests:
        referer = request.headers.get("referer")
        if referer and (found := _page_of_url(referer, "Referer")):
            return found
    for request in requests:
        if request.origin not in (None, "null"):
            return _page_of_origin(request.origin or "", "Origin of a later hop") or Page(None, "Origin of a later hop")
    for request in requests:
        recorded = request.exchange.page_url
        if recorded and (found := _page_of_url(recorded, "the page that the capture records")):
            return found
    return Page(None, "", known=False)


@lru_cache(maxsize=16384)
def _page_at_home(target: Origin | None) -> Page:
    return Page(target, "Sec-Fetch-Site: same-origin")


@lru_cache(maxsize=16384)
def _page_of_origin(value: str, name: str) -> Page | None:
    if value == "null":
        return Page(None, f"{name}: null")
    origin = http_origin_of(value)
    if origin is not None:
        return Page(origin, name)
    return Page(None, name, own_scheme=value) if OWN_SCHEME.fullmatch(value) else None


@lru_cache(maxsize=16384)
def _page_of_url(url: str, name: str) -> Page | None:
    origin = origin_of(url)
    return None if origin is None else Page(origin, name)


def hides_page(page: Page, first: Hop, actual: Request, policy: str, profile: Profile) -> bool:
    """Whether a no-cors request may be of a page that this Cross-Origin-Resource-Policy lets in.

    `first` is the first hop of its chain, `actual` the request that was answered with the policy.

    So it is where nothing names the page, or `Origin: null` does: outside of CORS that hangs on referrer policy, and a
    page on https does not name itself to http.
    """
    null = actual.origin == "null" == page.serialized and not profile.origin_ignores_referrer_policy
    if page.known and not null:
        return False
    # Along redirects Sec-Fetch-Site stays `cross-site`, also where they lead home.
    if actual is not first.actual and not same_site(http_origin_of(first.url), actual.target):
        return True
    # `cross-site` leaves a page of this site on https that asks by http.
    by_http = policy == "same-site" and actual.site == "cross-site" and actual.exchange.url.startswith("http:")
    return not actual.site or by_http


def may_be_a_beacon(first: Request | None) -> bool:
    """Whether a no-cors request may be of sendBeacon(), whose redirects Chromium follows apart from the page."""
    if first is None or first.exchange.method != "POST" or first.destination not in ("", "empty"):
        return False
    return first.exchange.resource_type in ("", "ping", "beacon")


def mode_of(chain: Chain, page: Page, profile: Profile) -> Known:
    """The request's mode, by the strongest evidence that there is."""
    hops = chain.hops
    for hop in hops:
        if hop.actual is not None and hop.actual.mode:
            return Known(hop.actual.mode, f"Sec-Fetch-Mode: {hop.actual.mode}")
    if any(hop.preflight is not None for hop in hops):
        return Known("cors", "it was preflighted")
    actual = hops[0].actual
    assert actual is not None
    exchange = actual.exchange
    if exchange.url.startswith(("ws:", "wss:")) or actual.headers.get("upgrade", "").lower() == "websocket":
        return Known("websocket", "WebSocket handshake")
    kind = exchange.resource_type
    if kind == "document" or "upgrade-insecure-requests" in actual.headers:
        return Known("navigate", "a document" if kind == "document" else "Upgrade-Insecure-Requests")
    if kind == "xhr":
        return Known("cors", "XMLHttpRequest")
    if same_origin(page.origin, actual.target):
        return Known("unknown", "")
    if actual.origin is not None:
        return _mode_by_origin(actual, kind, profile)
    later = [hop.actual for hop in hops[1:] if hop.actual is not None]
    if any(request.origin is not None for request in later):
        return Known("cors", "a redirect hop carries Origin")
    if exchange.provisional:
        if kind in ("eventsource", "font"):
            return Known("cors", f"recorded as {kind}")
        if kind == "other" and actual.headers.get("accept") == "text/event-stream":
            return Known("cors", "Accept of an EventSource")
        if kind == "fetch":
            return _mode_of_provisional_fetch(exchange)
        return Known("no-cors" if kind in NO_CORS_TYPES else "unknown", f"recorded as {kind}" if kind else "")
    if exchange.method in ("GET", "HEAD"):
        return Known("no-cors", f"cross-origin {exchange.method} without Origin")
    return Known("unknown", "")


def _mode_of_provisional_fetch(exchange: Exchange) -> Known:
    if exchange.status is None or not exchange.error:
        return Known("unknown", "")
    # Chromium cancels the body of an opaque response.
    if "ERR_ABORTED" in exchange.error:
        return Known("no-cors", "a fetch whose body was dropped")
    return Known("cors", "a fetch that failed after its response")


def _mode_by_origin(actual: Request, kind: str, profile: Profile) -> Known:
    exchange = actual.exchange
    if exchange.method in ("GET", "HEAD"):
        if actual.headers.get("sec-fetch-storage-access") == "inactive":
            return Known("unknown", "Origin for a storage-access check")
        if actual.origin == "null" and profile.origin_null_on_no_cors and "cookie" in actual.headers:
            return Known("unknown", "Origin: null, which this browser also sends without CORS")
        return Known("cors", f"cross-origin {exchange.method} with Origin")
    if exchange.method not in SAFELISTED_METHODS:
        return Known("cors", f"{exchange.method} with Origin")
    content_type = actual.headers.get("content-type", "")
    if content_type.startswith(("text/ping", "application/csp-report", "application/reports+json")):
        return Known("no-cors", f"Content-Type: {content_type}")
    if kind in SCRIPT_TYPES:
        return Known("cors", f"recorded as {kind} with Origin")
    if content_type and not is_safelisted_request_header("content-type", content_type, profile):
        return Known("cors", "Content-Type needs a preflight")
    if "text/html" in actual.headers.get("accept", ""):
        return Known("navigate", "Accept of a navigation")
    accept = actual.headers.get("accept")
    if accept == "*/*":
        # Beacons, and what a script sends without CORS, look the same.
        return Known("unknown", "")
    return Known("cors", "POST with Origin, Accept of a script" if accept else "POST with Origin")


def credentials_of(
    chain: Chain, page: Page, mode: str, profile: Profile, dialect: Dialect, documents: Documents
) -> tuple[Credentials, str]:
    """The credentials mode where the requests themselves tell; UNKNOWN leaves it to the verdict and what followed."""
    tainted = False
    for hop in chain.hops:
        request = hop.actual
        if request is None:
            continue
        tainted = tainted or not same_origin(page.origin, request.target)
        if "sec-fetch-storage-access" in request.headers:
            return Credentials.INCLUDE, "Sec-Fetch-Storage-Access is sent with credentials only"
        if mode == "cors" and tainted and "cookie" in request.headers:
            return Credentials.INCLUDE, "Cookie on a cross-origin request"
        if mode == "cors" and tainted and _signs_in_by_itself(request):
            return Credentials.INCLUDE, "the browser signed in by itself (Negotiate, NTLM)"
    actual = chain.hops[0].actual
    if actual is None:
        return Credentials.UNKNOWN, ""
    if actual.destination == "font" or actual.exchange.resource_type == "font":
        return Credentials.NOT_INCLUDE, "fonts are fetched without credentials"
    if any(hop.actual and _storage_access_would_show(hop.actual, page, profile, documents) for hop in chain.hops):
        return Credentials.NOT_INCLUDE, "no Sec-Fetch-Storage-Access on a cross-site request"
    if "authorization" in actual.headers and dialect.preflights_recorded and _authorization_is_the_browsers(chain):
        return Credentials.INCLUDE, "Authorization that no preflight asked for"
    return Credentials.UNKNOWN, ""


def _signs_in_by_itself(request: Request) -> bool:
    """Its Authorization is what the browser itself holds."""
    return request.headers.get("authorization", "").partition(" ")[0].lower() in BY_BROWSERS_ALONE


def _authorization_is_the_browsers(chain: Chain) -> bool:
    preflight = chain.hops[0].preflight
    return preflight is not None and "authorization" not in preflight.requested_headers


def _storage_access_would_show(actual: Request, page: Page, profile: Profile, documents: Documents) -> bool:
    if not profile.sends_storage_access or actual.exchange.provisional or actual.site != "cross-site":
        return False
    # Along a redirect chain Sec-Fetch-Site stays cross-site, also back home where the header is not sent.
    if actual.target is None or schemelessly_same_site(page.origin, actual.target):
        return False
    # The header depends on the top-level page, which the request does not name: a frame may call its embedder.
    if page.origin is None and not documents.sites:
        return False
    return not documents.may_embed(actual.target, page.origin)
