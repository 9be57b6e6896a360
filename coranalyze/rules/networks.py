"""COR303 to 306: internal servers, and public pages that reach for them."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.origin import http_origin_of
from coranalyze.endpoint import Answer, Network, network
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Attacker
from coranalyze.rules.host import Host
from coranalyze.rules.readers import open_answers
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import ASK_AT_RANDOM, front_end, preflights, reads
from coranalyze.rules.wording import listed

_HEADER = "Access-Control-Allow-Private-Network"
_RESOLVE = (
    "Resolve the name from outside: with no address or a private one there, it is an internal server. A proxy for this "
    "host alone, or a test set-up that gave it another address, would look the same."
)


@rule(303, "private-network-allowed", fixes=("F12",), weaknesses=(942,))
def private_network_allowed(host: Host) -> Iterator[Hit]:
    """Public pages are allowed to reach into a private network: `Access-Control-Allow-Private-Network: true`.

    Chrome once asked servers in a private network, in the preflight, whether a public page may call them. This server
    says yes. Some libraries said so to everybody (Flask-CORS up to 4.0.1, CVE-2024-6221).

    ## Why it matters
    Routers, printers and internal tools rely on not being reachable from outside. The visitor's browser stands inside.
    Together with a policy for every origin any web page gets through.

    ## Fires
    ```http
    OPTIONS http://192.168.1.1/status
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Private-Network: true

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Private-Network: true
    ```

    ## Quiet
    `false` is a refusal:

    ```http
    OPTIONS http://192.168.1.1/status
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Private-Network: true

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Private-Network: false
    ```
    """
    for endpoint in host.having("allow_private_network"):
        answers = tuple(answer for answer in host.policy(endpoint) if answer.allow_private_network == ("true",))
        if not answers:
            continue
        arbitrary = Confidence.PROVEN in (reads(host, endpoint).anyone, preflights(host, endpoint).anyone)
        stars = any(answer.acao == "*" for answer in answers)
        yield Hit(
            endpoint,
            "It lets public pages into the private network" + (", whichever they are." if arbitrary else "."),
            Severity.MEDIUM if arbitrary or (stars and host.internal) else Severity.LOW,
            answers,
            origin=front_end(host, endpoint),
            header=_HEADER,
        )


@rule(304, "internal-resource-world-readable", fixes=("F1", "F12"), weaknesses=(668,))
def internal_resource_world_readable(host: Host) -> Iterator[Hit]:
    """Any website may read from an internal server, through the browser of somebody inside.

    `Access-Control-Allow-Origin: *` is harmless for what everybody can fetch anyway. A server in a private network is
    not such: outsiders cannot reach it, but the browsers of insiders can, and with this header they hand the answer to
    the page that asked.

    ## Why it matters
    An employee opens any page of the attacker's. Its script asks `http://wiki.corp.internal/` and sends the answers
    home. No cookie is needed: standing inside is the credential. (Newer Chromes and Firefox ask the user first.)
    A name such as `wiki.acme.example` may stand inside too, where the capture shows that a private address answered.

    ## Fires
    ```http
    GET http://wiki.corp.internal/pages
    Origin: http://start.corp.internal

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: *
    ```

    ## Quiet
    A public server:

    ```http
    GET https://api.example/pages
    Origin: https://start.example

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: *
    ```

    A list:

    ```http
    GET http://wiki.corp.internal/pages
    Origin: http://start.corp.internal

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: http://start.corp.internal
    Vary: Origin
    ```

    ## Settle
    A site from outside is let in by name: ask once with `Origin: https://<random>.test`. If it comes back in
    `Access-Control-Allow-Origin`, every site is let in. Where only the recorded address is private and not the name:
    resolve the name from outside.
    """
    by_address = host.inside_by_address
    for endpoint in host.speaking if host.internal or by_address else ():
        trust = reads(host, endpoint)
        suspected = trust.anyone is Confidence.SUSPECTED
        # With credentials it is COR101.
        foreign = [a for a in trust.answers(trust.strangers) if not a.allows_credentials] if suspected else []
        answers = tuple(a for a in open_answers(host, endpoint) or foreign if 200 <= (a.status or 0) < 300)
        graded = host.grade(endpoint, answers, Attacker.ANYONE, inside=True) if answers else None
        if graded is None:
            continue
        named = answers[0] in foreign
        # What runs on the own machine is most often under development.
        local = host.network is Network.LOOPBACK
        through = f"through the browser of somebody {'on this machine' if local else 'inside'}"
        yield Hit(
            endpoint,
            f"{listed(trust.strangers)} may read it {through}: a list names it, or any website may."
            if named
            else f"Any website may read it {through}{': it answered from a private address' if by_address else ''}.",
            graded.severity.at_most(Severity.LOW) if local else graded.severity,
            answers,
            Confidence.SUSPECTED if named or by_address else Confidence.PROVEN,
            settle=ASK_AT_RANDOM if named else _RESOLVE,
            why=graded.why + ("; low at most: it runs on the visitor's own machine" if local else ""),
            origin=front_end(host, endpoint),
        )


@rule(305, "private-network-header-obsolete", fixes=("F12",), within=(303,))
def private_network_header_obsolete(host: Host) -> Iterator[Hit]:
    """A header of Private Network Access is in use, which browsers have dropped.

    Chrome tried to let servers in private networks decide, by `Access-Control-Request-Private-Network` and
    `Access-Control-Allow-Private-Network` in the preflight. It was given up. Since version 142 Chrome asks the user for
    permission instead (Local Network Access), and no header takes part.

    ## Why it matters
    Whoever debugs a blocked request to a local address with this header changes nothing. It can go, unless old Chromes
    are still about.

    ## Fires
    ```http
    OPTIONS http://192.168.1.1/status
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Private-Network: false
    ```

    ## Quiet
    ```http
    OPTIONS http://192.168.1.1/status
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    ```
    """
    for endpoint in host.having("allow_private_network", "requested_private_network"):
        answers = tuple(a for a in host.policy(endpoint) if a.allow_private_network or a.requested_private_network)
        if answers:
            sent = any(answer.allow_private_network for answer in answers)
            yield Hit(
                endpoint,
                f"It sends {_HEADER}, which no current browser looks at."
                if sent
                else "An old Chrome asked for access to a private network by a header that has been dropped since.",
                Severity.INFO,
                answers,
                header=_HEADER if sent else "",
            )


@rule(306, "public-page-to-local-address")
def public_page_to_local_address(host: Host) -> Iterator[Hit]:
    """A public page calls a server on the visitor's machine or in their network.

    Chrome (since 142) asks the user whether the site may; Firefox is getting there. Without a yes the request fails,
    whatever CORS headers the server sends. From a page without https it fails at once.

    ## Why it matters
    It works for the developer, who has said yes long ago, and not for the next user. To the script it looks like a
    CORS error.

    ## Fires
    ```http
    GET http://127.0.0.1:9000/version
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    ```http
    GET http://127.0.0.1:9000/version
    Origin: http://localhost:3000

    200
    Access-Control-Allow-Origin: http://localhost:3000
    ```
    """
    for endpoint in host.endpoints if host.internal else ():
        found: dict[bool, dict[Answer, str]] = {}
        for answer in endpoint.answers:
            asking = answer.origin if answer.origin not in (None, "null") else answer.page
            page = http_origin_of(asking or "")
            if page is not None and answer.mode != "navigate" and network(page.host) is Network.PUBLIC:
                found.setdefault(page.scheme == "http", {})[answer] = str(page)
        for insecure, pages in sorted(found.items()):
            mixed = not insecure and host.origin is not None and host.origin.scheme == "http"
            yield Hit(
                endpoint,
                f"A local address is called by {listed(pages.values())}: browsers ask the user first (Local Network "
                "Access)"
                + (", and block it from a page without https." if insecure else ".")
                + (" Over plain http it may be mixed content too." if mixed else ""),
                Severity.INFO,
                tuple(pages),
                fact="http" if insecure else "",
                origin=min(pages.values()),
            )
