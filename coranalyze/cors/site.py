"""Sites: registrable domains by the Public Suffix List. https://html.spec.whatwg.org/#same-site

The one room of `cors` that sees a library: the list itself, bundled by publicsuffixlist and loaded on first use.
"""

import ipaddress
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from coranalyze.cors.origin import Origin

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@cache
def _list() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=65536)
def is_address(host: str) -> bool:
    """Whether this host of an origin is an IP address."""
    if host.startswith("["):
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65536)
def registrable_domain(host: str) -> str | None:
    """eTLD+1 of a host, private part of the list included; None for IP addresses and bare public suffixes."""
    if is_address(host):
        return None
    name = host.removesuffix(".")
    domain = _list().privatesuffix(name)
    # The trailing dot of an absolute domain name is part of it: `a.test.` is another site than `a.test`.
    return f"{domain}{host[len(name) :]}" if domain is not None else None


def site_of(host: str) -> str:
    """The schemeless site of a host: its registrable domain, and the host itself where it has none."""
    return registrable_domain(host) or host


def schemelessly_same_site(a: Origin | None, b: Origin | None) -> bool:
    """https://html.spec.whatwg.org/#schemelessly-same-site; an opaque origin is same-site with nothing."""
    if a is None or b is None:
        return False
    return site_of(a.host) == site_of(b.host)


def same_site(a: Origin | None, b: Origin | None) -> bool:
    """Schemeful same site; ports play no part."""
    return schemelessly_same_site(a, b) and a is not None and b is not None and a.scheme == b.scheme


@cache
def _icann_list() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=65536)
def shared_suffix(host: str) -> str | None:
    """The suffix under which a host is one tenant of many (`github.io`): a public suffix of the list's private part."""
    if host.startswith("[") or registrable_domain(host) is None:
        return None
    name = host.removesuffix(".")
    suffix = _list().publicsuffix(name)
    # The private part of the list has no suffix of one label; that list is loaded only where it matters.
    shared = suffix is not None and "." in suffix and suffix != _icann_list().publicsuffix(name)
    return suffix if shared else None
