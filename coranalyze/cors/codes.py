"""What each browser calls a reason: Chromium's CDP names and net errors, Firefox's console categories.

Measured on Chromium 156 and Firefox 153; a reason without an entry has no name of its own there.
"""

from coranalyze.cors.checks import COEP_FRAME, REQUIRE_CORP
from coranalyze.cors.headers import Headers
from coranalyze.cors.steps import Reason

# Chromium prefixes these with `Preflight` when the preflight's response fails.
_CHROMIUM_CHECK = {
    Reason.ACAO_MISSING: "MissingAllowOriginHeader",
    Reason.ACAO_WILDCARD_WITH_CREDENTIALS: "WildcardOriginNotAllowed",
    Reason.ACAO_MULTIPLE: "MultipleAllowOriginValues",
    Reason.ACAO_INVALID: "InvalidAllowOriginValue",
    Reason.ACAO_MISMATCH: "AllowOriginMismatch",
    Reason.ACAC_NOT_TRUE: "InvalidAllowCredentials",
}
_CHROMIUM = {
    Reason.PREFLIGHT_STATUS: "PreflightInvalidStatus",
    Reason.PREFLIGHT_REDIRECT: "PreflightDisallowedRedirect",
    Reason.ACAM_UNPARSABLE: "InvalidAllowMethodsPreflightResponse",
    Reason.ACAH_UNPARSABLE: "InvalidAllowHeadersPreflightResponse",
    Reason.METHOD_NOT_ALLOWED: "MethodDisallowedByPreflightResponse",
    Reason.HEADER_NOT_ALLOWED: "HeaderDisallowedByPreflightResponse",
    Reason.REDIRECT_CREDENTIALS_IN_URL: "RedirectContainsCredentials",
    Reason.REDIRECT_SCHEME: "CorsDisabledScheme",
    Reason.REDIRECT_BAD_LOCATION: "net::ERR_INVALID_REDIRECT",
    Reason.REDIRECT_MODE_ERROR: "net::ERR_FAILED",
    Reason.REDIRECT_LOOP: "net::ERR_TOO_MANY_REDIRECTS",
    Reason.MODE_SAME_ORIGIN: "DisallowedByMode",
    Reason.SCHEME_NOT_CORS: "CorsDisabledScheme",
    Reason.NOCORS_REDIRECT_MODE: "NoCorsRedirectModeNotFollow",
    Reason.LNA_INSECURE_CONTEXT: "InsecureLocalNetwork",
    Reason.LNA_WRONG_SPACE: "InvalidLocalNetworkAccess",
    Reason.LNA_PERMISSION_DENIED: "LocalNetworkAccessPermissionDenied",
    Reason.CLIENT_BLOCKED: "net::ERR_BLOCKED_BY_CLIENT",
    Reason.ORB: "net::ERR_BLOCKED_BY_ORB",
    Reason.ABORTED: "net::ERR_ABORTED",
    Reason.CSP: "csp",
    Reason.MIXED_CONTENT: "mixed-content",
}
_FIREFOX = {
    Reason.ACAO_MISSING: "CORSMissingAllowOrigin",
    Reason.ACAO_WILDCARD_WITH_CREDENTIALS: "CORSNotSupportingCredentials",
    Reason.ACAO_MULTIPLE: "CORSAllowOriginNotMatchingOrigin",
    Reason.ACAO_INVALID: "CORSAllowOriginNotMatchingOrigin",
    Reason.ACAO_MISMATCH: "CORSAllowOriginNotMatchingOrigin",
    Reason.ACAC_NOT_TRUE: "CORSMissingAllowCredentials",
    Reason.PREFLIGHT_STATUS: "CORSPreflightDidNotSucceed",
    Reason.PREFLIGHT_REDIRECT: "CORSExternalRedirectNotAllowed",
    Reason.PREFLIGHT_NETWORK_ERROR: "CORSDidNotSucceed",
    Reason.ACAM_UNPARSABLE: "CORSInvalidAllowMethod",
    Reason.ACAH_UNPARSABLE: "CORSInvalidAllowHeader",
    Reason.METHOD_NOT_ALLOWED: "CORSMethodNotFound",
    Reason.HEADER_NOT_ALLOWED: "CORSMissingAllowHeaderFromPreflight",
    Reason.REDIRECT_CREDENTIALS_IN_URL: "CORSDidNotSucceed",
    Reason.REDIRECT_SCHEME: "CORSDidNotSucceed",
    Reason.REDIRECT_BAD_LOCATION: "CORSDidNotSucceed",
    Reason.SCHEME_NOT_CORS: "CORSRequestNotHttp",
    Reason.CORS_DISABLED: "CORSDisabled",
    Reason.ORIGIN_NOT_ADDABLE: "CORSOriginHeaderNotAdded",
    Reason.NETWORK_ERROR: "CORSDidNotSucceed",
}

# By the policy that decided: the response's, or that of the page.
_CHROMIUM_CORP = {
    "same-site": "corp-not-same-site",
    REQUIRE_CORP: "corp-not-same-origin-after-defaulted-to-same-origin-by-coep",
    COEP_FRAME: "coep-frame-resource-needs-coep-header",
}

# Chromium refuses these before it asks whether CORS knows the scheme.
UNSAFE_REDIRECT_SCHEMES = frozenset({"data", "blob", "about", "filesystem", "file", "chrome"})


def chromium_code(reason: Reason, stage: str | None, detail: str = "") -> str | None:
    """Chromium's `corsError` (or net error) for a reason at a stage; `detail` as in `Ended.detail`."""
    check = _CHROMIUM_CHECK.get(reason)
    if check is not None:
        return f"Preflight{check}" if stage == "preflight" else check
    if reason is Reason.REDIRECT_SCHEME and detail in UNSAFE_REDIRECT_SCHEMES:
        return "net::ERR_UNSAFE_REDIRECT"
    if reason is Reason.CORP:
        return _CHROMIUM_CORP.get(detail, "corp-not-same-origin")
    return _CHROMIUM.get(reason)


def firefox_code(reason: Reason, repeated_lines: bool = False) -> str | None:
    """Firefox's console category without the trailing digit, which changes with its wording."""
    if reason is Reason.ACAO_MULTIPLE and repeated_lines:
        return "CORSMultipleAllowOriginNotAllowed"
    return _FIREFOX.get(reason)


def repeats_lines(response: Headers) -> bool:
    """Whether Firefox counts several lines of Access-Control-Allow-Origin: it does so in this spelling alone.

    Over HTTP/2 and HTTP/3, where names are in lower case, it never does. Measured over both.
    """
    return [name for name, _ in response].count("Access-Control-Allow-Origin") > 1


def aliases(reason: Reason | None, stage: str | None, detail: str = "", repeated_lines: bool = False) -> dict[str, str]:
    """Browser name → its own code. `repeated_lines`: as `repeats_lines` says."""
    if reason is None:
        return {}
    codes = {"chromium": chromium_code(reason, stage, detail), "firefox": firefox_code(reason, repeated_lines)}
    return {browser: code for browser, code in codes.items() if code is not None}
