"""Leads: where a redirect goes, and what that says about who sends it."""

from __future__ import annotations

import re
from typing import NamedTuple

from coranalyze.causes.case import is_signed
from coranalyze.cors.origin import DEFAULT_PORTS, http_origin_of, is_trustworthy, resolve
from coranalyze.exchange import Exchange

BECOMES_NULL = "after a redirect across origins the request's Origin is `null`, which no server should allow"
_LOGIN = re.compile(
    r"/(?:[^/?]*[-_.])?(?:log-?in|sign-?in|sso|saml2?|oauth2?|authorize|authenticate|auth)(?:[/?._-]|$)", re.IGNORECASE
)
_LOGIN_HOST = re.compile(r"^(?:login|signin|auth|sso|accounts?|idp|id)\.|\.(?:okta|auth0|onelogin)\.com$")
# Host or path of what stands in front of applications and asks people to sign in.
_ACCESS_PROXIES = (
    ("Cloudflare Access", re.compile(r"\.cloudflareaccess\.com/|/cdn-cgi/access/")),
    ("oauth2-proxy", re.compile(r"/oauth2/(?:start|sign_in|auth)\b")),
    ("Azure App Service authentication", re.compile(r"/\.auth/login")),
    ("Pomerium", re.compile(r"/\.pomerium/")),
    ("Authentik", re.compile(r"/outpost\.goauthentik\.io/")),
    ("Authelia", re.compile(r"//authelia?\.[^/]+/\?rd=|/\?rd=https?")),
    ("Google Identity-Aware Proxy", re.compile(r"^https?://accounts\.google\.com/o/oauth2/.*iap|gcp_iap_mode")),
    ("GitHub Codespaces", re.compile(r"//github\.dev/pf-signin|//github\.com/codespaces/auth/")),
    ("dev tunnels", re.compile(r"//[^/]*tunnels\.api\.visualstudio\.com/|devtunnels\.ms/auth")),
)
_S3 = ".amazonaws.com"
_FORWARDED = (".app.github.dev", ".githubpreview.dev", ".gitpod.io", ".devtunnels.ms")
PUBLISH = (
    "Make the forwarded port public (its visibility in the list of ports): a private one wants a sign-in, which "
    "neither a preflight nor a fetch can do."
)

TRUST_PROXY = (
    "Have the application trust X-Forwarded-Proto of the proxy before it: it takes https for http (uvicorn's "
    "`--proxy-headers` with `--forwarded-allow-ips`, Express's `trust proxy`, Django's `SECURE_PROXY_SSL_HEADER`, "
    "Spring's `server.forward-headers-strategy`)."
)


class Lead(NamedTuple):
    """A redirect: what kind, where to, and what to do about it."""

    kind: str
    """scheme-upgrade, scheme-downgrade, slash, www, login, signed, other-host, other-path, nowhere"""
    url: str
    words: str
    """`to https`, `to a login page on sso.example`"""
    advice: str
    to_http: bool = False
    """From https back to http on the same host, whatever the path."""
    is_mixed: bool = False
    """From https to http where browsers load nothing into a page of https."""


def lead_of(exchange: Exchange) -> Lead:
    """What the Location of an answer is, seen from the URL that was asked for."""
    lead = _lead_of(exchange)
    here, there = http_origin_of(exchange.url), http_origin_of(lead.url)
    if here is None or there is None or here.scheme != "https" or is_trustworthy(there):
        return lead
    if lead.kind in ("other-host", "other-path", "www"):
        advice = f"Have the server redirect to https, or call {lead.url.replace('http:', 'https:', 1)} in the page."
        if lead.to_http:
            advice += " If a proxy stands before the application, have it trust X-Forwarded-Proto."
        lead = lead._replace(advice=advice)
    return lead._replace(is_mixed=True)


def _lead_of(exchange: Exchange) -> Lead:
    location = exchange.response.get("location")
    if location is None:
        return Lead("nowhere", "", "without a Location", "Find out what sends a redirect without a Location here.")
    url = resolve(location, exchange.url)
    here, there = http_origin_of(exchange.url), http_origin_of(url)
    call = f"Call {url} in the page."
    if here is None or there is None:
        return Lead("other-host", url, f"to {url}", call)
    path, onto = _path(exchange.url), _path(url)
    to_http = (here.host, here.scheme, there.scheme) == (there.host, "https", "http")
    if _LOGIN_HOST.search(there.host) or (_LOGIN.search(onto) and not _LOGIN.search(path)):
        advice = "Answer 401 in place of a redirect to callers of an API."
        return Lead("login", url, f"to a login page ({url})", advice, to_http)
    if here.host == there.host and path == onto and here.scheme != there.scheme:
        if there.scheme == "https":
            return Lead("scheme-upgrade", url, "from http to https", "Write https in the URL that the page calls.")
        return Lead("scheme-downgrade", url, "from https back to http", TRUST_PROXY, to_http)
    if here.host == there.host and path.rstrip("/") == onto.rstrip("/") and path != onto:
        what = "with a slash at the end" if onto.endswith("/") else "without the slash at the end"
        advice = f"Call the path {what}, exactly as the server's routes have it."
        if to_http:
            advice += f" The Location goes back to http as well. {TRUST_PROXY}"
        return Lead("slash", url, f"to the path {what}", advice, to_http)
    if here.host in (f"www.{there.host}", there.host.removeprefix("www.")) and here.host != there.host:
        return Lead("www", url, f"to {there.host}, with or without www", call)
    if is_signed(exchange.url) and here.host != there.host:
        region = "the endpoint of the bucket's region, " if here.host.endswith(_S3) and there.host.endswith(_S3) else ""
        advice = f"Sign the URL for {there.host}, and call that: a signature holds for the host that it was made for."
        return Lead("signed", url, f"to {region}{there.host}", advice)
    if (here.host, _port(here.scheme, here.port)) != (there.host, _port(there.scheme, there.port)):
        if is_signed(url):
            call = f"Have {here.host} give the page the signed URL in place of a redirect, and call that."
        return Lead("other-host", url, f"to another origin, {there}", call, to_http)
    return Lead("other-path", url, f"to {url}", call)


def access_proxy(exchange: Exchange) -> str:
    """The access proxy that asks for a login, by where its redirect leads or by its own mark; empty where none that is
    known does."""
    if exchange.response.has("x-goog-iap-generated-response"):
        return "Google Identity-Aware Proxy"
    location = exchange.response.get("location")
    if location is None:
        return ""
    url = resolve(location, exchange.url)
    return next((name for name, pattern in _ACCESS_PROXIES if pattern.search(url)), "")


def is_forwarded_port(host: str) -> bool:
    """A port of a development machine on the network, which only its owner may reach unless it is made public."""
    return host.endswith(_FORWARDED)


def _path(url: str) -> str:
    start = url.find("/", url.find("://") + 3)
    return re.split(r"[?#]", url[start:], maxsplit=1)[0] if start > 0 else "/"


def _port(scheme: str, port: int | None) -> int | None:
    return port if port is not None else DEFAULT_PORTS.get(scheme)
