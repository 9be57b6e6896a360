"""Cookies that carry no session, by their names: of load balancers and gateways, of what counts visits."""

from __future__ import annotations

import re

_BALANCERS = frozenset(name.lower() for name in (
    # AWS: application and classic load balancers, WAF
    "AWSALB", "AWSALBCORS", "AWSALBTG", "AWSALBTGCORS", "AWSALBAPP", "AWSELB", "AWSELBCORS", "aws-waf-token",
    # Azure: App Service, Front Door, Application Gateway
    "ARRAffinity", "ARRAffinitySameSite", "ASLBSA", "ASLBSACORS", "ApplicationGatewayAffinity",
    "ApplicationGatewayAffinityCORS",
    # Google Cloud
    "GCLB", "GCILB",
    # Cloudflare
    "__cf_bm", "__cflb", "__cfruid", "__cfseq", "__cfwaitingroom", "__cfduid", "_cfuvid", "cf_clearance", "cf_ob_info",
    "cf_use_ob",
    # Akamai
    "ak_bmsc", "_abck", "AKA_A2", "bm_sz", "bm_sv", "bm_mi", "bm_s", "bm_ss", "bm_so", "bm_lso",
    # DigitalOcean, Heroku, Oracle
    "DO-LB", "heroku-session-affinity", "X-Oracle-BMC-LBS-Route",
    # HAProxy, nginx, its ingress, Caddy, Apache: the names of their manuals
    "SERVERID", "SRV", "SRVNAME", "route", "INGRESSCOOKIE", "lb", "ROUTEID", "BALANCEID",
    # FortiWeb, Barracuda, NetScaler, Imperva, DataDome, HUMAN
    "cookiesession1", "BNI_persistence", "citrix_ns_id", "reese84", "datadome", "_pxhd",
))  # fmt: skip
"""In lower case."""
_BALANCERS_BEGIN = (
    "awsalbapp-", "bigipserver", "incap_ses_", "visid_incap_", "nlbi_", "nsc_", "cf_chl_", "sucuri_cloudproxy_uuid_",
    "f5avr", "bnes_",
)  # fmt: skip
"""What follows names the pool or the site."""
_F5 = re.compile(r"ts[0-9a-f]{6,12}(?:_[0-9]{1,3})?")
_TRAEFIK = re.compile(r"_[0-9a-f]{5}")


def is_of_balancer(name: str) -> bool:
    """Whether a cookie of this name is known to be a load balancer's, a gateway's or a bot wall's."""
    lower = name.lower()
    if lower in _BALANCERS or lower.startswith(_BALANCERS_BEGIN):
        return True
    return _F5.fullmatch(lower) is not None or _TRAEFIK.fullmatch(lower) is not None


_MEASURING = (
    "_ga", "_gid", "_gcl_", "_dc_gtm_", "__utm", "_fbp", "_fbc", "_hj", "_pk_", "_ym_", "ajs_", "amplitude", "mp_",
    "_clck", "_clsk", "_uet", "__hs", "hubspotutk", "_ttp", "_pin_", "_scid", "optanon", "cookieconsent", "euconsent",
)  # fmt: skip
"""How their names begin, in lower case: they count visits or remember a consent."""


def is_incidental(header: str) -> bool:
    """Whether all cookies in a `Cookie` only count visits, remember a consent, or keep a visitor at one server."""
    names = [pair.partition("=")[0].strip() for pair in header.split(";")]
    return all(name.lower().startswith(_MEASURING) or is_of_balancer(name) for name in names if name)
