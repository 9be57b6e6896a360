"""Cookies that carry no session, by their names."""

from __future__ import annotations

_INCIDENTAL = (
    "_ga", "_gid", "_gcl_", "_dc_gtm_", "__utm", "_fbp", "_fbc", "_hj", "_pk_", "_ym_", "ajs_", "amplitude", "mp_",
    "_clck", "_clsk", "_uet", "__hs", "hubspotutk", "_ttp", "_pin_", "_scid", "optanon", "cookieconsent", "euconsent",
    "__cf_bm", "_cfuvid", "awsalb", "awselb", "arraffinity", "ak_bmsc", "bm_sz", "bm_sv", "bm_mi", "visid_incap_",
    "nlbi_",
)  # fmt: skip
"""How their names begin, in lower case: they count visits, remember a consent, or keep a visitor at one server."""


def is_incidental(header: str) -> bool:
    """Whether all cookies in a `Cookie` are of this kind."""
    names = [pair.partition("=")[0].strip().lower() for pair in header.split(";")]
    return all(name.startswith(_INCIDENTAL) for name in names if name)
