"""Which tool wrote a HAR, and what that tool leaves out. Measured on the tools' own exports."""

from __future__ import annotations

from coranalyze.exchange import Dialect, Family

_B, _W, _C = Family.BROWSER, Family.WIRE, Family.CLIENT

CHROME = Dialect(name="chrome-devtools", marks_failures=True)
CHROME_BEFORE_CORS_IN_NETWORK = Dialect(name="chrome-devtools", preflights_recorded=False, marks_failures=True)
CHROME_WIRE_ORDER = Dialect(name="chrome-devtools")
FIREFOX = Dialect(name="firefox-devtools")
FIREFOX_BIDI = Dialect(name="firefox-bidi", keeps_failures=False)
WEBKIT = Dialect(name="webkit-inspector", preflights_recorded=False, keeps_failures=False, redirects_recorded=False)
PLAYWRIGHT = Dialect(name="playwright", preflights_recorded=False, marks_failures=True)
CHROME_HAR = Dialect(name="chrome-har", keeps_failures=False, headers_after_redirect_trusted=False)
CHROME_HAR_CAPTURER = Dialect(name="chrome-har-capturer", keeps_failures=False, credentials_recorded=False)
UNKNOWN = Dialect(name="unknown", family=_W, preflights_recorded=False)

# `creator.name` as it is written, in the order to test.
_CREATORS: dict[str, Dialect] = {
    "WebInspector": CHROME,
    "WebKit Web Inspector": WEBKIT,
    "Firefox": FIREFOX,
    "firefox": FIREFOX_BIDI,
    "Playwright": PLAYWRIGHT,
    "chrome-har": CHROME_HAR,
    "Browsertime": CHROME_HAR,
    "Chrome HAR Capturer": CHROME_HAR_CAPTURER,
    "mitmproxy": Dialect(name="mitmproxy", family=_W),
    "mitmproxy har_dump": Dialect(name="mitmproxy-har-dump", family=_W),
    "Selenium Wire HAR dump": Dialect(name="selenium-wire", family=_W, preflights_recorded=False),
    "Charles Proxy": Dialect(name="charles", family=_W),
    "Fiddler": Dialect(name="fiddler", family=_W),
    "Proxyman": Dialect(name="proxyman", family=_W),
    "HTTP Toolkit": Dialect(name="http-toolkit", family=_W),
    "LoggerPlusPlus": Dialect(name="loggerplusplus", family=_W),
    "ZAP": Dialect(name="zap", family=_W),
    "OWASP ZAP": Dialect(name="zap", family=_W),
    "WebPagetest": Dialect(name="webpagetest", family=_W),
    "BrowserMob Proxy": Dialect(name="browsermob", family=_W),
    "ExtendedDebuggingService": Dialect(name="sauce-labs", family=_W),
    "Alta Proxy": Dialect(name="alta-proxy", family=_W),
    "Insomnia REST Client": Dialect(name="insomnia", family=_C, preflights_recorded=False),
    "newman-trace": Dialect(name="newman", family=_C, preflights_recorded=False),
    "capture-har": Dialect(name="capture-har", family=_C, preflights_recorded=False),
    "Internet Explorer Network Inspector": Dialect(name="ie", preflights_recorded=False),
    "Firebug": Dialect(name="firebug", preflights_recorded=False),
    "PhantomJS": Dialect(name="phantomjs", preflights_recorded=False),
}


class Features:
    """What the entries of a file show beyond its `creator`."""

    def __init__(self) -> None:
        self.resource_types = False
        self.preflight_types = False
        self.connection_ids = False
        self.playwright = False
        self.routed = False
        self.request_ids = False
        self.credentials = False
        self.chromium_major = 0


def detect(creator: str, browser: str, features: Features) -> Dialect:
    """The dialect of a file; where the creator says nothing, by the fields that its entries carry."""
    found = _CREATORS.get(creator)
    if found is None:
        found = next((d for name, d in _CREATORS.items() if creator and creator.startswith(name)), None)
    if found is None:
        if features.playwright:
            found = PLAYWRIGHT
        elif features.request_ids:
            found = CHROME_HAR
        elif features.resource_types:
            found = CHROME
        else:
            return UNKNOWN
    if found is CHROME:
        return _chrome(features)
    return found


def _chrome(features: Features) -> Dialect:
    if features.preflight_types:
        return CHROME
    major = features.chromium_major
    # 79 to about 91 made preflights outside of what DevTools saw; before, they were plain entries, sent first.
    if 79 <= major <= 91:
        return CHROME_BEFORE_CORS_IN_NETWORK
    return CHROME if major > 91 or features.connection_ids or not major else CHROME_WIRE_ORDER


NOTES = {
    "chrome-devtools": (),
    "firefox-devtools": (
        "Firefox marks no blocked request: a status of 200 does not mean that the page could read the response.",
    ),
    "firefox-bidi": ("Failed preflights and their requests are not in this export.",),
    "webkit-inspector": (
        "Blocked requests and preflights are not in this export, and redirects are folded into their last hop.",
    ),
    "playwright": ("Preflights are not recorded, and failed requests have no headers: their cause is not in the file.",),
    "chrome-har": (
        "Blocked requests are dropped from this export, and headers after a redirect may be those of another hop.",
    ),
    "chrome-har-capturer": ("Blocked requests are dropped from this export; request headers are provisional.",),
    "selenium-wire": ("OPTIONS requests are ignored by default: a missing preflight says nothing.",),
    "insomnia": ("An API client: no page, no Origin, no CORS.",),
    "newman": ("An API client: no page, no Origin, no CORS.",),
}
"""What a reader should know about every file of a dialect."""

SANITIZED = "Sanitized, or without any cookie: no Cookie or Authorization in it, so their absence says nothing."
ROUTED = "Playwright's routing was on: it answered preflights itself, so CORS results in this file are not trustworthy."
NO_PREFLIGHTS = "Preflights are not recorded by this exporter: none in the file does not mean that none was sent."
