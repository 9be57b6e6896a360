"""How an origin that asks stands to the server that answers: what an attacker would need to speak from there."""

import ipaddress
import re
from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache

from coranalyze.cors.origin import OWN_SCHEME, Origin, http_origin_of
from coranalyze.cors.site import registrable_domain, shared_suffix

PLAYGROUNDS = frozenset({
    "codepen.io", "cdpn.io", "jsfiddle.net", "fiddle.jshell.net", "jsbin.com", "repl.it", "replit.com", "repl.co",
    "replit.dev", "stackblitz.com", "stackblitz.io", "webcontainer.io", "codesandbox.io", "csb.app", "glitch.me",
    "plnkr.co", "playcode.io", "observableusercontent.com", "googleusercontent.com", "jsitor.com", "liveweave.com",
})  # fmt: skip
"""Domains on which anyone can publish a script in a minute."""
_UNDER_PLAYGROUNDS = tuple("." + domain for domain in PLAYGROUNDS)
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain")
_PRIVATE_SUFFIXES = (
    ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa", ".private", ".localdomain",
)  # fmt: skip
# https://wicg.github.io/local-network-access/ : what browsers count as loopback and local beyond RFC 1918.
_LOOPBACK = [ipaddress.ip_network(net) for net in ("127.0.0.0/8", "::1/128", "0.0.0.0/32")]
_LOCAL = [
    ipaddress.ip_network(net)
    for net in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10",
        "fec0::/10",
    )
]  # fmt: skip
_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


class Relation(StrEnum):
    """Of an origin to the target that it asks; the first that holds, in this order."""

    NULL = "null"
    """`null`: any site can speak so, from a sandboxed frame."""
    SAME_ORIGIN = "same-origin"
    EXTENSION = "extension"
    """A browser extension."""
    CUSTOM_SCHEME = "custom-scheme"
    """`file://`, `app://`, `capacitor://` and other origins that are no web page."""
    LOOPBACK = "loopback"
    """The visitor's own machine."""
    PRIVATE = "private"
    """A private network, or a name that only resolves in one."""
    HTTP_TWIN = "http-twin"
    """http, while the target is https, on the same site: whoever is on the network path can speak so."""
    FIRST_PARTY = "first-party"
    """Of a domain that the user named as their own."""
    SAME_SITE = "same-site"
    PLAYGROUND = "playground"
    """Anyone can publish a page there."""
    SHARED_HOST = "shared-host"
    """A tenant of a shared host (private part of the Public Suffix List): anyone can be its neighbour."""
    CROSS_SITE = "cross-site"
    INVALID = "invalid"
    """No origin that a browser could send."""


FOREIGN = frozenset({Relation.CROSS_SITE, Relation.SHARED_HOST, Relation.PLAYGROUND})
"""Relations of sites that have nothing to do with the target."""


class Network(StrEnum):
    """Address space of a host, by its name or address alone."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"


_NEAR = {Network.LOOPBACK: Relation.LOOPBACK, Network.PRIVATE: Relation.PRIVATE}
"""What the address space of the one that asks makes it."""


@lru_cache(maxsize=16384)
def network(host: str) -> Network:
    """Loopback and private addresses, names that only resolve inside, names of one label; else public."""
    name = host.rstrip(".")
    if name in _LOOPBACK_NAMES or name.endswith(".localhost"):
        return Network.LOOPBACK
    if _IPV4.fullmatch(name) or name.startswith("["):
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return Network.PUBLIC
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in net for net in _LOOPBACK if net.version == address.version):
            return Network.LOOPBACK
        return Network.PRIVATE if any(address in n for n in _LOCAL if n.version == address.version) else Network.PUBLIC
    if name.endswith(_PRIVATE_SUFFIXES) or "." not in name:
        return Network.PRIVATE
    return Network.PUBLIC


@lru_cache(maxsize=16384)
def network_of(address: str) -> Network | None:
    """Address space of an IP address, IPv6 with brackets or without; None for anything else."""
    bare = address.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return None
    return network(f"[{bare}]" if ":" in bare else bare)


def relation(origin: str, target: Origin | None, first_parties: Collection[str] = ()) -> Relation:
    """How `origin` (as the `Origin` header carries it) stands to `target`; `first_parties` are registrable domains."""
    if origin == "null":
        return Relation.NULL
    asking = http_origin_of(origin)
    if asking is None:
        return _no_web_page(origin)
    if asking == target:
        return Relation.SAME_ORIGIN
    return _of_host(asking, target, frozenset(first_parties))


def _no_web_page(origin: str) -> Relation:
    if OWN_SCHEME.fullmatch(origin) is None:
        return Relation.INVALID
    return Relation.EXTENSION if origin.partition(":")[0].endswith("-extension") else Relation.CUSTOM_SCHEME


@lru_cache(maxsize=16384)
def _of_host(asking: Origin, target: Origin | None, first_parties: frozenset[str]) -> Relation:
    host = asking.host
    space = network(host)
    near = _NEAR.get(space)
    if near is not None and (target is None or network(target.host) is not space):
        return near
    site = registrable_domain(host)
    at_home = target is not None and (
        host == target.host or (site is not None and site == registrable_domain(target.host))
    )
    if at_home and target is not None and asking.scheme == "http" and target.scheme == "https":
        return Relation.HTTP_TWIN
    if (site or host) in first_parties or host in first_parties:
        return Relation.FIRST_PARTY
    if at_home:
        return Relation.SAME_SITE
    if near is not None:
        return near
    if host in PLAYGROUNDS or host.endswith(_UNDER_PLAYGROUNDS):
        return Relation.PLAYGROUND
    return Relation.SHARED_HOST if shared_suffix(host) else Relation.CROSS_SITE
