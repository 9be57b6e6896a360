"""Severity, computed: who can attack, with whose credentials, to read what, from which network."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from coranalyze.finding import Severity


class Attacker(IntEnum):
    """Who can speak from an origin that is trusted."""

    OWN = 1
    """A fixed origin on the owner's own list."""
    FOOTHOLD = 2
    """Somebody who took over a sub-domain, sits on the network path, or runs on the visitor's machine."""
    ANYONE = 3
    """Anybody on the web."""


class Ambient(IntEnum):
    """Credentials that the browser adds by itself."""

    NONE = 0
    POSSIBLE = 1
    """The policy lets them in; none was seen, or the capture does not show them."""
    SET = 2
    """The policy lets them in, and the host sets cookies; none was seen to be sent. Some browsers keep cookies from
    other sites altogether."""
    SEEN = 3
    """The policy lets them in, and cookies or HTTP authentication were seen to be sent to the host."""


class Data(IntEnum):
    """What an answer holds, by the evidence of its headers."""

    PUBLIC = 0
    """Nothing worth reading: an error, a redirect, no content, an asset."""
    UNKNOWN = 1
    PRIVATE = 2
    """Marked as one user's: Cache-Control private or no-store, Authorization, or a 401 without."""
    SECRET = 3
    """It sets a session cookie, or a header hands a token to scripts."""


class Grade(NamedTuple):
    severity: Severity
    why: str


_C, _H, _M, _L, _I = Severity
# Rows: attacker; columns: as `_column` tells them apart. None is no finding.
_TABLE: dict[Attacker, tuple[Severity | None, ...]] = {
    # seen+secret, seen+data, seen+public, possible+data, possible+public, internal+private, internal, private, rest
    Attacker.ANYONE: (_C, _H, _L, _M, _I, _H, _M, _L, _I),
    Attacker.FOOTHOLD: (_M, _M, _I, _L, _I, _L, _L, _I, None),
    Attacker.OWN: (_I, _I, None, None, None, None, None, None, None),
}
_ATTACKERS = {
    Attacker.ANYONE: "anyone on the web",
    Attacker.FOOTHOLD: "who has a foothold (a sub-domain, the network path, the visitor's machine)",
    Attacker.OWN: "one named origin",
}
_AMBIENT = {
    Ambient.SEEN: "with the visitor's credentials, which were seen on this host",
    Ambient.SET: "with the visitor's credentials, if browsers send them: this host sets cookies, none was seen to be "
    "sent",
    Ambient.POSSIBLE: "with the visitor's credentials, if the host uses any: none was seen",
    Ambient.NONE: "without the visitor's credentials",
}
_DATA = {
    Data.SECRET: "secret",
    Data.PRIVATE: "private",
    Data.UNKNOWN: "of unknown worth",
    Data.PUBLIC: "nothing of worth (error, redirect, no content or an asset)",
}


def grade(
    attacker: Attacker, ambient: Ambient, data: Data, signs: tuple[str, ...] = (), *, internal: bool = False,
    same_site_only: bool = False, from_same_site: bool = False, writes: bool = False,
) -> Grade | None:  # fmt: skip
    """How bad it is that `attacker` may read; None where it is no finding.

    `signs`: what tells the worth of the data. `internal`: the host stands in a private network or on loopback.
    `same_site_only`: every session cookie seen is `SameSite=Lax` or `Strict`, which keeps it from cross-site requests,
    unless the attacker is `from_same_site`. `writes`: a preflight lets the attacker write as well.
    """
    severity = _TABLE[attacker][_column(ambient, data, internal)]
    if severity is None:
        return None
    told = f" ({', '.join(signs)})" if signs else ""
    why = [_ATTACKERS[attacker], _AMBIENT[ambient], f"data: {_DATA[data]}{told}"]
    if internal:
        why.append("an internal host, readable through the browser of whoever stands inside")
    if ambient >= Ambient.SET and same_site_only and not from_same_site:
        severity = severity.lowered()
        why.append("one step down: all session cookies seen are SameSite=Lax or Strict")
    if writes and ambient is not Ambient.NONE:
        severity = severity.raised()
        why.append("one step up: the preflight allows writing too")
    return Grade(severity, "; ".join(why))


def _column(ambient: Ambient, data: Data, internal: bool) -> int:
    if ambient is Ambient.SEEN:
        return {Data.SECRET: 0, Data.PUBLIC: 2}.get(data, 1)
    if internal and data is not Data.PUBLIC:
        return 5 if data >= Data.PRIVATE else 6
    if ambient in (Ambient.POSSIBLE, Ambient.SET):
        return 4 if data is Data.PUBLIC else 3
    return 7 if data >= Data.PRIVATE else 8
