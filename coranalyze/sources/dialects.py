"""Which tool wrote a HAR, and what its silence means.

A row of `TOOLS` per creator name, in the order of popularity; `of_creator` looks there, `of_features` at the
extension fields of a file whose creator says nothing.
"""

import re

import msgspec

from coranalyze.exchange import Dialect, Family


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How to read the files of a dialect; what the engine need not know."""

    dialect: Dialect
    chromium: bool = False
    """Request headers may be the provisional ones of Chromium: no `Host`, no `:authority`."""
    doubled: bool = False
    """Provisional and real request headers stand one after the other in the same list."""
    titles: bool = False
    """Page titles are URLs of the page that asked."""
    order_varies: bool = False
    """Whether a preflight stands before its request depends on the version: the file has to tell."""
    hides_304: bool = False
    """A 304 stands there with status 200 and the headers of the 304. Measured: Chromium's own events say so."""
    sized: bool = False
    """Header bytes are counted on the wire: an answer without any came from the browser's cache, or, where it has no
    body bytes either, from a service worker. Measured, Firefox 153.
    """
    merged: bool = False
    """All requests of one connection may stand in one entry."""
    notes: tuple[str, ...] = ()


NO_PREFLIGHTS = "preflights are not recorded by this exporter"
SOME_PREFLIGHTS = "this exporter does not record every preflight"
NO_FAILURES = "failed requests are not recorded by this exporter"
NO_MARKS = "blocked requests are not marked: a 200 in this file may have been blocked, the headers decide"
NO_CAUSES = "failed requests have neither status nor headers: their cause is not in this file"
NO_REDIRECTS = "redirect hops are folded into the last one"
MIXED_HOPS = "response headers after a redirect may be those of the first hop"
CLIENT_VIEW = "an API client: no page asked, and CORS keeps nothing from it"
ROUTED = "CORS preflight results in this file are not trustworthy: routing was on"
FULFILLED = "some answers were made up by the test that drove the browser: they are no policy of the server"
SANITIZED = "no cookie in it, perhaps taken out: it does not tell whether requests carried cookies or Authorization"
ONE_PAGE = "all page ids are the last page: pages tell nothing about who asked"


def _browser(name: str, **facts: bool) -> Dialect:
    return Dialect(name=name, family=Family.BROWSER, **facts)


def _wire(name: str, **facts: bool) -> Manner:
    return Manner(dialect=Dialect(name=name, family=Family.WIRE, **facts))


def _client(name: str) -> Manner:
    return Manner(dialect=Dialect(name=name, family=Family.CLIENT, preflights_recorded=False), notes=(CLIENT_VIEW,))


CHROME = Manner(dialect=_browser("chrome-devtools", marks_failures=True), chromium=True, titles=True)
FIREFOX = Manner(dialect=_browser("firefox-devtools"), sized=True, notes=(NO_MARKS,))
WEBKIT = Manner(
    dialect=_browser("webkit-inspector", preflights_recorded=False, marks_failures=True, keeps_failures=False),
    titles=True,
    notes=(NO_PREFLIGHTS, NO_FAILURES, NO_REDIRECTS),
)
PLAYWRIGHT = Manner(
    dialect=_browser("playwright", preflights_recorded=False, marks_failures=True),
    chromium=True,
    hides_304=True,
    notes=(NO_PREFLIGHTS, NO_CAUSES),
)
CHROME_HAR = Manner(
    dialect=_browser(
        "chrome-har",
        preflights_recorded=False,
        marks_failures=True,
        keeps_failures=False,
        headers_after_redirect_trusted=False,
    ),
    chromium=True,
    hides_304=True,
    doubled=True,
    titles=True,
    order_varies=True,
    notes=(SOME_PREFLIGHTS, NO_FAILURES, MIXED_HOPS),
)
CHROME_HAR_CAPTURER = Manner(
    # Its headers are the provisional ones throughout, which never hold cookies.
    dialect=_browser(
        "chrome-har-capturer",
        preflights_recorded=False,
        marks_failures=True,
        keeps_failures=False,
        credentials_recorded=False,
    ),
    chromium=True,
    titles=True,
    order_varies=True,
    notes=(
        SOME_PREFLIGHTS,
        NO_FAILURES,
        "request headers are provisional: Origin, Sec-Fetch-* and cookies are missing",
    ),
)
FIREFOX_BIDI = Manner(
    dialect=_browser("firefox-bidi", preflights_recorded=False, keeps_failures=False),
    notes=(SOME_PREFLIGHTS, NO_MARKS, "a failed preflight and its request are both missing"),
)
WEBPAGETEST = Manner(
    dialect=Dialect(name="webpagetest", family=Family.WIRE, preflights_recorded=False),
    order_varies=True,
    notes=(SOME_PREFLIGHTS,),
)
MITMPROXY = _wire("mitmproxy")
CAPTURE = _wire("coranalyze-capture", in_completion_order=True)
CYPRESS = Manner(
    # Its entries stand as they finish; a blocked one has status 0 and the headers that came.
    dialect=_browser("cypress-har-generator", marks_failures=True),
    chromium=True,
    hides_304=True,
    order_varies=True,
)
SELENIUM_WIRE = Manner(
    dialect=Dialect(name="selenium-wire", family=Family.WIRE, preflights_recorded=False), notes=(NO_PREFLIGHTS,)
)
CHARLES = _wire("charles")
FIDDLER = _wire("fiddler")
HTTP_TOOLKIT = _wire("http-toolkit")
LOGGERPLUSPLUS = _wire("loggerplusplus")
ZAP = _wire("zap")
PCAP2HAR = Manner(dialect=Dialect(name="pcap2har", family=Family.WIRE, preflights_recorded=False), merged=True)
INSOMNIA = _client("insomnia")
NEWMAN = _client("newman")
UNKNOWN = Manner(
    # Browsers leave their mark in the fields; what has none is rather a proxy's, or written by hand.
    dialect=Dialect(name="unknown", family=Family.WIRE, preflights_recorded=False),
    order_varies=True,
)

# Exact creator names, in lower case except where the case tells two apart (`Firefox`, `firefox`).
TOOLS: dict[str, Manner] = {
    "WebInspector": CHROME,
    "WebKit Web Inspector": WEBKIT,
    "Firefox": FIREFOX,
    "firefox": FIREFOX_BIDI,
    "playwright": PLAYWRIGHT,
    "chrome-har": CHROME_HAR,
    "browsertime": CHROME_HAR,
    "puppeteer-har": CHROME_HAR,
    "chrome har capturer": CHROME_HAR_CAPTURER,
    "mitmproxy": MITMPROXY,
    "mitmproxy har_dump": _wire("mitmproxy-har-dump"),
    "selenium wire har dump": SELENIUM_WIRE,
    "charles proxy": CHARLES,
    "fiddler": FIDDLER,
    "fiddler everywhere": FIDDLER,
    "proxyman": _wire("proxyman"),
    "http toolkit": HTTP_TOOLKIT,
    "loggerplusplus": LOGGERPLUSPLUS,
    "zap": ZAP,
    "owasp zap": ZAP,
    "webpagetest": WEBPAGETEST,
    "browsermob proxy": _wire("browsermob"),
    "browserup proxy": _wire("browsermob"),
    "extendeddebuggingservice": _wire("saucelabs", preflights_recorded=False),
    "alta proxy": _wire("alta-proxy"),
    "insomnia rest client": INSOMNIA,
    "insomnia": INSOMNIA,
    "newman-trace": NEWMAN,
    "newman": NEWMAN,
    "postman": _client("postman"),
    "capture-har": _client("capture-har"),
    "advanced rest client": _client("advanced-rest-client"),
    "axios-har-tracker": _client("axios-har-tracker"),
    "requests-har": _client("requests-har"),
    "harlem": _client("harlem"),
    "polly.js": _client("polly-js"),
    "@neuralegion/cypress-har-generator": CYPRESS,
    "pcap2har": PCAP2HAR,
    "firebug": Manner(dialect=_browser("firebug", preflights_recorded=False)),
    "internet explorer network inspector": Manner(dialect=_browser("ie", preflights_recorded=False)),
    "phantomjs": Manner(dialect=_browser("phantomjs", preflights_recorded=False)),
}

_NULL = re.compile(rb"\s*:\s*null")

# Fields that only one tool writes; later ones are less specific.
FEATURES: tuple[tuple[str, Manner], ...] = (
    ("_monotonicTime", PLAYWRIGHT),
    ("_frameref", PLAYWRIGHT),
    ("_fetchType", WEBKIT),
    ("_securityState", FIREFOX),
    ("_initiator_type", CHROME_HAR),
    ("_requestTime", CHROME_HAR),
    ("_charlesStatus", CHARLES),
    ("_publicFiddlerId", FIDDLER),
    ("_zapMessageId", ZAP),
    ("_tlsErrors", HTTP_TOOLKIT),
    ("_bytesInDoc", WEBPAGETEST),
    ("_fetchedViaServiceWorker", CHROME),
    ("_connectionId", CHROME),
    ("_initiator", CHROME),
    ("_resourceType", CHROME),
)


def of_creator(name: str) -> Manner | None:
    """The dialect of a `creator.name`; None for a name that is missing or unknown."""
    return TOOLS.get(name) or TOOLS.get(name.lower())


def of_features(sample: bytes) -> Manner:
    """The dialect by the extension fields in the first part of a file; `UNKNOWN` without any."""
    return next((manner for field, manner in FEATURES if _has(sample, b'"%b"' % field.encode())), UNKNOWN)


def _has(sample: bytes, field: bytes) -> bool:
    """Whether the field has a value: tools that only know of it write null."""
    at = sample.find(field)
    while at >= 0:
        at += len(field)
        if not _NULL.match(sample, at):
            return True
        at = sample.find(field, at)
    return False
