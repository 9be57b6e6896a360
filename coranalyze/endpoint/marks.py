"""Marks: response headers that name the layer which sets them, and whether it made the answer itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


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


class Mark(NamedTuple):
    """A header (with a value that matches) → the layer that sets it."""

    header: str
    value: re.Pattern[str]
    name: str
    """Empty: the header's value names it."""
    kind: Kind
    itself: bool = False
    """It made the answer itself."""
    without: str = ""
    """A header that proves the contrary."""
    beside: str = ""
    """A header that has to be there too."""
    likely: bool = False
    """It made the answer, as it seems."""

    def fits(self, lines: Mapping[str, str]) -> bool:
        """`lines`: header name in lower case → value."""
        found = lines.get(self.header)
        if found is None or self.value.search(found) is None or self.without in lines:
            return False
        return not self.beside or self.beside in lines


def _own(header: str, value: str, name: str, kind: Kind, without: str = "", beside: str = "") -> Mark:
    """On answers of the layer's own making."""
    return Mark(header, re.compile(value, re.IGNORECASE), name, kind, True, without, beside)


def _likely(header: str, value: str, name: str, kind: Kind, without: str) -> Mark:
    """On answers of the layer's own making, as it seems: those that it passes on carry `without` too."""
    return Mark(header, re.compile(value, re.IGNORECASE), name, kind, without=without, likely=True)


def _any(header: str, value: str, name: str, kind: Kind, beside: str = "") -> Mark:
    """On all answers that go through the layer, or on all that come from behind it."""
    return Mark(header, re.compile(value, re.IGNORECASE), name, kind, beside=beside)


AIRPLAY = "The AirPlay Receiver of macOS"
"""Listens on port 5000, where development servers do, and answers 403."""
ON_OWN_ANSWERS = (
    # Its own redirects: HSTS, an extension.
    _own("non-authoritative-reason", "", "the browser", Kind.BROWSER),
    _own("cf-mitigated", "challenge", "Cloudflare", Kind.CHALLENGE),
    _own("server", r"^datadome", "DataDome", Kind.CHALLENGE),
    _own("x-dd-b", "", "DataDome", Kind.CHALLENGE),
    _own("x-amzn-waf-action", "", "AWS WAF", Kind.CHALLENGE),
    _own("x-vercel-mitigated", "challenge", "Vercel", Kind.CHALLENGE),
    _own("x-vercel-mitigated", "", "Vercel's firewall", Kind.PROXY),
    _own("x-sucuri-block", "", "Sucuri", Kind.PROXY),
    _own("x-goog-iap-generated-response", "", "Google Identity-Aware Proxy", Kind.PROXY),
    _own("x-render-routing", "", "Render", Kind.PROXY),
    _own("ngrok-error-code", "", "ngrok", Kind.TUNNEL),
    _own("x-amzn-errortype", "", "AWS API Gateway", Kind.GATEWAY),
    _own("x-vercel-error", "", "Vercel", Kind.CDN),
    _own("x-azure-externalerror", "", "Azure Front Door", Kind.CDN),
)
"""Headers that nothing but an answer of the layer's own making carries."""
MARKS = (
    *ON_OWN_ANSWERS,
    _own("server", r"^microsoft-azure-application-gateway", "Azure Application Gateway", Kind.PROXY),
    _own("server", r"^cloudfront$", "CloudFront", Kind.CDN),
    _own("server", r"^awselb", "AWS load balancer", Kind.PROXY),
    _own("server", r"^akamaighost$", "Akamai", Kind.CDN),
    _own("server", r"^varnish$", "Fastly", Kind.CDN, beside="x-served-by"),
    _own("server", r"^varnish$", "Varnish", Kind.CDN),
    _own("server", r"^mitmproxy", "mitmproxy", Kind.PROXY),
    _own("server", r"^big-?ip|^f5\b", "F5 BIG-IP", Kind.PROXY),
    _own("server", r"^airtunes", AIRPLAY, Kind.PROXY),
    _own("server", r"^squid", "Squid", Kind.PROXY),
    _own("server", r"^(?:zscaler|fortinet|fortigate|imperva|incapsula|sucuri|ddos-guard)", "", Kind.PROXY),
    _own("www-authenticate", r"^azureapimanagementkey", "Azure API Management", Kind.GATEWAY),
    # Only what the first request brought in; S3 behind it did not answer.
    _own("x-cache", r"^hit from cloudfront", "CloudFront's cache", Kind.CDN),
    _own("server", r"^amazons3$", "Amazon S3", Kind.STORAGE),
    _own("server", r"^minio", "MinIO", Kind.STORAGE),
    _own("server", r"^windows-azure-blob", "Azure Storage", Kind.STORAGE),
    _own("x-ms-error-code", "", "Azure Storage", Kind.STORAGE),
    _own("x-guploader-uploadid", "", "Google Cloud Storage", Kind.STORAGE),
    # A CDN or a proxy in front may have put its own name into `server`.
    _own("x-goog-storage-class", "", "Google Cloud Storage", Kind.STORAGE),
    _own("x-amz-id-2", "", "Amazon S3", Kind.STORAGE),
    _own("x-ms-blob-type", "", "Azure Storage", Kind.STORAGE),
    _own("x-kong-response-latency", "", "Kong", Kind.GATEWAY, "x-kong-upstream-latency"),
    _own("server", r"^kong", "Kong", Kind.GATEWAY, "x-kong-upstream-latency"),
    _own("server", r"^(?:istio-)?envoy$", "Envoy", Kind.PROXY, "x-envoy-upstream-service-time"),
    # What names an application.
    _any(
        "server",
        r"^(?:uvicorn|gunicorn|hypercorn|daphne|waitress|werkzeug|wsgiserver|tornado|aiohttp|python)",
        "",
        Kind.APPLICATION,
    ),
    _any(
        "server",
        r"^(?:kestrel|jetty|undertow|webrick|puma|cowboy|node|wildfly|apache-coyote|tomcat|fasthttp|thin)",
        "",
        Kind.APPLICATION,
    ),
    # `ASP.NET` there is a setting of IIS, which puts it on its own answers too.
    _any("x-powered-by", r"^(?!asp\.net$)", "", Kind.APPLICATION),
    _any("x-aspnet-version", "", "ASP.NET", Kind.APPLICATION),
    _any("x-runtime", "", "a Rails application", Kind.APPLICATION),
    _any("x-render-origin-server", "", "the application behind Render", Kind.APPLICATION),
    _any("x-envoy-upstream-service-time", "", "the application behind Envoy", Kind.APPLICATION),
    # What stands on the way of every answer.
    _likely("server", r"^google frontend$", "Google Frontend", Kind.PROXY, "x-cloud-trace-context"),
    _likely("server", r"^heroku$", "Heroku's router", Kind.PROXY, "via"),
    _any("apigw-requestid", "", "AWS API Gateway", Kind.GATEWAY),
    _any("x-amz-apigw-id", "", "AWS API Gateway", Kind.GATEWAY),
    _any("x-kong-upstream-latency", "", "Kong", Kind.GATEWAY),
    _any("via", r"\bkong\b", "Kong", Kind.GATEWAY),
    _any("rndr-id", "", "Render", Kind.PROXY),
    _any("cf-cache-status", r"^dynamic$", "the application behind Cloudflare", Kind.APPLICATION),
    _any("cf-ray", "", "Cloudflare", Kind.CDN),
    _any("x-amz-cf-id", "", "CloudFront", Kind.CDN),
    _any("x-azure-ref", "", "Azure Front Door", Kind.CDN),
    _any("x-fastly-request-id", "", "Fastly", Kind.CDN),
    _any("x-vercel-id", "", "Vercel", Kind.CDN),
    _any("x-nf-request-id", "", "Netlify", Kind.CDN),
    _any("fly-request-id", "", "Fly.io", Kind.CDN),
    _any("via", r"\bvarnish\b", "Fastly", Kind.CDN, beside="x-served-by"),
    _any("via", r"\bvarnish\b", "Varnish", Kind.CDN),
    _any("via", r"\b(?:vegur|heroku-router)\b", "Heroku's router", Kind.PROXY),
    _any("server", r"^google frontend$", "Google Frontend", Kind.PROXY),
    _any("x-iinfo", "", "Imperva", Kind.CDN),
    _any("x-sucuri-id", "", "Sucuri", Kind.CDN),
    _any("via", r"\bgoogle\b", "Google's load balancer", Kind.PROXY),
    _any("server", r"^(?:nginx|openresty|tengine)", "nginx", Kind.SERVER),
    _any("server", r"^apache", "Apache", Kind.SERVER),
    _any("server", r"^caddy", "Caddy", Kind.SERVER),
    _any("server", r"^microsoft-iis", "IIS", Kind.SERVER),
    _any("server", r"^litespeed", "LiteSpeed", Kind.SERVER),
    _any("server", r"^h2o(?:/|$)", "h2o", Kind.SERVER),
    _any("x-powered-by", "", "", Kind.APPLICATION),
    _any("x-datadome", "", "DataDome", Kind.CHALLENGE),
)
"""The first that fits counts."""
