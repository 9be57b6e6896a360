"""Layers: who gave an answer, the application or something in front of it, and how we know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from coranalyze.exchange import Exchange
from coranalyze.memo import Memo


class Kind(StrEnum):
    APPLICATION = "application"
    SERVER = "web server"
    GATEWAY = "API gateway"
    PROXY = "proxy"
    CDN = "CDN"
    CHALLENGE = "bot challenge"
    TUNNEL = "tunnel"
    STORAGE = "object storage"
    BROWSER = "browser"
    CONNECTION = "connection"


IN_FRONT = frozenset({Kind.GATEWAY, Kind.PROXY, Kind.CDN, Kind.CHALLENGE, Kind.TUNNEL})
"""What stands between the browser and the application."""
IN_ITS_PLACE = IN_FRONT | {Kind.SERVER}
"""What may answer in place of the application."""


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

    def __str__(self) -> str:
        name = self.name if self.kind is Kind.CONNECTION or self.kind in self.name else f"{self.name} ({self.kind})"
        if self.likely:
            return f"probably {name}"
        passed = not self.itself and self.kind in IN_ITS_PLACE
        return f"{name}, or what stands behind it" if passed else name


class _Mark(NamedTuple):
    """A header (with a value that matches) → the layer that sets it. `without`: a header that proves the contrary."""

    header: str
    value: re.Pattern[str]
    name: str
    kind: Kind
    itself: bool = False
    without: str = ""


def _mark(header: str, value: str, name: str, kind: Kind, itself: bool = False, without: str = "") -> _Mark:
    return _Mark(header, re.compile(value, re.IGNORECASE), name, kind, itself, without)


AIRPLAY = "The AirPlay Receiver of macOS"
"""Listens on port 5000, where development servers do, and answers 403."""
_OWN = True
_ON_OWN_ANSWERS = tuple(
    _mark(*row, _OWN)
    for row in (
        ("cf-mitigated", "challenge", "Cloudflare", Kind.CHALLENGE),
        ("x-datadome", "", "DataDome", Kind.CHALLENGE),
        ("x-amzn-waf-action", "", "AWS WAF", Kind.CHALLENGE),
        ("ngrok-error-code", "", "ngrok", Kind.TUNNEL),
        ("x-amzn-errortype", "", "AWS API Gateway", Kind.GATEWAY),
        ("x-vercel-error", "", "Vercel", Kind.CDN),
        ("x-azure-externalerror", "", "Azure Front Door", Kind.CDN),
    )
)
"""Headers that nothing but an answer of the layer's own making carries."""
MARKS = _ON_OWN_ANSWERS + tuple(
    _mark(*row)
    for row in (
        ("server", r"^microsoft-azure-application-gateway", "Azure Application Gateway", Kind.PROXY, _OWN),
        ("server", r"^cloudfront$", "CloudFront", Kind.CDN, _OWN),
        ("server", r"^awselb", "AWS load balancer", Kind.PROXY, _OWN),
        ("server", r"^akamaighost$", "Akamai", Kind.CDN, _OWN),
        ("server", r"^varnish$", "Varnish", Kind.CDN, _OWN),
        ("server", r"^mitmproxy", "mitmproxy", Kind.PROXY, _OWN),
        ("server", r"^big-?ip|^f5\b", "F5 BIG-IP", Kind.PROXY, _OWN),
        ("server", r"^airtunes", AIRPLAY, Kind.PROXY, _OWN),
        ("server", r"^squid", "Squid", Kind.PROXY, _OWN),
        ("server", r"^(?:zscaler|fortinet|fortigate|imperva|incapsula|ddos-guard)", "", Kind.PROXY, _OWN),
        ("server", r"^amazons3$", "Amazon S3", Kind.STORAGE, _OWN),
        ("server", r"^minio", "MinIO", Kind.STORAGE, _OWN),
        ("server", r"^windows-azure-blob", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-ms-error-code", "", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-guploader-uploadid", "", "Google Cloud Storage", Kind.STORAGE, _OWN),
        # A CDN or a proxy in front may have put its own name into `server`.
        ("x-goog-storage-class", "", "Google Cloud Storage", Kind.STORAGE, _OWN),
        ("x-amz-id-2", "", "Amazon S3", Kind.STORAGE, _OWN),
        ("x-ms-blob-type", "", "Azure Storage", Kind.STORAGE, _OWN),
        ("x-kong-response-latency", "", "Kong", Kind.GATEWAY, _OWN, "x-kong-upstream-latency"),
        ("server", r"^kong", "Kong", Kind.GATEWAY, _OWN, "x-kong-upstream-latency"),
        ("server", r"^(?:istio-)?envoy$", "Envoy", Kind.PROXY, _OWN, "x-envoy-upstream-service-time"),
        # What names an application.
        ("server", r"^(?:uvicorn|gunicorn|hypercorn|daphne|waitress|werkzeug|wsgiserver|tornado|aiohttp|python)",
         "", Kind.APPLICATION),
        ("server", r"^(?:kestrel|jetty|undertow|webrick|puma|cowboy|node|wildfly|apache-coyote|tomcat|fasthttp|thin)",
         "", Kind.APPLICATION),
        ("x-powered-by", "", "", Kind.APPLICATION),
        ("x-aspnet-version", "", "ASP.NET", Kind.APPLICATION),
        ("x-runtime", "", "a Rails application", Kind.APPLICATION),
        # What stands on the way of every answer.
        ("x-amz-apigw-id", "", "AWS API Gateway", Kind.GATEWAY),
        ("x-kong-upstream-latency", "", "Kong", Kind.GATEWAY),
        ("via", r"\bkong\b", "Kong", Kind.GATEWAY),
        ("cf-ray", "", "Cloudflare", Kind.CDN),
        ("x-amz-cf-id", "", "CloudFront", Kind.CDN),
        ("x-azure-ref", "", "Azure Front Door", Kind.CDN),
        ("x-fastly-request-id", "", "Fastly", Kind.CDN),
        ("x-vercel-id", "", "Vercel", Kind.CDN),
        ("x-nf-request-id", "", "Netlify", Kind.CDN),
        ("fly-request-id", "", "Fly.io", Kind.CDN),
        ("x-envoy-upstream-service-time", "", "Envoy", Kind.PROXY),
        ("via", r"\bvarnish\b", "Varnish", Kind.CDN),
        ("via", r"\bgoogle\b", "Google's load balancer", Kind.PROXY),
        ("server", r"^(?:nginx|openresty|tengine)", "nginx", Kind.SERVER),
        ("server", r"^apache", "Apache", Kind.SERVER),
        ("server", r"^caddy", "Caddy", Kind.SERVER),
        ("server", r"^microsoft-iis", "IIS", Kind.SERVER),
        ("server", r"^litespeed", "LiteSpeed", Kind.SERVER),
    )
)  # fmt: skip
_HEADERS = frozenset({header for mark in MARKS for header in (mark.header, mark.without)})
_MARKING: Memo[str, bool] = Memo(lambda name: name.lower() in _HEADERS)
"""Response header name as spelt → whether it may say who answered."""
_OWN_LINES = tuple(f"{mark.header}:" for mark in _ON_OWN_ANSWERS)
_STORES = tuple(mark for mark in MARKS if mark.kind is Kind.STORAGE)
_NO_ROUTE = "x-amzn-errortype: missingauthenticationtoken"


def layer_of(exchange: Exchange) -> Layer | None:
    """Who answered by the answer's own headers; None where they name nobody."""
    return _layer_of(tuple([line for line in exchange.response if _MARKING[line[0]]]))


@lru_cache(maxsize=4096)
def _layer_of(response: tuple[tuple[str, str], ...]) -> Layer | None:
    lines = {name.lower(): value for name, value in reversed(response)}
    for mark in MARKS:
        found = lines.get(mark.header)
        if found is None or not mark.value.search(found) or mark.without in lines:
            continue
        name = mark.name or found.partition("/")[0].partition(" ")[0] or "the application"
        # The value of a header that is not on the list of those kept says nothing.
        shown = f"{mark.header}: {found}" if found and not found.startswith("[redacted") else mark.header
        return Layer(name, mark.kind, f"the answer carries `{shown}`", mark.itself)
    return None


def answered_in_front(layer: Iterable[str]) -> bool:
    """Something in front of the application made this answer, by the lines of `Answer.layer`: the request did not reach
    the application, so its policy has nothing to do with it."""
    return any(line.startswith(_OWN_LINES) for line in layer)


def from_object_store(layer: Iterable[str]) -> bool:
    """An object store answered, by the lines of `Answer.layer`."""
    told = [line.partition(": ") for line in layer]
    return any(mark.header == name and mark.value.search(value) for name, _, value in told for mark in _STORES)


def has_no_route(layer: Iterable[str]) -> bool:
    """API Gateway says, with a 403 of its own, that it has no such method or path, by the lines of `Answer.layer`.
    (`{"message":"Missing Authentication Token"}`)"""
    return any(line.startswith(_NO_ROUTE) for line in layer)
