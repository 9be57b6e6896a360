"""Layers: who gave an answer, the application or something in front of it, and how we know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from coranalyze.cors.origin import http_origin_of
from coranalyze.endpoint.marks import AIRPLAY, MARKS, ON_OWN_ANSWERS, Kind, Mark
from coranalyze.exchange import Exchange
from coranalyze.memo import Memo

__all__ = [
    "AIRPLAY", "IN_FRONT", "IN_ITS_PLACE", "Kind", "Layer", "answered_in_front", "from_object_store", "has_no_route",
    "layer_of", "lines_of", "mark_of",
]  # fmt: skip

IN_FRONT = frozenset({Kind.GATEWAY, Kind.PROXY, Kind.CDN, Kind.CHALLENGE, Kind.TUNNEL})
"""What stands between the browser and the application."""
IN_ITS_PLACE = IN_FRONT | {Kind.SERVER}
"""What may answer in place of the application."""


_NO_SERVERS = (AIRPLAY.lower(), "squid", "zscaler", "fortinet", "fortigate")


class Layer(NamedTuple):
    """Who answered, or stood on the way."""

    name: str
    kind: Kind
    why: str
    """What says so."""
    itself: bool = False
    """It made this answer itself; otherwise it may only have passed it on."""
    likely: bool = False
    """It probably made it: the answer is unlike its siblings."""

    @property
    def is_no_server(self) -> bool:
        """It made the answer and has nothing to do with the server that was meant: a proxy of the network from which
        the page is read, or another program on the port."""
        return self.itself and self.name.lower().startswith(_NO_SERVERS)

    def __str__(self) -> str:
        name = self.name if self.kind is Kind.CONNECTION or self.kind in self.name else f"{self.name} ({self.kind})"
        if self.likely:
            return f"probably {name}"
        passed = not self.itself and self.kind in IN_ITS_PLACE
        return f"{name}, or what stands behind it" if passed else name


_HEADERS = frozenset({header for mark in MARKS for header in (mark.header, mark.without, mark.beside)})
_MARKING: Memo[str, bool] = Memo(lambda name: name.lower() in _HEADERS)
"""Response header name as spelt → whether it may say who answered."""
_STORES = tuple(mark for mark in MARKS if mark.kind is Kind.STORAGE)
_AT_HOSTS = (
    ("AWS API Gateway", re.compile(r"\.lambda-url\.[a-z0-9-]+\.on\.aws$"),
     Layer("AWS Lambda's function URL", Kind.GATEWAY, "the host is that of a function URL", itself=True)),
    ("AWS API Gateway", re.compile(r"\.appsync-api\.[a-z0-9-]+\.amazonaws\.com$"),
     Layer("AWS AppSync", Kind.GATEWAY, "the host is that of an AppSync API", itself=True)),
    ("Cloudflare", re.compile(r"\.r2\.cloudflarestorage\.com$"),
     Layer("Cloudflare R2", Kind.STORAGE, "the host is that of R2", itself=True)),
)  # fmt: skip
"""Layer by its mark → hosts at which the mark is another one's → that."""
_NO_ROUTE = "x-amzn-errortype: missingauthenticationtoken"


def layer_of(exchange: Exchange) -> Layer | None:
    """Who answered by the answer's own headers; None where they name nobody."""
    layer = _layer_of(tuple([line for line in exchange.response if _MARKING[line[0]]]))
    at_hosts = [(host, other) for name, host, other in _AT_HOSTS if layer is not None and layer.name == name]
    origin = http_origin_of(exchange.url) if at_hosts else None
    return next((other for host, other in at_hosts if origin is not None and host.search(origin.host)), layer)


@lru_cache(maxsize=4096)
def _layer_of(response: tuple[tuple[str, str], ...]) -> Layer | None:
    lines = {name.lower(): value for name, value in reversed(response)}
    mark = mark_of(lines)
    if mark is None:
        return None
    found = lines[mark.header]
    name = mark.name or found.partition("/")[0].partition(" ")[0] or "the application"
    # The value of a header that is not on the list of those kept says nothing.
    shown = f"{mark.header}: {found}" if found and not found.startswith("[redacted") else mark.header
    return Layer(name, mark.kind, _why(mark, shown), mark.itself, mark.likely)


def _why(mark: Mark, shown: str) -> str:
    lacks = f" and no `{mark.without}`" if mark.without and (mark.itself or mark.likely) else ""
    return f"the answer carries `{shown}`{lacks}"


def mark_of(lines: Mapping[str, str]) -> Mark | None:
    """The first mark among response headers: name in lower case → value."""
    return next((mark for mark in MARKS if mark.fits(lines)), None)


def lines_of(layer: Iterable[str]) -> dict[str, str]:
    """The lines of `Answer.layer` as header name → value."""
    return {name: value for name, _, value in [line.partition(": ") for line in layer]}


def answered_in_front(layer: Iterable[str]) -> bool:
    """Something in front of the application made this answer, by the lines of `Answer.layer`: the request did not reach
    the application, so its policy has nothing to do with it."""
    lines = lines_of(layer)
    return any(mark.fits(lines) for mark in ON_OWN_ANSWERS)


def from_object_store(layer: Iterable[str]) -> bool:
    """An object store answered, by the lines of `Answer.layer`."""
    lines = lines_of(layer)
    return any(mark.fits(lines) for mark in _STORES)


def has_no_route(layer: Iterable[str]) -> bool:
    """API Gateway says, with a 403 of its own, that it has no such method or path, by the lines of `Answer.layer`.
    (`{"message":"Missing Authentication Token"}`)"""
    return any(line.startswith(_NO_ROUTE) for line in layer)
