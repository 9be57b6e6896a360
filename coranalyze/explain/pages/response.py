"""Pages of the reasons that the CORS check gives: Access-Control-Allow-Origin and -Credentials."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import (
    ERROR_HIDDEN,
    LIST_OF_ORIGINS,
    MODE_NOT_JAR,
    NO_PATTERNS,
    NULL_GRANTS,
    Page,
)

PAGES = (
    Page(
        Reason.ACAO_MISSING,
        "No Access-Control-Allow-Origin header",
        "The response carries no Access-Control-Allow-Origin, so the browser does not hand it to the page.",
        "Without a word from the server a browser lets no page read what another origin answers; the header is that "
        "word.",
        "Look at the status first: an error or login page that lacks the header hides its own status behind CORS. "
        "With a good status, and if the page is meant to read it, answer the page's origin in "
        "Access-Control-Allow-Origin.",
        (
            "Send the same request with curl and the same Origin header, and compare status and headers.",
            "Is the header there on success and gone on 4xx and 5xx? Then move the CORS layer outside the error "
            "handling.",
            "Does the server know this origin? Many libraries send no header at all to an origin that is not on "
            "their list.",
            "Does a gateway, CDN or load balancer answer in place of the application? Compare `server` and `via`.",
        ),
        (
            "The application failed (500) and the error path skips the CORS middleware.",
            "A gateway or proxy answered 401, 403, 413, 429, 502 or 504 by itself.",
            "CORS is not configured, or the origin is not on the allow-list.",
            "The header is set on the preflight only.",
            "A cached copy, made for a request without Origin, is served because `Vary: Origin` is missing.",
            "The URL does not exist there and the 404 comes without CORS headers.",
        ),
        ERROR_HIDDEN,
    ),
    Page(
        Reason.ACAO_WILDCARD_WITH_CREDENTIALS,
        "`*` does not cover a request with credentials",
        "Access-Control-Allow-Origin is `*`, and the page made the request with credentials.",
        "`*` says that everyone may read what anyone could fetch; what a user's own cookies bring must be opened "
        "to one named origin.",
        "Decide whether the page needs cookies there. If not, drop `credentials: 'include'` or withCredentials. If "
        "so, answer "
        "the one allowed origin by name, with `Access-Control-Allow-Credentials: true` and `Vary: Origin`.",
        (
            "Does an HTTP client or template set withCredentials for all requests?",
            "Keep a list of the origins that may use credentials, and answer with the matching one only.",
        ),
        (
            "A library default of `*` met a client that sends credentials.",
            "A proxy adds `*` in front of an application that would have named the origin.",
        ),
        MODE_NOT_JAR,
    ),
    Page(
        Reason.ACAO_MULTIPLE,
        "More than one Access-Control-Allow-Origin value",
        "Access-Control-Allow-Origin holds several values, on one line or on several.",
        "The value is compared as a whole with one origin; a list equals none, not even a list of equal values.",
        "Find the two places that set the header, usually the proxy and the application, and leave it to one of them.",
        (
            "Ask the application directly, past the proxy: which line is whose?",
            "Is an allow-list printed into the header? Choose the entry that equals the request's Origin, add "
            "`Vary: Origin`.",
        ),
        (
            "Proxy and application both add the header.",
            "Two CORS middlewares are installed.",
            "The list of allowed origins is printed into one header.",
        ),
        LIST_OF_ORIGINS,
    ),
    Page(
        Reason.ACAO_INVALID,
        "Access-Control-Allow-Origin is no origin",
        "The value of Access-Control-Allow-Origin is neither `*`, nor `null`, nor an origin.",
        "Only scheme://host, with the port where it is not the default one, can equal an origin.",
        "Correct the configured value: scheme, host and port, nothing before and nothing behind.",
        ("Look for a missing scheme, quotes, a pattern, an unset variable (`undefined`, `None`, `%{ORIGIN}e`).",),
        (
            "A host name without its scheme is configured.",
            "A variable of the configuration is empty or not expanded.",
            "Quotes of the configuration file went into the value.",
        ),
        NO_PATTERNS,
    ),
    Page(
        Reason.ACAO_MISMATCH,
        "Access-Control-Allow-Origin names another origin",
        "Access-Control-Allow-Origin is not, byte for byte, the origin that made the request.",
        "The server named who may read; this page is not the one named.",
        "Lay the two values side by side: slash, port, scheme, case, `www`, `localhost` against `127.0.0.1`. "
        "Configure the "
        "origin exactly as the request's Origin header spells it.",
        (
            "Is one fixed origin configured while there are several (production, staging, localhost)? Answer the "
            "one that asks.",
            "Does the value belong to somebody who asked before? Then a cache ignores the origin: add `Vary: Origin`.",
            "Was the request's Origin `null` after redirects across origins? Call the last URL directly.",
            "Is `null` configured? Name real origins in its place.",
        ),
        (
            "A trailing slash or path in the configured origin.",
            "The development server's port, http against https, or www against the bare domain.",
            "A cache or CDN serves the copy made for another origin.",
            "A redirect across origins turned the request's Origin into `null`.",
        ),
        NULL_GRANTS,
    ),
    Page(
        Reason.ACAC_NOT_TRUE,
        "Access-Control-Allow-Credentials is not `true`",
        "The request was made with credentials, and the answer lacks `Access-Control-Allow-Credentials: true`.",
        "Reading what a user's cookies bring needs a second yes, apart from the origin.",
        "If the page needs cookies there, answer exactly `true`, in lower case, once, for the allowed origins only; "
        "if not, make the request without credentials.",
        (
            "The header is needed on the preflight and on the response.",
            "`True`, `1`, quotes or the header on two lines do not pass.",
        ),
        (
            "The header is not configured.",
            "It is sent on the preflight only.",
            "A language's own truth value is printed (`True`).",
            "Proxy and application both send it, which reads `true, true`.",
        ),
        MODE_NOT_JAR,
    ),
)
