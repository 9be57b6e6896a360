"""COR103 to 108: allow-lists that compare carelessly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.endpoint import Endpoint
from coranalyze.endpoint.lookalike import Slip
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Attacker
from coranalyze.rules.grants import with_credentials
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import are_several, courted, front_end, host_of, is_under, reads


@rule(103, "origin-suffix-match", fixes=("F2",), weaknesses=(777, 942), within=(101, 105, 107, 203))
def origin_suffix_match(host: Host) -> Iterator[Hit]:
    """The list compares the end of the origin only: `https://evilshop.example` passes for `shop.example`.

    A check such as `origin.endsWith("shop.example")` means the domain and its sub-domains. It forgets the dot before
    the name, so that any domain that ends in these letters passes too.

    One such name alone may be a partner's in which these letters stand by chance (`dropbox.com` for `box.com`), or
    another of the owner's: then it is suspected, unless it says what it is (`evilshop.example`).

    ## Why it matters
    The attacker registers such a domain for a few euros and is on the list.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://evilshop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://evilshop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    ```

    ## Quiet
    A sub-domain ends in `.shop.example`, with the dot; the look-alike is refused:

    ```http
    GET https://api.shop.example/me
    Origin: https://eu.app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://eu.app.shop.example
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.shop.example/me
    Origin: https://evilshop.example
    Cookie: sid

    200
    Vary: Origin
    ```

    ## Settle
    Ask with a random name in front of the domain and no dot between: `Origin: https://<random>shop.example`. Ask with
    an unrelated name as well: if that passes, every origin does (COR101).
    """
    yield from _slipped(host, Slip.SUFFIX, "Whoever registers a domain that ends in {meant} may read it")


@rule(104, "origin-prefix-match", fixes=("F2",), weaknesses=(777, 942), within=(101, 105, 203))
def origin_prefix_match(host: Host) -> Iterator[Hit]:
    """The list compares the beginning of the origin only: `https://shop.example.evil.test` passes.

    A check such as `origin.startsWith("https://shop.example")`, or a pattern without `$` at its end, forgets that more
    may follow. `shop.example.evil.test` belongs to whoever owns `evil.test`.

    ## Why it matters
    The attacker needs a sub-domain of a domain that they already have.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example.evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    ```

    ## Quiet
    The answer names the origin that is on the list, not the one that asked. Browsers refuse that:

    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Ask with a name behind the domain: `Origin: https://shop.example.<random>.test`, and for loopback
    `Origin: http://localhost.<random>.test`. Ask with an unrelated name as well: if that passes, every origin does.
    """
    yield from _slipped(host, Slip.PREFIX, "Whoever puts {meant} in front of a domain of their own may read it")


@rule(105, "origin-substring-match", fixes=("F2",), weaknesses=(183, 942), within=(101, 203))
def origin_substring_match(host: Host) -> Iterator[Hit]:
    """The list looks for a name anywhere in the origin.

    A check such as `"shop.example" in origin`, or a pattern without `^` and `$`, lets in every origin that has these
    letters somewhere. Where one name with something before it passes, and another with something behind it, it is the
    same.

    ## Why it matters
    Any domain of the attacker's will do, with the name as part of a sub-domain.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://my-shop.example.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://my-shop.example.evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: https://my-shop.example.evil.test
    Cookie: sid

    200
    Vary: Origin
    ```

    ## Settle
    Ask with letters on both sides of the name: `Origin: https://<random>shop.example.<random>.test`. Ask with an
    unrelated name as well: if that passes, every origin does.
    """
    message = "Whoever has {meant} anywhere in their host name may read it"
    yield from _slipped(host, Slip.SUBSTRING, message)
    behind = list(_looks(host, Slip.PREFIX))
    for before in _looks(host, Slip.SUFFIX) if behind else ():
        for after in behind:
            if after.endpoint is before.endpoint and before.meant in after.meant:
                origins = before.origins + after.origins
                known = Confidence.PROVEN in (before.confidence, after.confidence)
                refuses = reads(host, before.endpoint).refuses_foreign
                certain = known or (refuses and are_several(origins))
                confidence = Confidence.PROVEN if certain else Confidence.SUSPECTED
                both = _Look(before.endpoint, before.meant, origins, confidence)
                yield both.hit(host, message.format(meant=both.meant), both.confidence)


@rule(106, "origin-dot-unescaped", fixes=("F2",), weaknesses=(625, 942), within=(101, 203))
def origin_dot_unescaped(host: Host) -> Iterator[Hit]:
    """A dot in the pattern stands for any character: `https://appxshop.example` passes for `app.shop.example`.

    In a regular expression `.` is any character; the dot of a host name has to be written `\\.`.

    ## Why it matters
    Names with another letter in the dot's place can be registered, and are then on the list.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://appxshop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://appxshop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://appxshop.example
    Cookie: sid

    200
    ```

    ## Settle
    Ask with a letter in place of each dot that still leaves a name one can register. Ask with an unrelated name as
    well: if that passes, every origin does.
    """
    yield from _slipped(host, Slip.DOT, "Whoever registers {meant} with a letter in place of a dot may read it")


@rule(107, "origin-glob-as-regex", fixes=("F2",), weaknesses=(625, 942), within=(101, 105, 203))
def origin_glob_as_regex(host: Host) -> Iterator[Hit]:
    """A wildcard is read as a regular expression: `https://*.shop.example` lets in `https://xshop.example`.

    The list was written with `*` for any sub-domain. Read as a regular expression, `/*` is "any number of slashes" and
    `.` is "one character": so no sub-domain passes, and every domain with one more letter in front does.

    ## Why it matters
    The front ends that were meant are refused, and 36 domains that anybody may register are let in.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200

    GET https://api.shop.example/me
    Origin: https://xshop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://xshop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://xshop.example
    Cookie: sid

    200
    ```

    ## Settle
    Ask with one letter in front of the domain, `Origin: https://xshop.example`, and with a sub-domain,
    `Origin: https://x.shop.example`: the first let in and the second refused proves it.
    """
    for look in _looks(host, Slip.SUFFIX):
        trust = reads(host, look.endpoint)
        # Read so, it lets no sub-domain in.
        if len(host_of(look.origins[0])) != len(look.meant) + 1 or any(is_under(o, look.meant) for o in trust.let_in):
            continue
        refused = {origin for origin in _asked(host, look.endpoint) if is_under(origin, look.meant)}
        # One sub-domain alone may be missing on a list, which has its reasons to name the other.
        certain = refused and (len(refused) > 1 or trust.refuses_foreign)
        if refused or look.confidence is Confidence.SUSPECTED:
            yield look.hit(
                host,
                f"https://*.{look.meant} seems to be read as a regular expression: {look.origins[0]} may read it",
                Confidence.PROVEN if certain else Confidence.SUSPECTED,
            )


@rule(108, "origin-special-char", fixes=("F2",), weaknesses=(183, 942), within=(101, 104, 105, 203))
def origin_special_char(host: Host) -> Iterator[Hit]:
    """A special character ends the name for the list, but not for the browser: `https://shop.example_.evil.test`.

    The check takes what follows the name for a port or a path, and does not know that `_` and, where a proxy or a
    lenient resolver is used, characters such as `$` or `~` may stand in a host name.

    ## Why it matters
    `_` and `-` reach the server from every browser, with ordinary DNS.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example_.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example_.evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example_.evil.test
    Cookie: sid

    200
    ```

    Let in, and no browser writes `%60` into an origin:

    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example%60.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example%60.evil.test
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Ask with the character behind the name: `Origin: https://shop.example_.<random>.test`. Only characters that a
    browser can put into an origin count.
    """
    for look in _looks(host, Slip.SPECIAL):
        # As it was sent: a host's own spelling would be without percents.
        after = look.origins[0].lower().partition(look.meant)[2].removeprefix(".")
        following = after[:1]
        if after.startswith(_UNREACHABLE) and not after.startswith(_ESCAPED):
            continue
        # Measured in Chromium 156, Firefox 153, WebKitGTK 2.50: the others need a proxy or a lenient resolver.
        yield look.hit(
            host,
            f"Whoever puts {look.meant}{following} in front of a domain of their own may read it",
            look.confidence,
            steps=0 if following in "_-" else 1,
        )


_UNREACHABLE = ("^", "|", "%", "<", ">")
"""What no browser writes into an origin: only a program sent it. Measured, as above."""
_ESCAPED = ("%20", "%2a")
"""How Chromium writes a space and `*`; other escapes it undoes."""


class _Look(NamedTuple):
    """Look-alikes of one host that an endpoint lets in."""

    endpoint: Endpoint
    meant: str
    origins: list[str]
    confidence: Confidence

    def hit(self, host: Host, message: str, confidence: Confidence, *, steps: int = 0) -> Hit:
        answers = reads(host, self.endpoint).answers(self.origins)
        # A trusted look-alike with credentials or without: there is always a row for anyone on the web.
        graded = host.grade(self.endpoint, answers, Attacker.ANYONE)
        return Hit(
            self.endpoint,
            f"{message}{with_credentials(answers)}: {', '.join(self.origins[:3])} let in.",
            (graded.severity if graded is not None else Severity.INFO).lowered(steps),
            answers,
            confidence,
            settle="Ask with a random look-alike and with an unrelated random origin: one let in, the other not.",
            fact=self.meant,
            why=graded.why if graded is not None else "",
            origin=front_end(host, self.endpoint),
        )


def _slipped(host: Host, slip: Slip, message: str) -> Iterator[Hit]:
    for look in _looks(host, slip):
        yield look.hit(host, message.format(meant=look.meant), look.confidence)


def _looks(host: Host, slip: Slip) -> Iterator[_Look]:
    for endpoint in courted(host):
        found: dict[str, list[str]] = {}
        trust = reads(host, endpoint)
        for origin, look in sorted(trust.lookalikes.items()):
            if look.slip is slip:
                found.setdefault(look.meant, []).append(origin)
        for meant, origins in sorted(found.items()):
            certain = not trust.careless.isdisjoint(origins)
            yield _Look(endpoint, meant, origins, Confidence.PROVEN if certain else Confidence.SUSPECTED)


def _asked(host: Host, endpoint: Endpoint) -> set[str]:
    return {answer.origin for answer in host.policy(endpoint) if answer.origin is not None and not answer.stored}
