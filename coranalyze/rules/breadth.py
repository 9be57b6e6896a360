"""COR109, 110, 114: patterns that hold more than was meant: all sub-domains, all tenants, all ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.site import registrable_domain
from coranalyze.endpoint import Relation
from coranalyze.endpoint.lookalike import is_attack, is_implausible
from coranalyze.finding import Confidence
from coranalyze.rules.grade import Ambient, Attacker
from coranalyze.rules.grants import with_credentials
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import HOME, Trust, courted, front_end, host_of, is_under, reads, tenant_of


@rule(109, "any-subdomain-trusted", fixes=("F2",), weaknesses=(942,), within=(101, 203))
def any_subdomain_trusted(host: Host) -> Iterator[Hit]:
    """The server trusts every sub-domain of a domain.

    With `https://*.shop.example` each host under the domain may read with the visitor's credentials: the blog, the
    forgotten campaign page, the name that points to a service nobody pays for any more.

    ## Why it matters
    One hole in any of them (a script that an attacker gets into a page, a sub-domain that can be taken over) opens this
    server too. Sub-domains are the same site: `SameSite` cookies do not help.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://blog.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://blog.shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://x7f3a9c2.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://x7f3a9c2.shop.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    A list of two, and a third that is refused:

    ```http
    GET https://api.shop.example/me
    Origin: https://app.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.shop.example
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.shop.example/me
    Origin: https://www.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.shop.example
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.shop.example/me
    Origin: https://blog.shop.example
    Cookie: sid

    200
    Vary: Origin
    ```

    One sub-domain alone, whatever its name:

    ```http
    GET https://api.shop.example/you
    Origin: https://k3j9x2qq7z.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://k3j9x2qq7z.shop.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    Names under an attacker's domain, which are let in for what they look like (COR104):

    ```http
    GET https://api.shop.example/they
    Origin: https://shop.example.a.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example.a.evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/they
    Origin: https://shop.example.b.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example.b.evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/they
    Origin: https://shop.example.c.evil.test
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example.c.evil.test
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Ask with a sub-domain that does not exist: `Origin: https://<random>.shop.example`. What lets in many sub-domains
    may be a careless pattern: ask with `https://<random>shop.example` (COR103), `https://xshop.example` (COR107) too.
    """
    for endpoint in host.saying("names"):
        given = {str(answer.origin) for answer in host.policy(endpoint) if answer.reflects}
        if len(given) < 3 and not any(is_implausible(host_of(origin)) for origin in given):
            continue
        trust = reads(host, endpoint)
        domains: dict[str, list[str]] = {}
        # Look-alikes are no sub-domains of anybody who is meant: COR103 to 108 tell of them.
        for origin in sorted(trust.let_in.keys() - trust.lookalikes.keys()):
            site = registrable_domain(host_of(origin)) if host.relation(origin) is not Relation.SHARED_HOST else None
            if site is not None:
                domains.setdefault(site, []).append(origin)
        for site, origins in sorted(domains.items()):
            names = {host_of(origin) for origin in origins} - {site}
            unlisted = [name for name in names if is_implausible(name.removesuffix(site))]
            refused = any(is_under(origin, site) for origin in trust.refused)
            # Random letters may be a tenant's own name, or that of a deployment.
            if refused or (len(names) < 3 and not any(is_attack(name.removesuffix(site)) for name in unlisted)):
                continue
            answers = trust.answers(origins)
            home = host.origin is not None and site == registrable_domain(host.origin.host)
            graded = host.grade(endpoint, answers, Attacker.FOOTHOLD, from_same_site=home)
            if graded is None:
                continue
            yield Hit(
                endpoint,
                f"Every host under {site} seems to be trusted{with_credentials(answers)}: "
                f"{', '.join(sorted(names)[:3])} {'are' if len(names) > 1 else 'is'} let in.",
                graded.severity,
                answers,
                Confidence.PROVEN if unlisted and len(names) > 2 else Confidence.SUSPECTED,
                settle=f"Ask with a sub-domain that does not exist, such as https://<random>.{site}, and with names "
                f"that only end like it: https://<random>{site} (COR103), https://x{site} (COR107).",
                fact=site,
                why=graded.why,
                origin=front_end(host, endpoint),
            )


@rule(110, "public-suffix-wildcard", fixes=("F1",), weaknesses=(942,), within=(101, 203))
def public_suffix_wildcard(host: Host) -> Iterator[Hit]:
    """The server trusts every tenant of a shared hosting domain.

    Under names such as `github.io`, `vercel.app` or `web.app` anybody gets a name of their own within a minute. The
    browsers' Public Suffix List treats the tenants as strangers to each other; a pattern such as
    `https://*.vercel.app`, meant for preview deployments, lets them all in.

    ## Why it matters
    An attacker deploys a page to the same hoster for free and is on the list.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://shop-preview.vercel.app
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop-preview.vercel.app
    Access-Control-Allow-Credentials: true

    GET https://api.example/me
    Origin: https://q8w2e7r1.vercel.app
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://q8w2e7r1.vercel.app
    Access-Control-Allow-Credentials: true
    ```

    The deployments of one project, by what their names begin with, which is nobody's property:

    ```http
    GET https://api.example/you
    Origin: https://shop-git-main.vercel.app
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop-git-main.vercel.app
    Access-Control-Allow-Credentials: true

    GET https://api.example/you
    Origin: https://shop-x1.vercel.app
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop-x1.vercel.app
    Access-Control-Allow-Credentials: true

    GET https://api.example/you
    Origin: https://other.vercel.app
    Cookie: sid

    200
    ```

    ## Quiet
    The own tenant is on the list by its exact name, another one is refused:

    ```http
    GET https://api.example/me
    Origin: https://shop.github.io
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.github.io
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.example/me
    Origin: https://other.github.io
    Cookie: sid

    200
    Vary: Origin
    ```

    Two pages of one tenant:

    ```http
    GET https://api.example/you
    Origin: https://pr-1.shop.pages.dev
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://pr-1.shop.pages.dev
    Access-Control-Allow-Credentials: true
    Vary: Origin

    GET https://api.example/you
    Origin: https://pr-2.shop.pages.dev
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://pr-2.shop.pages.dev
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Settle
    Ask with a tenant that nobody has, such as `Origin: https://<random>.vercel.app`.
    """
    for endpoint in courted(host):
        trust = reads(host, endpoint)
        for names in _open_to_tenants(trust):
            answers = trust.answers(names.let_in)
            graded = host.grade(endpoint, answers, Attacker.ANYONE)
            if graded is None or host.ambient(answers) is Ambient.NONE:
                continue
            yield Hit(
                endpoint,
                f"{names.who} may read it{with_credentials(answers)}: {', '.join(names.let_in[:3])} let in.",
                graded.severity,
                answers,
                Confidence.PROVEN if names.proven else Confidence.SUSPECTED,
                settle=f"Ask with a name that nobody has, such as https://{names.pattern.replace('*', '<random>')}.",
                fact=names.pattern,
                why=graded.why,
                origin=front_end(host, endpoint),
            )


class _Names(NamedTuple):
    """Names under a shared suffix that are let in, as it seems by a pattern."""

    pattern: str
    """`*.vercel.app`, `shop-*.vercel.app`"""
    let_in: list[str]
    who: str
    """Who can have such a name."""
    proven: bool


def _open_to_tenants(trust: Trust) -> Iterator[_Names]:
    for suffix, origins in trust.tenants.items():
        proven = len(set(map(tenant_of, origins))) > 2 or any(is_implausible(host_of(origin)) for origin in origins)
        yield _Names(f"*.{suffix}", origins, f"Whoever has a page under {suffix}", proven)
    for pattern, origins in trust.previews.items():
        yield _Names(pattern, origins, f"Whoever takes a name like {pattern}", proven=False)


@rule(114, "any-port-trusted", fixes=("F1",), weaknesses=(346,), within=(101, 203))
def any_port_trusted(host: Host) -> Iterator[Hit]:
    """The server trusts a host on any port.

    The port is part of an origin: `https://shop.example` and `https://shop.example:8443` are different ones. A list
    that ignores it trusts whatever else runs on that machine.

    ## Why it matters
    An administration tool, a test instance or another user's service on a high port speaks with the trust of the shop.

    ## Fires
    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://shop.example:8443
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example:8443
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.shop.example/me
    Origin: https://shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/me
    Origin: https://shop.example:8443
    Cookie: sid

    200
    ```

    The same port, in a spelling that no browser sends:

    ```http
    GET https://api.shop.example/you
    Origin: https://shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://shop.example
    Access-Control-Allow-Credentials: true

    GET https://api.shop.example/you
    Origin: https://SHOP.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://SHOP.example
    Access-Control-Allow-Credentials: true
    ```

    ## Settle
    Ask with a port that nobody uses: `Origin: https://shop.example:49321`.
    """
    skipped = (Relation.LOOPBACK, Relation.PRIVATE, Relation.EXTENSION, Relation.CUSTOM_SCHEME)
    for endpoint in host.varied:
        trust = reads(host, endpoint)
        if len(trust.let_in) < 2:
            continue
        ports: dict[str, list[str]] = {}
        for origin in sorted(trust.let_in):
            parsed = http_origin_of(origin)
            # In another spelling it is the same port.
            spelt = parsed is not None and origin == str(parsed)
            if parsed is not None and spelt and host.relation(origin) not in skipped and not host.internal:
                ports.setdefault(f"{parsed.scheme}://{parsed.host}", []).append(origin)
        for base, origins in sorted(ports.items()):
            if len(origins) < 2 or any(origin.startswith(base + ":") or origin == base for origin in trust.refused):
                continue
            answers = trust.answers(origins)
            graded = host.grade(endpoint, answers, Attacker.FOOTHOLD, from_same_site=host.relation(base) in HOME)
            if graded is not None:
                yield Hit(
                    endpoint,
                    f"Every port of {base} seems to be trusted: {', '.join(origins[:3])} are let in.",
                    graded.severity,
                    answers,
                    Confidence.PROVEN if len(origins) > 2 else Confidence.SUSPECTED,
                    settle=f"Ask with a port that nobody uses, such as {base}:49321.",
                    fact=base,
                    why=graded.why,
                    origin=front_end(host, endpoint),
                )
