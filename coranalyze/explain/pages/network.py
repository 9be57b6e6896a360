"""Pages of the reasons that are not CORS, though pages see the same error."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import TOOLS_DO_NOT_CHECK, Page

PAGES = (
    Page(
        Reason.NETWORK_ERROR,
        "No response arrived",
        "The connection failed before any response: there was nothing that CORS could have been checked on.",
        "A page must not learn why another host cannot be reached, so it sees the error of a CORS failure.",
        "Open the URL itself in the browser: name, port, certificate and server come before any CORS header.",
        (
            "Connection refused: nothing listens there. Name not resolved: DNS or VPN.",
            "Certificate errors: trust the certificate or renew it.",
            "Closed without an answer: the server crashed or a proxy cut the line.",
        ),
        (
            "The server is down, or listens on another port.",
            "A self-signed or expired certificate.",
            "A VPN or DNS entry is missing.",
            "An upload was cut off because it is too large.",
        ),
        TOOLS_DO_NOT_CHECK,
        "https://fetch.spec.whatwg.org/#concept-network-error",
    ),
    Page(
        Reason.CORP,
        "Cross-Origin-Resource-Policy refuses the page",
        "The response's Cross-Origin-Resource-Policy (or the page's embedder policy) keeps it out of this page.",
        "It guards what is embedded without CORS, such as images and scripts, from other sites.",
        "If the resource is meant for all, send `Cross-Origin-Resource-Policy: cross-origin`; or load it with CORS "
        "(the `crossorigin` attribute).",
        (
            "Does the page set Cross-Origin-Embedder-Policy? Then every embedded resource has to opt in, and every "
            "frame needs a policy of its own.",
        ),
        ("A security middleware sets same-origin for all responses, assets included.",),
    ),
    Page(
        Reason.ORB,
        "Opaque Response Blocking",
        "A response that is no image, script, style sheet or media was loaded as one, and the browser emptied it.",
        "Data of other sites must not even enter the page's process.",
        "Read data with `fetch` and CORS; for a script or image, see why the server answered HTML or JSON.",
        ("Is the answer an error or login page in HTML?", "Is Content-Type right?"),
        ("An asset's URL answers an HTML error page.", "JSON is loaded with a `<script>`."),
        reference="https://fetch.spec.whatwg.org/#orb",
    ),
    Page(
        Reason.CSP,
        "The page's Content Security Policy refuses the URL",
        "The page's own Content-Security-Policy does not list the URL; the request was never sent.",
        "The page's author limited where it may connect to.",
        "Add the target's origin to the directive that the console names, often `connect-src`, on the page that asks.",
        ("Which directive does the console name?", "Do header and `<meta>` both set a policy? Both must allow it."),
        ("A new API host was not added to `connect-src`.", "A redirect leads to a host that is not listed."),
        reference="https://www.w3.org/TR/CSP3/#directive-connect-src",
    ),
    Page(
        Reason.MIXED_CONTENT,
        "Mixed content: an https page asks for http",
        "The page came over https and the URL is http; the request was never sent.",
        "Everything that a secure page loads must be secure, or it is not.",
        "Serve the target over https and use that URL.",
        ("Is `http://` written in the page's configuration?", "Does a redirect lead back to http?"),
        ("An API base URL with http.", "A redirect by an application that does not know its proxy speaks https."),
        reference="https://www.w3.org/TR/mixed-content/#should-block-fetch",
    ),
    Page(
        Reason.CLIENT_BLOCKED,
        "Blocked in the browser by an extension or DevTools",
        "An extension, DevTools or the browser's own blocker stopped the request before it was sent.",
        "The user's tools have the last word in the user's browser.",
        "Try a fresh profile without extensions; see whether the URL looks like advertising or tracking.",
        (
            "Is request blocking switched on in DevTools?",
            "Do path or host contain words such as ads, track, analytics?",
        ),
        ("An ad blocker matches the URL.", "Request blocking in DevTools was left on."),
        reference="https://fetch.spec.whatwg.org/#concept-network-error",
    ),
    Page(
        Reason.ABORTED,
        "The request was aborted",
        "The page, a navigation or a time-out ended the request before it was done.",
        "An aborted request is no refusal.",
        "See whether the page was left, or the code aborted it (AbortController, time-out).",
        ("Does it happen on navigation or unmounting only?",),
        ("The user moved on.", "A time-out is too short for a slow answer."),
        reference="https://fetch.spec.whatwg.org/#concept-fetch-controller",
    ),
    Page(
        Reason.NOT_OK_STATUS,
        "CORS passed, the status did not",
        "CORS allowed the response; the element or EventSource that loads it refuses its status.",
        "Elements have no way to show a status, so anything but success fails them.",
        "Look at the status: the resource itself has the error.",
        ("Open the URL: which status, and why?",),
        ("The asset does not exist, or needs a login.",),
    ),
    Page(
        Reason.WRONG_MIME_TYPE,
        "CORS passed, the MIME type did not",
        "CORS allowed the response; the element or EventSource that loads it refuses its Content-Type.",
        "Module scripts, style sheets and event streams run only under their own types.",
        "Send the right Content-Type: text/javascript, text/css, text/event-stream.",
        ("Is the answer an HTML page in place of the file?",),
        ("A catch-all route answers index.html for a missing file.", "The server does not know the file's suffix."),
    ),
)
