"""Pages of the reasons that a redirect gives."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import Page

PAGES = (
    Page(
        Reason.REDIRECT_CREDENTIALS_IN_URL,
        "The redirect leads to a URL with a user name or password",
        "Location holds `user:password@`, which a cross-origin redirect may not.",
        "Following it would let the answering server decide which credentials the browser uses elsewhere.",
        "Redirect to the URL without the user name and password.",
        ("Which part of the server builds the Location?",),
        ("A URL with credentials from a configuration ends up in Location.",),
    ),
    Page(
        Reason.REDIRECT_SCHEME,
        "The redirect leads out of http and https",
        "Location is neither an http nor an https URL.",
        "CORS is defined over HTTP; no other scheme can carry the server's leave.",
        "Redirect to an https URL, or answer the content itself.",
        ("Is it `data:`, `ftp:`, or the scheme of an app that only a navigation can open?",),
        ("A login flow hands over to an app's own scheme.", "Small files are answered as data: URLs."),
    ),
    Page(
        Reason.REDIRECT_BAD_LOCATION,
        "The redirect's Location is unusable",
        "Location does not parse as a URL, or there are several that differ.",
        "There is no single place to go to.",
        "Have the server send one Location that is a valid URL.",
        ("Is the port a number, the host non-empty, and is there only one Location line?",),
        ("A variable in the redirect target is empty.", "Proxy and application both set Location."),
    ),
    Page(
        Reason.REDIRECT_MODE_ERROR,
        "The page forbids redirects",
        "The request was made with `redirect: 'error'`, and the server redirected.",
        "The page asked the browser to fail here.",
        "Call the final URL, or let the request follow redirects.",
        ("Which code or library sets `redirect: 'error'`?",),
        ("The URL has moved since the code was written.",),
    ),
    Page(
        Reason.REDIRECT_LOOP,
        "More than 20 redirects",
        "The chain of redirects did not end after 20 hops.",
        "Browsers stop there, as the chain most likely never ends.",
        "Follow the chain with `curl -IL` and find the URL that it comes back to: that one must not redirect again.",
        ("Does a cookie or login decide the target? Requests without credentials then go round for ever.",),
        (
            "http and https, or with and without a slash, send to each other; a URL sends to itself.",
            "A login page sends back a request that never gets its cookie.",
        ),
    ),
)
