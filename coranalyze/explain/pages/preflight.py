"""Pages of the reasons that only a preflight gives."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import (
    COOKIE_REQUEST_HEADER,
    PREFLIGHT_AUTH,
    SAFE_METHODS,
    STAR_AUTHORIZATION,
    Page,
)

PAGES = (
    Page(
        Reason.PREFLIGHT_STATUS,
        "The preflight did not answer 200 to 299",
        "The preflight's origin is allowed, but its status is not in 200 to 299.",
        "The preflight asks for leave; any other status is a refusal, whatever its headers say.",
        "See what answers OPTIONS at this URL and let it end with 204, before authentication and routing.",
        (
            "401 or 403: something asks the preflight for credentials, which it never carries.",
            "404 or 405: no route takes OPTIONS. 400: the CORS layer itself refused origin, method or headers.",
            "5xx: the handler ran for OPTIONS and failed; read the server's log.",
        ),
        (
            "Authentication runs before CORS.",
            "The router knows no OPTIONS for the path.",
            "The CORS middleware refuses the method or a header with 400.",
            "A firewall or gateway drops OPTIONS.",
        ),
        PREFLIGHT_AUTH,
    ),
    Page(
        Reason.PREFLIGHT_REDIRECT,
        "The preflight was redirected",
        "The server answered the preflight with a redirect; browsers do not follow it.",
        "Leave given at one URL says nothing about another.",
        "Call the URL that the redirect leads to, and have the server answer OPTIONS without redirecting.",
        (
            "Compare the URL with Location: http to https, a trailing slash, www, or a login page?",
            "Does Location go from https to http? Then the application behind a proxy does not know the outer scheme.",
        ),
        (
            "The http URL is sent on to https.",
            "The framework adds or removes a trailing slash.",
            "A login page takes over, as preflights carry no cookies.",
        ),
        PREFLIGHT_AUTH,
    ),
    Page(
        Reason.PREFLIGHT_NETWORK_ERROR,
        "The preflight got no answer",
        "No response to the preflight arrived: the connection failed or was closed.",
        "Without an answer there is no leave, so the request itself is never sent.",
        "Open the URL itself in the browser: is the server up, is its certificate trusted, does a firewall drop "
        "OPTIONS?",
        (
            "Send OPTIONS with curl: does it time out, or does the server close the connection?",
            "A client certificate cannot be used: preflights never carry one.",
        ),
        (
            "The server is down, or crashes on OPTIONS.",
            "The certificate is not trusted or has expired.",
            "A firewall drops OPTIONS.",
            "The server demands a client certificate.",
        ),
    ),
    Page(
        Reason.ACAM_UNPARSABLE,
        "Access-Control-Allow-Methods cannot be parsed",
        "Access-Control-Allow-Methods is no comma-separated list of method names, and one bad element voids all.",
        "The list is parsed strictly and before it is used, even where the method would need no listing.",
        "Write the methods with commas between them, without quotes, semicolons or slashes: `GET, PUT, DELETE`.",
        (
            "Are the names separated by spaces, `;` or `|`?",
            "Did a list of the language go into the header as it prints?",
        ),
        ("Blanks or semicolons in place of commas.", "Quotes or brackets of a printed list."),
        SAFE_METHODS,
    ),
    Page(
        Reason.ACAH_UNPARSABLE,
        "Access-Control-Allow-Headers cannot be parsed",
        "Access-Control-Allow-Headers is no comma-separated list of header names, and one bad element voids all.",
        "The list is parsed strictly and before it is used, even where no header would need listing.",
        "Write the names with commas between them, without colons, quotes or blanks: `content-type, x-request-id`.",
        ("Are the names separated by spaces or `;`?", "Is there a colon or a value behind a name?"),
        ("Blanks or semicolons in place of commas.", "A name with its colon.", "Quotes or brackets of a printed list."),
    ),
    Page(
        Reason.METHOD_NOT_ALLOWED,
        "The method is not allowed",
        "Access-Control-Allow-Methods on the preflight does not list the method that the page uses.",
        "Methods beyond GET, HEAD and POST were out of reach for pages before CORS, so each needs the server's leave.",
        "Add the method to Access-Control-Allow-Methods, in upper case.",
        (
            "Names are compared by case: `patch` in the page's code is not `PATCH`. Write it in upper case there.",
            "With credentials a `*` is no wildcard: list the methods.",
            "`Allow` is another header and does not count.",
        ),
        (
            "The list was written before the method was needed (PATCH and DELETE are the usual ones).",
            "`fetch(url, {method: 'patch'})`: browsers do not put patch in upper case.",
            "`*` with credentials.",
        ),
        SAFE_METHODS,
    ),
    Page(
        Reason.HEADER_NOT_ALLOWED,
        "A request header is not allowed",
        "Access-Control-Allow-Headers on the preflight does not list a header that the page sends.",
        "Headers that a form could not send need the server's leave.",
        "Add the header to Access-Control-Allow-Headers, or stop sending it.",
        (
            "Who sets the header: your code, an HTTP client's defaults, or a tracing library?",
            "`content-type` must be listed for JSON bodies.",
            "With credentials a `*` is no wildcard: list the names. `X-*` is no pattern either.",
            "`access-control-allow-…` among the request's headers: a response header set in the page. Remove it there.",
        ),
        (
            "A new header (authorization, x-request-id, content-type for JSON) was added to the client only.",
            "A tracing library adds traceparent, baggage or sentry-trace to requests to third parties.",
            "A gateway answers preflights with its own fixed list.",
        ),
        COOKIE_REQUEST_HEADER,
    ),
    Page(
        Reason.AUTHORIZATION_WILDCARD,
        "`*` does not cover Authorization",
        "Access-Control-Allow-Headers is `*`, and the request carries Authorization, which must be named.",
        "The standard keeps credentials out of the wildcard. Today's browsers still let it pass, some with a warning.",
        "Name it: `Access-Control-Allow-Headers: *, authorization`.",
        ("Does the library mirror Access-Control-Request-Headers? Then a short list of its own is the better answer.",),
        ("A wildcard was configured for convenience.",),
        STAR_AUTHORIZATION,
    ),
)
