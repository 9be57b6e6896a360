"""COR101, 102, 117, 118: whom a policy trusts."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.site import site_of
from coranalyze.endpoint import Answer, Network, Relation, network
from coranalyze.endpoint.lookalike import is_implausible
from coranalyze.fetch import Observed
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Ambient, Attacker
from coranalyze.rules.grants import approves_writes, credentials_of, succeeds, with_credentials, writes_as_null
from coranalyze.rules.host import Host
from coranalyze.rules.named import proper, trusted
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import ASK_AT_RANDOM, Trust, courted, front_end, host_of, preflights, reads


@rule(101, "origin-reflected-any", fixes=("F1", "F4"), weaknesses=(942, 346), within=(203,))
def origin_reflected_any(host: Host) -> Iterator[Hit]:
    """The server trusts every origin: it sends back whatever `Origin` it is asked with.

    A server that copies the request's `Origin` into `Access-Control-Allow-Origin` allows all sites, like `*`. Unlike
    `*` it also works together with `Access-Control-Allow-Credentials: true`: then any site that a signed-in user opens
    can read what only that user should see. Without credentials it is no worse than `*`.

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
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.example/me
    Origin: https://evil.test

    200
    Vary: Origin
    ```

    Two domains of one owner, and nobody else:

    ```http
    GET https://api.acme.com/me
    Origin: https://www.acme.com

    200
    Access-Control-Allow-Origin: https://www.acme.com
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.acme.com/me
    Origin: https://www.acme.org

    200
    Access-Control-Allow-Origin: https://www.acme.org
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Settle
    Ask once with an origin that cannot be on any list, such as `Origin: https://<random>.test`. If it comes back in
    `Access-Control-Allow-Origin`, every origin is trusted; if not, there is a list.
    """
    for endpoint in courted(host):
        trust, asked = reads(host, endpoint), preflights(host, endpoint)
        approved = any(approves_writes(answer) for answer in asked.answers(asked.strangers))
        confidence = trust.anyone
        if confidence is None and trust.refused:
            continue
        if confidence is None and not approved and (confidence := asked.anyone) is not None:
            # Only preflights were seen, and COR209 has nothing to say of them.
            trust, confidence = asked, Confidence.SUSPECTED
        if confidence is None:
            continue
        strangers = trust.strangers
        answers = trust.answers(strangers)
        graded = host.grade(endpoint, answers, Attacker.ANYONE, writes=approved)
        credentials = credentials_of(answers)
        if graded is None or (not credentials and (host.internal or confidence is Confidence.SUSPECTED)):
            continue
        proven = confidence is Confidence.PROVEN
        others = [o for o in trust.let_in if o not in strangers and credentials_of(trust.let_in[o]) == credentials]
        # Two strangers prove it, here or where else the policy is. Its own pages prove nothing: they only show that a
        # stranger is not the front end.
        elsewhere = trust.strangers_elsewhere if len(strangers) < 2 else ()
        foreign = [*strangers, *elsewhere, *(["null"] if proven and "null" in others else [])]
        shown = ", ".join(foreign[:3])
        yield Hit(
            endpoint,
            f"Any site may read it{with_credentials(answers)}: "
            + (f"{'unrelated origins are all' if len(foreign) > 1 else 'an unrelated origin is'} let in ({shown}).")
            if proven
            else _doubt(len(foreign), shown),
            # Without credentials it is `*` in other words; COR201 looks at the data.
            graded.severity if credentials else Severity.INFO,
            answers + trust.answers(others),
            confidence,
            settle=ASK_AT_RANDOM,
            fact=credentials,
            why=f"{graded.why}{_two_only(trust) if proven else ''}",
            origin=front_end(host, endpoint),
        )


def _two_only(trust: Trust) -> str:
    """That it may be two domains of one owner, where exactly two ordinary foreign sites are let in and nobody else but
    pages of the server's own site."""
    strangers = [*trust.strangers, *trust.strangers_elsewhere]
    sites = sorted({site_of(host_of(origin)) for origin in strangers})
    odd = trust.lookalikes or any(is_implausible(host_of(origin)) for origin in strangers)
    if len(sites) != 2 or odd or not trust.only_home_beside_strangers:
        return ""
    return f"; only the two sites {sites[0]} and {sites[1]} were seen: if both are yours, name them with --first-party"


def _doubt(count: int, shown: str) -> str:
    if count == 1:
        return f"The foreign origin that asked is let in ({shown}): a list that names it, or any origin."
    return f"The foreign origins that asked are let in ({shown}): a list that names them, or any origin."


@rule(102, "null-origin-allowed", fixes=("F3",), weaknesses=(942, 346), within=(101, 203, 304))
def null_origin_allowed(host: Host) -> Iterator[Hit]:
    """The server trusts the origin `null`, which every site can take on.

    Browsers send `Origin: null` from sandboxed frames, `data:` pages and local files, and after a redirect to another
    origin. `Access-Control-Allow-Origin: null` therefore refuses nobody: it opens the answer to all of these.

    ## Why it matters
    An attacker puts their script into `<iframe sandbox="allow-scripts">` and is `null`. With
    `Access-Control-Allow-Credentials: true` the frame reads the visitor's data. Without credentials it gives no more
    than `*` would, and after a cross-origin redirect it is what works.

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

    ## Settle
    Only errors or preflights were answered `null`: ask with `Origin: null` for something that succeeds. (A preflight
    that lets `null` write is COR209.)
    """
    for endpoint in host.saying("names"):
        if not any(answer.acao == "null" for answer in host.policy(endpoint)):
            continue
        answers = tuple(answer for answer in proper(host, endpoint) if answer.acao == "null")
        writing = writes_as_null(host.policy(endpoint))
        if not answers or (not succeeds(answers) and host.ambient(writing) is not Ambient.NONE):
            continue  # of writing alone COR209 tells
        graded = host.grade(endpoint, answers, Attacker.ANYONE, writes=bool(writing))
        if graded is None:
            continue
        credentials = credentials_of(answers)
        yield Hit(
            endpoint,
            f"Any site may read it{with_credentials(answers)} from a sandboxed frame, which is the origin `null`.",
            graded.severity if credentials else Severity.INFO,
            answers + writing,
            Confidence.PROVEN if succeeds(answers) else Confidence.SUSPECTED,
            settle="Ask with `Origin: null` for something that succeeds.",
            fact=credentials,
            why=graded.why,
            origin=front_end(host, endpoint),
        )


@rule(
    117, "third-party-trusted", weaknesses=(942,), within=(101, 103, 104, 105, 106, 107, 108, 110, 111, 119, 203, 301)
)
def third_party_trusted(host: Host) -> Iterator[Hit]:
    """Another site may read with the visitor's credentials: know that it does, and keep the list short.

    This is no fault by itself: identity providers, payment pages and a company's other domains need it. It is an edge
    of trust, listed so that somebody can look at it.

    ## Why it matters
    A script that an attacker gets into the trusted site, or the site itself after its domain was sold, reads what your
    users see.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://pay.partner.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://pay.partner.test
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.example/me
    Origin: https://elsewhere.test
    Cookie: sid

    200
    Vary: Origin
    ```

    ## Quiet
    Without credentials:

    ```http
    GET https://api.example/prices
    Origin: https://pay.partner.test

    200
    Access-Control-Allow-Origin: https://pay.partner.test
    Vary: Origin
    ```

    A value that no origin equals:

    ```http
    GET https://api.example/me
    Origin: https://pay.partner.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://pay.partner.test;https://shop.partner.test
    Access-Control-Allow-Credentials: true
    ```
    """
    for endpoint, allowed in trusted(host, Relation.CROSS_SITE, Relation.SHARED_HOST):
        trust = reads(host, endpoint) if endpoint in courted(host) else None
        if trust is not None and trust.anyone is not None:
            continue  # COR101 asks whether there is a list at all
        for origin, answers in allowed.items():
            graded = host.grade(endpoint, answers, Attacker.OWN)
            if graded is not None and (trust is None or origin not in trust.lookalikes):
                yield Hit(
                    endpoint,
                    f"{origin} may read it with the visitor's credentials.",
                    Severity.INFO,
                    answers,
                    fact=origin,
                    why=graded.why,
                    origin=origin,
                )


def _is_there(origin: str, answers: tuple[Answer, ...]) -> bool:
    """A name that only an internal network knows, or the browser that did not find it ran a page of it all the same."""
    inside = network(host_of(origin)) is not Network.PUBLIC
    return inside or any(a.origin == origin and a.observed is Observed.ALLOWED for a in answers)


@rule(118, "dangling-trusted-origin", fixes=("F1",), weaknesses=(942,))
def dangling_trusted_origin(host: Host) -> Iterator[Hit]:
    """The server trusts a host that no longer exists.

    The policy allows an origin whose name had no address when the browser asked for it in the same capture, or whose
    storage bucket was gone. Names that are let go can be taken by somebody else.

    ## Why it matters
    Whoever registers the domain, or claims the abandoned cloud resource behind the name, speaks from a trusted origin.

    ## Fires
    ```http
    GET https://old-shop.test/
    Accept: text/html

    failed net::ERR_NAME_NOT_RESOLVED

    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://old-shop.test
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    The trusted host answers:

    ```http
    GET https://shop.test/
    Accept: text/html

    200
    Content-Type: text/html

    GET https://api.example/me
    Origin: https://shop.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.test
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    A name of an internal network, which is not there for those outside:

    ```http
    GET https://wiki.corp.internal/
    Accept: text/html

    failed net::ERR_NAME_NOT_RESOLVED

    GET https://api.example/you
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://wiki.corp.internal
    Access-Control-Allow-Credentials: true
    ```

    The browser runs a page of it after all:

    ```http
    # recorded by: chrome-devtools
    GET https://late.test/
    Accept: text/html

    failed net::ERR_NAME_NOT_RESOLVED

    GET https://api.example/they
    Origin: https://late.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://late.test
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Look the name up in the public DNS: a name without an owner (NXDOMAIN), or an alias to a resource that is not
    claimed, can be taken over; a name that only resolves inside your network cannot.
    """
    for endpoint, allowed in trusted(host, *Relation) if host.gone else ():
        for origin, answers in allowed.items():
            graded = host.grade(endpoint, answers, Attacker.ANYONE) if origin in host.gone else None
            if graded is None or host.ambient(answers) is Ambient.NONE or _is_there(origin, answers):
                continue
            yield Hit(
                endpoint,
                f"{origin} is trusted, and its name led nowhere: who takes it over may read this.",
                graded.severity,
                answers,
                Confidence.SUSPECTED,
                settle=f"Look up {host_of(origin)} in the public DNS: NXDOMAIN, or an unclaimed alias, can be taken.",
                fact=origin,
                why=graded.why,
                origin=front_end(host, endpoint),
            )
