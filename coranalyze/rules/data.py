"""Data: what an endpoint's answers hold, by the evidence of their headers."""

from __future__ import annotations

import re
from typing import NamedTuple

from coranalyze.endpoint import Answer, Cookie, Endpoint
from coranalyze.rules.grade import Data
from coranalyze.rules.grants import exposed

_SESSION = re.compile(r"sess|sid\b|^sid|auth|token|jwt|login|remember|identity|^connect\.|id_?token", re.IGNORECASE)
_BESIDE = re.compile(
    r"csrf|xsrf|forgery|(?:hint|theme|lang(?:uage)?|locale|count(?:er)?|start(?:ed)?|time(?:out|stamp)?|seen|redirect|"
    r"url|referr?er|method|provider|type|test|check|consent|status|banner|notice|state|nonce|pkce|verifier)$",
    re.IGNORECASE,
)
"""Cookies whose names speak of a session, and which hold none: they say something about it, guard its forms, or are
gone when it is there."""
_STATIC = ("image/", "font/", "video/", "audio/", "text/css", "application/wasm")
_FONT = re.compile(r"application/(?:x-)?font|application/vnd\.ms-(?:fontobject|opentype)")
_SUBRESOURCES = frozenset({"font", "style", "script", "image", "audio", "video", "track", "manifest"})
_SCRIPTS = ("application/javascript", "text/javascript", "application/x-javascript", "application/ecmascript")


class Worth(NamedTuple):
    """What answers hold, and what says so."""

    data: Data
    signs: tuple[str, ...] = ()


def worth_at(endpoint: Endpoint) -> Worth:
    """What an endpoint holds: of its successful answers, the best guarded."""
    found: dict[Data, set[str]] = {}
    for answer in endpoint.answers:
        if not answer.preflight and answer.status is not None:
            data, signs = worth_of(answer)
            found.setdefault(data, set()).update(signs)
    if not found:
        # Preflights alone say nothing of what the request itself would bring.
        return Worth(Data.UNKNOWN)
    guards = _guards(endpoint) if max(found) in (Data.UNKNOWN, Data.PRIVATE) else ()
    if guards:
        found.setdefault(Data.PRIVATE, set()).update(guards)
    most = max(found)
    return Worth(most, tuple(sorted(found[most])))


def is_session_cookie(cookie: Cookie) -> bool:
    """By its name it carries a session; one that is deleted does so no more."""
    return not cookie.deleted and _SESSION.search(cookie.name) is not None and not _BESIDE.search(cookie.name)


def sends_authorization(endpoint: Endpoint) -> bool:
    """Its preflights ask for `Authorization`: a script sends it, whether the capture holds it or not."""
    return any("authorization" in answer.requested_headers for answer in endpoint.answers)


def is_static(answer: Answer) -> bool:
    """A picture, font, style or script: the same for everybody."""
    told = answer.content_type
    return (
        told.startswith(_STATIC)
        or told in _SCRIPTS
        or _FONT.match(told) is not None
        or answer.destination in _SUBRESOURCES
    )


def _guards(endpoint: Endpoint) -> list[str]:
    """What says of all its answers that they are for one user."""
    found = ["preflights ask for Authorization"] if sends_authorization(endpoint) else []
    if any(answer.status == 401 for answer in endpoint.answers if not answer.preflight):
        found.append("some requests get a 401")
    return found


def worth_of(answer: Answer) -> Worth:
    """What one answer holds by itself."""
    if (answer.status or 0) >= 300 or answer.empty:
        return Worth(Data.PUBLIC)
    # A header that no script may read gives nothing away.
    secrets = [_token_in(name) for name in answer.sensitive if name in exposed(answer)]
    if any(map(is_session_cookie, answer.cookies)):
        secrets.append("a session cookie is set")
    if secrets:
        return Worth(Data.SECRET, tuple(secrets))
    if is_static(answer):
        return Worth(Data.PUBLIC)
    signs = ["Cache-Control says so"] if answer.declared_private else []
    if answer.authorization not in ("", "unknown", "header"):
        signs.append("the request carries Authorization")
    elif answer.authorization == "header" or answer.api_key:
        signs.append("the request carries a secret or a key")
    return Worth(Data.PRIVATE, tuple(signs)) if signs else Worth(Data.UNKNOWN)


def _token_in(header: str) -> str:
    kind = "an anti-forgery token" if "csrf" in header or "xsrf" in header else "a token"
    return f"{kind} in {header}"
