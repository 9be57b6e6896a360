"""Look-alikes: hosts that a careless pattern takes for the one it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from coranalyze.cors.site import registrable_domain, site_of


class Slip(StrEnum):
    """What a pattern forgot, so that the look-alike passes."""

    SUFFIX = "suffix"
    """`evilshop.example`: the name has to end right, but not to begin at a dot."""
    PREFIX = "prefix"
    """`shop.example.evil.test`: the name has to begin right, but not to end there."""
    SUBSTRING = "substring"
    """`evilshop.example.evil.test`: the name may stand anywhere."""
    DOT = "dot"
    """`appxshop.example` for `app.shop.example`: a dot of a regular expression stands for any character."""
    SPECIAL = "special"
    """`shop.example_.evil.test`: a character that the pattern's author did not think of ends the name."""


class Lookalike(NamedTuple):
    slip: Slip
    meant: str
    """The host that it resembles."""
    by_chance: bool = False
    """It may be an ordinary name, of another owner or of the same: `dropbox.com` holds `box.com`."""


_IMPLAUSIBLE = re.compile(
    r"(?:^|[.-])(?:evil|attack(?:er|s)?|malicious|malware|hacke[rd]|pwned|exploit|untrusted|bogus|rogue|phish(?:ing)?|"
    r"evil(?:site|page|corp)|mallory|burpcollaborator|oastify|interact\.sh|oast)[0-9]*(?:[.-]|$)"
)
_AT_RANDOM = re.compile(r"(?:^|[.-])(?:canary|random|arbitrary)-?[0-9]{0,9}[0-9a-f]{0,16}(?:\.|$)")
"""Words that say so alone, or with a number: `random-house.com` is a name."""
_RANDOM = re.compile(r"(?=(?:[a-z]*[0-9]){2})(?=(?:[0-9]*[a-z]){2})[a-z0-9]{8,}")
_DEPLOYMENT = re.compile(r"-git-|^deploy-preview-|-(?:pr|mr|preview)-?[0-9]{1,9}(?:-|$)")
_WORD = re.compile(r"[a-z0-9]")
_IN_FRONT = re.compile(r"(?:^|[.-])(?:not|fake|false|evil|bad|wrong|pwn)$")
"""What nobody but an attacker, or who tests for one, puts in front of another's name."""


def lookalike(host: str, meant: Iterable[str]) -> Lookalike | None:
    """The first of the hosts that are `meant` (the longest first) that this one resembles without belonging to it."""
    site = registrable_domain(host)
    if site is None:
        return None
    length = len(host)
    for name in meant:
        # Almost none: the rest is for those.
        near = _is_like(host, name) if len(name) == length else name in host
        if near and name != host and registrable_domain(name) != site:
            found = _lookalike(host, name)
            if found is not None:
                return found
    return None


def _is_like(host: str, name: str) -> bool:
    """Whether a host of the same length has another character in place of dots of the name, if anything."""
    at = 0
    for label in name.split("."):
        if not host.startswith(label, at):
            return False
        at += len(label) + 1
    return True


def _lookalike(host: str, name: str) -> Lookalike | None:
    """Of a host that holds the name, or is like it."""
    at = host.find(name)
    if at < 0:
        # Without the dot before its last label it is no name that one can register.
        if host.rpartition(".")[2] != name.rpartition(".")[2]:
            return None
        instead = {there for there, dot in zip(host, name, strict=True) if dot == "." != there}
        return Lookalike(Slip.DOT, name, by_chance=instead == {"-"})
    before, after = host[:at], host[at + len(name) :]
    if not after:
        by_chance = _IN_FRONT.search(before) is None
        return None if before.endswith(".") else Lookalike(Slip.SUFFIX, name, by_chance)
    # The whole name, as labels of a domain: no word goes on.
    by_chance = not after.startswith(".")
    if before and not before.endswith("."):
        return Lookalike(Slip.SUBSTRING, name, by_chance)
    # `shop.com.br` beside `shop.com` is one brand under two suffixes.
    if "." in name and brand(host) == brand(name):
        return None
    following = after.removeprefix(".")[:1]
    if _WORD.match(following):
        return Lookalike(Slip.PREFIX, name, by_chance)
    return Lookalike(Slip.SPECIAL, name, by_chance=following == "-")


@lru_cache(maxsize=16384)
def is_implausible(host: str) -> bool:
    """Nobody puts a host of this name on a list: it says that it is an attacker's, or it is made of random letters."""
    return is_attack(host) or any(is_random(label) for label in host.split(".")[:-1])


def is_attack(host: str) -> bool:
    """It says that it is an attacker's, or somebody's who tries one out: `evil.shop.example`."""
    return _IMPLAUSIBLE.search(host) is not None or _AT_RANDOM.search(host) is not None


def is_deployment(host: str) -> bool:
    """`shop-git-main.vercel.app`: a name that a hoster made for one branch, request or build."""
    label = host.partition(".")[0]
    return _DEPLOYMENT.search(label) is not None or any(map(is_random, label.split("-")[1:]))


def is_random(label: str) -> bool:
    """`x7f3a9c2`: letters and digits without order."""
    return _RANDOM.fullmatch(label) is not None


@lru_cache(maxsize=16384)
def brand(host: str) -> str:
    """What one owner's domains have in common: `acme` of `acme.com`, `www.acme.org` and `acme-shop.com`."""
    domain = site_of(host)
    return domain.partition(".")[0].partition("-")[0].rstrip("0123456789") or domain
