"""Own headers: request headers that a page's script or a program adds, and no browser by itself."""

from __future__ import annotations

import re

from coranalyze.cors.safelist import FORBIDDEN_REQUEST_HEADERS

_BY_BROWSERS = re.compile(
    r"accept|accept-.*|cache-control|content-.*|cookie2?|credentialless|device-memory|downlink|dpr|ect|early-data|"
    r"forwarded|if-.*|last-event-id|origin|ping-from|ping-to|pragma|priority|proxy-.*|purpose|range|referer|rtt|"
    r"save-data|sec-.*|service-worker.*|upgrade-insecure-requests|user-agent|viewport-width|width|x-forwarded-.*"
)


def is_own(name: str) -> bool:
    """`name` in lower case. Who asks may be told by it, whatever it is called."""
    return name not in FORBIDDEN_REQUEST_HEADERS and _BY_BROWSERS.fullmatch(name) is None
