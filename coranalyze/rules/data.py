"""Data: what an endpoint's answers hold, by the evidence of their headers."""

from __future__ import annotations

import re

from coranalyze.endpoint import Answer, Endpoint
from coranalyze.rules.grade import Data

SESSION_COOKIE = re.compile(
    r"sess|sid\b|^sid|auth|token|jwt|login|remember|identity|^connect\.|id_?token", re.IGNORECASE
)
_STATIC = ("image/", "font/", "video/", "audio/", "text/css", "application/wasm")
_FONT = re.compile(r"application/(?:x-)?font|application/vnd\.ms-(?:fontobject|opentype)")
_SUBRESOURCES = frozenset({"font", "style", "script", "image", "audio", "video", "track", "manifest"})
_SCRIPTS = ("application/javascript", "text/javascript", "application/x-javascript", "application/ecmascript")


def data_of(endpoint: Endpoint) -> Data:
    """Of its successful answers, the best guarded."""
    worth = [worth_of(answer) for answer in endpoint.answers if not answer.preflight and answer.status is not None]
    if not worth:
        # Preflights alone say nothing of what the request itself would bring.
        return Data.UNKNOWN
    most = max(worth)
    guarded = sends_authorization(endpoint) or any(
        answer.status == 401 for answer in endpoint.answers if not answer.preflight
    )
    return max(most, Data.PRIVATE) if guarded and most is not Data.PUBLIC else most


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


def worth_of(answer: Answer) -> Data:
    """What one answer holds by itself."""
    status = answer.status or 0
    if status >= 300 or answer.empty:
        return Data.PUBLIC
    if any(SESSION_COOKIE.search(cookie.name) for cookie in answer.cookies) or answer.secret_in_url or answer.sensitive:
        return Data.SECRET
    if is_static(answer):
        return Data.PUBLIC
    if answer.declared_private or answer.authorization not in ("", "unknown") or answer.api_key:
        return Data.PRIVATE
    return Data.UNKNOWN
