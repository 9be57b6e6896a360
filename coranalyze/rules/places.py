"""COR111 to 113, 115: trust in places where anybody, or anything on the visitor's machine, can speak."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.cors.site import registrable_domain
from coranalyze.endpoint import Answer, Endpoint, Relation
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Ambient, Attacker, Data, Grade
from coranalyze.rules.grants import credentials_of, succeeds, with_credentials
from coranalyze.rules.host import Host
from coranalyze.rules.named import trusted
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import front_end


@rule(111, "playground-origin-trusted", fixes=("F1",), weaknesses=(942,), within=(101, 203))
def playground_origin_trusted(host: Host) -> Iterator[Hit]:
    """The server trusts a code playground, where anyone can run a script.

    CodePen, JSFiddle, StackBlitz and the like run the code of all their users on a few origins. Whoever allows such an
    origin, often for a demonstration, allows all of its users.

    ## Why it matters
    The attacker saves a snippet and sends its link. With credentials allowed, the snippet reads the visitor's data.
    For public data without credentials, as documentation likes to show, nothing is lost.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://cdpn.io
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://cdpn.io
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.example/currencies
    Origin: https://cdpn.io

    200
    Access-Control-Allow-Origin: https://cdpn.io
    Vary: Origin
    ```
    """
    for found in _trusting(host, Relation.PLAYGROUND, Attacker.ANYONE):
        if host.ambient(found.answers) is Ambient.NONE and host.data(found.endpoint) < Data.PRIVATE:
            continue
        yield found.hit(
            host,
            f"Every user of {', '.join(found.origins[:3])} may read it{with_credentials(found.answers)}.",
            fact=credentials_of(found.answers),
        )


@rule(112, "localhost-origin-trusted", fixes=("F1",), weaknesses=(942,), within=(101, 203))
def localhost_origin_trusted(host: Host) -> Iterator[Hit]:
    """A public server trusts pages that the visitor's own machine serves.

    `http://localhost:3000` is allowed so that developers can work against the real server, and stays allowed in
    production. On the visitor's machine any program can open a port and be that origin.

    ## Why it matters
    A development server with a hole, a desktop application with a web interface, or another user of the same machine
    reads the visitor's data from the public server. It takes a foothold there, so it is graded below a hole for all
    the web.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: http://localhost:3000
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://localhost:3000
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    Both run on the developer's machine:

    ```http
    GET http://localhost:8000/me
    Origin: http://localhost:3000
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://localhost:3000
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    Refused:

    ```http
    GET https://api.shop.example/me
    Origin: http://localhost:3000
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Only errors or preflights showed it: ask with `Origin: http://localhost:3000` for something that succeeds.
    """
    if host.internal:
        return
    for found in _trusting(host, Relation.LOOPBACK, Attacker.FOOTHOLD):
        # `http://localhost` without a port is what native shells (Capacitor, Cordova) send from inside an app.
        shell = all(origin in ("http://localhost", "https://localhost") for origin in found.origins)
        meant = shell or _is_for_development(host)
        yield found.hit(
            host,
            f"Programs on the visitor's own machine may read it{with_credentials(found.answers)}: "
            f"{', '.join(found.origins[:3])} {'is' if len(found.origins) == 1 else 'are'} let in.",
            fact=credentials_of(found.answers),
            most=Severity.LOW if meant else Severity.CRITICAL,
        )


@rule(113, "private-origin-trusted", fixes=("F1",), weaknesses=(942,), within=(101, 203))
def private_origin_trusted(host: Host) -> Iterator[Hit]:
    """A public server trusts an origin of a private network.

    `http://192.168.1.20` or `http://build.local` means another machine in every network. The policy cannot tell the
    one that was meant from the one that happens to have the same address where the visitor sits.

    ## Why it matters
    Whoever answers under that address in a café or an office, and gets the visitor to open it, reads the visitor's data
    from the public server.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: http://192.168.1.20
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://192.168.1.20
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    Both stand in the same private network:

    ```http
    GET https://api.corp.internal/me
    Origin: https://wiki.corp.internal
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://wiki.corp.internal
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Settle
    Only errors or preflights showed it: ask with that origin for something that succeeds.
    """
    if host.internal:
        return
    for found in _trusting(host, Relation.PRIVATE, Attacker.FOOTHOLD):
        yield found.hit(
            host,
            f"Whoever has a private address or name may read it{with_credentials(found.answers)}: "
            f"{', '.join(found.origins[:3])}.",
            fact=credentials_of(found.answers),
            most=Severity.LOW if _is_for_development(host) else Severity.CRITICAL,
        )


@rule(115, "custom-scheme-trusted", fixes=("F1",), weaknesses=(346,), within=(101, 203))
def custom_scheme_trusted(host: Host) -> Iterator[Hit]:
    """The server trusts origins that are no web page: any browser extension, local files, an app's own scheme.

    A browser extension speaks as `chrome-extension://` and its id. To allow the one that you publish is fine. To allow
    the scheme with any id allows every extension that the visitor has, and `file://` every file that they open.

    ## Why it matters
    An extension without any permission for your site reads the visitor's data through your policy.

    ## Fires
    Two extensions that have nothing to do with each other:

    ```http
    GET https://api.example/me
    Origin: chrome-extension://abcdefghijklmnopabcdefghijklmnop
    Cookie: sid

    200
    Access-Control-Allow-Origin: chrome-extension://abcdefghijklmnopabcdefghijklmnop
    Access-Control-Allow-Credentials: true

    GET https://api.example/me
    Origin: chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba
    Cookie: sid

    200
    Access-Control-Allow-Origin: chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    One pinned extension:

    ```http
    GET https://api.example/me
    Origin: chrome-extension://abcdefghijklmnopabcdefghijklmnop
    Cookie: sid

    200
    Access-Control-Allow-Origin: chrome-extension://abcdefghijklmnopabcdefghijklmnop
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Settle
    Ask with another id of the same scheme, or for something that succeeds where only errors or preflights showed it.
    """
    for scheme in _EXTENSIONS:
        for found in _trusting(host, Relation.EXTENSION, Attacker.ANYONE, scheme):
            if len(found.origins) > 1:
                yield found.hit(
                    host, f"Any extension ({scheme}) may read it{with_credentials(found.answers)}.", fact=scheme
                )
    for found in _trusting(host, Relation.CUSTOM_SCHEME, Attacker.FOOTHOLD):
        yield found.hit(
            host,
            f"{', '.join(found.origins[:3])} may read it{with_credentials(found.answers)}.",
            fact=credentials_of(found.answers),
            # What the shells of native apps send: no web page can.
            most=Severity.LOW if all(o.endswith("://localhost") for o in found.origins) else Severity.CRITICAL,
        )


_EXTENSIONS = ("chrome-extension:", "moz-extension:", "safari-web-extension:")
_DEVELOPMENT = re.compile(
    r"(?:^|[.-])(?:local|dev|devel|development|stag(?:e|ing)|test|testing|qa|uat|preview|sandbox)[0-9]*(?:[.-]|$)"
)


class _Found(NamedTuple):
    """An endpoint that allows origins of one kind."""

    endpoint: Endpoint
    origins: list[str]
    answers: tuple[Answer, ...]
    graded: Grade

    def hit(self, host: Host, message: str, *, fact: str, most: Severity = Severity.CRITICAL) -> Hit:
        return Hit(
            self.endpoint,
            message,
            self.graded.severity.at_most(most),
            self.answers,
            Confidence.PROVEN if succeeds(self.answers) else Confidence.SUSPECTED,
            settle=f"Ask with `Origin: {self.origins[0]}` for something that succeeds: so far it did not.",
            fact=fact,
            why=self.graded.why,
            origin=front_end(host, self.endpoint),
        )


def _trusting(host: Host, relation: Relation, attacker: Attacker, scheme: str = "") -> Iterator[_Found]:
    for endpoint, allowed in trusted(host, relation):
        origins = [origin for origin in allowed if origin.startswith(scheme)]
        answers = tuple(answer for origin in origins for answer in allowed[origin])
        graded = host.grade(endpoint, answers, attacker) if origins else None
        if graded is not None:
            yield _Found(endpoint, origins, answers, graded)


def _is_for_development(host: Host) -> bool:
    """By its name: `api.staging.shop.example`. What its owner is called says nothing."""
    name = host.origin.host if host.origin is not None else ""
    return _DEVELOPMENT.search(name.removesuffix(registrable_domain(name) or "")) is not None
