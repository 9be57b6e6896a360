"""Near misses: how an Access-Control-Allow-Origin value differs from the origin that it was meant to allow."""

from typing import NamedTuple

from coranalyze.cors.origin import DEFAULT_PORTS, origin_of, parse_authority

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class NearMiss(NamedTuple):
    """What sets the received value apart, in one sentence, and where: `received[start:end]`.

    With `start == end` something is missing there. -1 where the two have nothing in common to point at.
    """

    kind: str
    sentence: str
    start: int = -1
    end: int = -1


def near_miss(expected: str, received: str) -> NearMiss:
    """Compare the origin that asked (`expected`) with the value that came."""
    whole = _special(expected, received)
    if whole is not None:
        return whole
    if not _is_plain(expected):
        return NearMiss("other-origin", "this is another origin")
    start, end, missing = _difference(expected, received)
    kind, sentence = _kind(expected, received, received[start:end], missing)
    return NearMiss(kind, sentence, start, end) if kind != "other-origin" else NearMiss(kind, sentence)


def _special(expected: str, received: str) -> NearMiss | None:
    if received == "null":
        return NearMiss("null-literal", "`null` names no site: it allows sandboxed pages only, and this page is none")
    if expected == "null":
        return NearMiss(
            "origin-was-null",
            "the request's Origin was `null` (a redirect across origins, a sandboxed frame, a local file); no named "
            "origin equals it",
        )
    if "," in received or " " in received:
        return NearMiss("multiple", "several values in one header: only one passes")
    bare = received.strip("'\"<>")
    if bare == expected != received:
        return NearMiss("quotes", "the quotes are part of the value; write it without", 0, len(received))
    if "*" in received:
        at = received.index("*")
        return NearMiss("wildcard-pattern", "there are no patterns: `*` stands alone or means nothing", at, at + 1)
    return None


def _is_plain(text: str) -> bool:
    """As a browser writes an origin. What is not may be made to mislead, and does not go into a sentence."""
    return text.isascii() and text.isprintable()


def _kind(expected: str, received: str, extra: str, missing: str) -> tuple[str, str]:
    if received.startswith(expected) and extra[:1] in ("/", "?", "#"):
        what = "a trailing slash" if extra == "/" else "a path"
        return "trailing-slash-or-path", f"{what} too much: an origin ends after host and port"
    if received.lower() == expected.lower():
        return "case", "the case differs: origins are compared byte for byte, in lower case"
    if "://" not in received and expected.endswith(f"://{received}"):
        return "scheme-missing", f"the scheme is missing: {expected[: expected.index('://') + 3]}"
    ours, theirs = origin_of(expected), origin_of(received)
    if ours is None:
        # The page is an app's or an extension's (`capacitor://localhost`).
        (scheme, _, host), (allowed, mark, their_host) = expected.partition("://"), received.partition("://")
        if mark and host == their_host and _is_plain(allowed):
            return "scheme", f"the scheme differs: the page is on {scheme}, {allowed} is allowed"
        return "other-origin", "this is another origin" if mark else "this is not an origin"
    if theirs is None:
        return "other-origin", "this is not an origin"
    if ours == theirs:
        return _spelling(received)
    both_default = all(o.port == DEFAULT_PORTS[o.scheme] for o in (ours, theirs))
    if ours.host == theirs.host and ours.scheme != theirs.scheme and (both_default or ours.port == theirs.port):
        return "scheme", f"the scheme differs: the page is on {ours.scheme}, {theirs.scheme} is allowed"
    if ours.host == theirs.host:
        if ours.scheme == theirs.scheme:
            return "port", _port(ours.port, theirs.port, explicit=bool(missing) and missing.startswith(":"))
        return "scheme-and-port", f"scheme and port differ: the page is {expected}"
    if ours.host in _LOOPBACK and theirs.host in _LOOPBACK:
        return "loopback-name", f"{theirs.host} and {ours.host} are the same machine and two origins"
    if (ours.scheme, ours.port) != (theirs.scheme, theirs.port):
        return "other-origin", "this is another origin"
    if "www." + ours.host == theirs.host or "www." + theirs.host == ours.host:
        return "www", "with and without www are two origins"
    if ours.host.endswith("." + theirs.host) or theirs.host.endswith("." + ours.host):
        return "subdomain", "a host and its sub-domain are two origins"
    return "other-origin", "this is another origin"


def _spelling(received: str) -> tuple[str, str]:
    authority = parse_authority(received)
    if authority is not None and authority.userinfo:
        return "userinfo", "an origin holds no user name"
    if not received.isascii():
        return "spelling", "browsers send the host in its ASCII form (`xn--…`)"
    if authority is not None and authority.port == DEFAULT_PORTS.get(authority.scheme):
        return "port", "an origin is never written with its default port"
    return "spelling", "the same origin in another spelling: the bytes must be equal"


def _port(ours: int | None, theirs: int | None, explicit: bool) -> str:
    if explicit:
        return f"the port is missing: the page is on port {ours}"
    return f"the port differs: the page is on port {ours}, {theirs} is allowed"


def _difference(expected: str, received: str) -> tuple[int, int, str]:
    """The span of `received` that is not in `expected`, and what `expected` has in its place."""
    shorter = min(len(expected), len(received))
    start = next((i for i in range(shorter) if expected[i] != received[i]), shorter)
    same = 0
    while same < shorter - start and expected[-1 - same] == received[-1 - same]:
        same += 1
    return start, len(received) - same, expected[start : len(expected) - same]
