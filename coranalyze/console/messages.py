"""Console messages of Chromium, Firefox and WebKit: templates, each with the reason that it reports.

A template is the browser's own wording; `{name}` stands for what the message fills in. Quotes may be curly or missing
in what is pasted.
"""

# ruff: noqa: E501  (a message that is broken over lines cannot be searched for)

import re
from functools import cache
from typing import NamedTuple

from coranalyze.cors.steps import Reason


class Message(NamedTuple):
    """One wording of one browser. `general`: a follow-up that says less than the message it comes with."""

    browser: str
    reason: Reason
    template: str
    stage: str | None = None
    general: bool = False


_R = Reason
_VALUE = "The 'Access-Control-Allow-Origin' header "

# The envelope `Access to … has been blocked by CORS policy:` is taken off before these are tried.
CHROMIUM: tuple[Message, ...] = tuple(
    Message("chromium", *row)
    for row in (
        (_R.ACAO_MISSING, "No 'Access-Control-Allow-Origin' header is present on the requested resource."),
        (_R.ACAO_MISMATCH, _VALUE + "has a value '{value}' that is not equal to the supplied origin."),
        (_R.ACAO_MULTIPLE, _VALUE + "contains multiple values '{value}', but only one is allowed."),
        (_R.ACAO_INVALID, _VALUE + "contains the invalid value '{value}'."),
        (
            _R.ACAO_WILDCARD_WITH_CREDENTIALS,
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
            "request's credentials mode is 'include'.",
        ),
        (
            _R.ACAC_NOT_TRUE,
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must be 'true' "
            "when the request's credentials mode is 'include'.",
        ),
        (_R.PREFLIGHT_STATUS, "It does not have HTTP ok status.", "preflight"),
        (_R.PREFLIGHT_STATUS, "Response for preflight has invalid HTTP status code {status}", "preflight"),
        (_R.PREFLIGHT_REDIRECT, "Redirect is not allowed for a preflight request.", "preflight"),
        (_R.PREFLIGHT_REDIRECT, "Response for preflight is invalid (redirect)", "preflight"),
        (_R.ACAM_UNPARSABLE, "Cannot parse Access-Control-Allow-Methods response header field in preflight response.", "preflight"),
        (_R.ACAH_UNPARSABLE, "Cannot parse Access-Control-Allow-Headers response header field in preflight response.", "preflight"),
        (_R.METHOD_NOT_ALLOWED, "Method {method} is not allowed by Access-Control-Allow-Methods in preflight response.", "preflight"),
        (_R.HEADER_NOT_ALLOWED, "Request header field {header} is not allowed by Access-Control-Allow-Headers in preflight response.", "preflight"),
        (
            _R.REDIRECT_CREDENTIALS_IN_URL,
            "Redirect location '{location}' contains a username and password, which is disallowed for cross-origin requests.",
            "redirect",
        ),
        (_R.SCHEME_NOT_CORS, "Cross origin requests are only supported for protocol schemes: {schemes}."),
        (_R.LNA_PERMISSION_DENIED, "Permission was denied for this request to access the `{space}` address space."),
        (
            _R.LNA_INSECURE_CONTEXT,
            "The request client is not a secure context and the resource is in more-private address space `{space}`.",
        ),
        (_R.LNA_WRONG_SPACE, "Request had a target IP address space of `{expected}` yet the resource is in address space `{space}`."),
        (
            _R.LNA_PERMISSION_DENIED,
            "No 'Access-Control-Allow-Private-Network' header was present in the preflight response for this private network request",
            "preflight",
        ),
    )
)  # fmt: skip

# What Chromium logs without that envelope.
CHROMIUM_OTHER: tuple[Message, ...] = (
    Message(
        "chromium", _R.MODE_SAME_ORIGIN,
        'Fetch API cannot load {url}. Request mode is "same-origin" but the URL\'s origin is not same as the request origin {origin}.',
    ),
    Message(
        "chromium", _R.NOCORS_REDIRECT_MODE,
        'Fetch API cannot load {url}. Request mode is "no-cors" but the redirect mode is not "follow".',
    ),
    Message(
        "chromium", _R.SCHEME_NOT_CORS, 'Fetch API cannot load {url}. URL scheme "{scheme}" is not supported.',
    ),
    Message("chromium", _R.SCHEME_NOT_CORS, "Not allowed to load local resource: {url}"),
    Message(
        "chromium", _R.MODE_SAME_ORIGIN,
        "Unsafe attempt to load URL {url} from frame with URL {page}. Domains, protocols and ports must match.",
    ),
    Message(
        "chromium", _R.CSP,
        "Connecting to '{url}' violates the following Content Security Policy directive: \"{directive}\".",
    ),
    Message(
        "chromium", _R.CSP,
        "Refused to {verb} '{url}' because it violates the following Content Security Policy directive: \"{directive}\".",
    ),
    Message(
        "chromium", _R.CSP,
        "Fetch API cannot load {url}. Refused to connect because it violates the document's Content Security Policy.",
    ),
    Message(
        "chromium", _R.MIXED_CONTENT,
        "Mixed Content: The page at '{page}' was loaded over HTTPS, but requested an insecure {initiator} '{url}'.",
    ),
    Message(
        "chromium", _R.WRONG_MIME_TYPE,
        "Refused to execute script from '{url}' because its MIME type ('{type}') is not executable",
    ),
    Message(
        "chromium", _R.WRONG_MIME_TYPE,
        'Failed to load module script: Expected a JavaScript-or-Wasm module script but the server responded with a MIME type of "{type}".',
    ),
)  # fmt: skip

# The reason between the brackets of `Cross-Origin Request Blocked: … (Reason: …).`
FIREFOX: tuple[Message, ...] = tuple(
    Message("firefox", *row)
    for row in (
        (_R.ACAO_MISSING, "CORS header 'Access-Control-Allow-Origin' missing"),
        (_R.ACAO_MISMATCH, "CORS header 'Access-Control-Allow-Origin' does not match '{value}'"),
        (_R.ACAO_MULTIPLE, "Multiple CORS header 'Access-Control-Allow-Origin' not allowed"),
        (
            _R.ACAO_WILDCARD_WITH_CREDENTIALS,
            "Credential is not supported if the CORS header 'Access-Control-Allow-Origin' is '*'",
        ),
        (_R.ACAC_NOT_TRUE, "expected 'true' in CORS header 'Access-Control-Allow-Credentials'"),
        (_R.PREFLIGHT_STATUS, "CORS preflight response did not succeed", "preflight"),
        (_R.PREFLIGHT_STATUS, "CORS preflight channel did not succeed", "preflight"),
        (_R.PREFLIGHT_REDIRECT, "CORS request external redirect not allowed"),
        (_R.METHOD_NOT_ALLOWED, "Did not find method in CORS header 'Access-Control-Allow-Methods'", "preflight"),
        (
            _R.AUTHORIZATION_WILDCARD,
            "When the 'Access-Control-Allow-Headers' is '*', the 'Authorization' header is not covered.",
            "preflight",
        ),
        (_R.ACAM_UNPARSABLE, "invalid token '{token}' in CORS header 'Access-Control-Allow-Methods'", "preflight"),
        (_R.ACAH_UNPARSABLE, "invalid token '{token}' in CORS header 'Access-Control-Allow-Headers'", "preflight"),
        (
            _R.HEADER_NOT_ALLOWED,
            "header '{header}' is not allowed according to header 'Access-Control-Allow-Headers' from CORS preflight response",
            "preflight",
        ),
        (
            _R.HEADER_NOT_ALLOWED,
            "missing token '{header}' in CORS header 'Access-Control-Allow-Headers' from CORS preflight channel",
            "preflight",
        ),
        (_R.SCHEME_NOT_CORS, "CORS request not http"),
        (_R.CORS_DISABLED, "CORS disabled"),
        (_R.ORIGIN_NOT_ADDABLE, "CORS header 'Origin' cannot be added"),
        (_R.NETWORK_ERROR, "CORS request did not succeed", None, True),
    )
)

FIREFOX_OTHER: tuple[Message, ...] = (
    Message("firefox", _R.MODE_SAME_ORIGIN, "Security Error: Content at {page} may not load data from {url}."),
    Message("firefox", _R.CSP, "Content-Security-Policy: The page's settings blocked {what} ({directive}) at {url} from"),
    Message(
        "firefox", _R.CSP,
        "Content-Security-Policy: The page's settings blocked the loading of a resource ({directive}) at {url} because it",
    ),
    Message("firefox", _R.CSP, "Content Security Policy: The page's settings blocked the loading of a resource at {url} ({directive})."),
    Message("firefox", _R.MIXED_CONTENT, "Blocked loading mixed active content '{url}'"),
    Message(
        "firefox", _R.CORP,
        "The resource at '{url}' was blocked due to its Cross-Origin-Resource-Policy header (or lack thereof).",
    ),
    Message(
        "firefox", _R.ORB,
        "A resource is blocked by OpaqueResponseBlocking, please check browser console for details.",
    ),
    Message("firefox", _R.ORB, "The resource at '{url}' was blocked by OpaqueResponseBlocking. Reason: '{why}'."),
    Message(
        "firefox", _R.WRONG_MIME_TYPE, "Loading module from '{url}' was blocked because of a disallowed MIME type ('{type}').",
    ),
    Message(
        "firefox", _R.WRONG_MIME_TYPE,
        "The resource from '{url}' was blocked due to MIME type ('{type}') mismatch (X-Content-Type-Options: nosniff).",
    ),
    Message("firefox", _R.ACAO_MISSING, "Module source URI is not allowed in this document: '{url}'.", None, True),
    Message("firefox", _R.ACAO_MISSING, "<script> source URI is not allowed in this document: '{url}'.", None, True),
)  # fmt: skip

WEBKIT: tuple[Message, ...] = (
    Message("webkit", _R.ACAO_MISSING, "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}"),
    Message("webkit", _R.ACAO_MISSING, "Origin {origin} is not allowed by Access-Control-Allow-Origin."),
    Message("webkit", _R.ACAO_MULTIPLE, "Access-Control-Allow-Origin cannot contain more than one origin."),
    Message(
        "webkit", _R.ACAO_WILDCARD_WITH_CREDENTIALS,
        "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
    ),
    Message("webkit", _R.ACAC_NOT_TRUE, 'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".'),
    Message("webkit", _R.PREFLIGHT_STATUS, "Preflight response is not successful. Status code: {status}", "preflight"),
    Message("webkit", _R.PREFLIGHT_STATUS, "Preflight response is not successful", "preflight"),
    Message("webkit", _R.METHOD_NOT_ALLOWED, "Method {method} is not allowed by Access-Control-Allow-Methods.", "preflight"),
    Message(
        "webkit", _R.HEADER_NOT_ALLOWED, "Request header field {header} is not allowed by Access-Control-Allow-Headers.",
        "preflight",
    ),
    Message(
        "webkit", _R.ACAM_UNPARSABLE, "Header Access-Control-Allow-Methods has an invalid value: {value}", "preflight",
    ),
    Message(
        "webkit", _R.ACAH_UNPARSABLE, "Header Access-Control-Allow-Headers has an invalid value: {value}", "preflight",
    ),
    Message("webkit", _R.SCHEME_NOT_CORS, "Cross origin requests are only supported for HTTP."),
    Message("webkit", _R.REDIRECT_MODE_ERROR, "Not allowed to follow a redirection while loading {url}", "redirect"),
    Message("webkit", _R.NOCORS_REDIRECT_MODE, "No-Cors mode requires follow redirect mode"),
    Message("webkit", _R.REDIRECT_LOOP, "Load cannot follow more than 20 redirections", "redirect"),
    Message("webkit", _R.MODE_SAME_ORIGIN, "Unsafe attempt to load URL {url} from origin {origin}. Domains, protocols and ports must match."),
    Message("webkit", _R.REDIRECT_CREDENTIALS_IN_URL, "redirection URL {url} has credentials", "redirect"),
    Message("webkit", _R.REDIRECT_SCHEME, "redirection to URL with non CORS scheme", "redirect"),
    Message(
        "webkit", _R.CSP,
        "Refused to connect to {url} because it does not appear in the connect-src directive of the Content Security Policy.",
    ),
    Message(
        "webkit", _R.CSP,
        "Refused to load {url} because it does not appear in the {directive} directive of the Content Security Policy.",
    ),
    Message(
        "webkit", _R.MIXED_CONTENT,
        "[blocked] The page at {page} requested insecure content from {url}.",
    ),
    Message("webkit", _R.CORP, "Cancelled load to {url} because it violates the resource's Cross-Origin-Resource-Policy response header."),
    Message("webkit", _R.ACAO_MISSING, "Cross-origin {initiator} load denied by Cross-Origin Resource Sharing policy.", None, True),
    Message("webkit", _R.ACAO_MISSING, "{initiator} cannot load {url} due to access control checks.", None, True),
    Message("webkit", _R.ACAO_MISSING, "Cannot load {initiator} {url} due to access control checks.", None, True),
)  # fmt: skip

ALL = (*CHROMIUM, *CHROMIUM_OTHER, *FIREFOX, *FIREFOX_OTHER, *WEBKIT)


@cache
def pattern_of(template: str) -> re.Pattern[str]:
    """The expression that a template matches; the last full stop may be missing, and so may quotes."""
    parts = re.split(r"\{(\w+)\}", template.removesuffix("."))
    last = parts.pop()
    expression = ""
    for text, name in zip(parts[::2], parts[1::2], strict=True):
        expression += _literal(text) + f"(?P<{name}>{_FILLED.get(name, '.*?')})"
    if last.strip("'\"`"):
        expression += _literal(last)
    elif parts:
        # The message ends with what was filled in: up to the closing quote, or to where the sentence ends.
        expression += r"['\"`]?(?=\.?(?:[\s)]|$))" if not last or parts[-1] in _FILLED else r"(?:['\"`](?=[\s).]|$)|$)"
    return re.compile(expression, re.IGNORECASE | re.MULTILINE)


# What has no blanks in it, or a length that is known, ends there; all else goes up to what follows in the template.
_FILLED = {
    **dict.fromkeys(("page", "origin"), r"[^\s'\"]+?"),
    # With its scheme, or the second of two words before it would be one where quotes may be missing.
    "url": r"[a-z][a-z0-9+.-]{1,20}:[^\s'\"]+?",
    **dict.fromkeys(("header", "method"), r"\S+?"),
    "initiator": r"[\w ]{1,40}?",
    "status": r"\d+",
    "schemes": r"[\w-]+(?:,\s+[\w-]+)*",
}


def _literal(text: str) -> str:
    return re.sub(r"""['"`]""", "['\"`]?", re.escape(text)).replace(r"\ ", r"\s+")


def messages_of(reason: Reason) -> dict[str, tuple[str, ...]]:
    """Browser → how its console words a reason."""
    found: dict[str, list[str]] = {}
    for message in ALL:
        if message.reason is reason and not message.general:
            found.setdefault(message.browser, []).append(message.template)
    return {browser: tuple(templates) for browser, templates in found.items()}
