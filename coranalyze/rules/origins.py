"""COR1xx: whom a policy trusts."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.site import registrable_domain
from coranalyze.endpoint import Relation
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Attacker
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule


@rule(101, "origin-reflected-any", fixes=("F1", "F4"), weaknesses=(942, 346))
def origin_reflected_any(host: Host) -> Iterator[Hit]:
    """The server trusts every origin: it sends back whatever `Origin` it is asked with.

    A server that copies the request's `Origin` into `Access-Control-Allow-Origin` allows all sites, like `*`. Unlike
    `*` it also works together with `Access-Control-Allow-Credentials: true`: then any site that a signed-in user opens
    can read what only that user should see.

    ## Why it matters
    The attacker needs nothing but a link. Their page fetches the endpoint from the visitor's browser, the browser adds
    the visitor's cookies, and the answer is handed to the attacker's script.

    ## Fires
    Two origins that have nothing to do with each other are both let in:

    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    GET https://api.example/me
    Origin: https://evil.test
    Cookie: sid

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    The second origin is refused, so there is a list:

    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin

    GET https://api.example/me
    Origin: https://evil.test

    200
    Vary: Origin
    ```

    ## Settle
    Ask once with an origin that cannot be on any list, such as `Origin: https://<random>.test`. If it comes back in
    `Access-Control-Allow-Origin`, every origin is trusted; if not, there is a list.
    """
    for endpoint in host.endpoints:
        reflected = {
            origin: answers
            for origin, answers in host.reflected(endpoint).items()
            if host.relation(origin)
            in (Relation.CROSS_SITE, Relation.SHARED_HOST, Relation.PLAYGROUND, Relation.SAME_SITE)
        }
        owners = {_owner(origin) for origin in reflected}
        foreign = [o for o in reflected if host.relation(o) is not Relation.SAME_SITE]
        if not foreign:
            continue
        answers = tuple(answer for each in reflected.values() for answer in each)
        graded = host.grade(endpoint, answers, Attacker.ANYONE)
        if graded is None:
            continue
        proven = len(owners) > 1
        if not proven and host.refused(endpoint):
            continue
        shown = ", ".join(sorted(reflected)[:3])
        yield Hit(
            endpoint,
            f"Any site may read it: unrelated origins are all let in ({shown})."
            if proven
            else f"The one foreign origin that asked is let in ({shown}): a list that names it, or any origin.",
            graded.severity,
            answers,
            Confidence.PROVEN if proven else Confidence.SUSPECTED,
            settle="Ask with a random origin such as https://<random>.test: if it is let in, every origin is.",
            fact="credentials" if any(answer.allows_credentials for answer in answers) else "",
            why=graded.why,
            origin=min(reflected),
        )


@rule(102, "null-origin-allowed", fixes=("F3",), weaknesses=(942, 346))
def null_origin_allowed(host: Host) -> Iterator[Hit]:
    """The server trusts the origin `null`, which every site can take on.

    Browsers send `Origin: null` from sandboxed frames, `data:` pages and local files, and after some redirects.
    `Access-Control-Allow-Origin: null` therefore refuses nobody: it opens the answer to all of these.

    ## Why it matters
    An attacker puts their script into `<iframe sandbox="allow-scripts">` and is `null`. With
    `Access-Control-Allow-Credentials: true` the frame reads the visitor's data.

    ## Fires
    ```http
    GET https://bank.example/accounts
    Origin: null
    Cookie: sid

    200
    Access-Control-Allow-Origin: null
    Access-Control-Allow-Credentials: true
    ```

    Meant as a refusal, and none:

    ```http
    GET https://bank.example/accounts
    Origin: https://other.example

    200
    Access-Control-Allow-Origin: null
    ```

    ## Quiet
    ```http
    GET https://bank.example/accounts
    Origin: null

    200
    Vary: Origin
    ```
    """
    for endpoint in host.endpoints:
        answers = tuple(answer for answer in host.policy(endpoint) if answer.acao == "null")
        if not answers:
            continue
        graded = host.grade(endpoint, answers, Attacker.ANYONE)
        if graded is None:
            continue
        credentials = any(answer.allows_credentials for answer in answers)
        yield Hit(
            endpoint,
            "Any site may read it from a sandboxed frame, which is the origin `null`"
            + (", with the visitor's credentials." if credentials else "."),
            graded.severity if credentials or host.internal else Severity.INFO,
            answers,
            fact="credentials" if credentials else "",
            why=graded.why,
        )


def _owner(origin: str) -> str:
    asking = http_origin_of(origin)
    return "" if asking is None else registrable_domain(asking.host) or asking.host
