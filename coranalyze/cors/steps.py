"""Steps of the Fetch standard at which an algorithm ends, and the reasons that failing ones give.

Every check returns an `Ended` that names its `Step`; the step is the explanation in every report.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

FETCH = "https://fetch.spec.whatwg.org/#"


class Reason(StrEnum):
    """Why a fetch failed, named for the step that failed it."""

    ACAO_MISSING = "acao-missing"
    ACAO_WILDCARD_WITH_CREDENTIALS = "acao-wildcard-with-credentials"
    ACAO_MULTIPLE = "acao-multiple"
    ACAO_INVALID = "acao-invalid"
    ACAO_MISMATCH = "acao-mismatch"
    ACAC_NOT_TRUE = "acac-not-true"
    PREFLIGHT_STATUS = "preflight-status"
    PREFLIGHT_REDIRECT = "preflight-redirect"
    PREFLIGHT_NETWORK_ERROR = "preflight-network-error"
    ACAM_UNPARSABLE = "acam-unparsable"
    ACAH_UNPARSABLE = "acah-unparsable"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    HEADER_NOT_ALLOWED = "header-not-allowed"
    AUTHORIZATION_WILDCARD = "authorization-wildcard"
    REDIRECT_CREDENTIALS_IN_URL = "redirect-credentials-in-url"
    REDIRECT_SCHEME = "redirect-scheme"
    REDIRECT_BAD_LOCATION = "redirect-bad-location"
    REDIRECT_MODE_ERROR = "redirect-mode-error"
    REDIRECT_LOOP = "redirect-loop"
    MODE_SAME_ORIGIN = "mode-same-origin"
    SCHEME_NOT_CORS = "scheme-not-cors"
    NOCORS_REDIRECT_MODE = "nocors-redirect-mode"
    CORS_DISABLED = "cors-disabled"
    ORIGIN_NOT_ADDABLE = "origin-not-addable"
    LNA_INSECURE_CONTEXT = "lna-insecure-context"
    LNA_WRONG_SPACE = "lna-wrong-space"
    LNA_PERMISSION_DENIED = "lna-permission-denied"
    # Not CORS, though it looks like it.
    NETWORK_ERROR = "network-error"
    CORP = "corp"
    ORB = "orb"
    CSP = "csp"
    MIXED_CONTENT = "mixed-content"
    CLIENT_BLOCKED = "client-blocked"
    ABORTED = "aborted"
    NOT_OK_STATUS = "not-ok-status"
    WRONG_MIME_TYPE = "wrong-mime-type"


NOT_CORS = frozenset(
    {
        Reason.NETWORK_ERROR, Reason.CORP, Reason.ORB, Reason.CSP, Reason.MIXED_CONTENT, Reason.CLIENT_BLOCKED,
        Reason.ABORTED, Reason.NOT_OK_STATUS, Reason.WRONG_MIME_TYPE,
    }
)  # fmt: skip


class Step(Enum):
    """One place where an algorithm of the standard ends: (anchor, number, failing reason or None, sentence).

    Anchors and numbers are those of the Fetch standard of June 2026; other sources stand with their full URL.
    """

    # fmt: off
    # https://fetch.spec.whatwg.org/#concept-main-fetch
    MAIN_SAME_ORIGIN = ("concept-main-fetch", "12", None, "The URL has the page's own origin: no CORS check.")
    MAIN_NAVIGATE = ("concept-main-fetch", "12", None, "Navigations and WebSockets are not subject to CORS.")
    MAIN_MODE_SAME_ORIGIN = (
        "concept-main-fetch", "12", Reason.MODE_SAME_ORIGIN,
        'The request\'s mode is "same-origin" and the URL is cross-origin.',
    )
    MAIN_NO_CORS = (
        "concept-main-fetch", "12", None, 'The mode is "no-cors": an opaque response, no CORS check.',
    )
    MAIN_LOCAL = ("concept-main-fetch", "12", None, "Nothing is fetched over HTTP: no CORS check.")
    MAIN_CLIENT = ("concept-main-fetch", "12", None, "An API client asked, not a page: no CORS check.")
    MAIN_BROWSER = ("concept-main-fetch", "12", None, "The browser itself asked, for no page: no CORS check.")
    MAIN_SCHEME = ("concept-main-fetch", "12", Reason.SCHEME_NOT_CORS, "CORS needs an http or https URL.")
    MAIN_CORS = (
        "concept-main-fetch", "12", None, 'The URL is cross-origin: response tainting becomes "cors".',
    )
    # https://fetch.spec.whatwg.org/#concept-http-fetch
    SERVICE_WORKER = ("concept-http-fetch", "3", None, "A service worker answered: its response is not checked.")
    NO_RESPONSE = ("concept-http-fetch", "4.3", Reason.NETWORK_ERROR, "No response arrived.")
    # https://fetch.spec.whatwg.org/#cors-preflight-fetch-0
    PREFLIGHT_NO_RESPONSE = (
        "cors-preflight-fetch-0", "8", Reason.PREFLIGHT_NETWORK_ERROR, "The preflight got no response.",
    )
    PREFLIGHT_REDIRECT = ("cors-preflight-fetch-0", "8", Reason.PREFLIGHT_REDIRECT, "The preflight was redirected.")
    PREFLIGHT_STATUS = (
        "cors-preflight-fetch-0", "8", Reason.PREFLIGHT_STATUS, "The preflight's status is not 200 to 299.",
    )
    PREFLIGHT_STATUS_OK = ("cors-preflight-fetch-0", "7", None, "The preflight's status is in 200 to 299.")
    PREFLIGHT_METHODS_UNPARSABLE = (
        "cors-preflight-fetch-0", "7.3", Reason.ACAM_UNPARSABLE, "Access-Control-Allow-Methods is no list of tokens.",
    )
    PREFLIGHT_HEADERS_UNPARSABLE = (
        "cors-preflight-fetch-0", "7.3", Reason.ACAH_UNPARSABLE, "Access-Control-Allow-Headers is no list of tokens.",
    )
    PREFLIGHT_METHOD = (
        "cors-preflight-fetch-0", "7.5", Reason.METHOD_NOT_ALLOWED,
        "Access-Control-Allow-Methods does not allow the method.",
    )
    PREFLIGHT_METHOD_OK = ("cors-preflight-fetch-0", "7.5", None, "The method is allowed.")
    PREFLIGHT_AUTHORIZATION = (
        "cors-preflight-fetch-0", "7.6", Reason.AUTHORIZATION_WILDCARD,
        "Access-Control-Allow-Headers must name authorization: `*` does not cover it.",
    )
    PREFLIGHT_AUTHORIZATION_MISSING = (
        "cors-preflight-fetch-0", "7.6", Reason.HEADER_NOT_ALLOWED,
        "Access-Control-Allow-Headers does not name authorization.",
    )
    PREFLIGHT_HEADER = (
        "cors-preflight-fetch-0", "7.7", Reason.HEADER_NOT_ALLOWED,
        "Access-Control-Allow-Headers does not allow a header of the request.",
    )
    PREFLIGHT_OK = ("cors-preflight-fetch-0", "7.16", None, "The preflight allows the request.")
    # https://fetch.spec.whatwg.org/#concept-cors-check
    NO_ALLOW_ORIGIN = (
        "concept-cors-check", "2", Reason.ACAO_MISSING, "There is no Access-Control-Allow-Origin header.",
    )
    WILDCARD = (
        "concept-cors-check", "3", None, "Access-Control-Allow-Origin is `*`; without credentials that is enough.",
    )
    WILDCARD_WITH_CREDENTIALS = (
        "concept-cors-check", "4", Reason.ACAO_WILDCARD_WITH_CREDENTIALS,
        "Access-Control-Allow-Origin is `*`, which does not cover a request with credentials.",
    )
    ORIGIN_MULTIPLE = (
        "concept-cors-check", "4", Reason.ACAO_MULTIPLE, "Access-Control-Allow-Origin holds more than one value.",
    )
    ORIGIN_INVALID = ("concept-cors-check", "4", Reason.ACAO_INVALID, "Access-Control-Allow-Origin is no origin.")
    ORIGIN_MISMATCH = (
        "concept-cors-check", "4", Reason.ACAO_MISMATCH,
        "Access-Control-Allow-Origin is not the request's origin, byte for byte.",
    )
    ORIGIN_WITHOUT_CREDENTIALS = (
        "concept-cors-check", "5", None,
        "Access-Control-Allow-Origin is the request's origin; without credentials that is enough.",
    )
    CREDENTIALS_TRUE = ("concept-cors-check", "7", None, "Access-Control-Allow-Credentials is `true`.")
    CREDENTIALS_NOT_TRUE = (
        "concept-cors-check", "8", Reason.ACAC_NOT_TRUE,
        "The request is with credentials and Access-Control-Allow-Credentials is not `true`.",
    )
    # https://fetch.spec.whatwg.org/#concept-http-redirect-fetch
    REDIRECT_NONE = (
        "concept-http-redirect-fetch", "4", None, "A redirect status without a Location is the response.",
    )
    REDIRECT_CONFLICT = (
        "concept-http-redirect-fetch", "5", Reason.REDIRECT_BAD_LOCATION, "There are several Location headers.",
    )
    REDIRECT_BAD_LOCATION = (
        "concept-http-redirect-fetch", "5", Reason.REDIRECT_BAD_LOCATION, "The Location does not parse as a URL.",
    )
    REDIRECT_SCHEME = (
        "concept-http-redirect-fetch", "6", Reason.REDIRECT_SCHEME, "The Location is no http or https URL.",
    )
    REDIRECT_LOOP = ("concept-http-redirect-fetch", "7", Reason.REDIRECT_LOOP, "More than 20 redirects.")
    REDIRECT_CREDENTIALS = (
        "concept-http-redirect-fetch", "9", Reason.REDIRECT_CREDENTIALS_IN_URL,
        "The Location holds a user name or password.",
    )
    REDIRECT_CREDENTIALS_BACK = (
        "concept-http-redirect-fetch", "10", Reason.REDIRECT_CREDENTIALS_IN_URL,
        "The Location leads back to the page's origin and holds a user name or password.",
    )
    REDIRECT_BAD_PORT = ("block-bad-port", "2", Reason.NETWORK_ERROR, "The Location's port is blocked for fetches.")
    REDIRECT_MIXED = (
        "concept-main-fetch", "7", Reason.MIXED_CONTENT, "The Location leads a page that came over https to http.",
    )
    REDIRECT_ERROR = (
        "concept-http-fetch", "6.2", Reason.REDIRECT_MODE_ERROR, 'The request\'s redirect mode is "error".',
    )
    REDIRECT_MANUAL = (
        "concept-http-fetch", "6.2", None, 'The redirect mode is "manual": an opaque-redirect response.',
    )
    REDIRECT_FOLLOWED = ("concept-http-redirect-fetch", "22", None, "The redirect is followed.")
    # https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check
    CORP = (
        "cross-origin-resource-policy-internal-check", "5", Reason.CORP,
        "Cross-Origin-Resource-Policy keeps this page from using the response.",
    )
    COEP = (
        "cross-origin-resource-policy-internal-check", "4", Reason.CORP,
        "The page's Cross-Origin-Embedder-Policy asks for a Cross-Origin-Resource-Policy, and the response has none.",
    )
    # What the Fetch standard does not hold
    COEP_FRAME = (
        "https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy", "4",
        Reason.CORP,
        "The page's Cross-Origin-Embedder-Policy asks its frames for one of their own, and the response has none.",
    )
    ORB = (
        "https://github.com/annevk/orb", "", Reason.ORB,
        "Opaque Response Blocking: the response is no image, script, style sheet or media.",
    )
    LOAD_STATUS = (
        "ok-status", "", Reason.NOT_OK_STATUS, "CORS passed; the element or EventSource refuses this status.",
    )
    LOAD_MIME = (
        "https://html.spec.whatwg.org/multipage/urls-and-fetching.html#content-type-sniffing", "",
        Reason.WRONG_MIME_TYPE,
        "CORS passed; the element or EventSource refuses this MIME type.",
    )
    # fmt: on

    def __init__(self, anchor: str, number: str, reason: Reason | None, sentence: str) -> None:
        self.anchor = anchor
        self.number = number
        self.reason = reason
        self.sentence = sentence

    # Members whose tuples are equal would be aliases of one another; the name keeps them apart.
    def __new__(cls, *values: object) -> "Step":
        step = object.__new__(cls)
        step._value_ = len(cls.__members__)
        return step

    @property
    def passed(self) -> bool:
        return self.reason is None

    @property
    def url(self) -> str:
        """Where the step is defined."""
        return self.anchor if "://" in self.anchor else FETCH + self.anchor


class Ended(NamedTuple):
    """Where an algorithm ended, and the header name, method, token or value that it ended on."""

    step: Step
    detail: str = ""
    expected: str = ""
    received: str = ""

    @property
    def passed(self) -> bool:
        return self.step.reason is None
