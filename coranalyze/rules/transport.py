"""COR301, 302: policies that an unencrypted connection undermines."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.site import site_of
from coranalyze.endpoint import FOREIGN, Relation
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Ambient, Attacker
from coranalyze.rules.grants import succeeds, with_credentials
from coranalyze.rules.host import Host
from coranalyze.rules.named import trusted
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import courted, front_end, host_of, reads

_LABORATORY = (".test", ".example", ".invalid")
"""Names that exist nowhere. RFC 2606"""
_WEB = (Relation.HTTP_TWIN, Relation.FIRST_PARTY, *sorted(FOREIGN))


@rule(301, "http-origin-trusted", fixes=("F13",), weaknesses=(319, 346), within=(101, 203))
def http_origin_trusted(host: Host) -> Iterator[Hit]:
    """A server with https trusts pages that come over plain http.

    Whoever sits on the visitor's network path, in a café or at a provider, can write into an `http://` page what they
    like. An allow-list that holds an `http://` origin hands them the encrypted answers as well.

    ## Why it matters
    The encryption of the server is worth as much as that of the weakest origin it trusts. The attacker need not even
    wait for the visitor to open the site: they can redirect any plain request there. `Strict-Transport-Security` with
    `includeSubDomains` keeps browsers that have seen it from loading the page over http, and lowers the grade.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: http://www.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://www.shop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: http://www.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.shop.example
    Access-Control-Allow-Credentials: true
    ```

    A page on the visitor's own machine is another matter (COR112):

    ```http
    GET https://api.shop.example/me
    Origin: http://localhost:3000
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://localhost:3000
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Only errors or preflights showed it: ask with the `http://` origin for something that succeeds.
    """
    if host.origin is None or host.origin.scheme != "https":
        return
    for endpoint, allowed in trusted(host, *_WEB):
        # By a careless list, of which COR103 to 108 tell: not for its scheme.
        lookalikes = reads(host, endpoint).lookalikes if endpoint in courted(host) else ()
        for origin, answers in allowed.items():
            if not origin.startswith("http://") or origin in lookalikes:
                continue
            relation = host.relation(origin)
            graded = host.grade(endpoint, answers, Attacker.FOOTHOLD, from_same_site=relation is Relation.HTTP_TWIN)
            if graded is None:
                continue
            guarded = host.is_strict(host_of(origin))
            yield Hit(
                endpoint,
                f"Whoever is on the network path may read it{with_credentials(answers)}: {origin} is let in.",
                graded.severity.lowered(int(guarded)),
                answers,
                Confidence.PROVEN if succeeds(answers) else Confidence.SUSPECTED,
                settle=f"Ask with `Origin: {origin}` for something that succeeds.",
                fact=site_of(host_of(origin)),
                why=graded.why + ("; one step down: Strict-Transport-Security covers it" if guarded else ""),
                origin=front_end(host, endpoint),
            )


@rule(302, "credentialed-cors-over-http", fixes=("F13",), weaknesses=(319,))
def credentialed_cors_over_http(host: Host) -> Iterator[Hit]:
    """Credentials are allowed across origins on a server without encryption.

    The cookies and the answers go over the network in the clear, whatever the policy says about who may read them.

    ## Why it matters
    Whoever is on the network path reads along, or takes the session over.

    ## Fires
    ```http
    GET http://api.shop.com/me
    Origin: http://www.shop.com
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://www.shop.com
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Quiet
    On the developer's machine nothing leaves it:

    ```http
    GET http://localhost:8000/me
    Origin: http://localhost:3000
    Cookie: sid

    200
    Access-Control-Allow-Origin: http://localhost:3000
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    A redirect to https:

    ```http
    GET http://api.shop.com/me
    Origin: https://www.shop.com

    301
    Location: https://api.shop.com/me
    Access-Control-Allow-Origin: https://www.shop.com
    Access-Control-Allow-Credentials: true
    ```
    """
    if host.origin is None or host.origin.scheme != "http" or host.internal:
        return
    secure = bool(host.session_cookies) and all(cookie.secure for cookie in host.session_cookies)
    for endpoint in host.speaking:
        answers = tuple(
            answer
            for answer in host.policy(endpoint)
            if not answer.preflight and answer.allows_credentials and answer.acao not in (None, "*")
            and 200 <= (answer.status or 0) < 300
        )  # fmt: skip
        if not answers:
            continue
        seen = host.ambient(answers) >= Ambient.SET
        laboratory = host.origin.host.endswith(_LABORATORY)
        yield Hit(
            endpoint,
            "Credentials are allowed across origins, over a connection that anybody on the way can read.",
            Severity.INFO if laboratory else Severity.LOW if secure else Severity.MEDIUM,
            answers,
            why="the session cookies are Secure, which keeps them from this connection"
            if secure
            else "credentials were seen on this host"
            if seen
            else "no credential was seen on this host so far",
            origin=front_end(host, endpoint),
        )
