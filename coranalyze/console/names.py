"""What browsers call the reasons: from a code of Chromium or Firefox to the reasons that it stands for."""

import re
from functools import cache
from typing import NamedTuple

from coranalyze.cors.codes import aliases
from coranalyze.cors.steps import Reason


class Name(NamedTuple):
    """One browser's name for one or several reasons, the most usual reason first."""

    code: str
    browser: str
    reasons: tuple[Reason, ...]
    stage: str | None = None


# Names beside those of `cors.codes`: older ones, net errors, and blocked reasons of the DevTools protocol.
_MORE: tuple[tuple[str, str, tuple[Reason, ...]], ...] = (
    ("CORSMultipleAllowOriginNotAllowed", "firefox", (Reason.ACAO_MULTIPLE,)),
    ("CORSAllowHeaderFromPreflightDeprecation", "firefox", (Reason.AUTHORIZATION_WILDCARD,)),
    ("CORSMissingAllowHeaderFromPreflight", "firefox", (Reason.HEADER_NOT_ALLOWED,)),
    ("CORSPreflightDidNotSucceed", "firefox", (Reason.PREFLIGHT_STATUS, Reason.PREFLIGHT_NETWORK_ERROR)),
    ("AuthorizationCoveredByWildcard", "chromium", (Reason.AUTHORIZATION_WILDCARD,)),
    ("PreflightMissingAllowExternal", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("PreflightInvalidAllowExternal", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("PreflightMissingAllowPrivateNetwork", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("PreflightInvalidAllowPrivateNetwork", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("InsecurePrivateNetwork", "chromium", (Reason.LNA_INSECURE_CONTEXT,)),
    ("InvalidPrivateNetworkAccess", "chromium", (Reason.LNA_WRONG_SPACE,)),
    ("UnexpectedPrivateNetworkAccess", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS", "chromium", (Reason.LNA_PERMISSION_DENIED,)),
    ("InvalidResponse", "chromium", (Reason.NETWORK_ERROR,)),
    ("CorsDisabledScheme", "chromium", (Reason.SCHEME_NOT_CORS, Reason.REDIRECT_SCHEME)),
    ("net::ERR_UNSAFE_REDIRECT", "chromium", (Reason.REDIRECT_SCHEME,)),
    ("net::ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION", "chromium", (Reason.REDIRECT_BAD_LOCATION,)),
    ("net::ERR_INVALID_REDIRECT", "chromium", (Reason.PREFLIGHT_REDIRECT, Reason.REDIRECT_BAD_LOCATION)),
    ("net::ERR_BLOCKED_BY_RESPONSE", "chromium", (Reason.CORP,)),
    ("net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin", "chromium", (Reason.CORP,)),
    ("net::ERR_BLOCKED_BY_RESPONSE.NotSameSite", "chromium", (Reason.CORP,)),
    (
        "net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep", "chromium", (Reason.CORP,),
    ),
    ("corp-not-same-origin", "chromium", (Reason.CORP,)),
    ("corp-not-same-site", "chromium", (Reason.CORP,)),
    ("corp-not-same-origin-after-defaulted-to-same-origin-by-coep", "chromium", (Reason.CORP,)),
    ("net::ERR_BLOCKED_BY_CSP", "chromium", (Reason.CSP,)),
    ("net::ERR_BLOCKED_BY_ADMINISTRATOR", "chromium", (Reason.CLIENT_BLOCKED,)),
    ("NS_BINDING_ABORTED", "firefox", (Reason.ABORTED,)),
    ("NS_ERROR_DOM_BAD_URI", "firefox", (Reason.ACAO_MISSING, Reason.ACAO_MISMATCH)),
    (
        "net::ERR_FAILED", "chromium",
        (Reason.ACAO_MISSING, Reason.ACAO_MISMATCH, Reason.PREFLIGHT_STATUS, Reason.NETWORK_ERROR),
    ),
)  # fmt: skip
_NETWORK_ERRORS = re.compile(
    r"(?:net::)?ERR_(?:CONNECTION_\w+|NAME_\w+|CERT_\w+|SSL_\w+|EMPTY_RESPONSE|TIMED_OUT|ADDRESS_\w+|INTERNET_\w+"
    r"|NETWORK_\w+|HTTP2_\w+|QUIC_\w+|TUNNEL_\w+|PROXY_\w+|SOCKET_\w+|DNS_\w+|UNSAFE_PORT|CONTENT_LENGTH_MISMATCH"
    r"|INCOMPLETE_\w+|INVALID_HTTP_RESPONSE|RESPONSE_HEADERS_\w+|TOO_MANY_RETRIES|ALPN_\w+)",
    re.IGNORECASE,
)


def find_name(code: str) -> Name | None:
    """The name that a code stands for; case, a trailing digit (Firefox) and a missing `net::` do not matter."""
    key = code.strip().lower()
    names = _names()
    for candidate in (key, key.rstrip("0123456789"), f"net::{key}"):
        if candidate in names:
            return names[candidate]
    if _NETWORK_ERRORS.fullmatch(key):
        return Name(code.strip(), "chromium", (Reason.NETWORK_ERROR, Reason.PREFLIGHT_NETWORK_ERROR))
    return None


def all_codes() -> list[str]:
    """Every code that `find_name` knows by itself, for close matches."""
    return [name.code for name in _names().values()]


def names_of(reason: Reason) -> dict[str, tuple[str, ...]]:
    """Browser → its names for a reason, the usual one first."""
    found: dict[str, list[str]] = {}
    for stage in ("actual", "preflight"):
        for browser, code in aliases(reason, stage).items():
            found.setdefault(browser, []).append(code)
    for code, browser, reasons in _MORE:
        if reason in reasons and len(reasons) == 1:
            found.setdefault(browser, []).append(code)
    return {browser: tuple(dict.fromkeys(codes)) for browser, codes in sorted(found.items())}


@cache
def _names() -> dict[str, Name]:
    names: dict[str, Name] = {}
    for reason in Reason:
        for stage in ("actual", "preflight"):
            for browser, code in aliases(reason, stage).items():
                known = names.get(code.lower())
                reasons = (*known.reasons, reason) if known else (reason,)
                at = "preflight" if code.startswith("Preflight") or "Preflight" in code else None
                names[code.lower()] = Name(code, browser, tuple(dict.fromkeys(reasons)), at)
    for code, browser, stated in _MORE:
        known = names.get(code.lower())
        reasons = (*stated, *known.reasons) if known else stated
        names[code.lower()] = Name(code, browser, tuple(dict.fromkeys(reasons)), known.stage if known else None)
    # The usual case first where one name stands for several reasons.
    for code, usual in (
        ("corsalloworiginnotmatchingorigin", Reason.ACAO_MISMATCH),
        ("corsdidnotsucceed", Reason.NETWORK_ERROR),
    ):
        if code in names:
            name = names[code]
            names[code] = name._replace(reasons=(usual, *(r for r in name.reasons if r is not usual)))
    return names
