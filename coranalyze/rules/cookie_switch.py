"""COR203: a policy that is another one as soon as a cookie comes."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.endpoint import FOREIGN, Presence, Relation
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Attacker
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import front_end, reads


@rule(203, "cookie-conditional-reflection", fixes=("F4",), weaknesses=(942,))
def cookie_conditional_reflection(host: Host) -> Iterator[Hit]:
    """With a cookie the server trusts every origin, without one it answers `*`.

    `*` does not work together with credentials, so some libraries switch: a request with `Cookie` gets its own origin
    back. Whoever tests without being signed in sees a harmless `*`. (Starlette up to 0.47 does it for
    `allow_origins=["*"]` with `allow_credentials=True`.)

    ## Why it matters
    The signed-in visitor is the one who matters: any site reads with the visitor's cookies.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Credentials: true

    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    A suspicion only, as nobody but a page of the server's own site came with a cookie, and a list may name that one:

    ```http
    GET https://api.shop.example/me
    Origin: https://www.shop.example

    200
    Access-Control-Allow-Origin: *

    GET https://api.shop.example/me
    Origin: https://www.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.shop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    The same switch without `Access-Control-Allow-Credentials` gives nothing away:

    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *

    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    The own front end by name, `*` for everybody else, whether or not there is a cookie:

    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    GET https://api.example/me
    Origin: https://elsewhere.test

    200
    Access-Control-Allow-Origin: *
    ```

    No cookie anywhere, so there is nothing to read with (COR501 tells of the pair):

    ```http
    GET https://files.example/list
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Ask with a random origin and a meaningless cookie: `Origin: https://<random>.test`, `Cookie: probe=1`. If the origin
    comes back, every site can read with cookies; if `*` stays, browsers refuse it (COR501).
    """
    for endpoint in host.saying("stars"):
        policy = [answer for answer in host.policy(endpoint) if answer.origin is not None and not answer.preflight]
        with_cookie = [answer for answer in policy if answer.cookie is Presence.YES]
        if any(not a.reflects and (a.status or 0) < 400 for a in with_cookie):
            continue  # some origin with a cookie is not given back
        stars = [answer for answer in policy if answer.acao == "*" and answer.cookie is not Presence.YES]
        bare = {answer.origin for answer in stars if answer.cookie is Presence.NO}
        named = [answer for answer in with_cookie if answer.reflects and answer.allows_credentials]
        switches = any(answer.origin in bare for answer in named)
        # `*` with credentials is nobody's wish: a switch that names whoever comes with a cookie leaves it behind.
        left = [answer for answer in stars if answer.allows_credentials]
        origins = {str(answer.origin) for answer in named}
        foreign = {origin for origin in origins if host.relation(origin) in FOREIGN | {Relation.NULL}}
        # Alone, a foreign page may be the front end, and `*` for all others be meant.
        told = bool(left) or "null" in foreign or len(origins) > 1
        proven = switches and bool(foreign) and told
        if not proven and reads(host, endpoint).anyone is not None:
            continue  # COR101 asks whether there is a list at all
        if not (switches or (left and all(a.allows_credentials for a in with_cookie) and _may_have_cookies(host))):
            continue
        answers = tuple(named if switches else left)
        graded = host.grade(endpoint, answers, Attacker.ANYONE)
        if graded is None:
            continue
        yield Hit(
            endpoint,
            "With a cookie every origin is let in, without one the answer is `*`."
            if proven
            else "With a cookie who asks is let in by name, without one the answer is `*`: a list, or any origin."
            if switches
            else "Without a cookie it answers `*` and allows credentials: with one it may let every origin in.",
            graded.severity if proven else Severity.LOW,
            answers,
            Confidence.PROVEN if proven else Confidence.SUSPECTED,
            settle="Ask with a random origin and a meaningless cookie (`Cookie: probe=1`): does the origin come back?",
            why=graded.why if switches else "",
            origin=front_end(host, endpoint),
        )


def _may_have_cookies(host: Host) -> bool:
    """Something that browsers add by themselves was seen, or may have been left out of the capture."""
    return not host.script_authorized and (host.ambient_seen is not Presence.NO or bool(host.cookies))
