"""COR404 to COR406: what shared caches keep and give out again."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.endpoint import Answer, Endpoint, Presence, Storage
from coranalyze.fetch import Observed
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.caching import is_content, share
from coranalyze.rules.grade import Data
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule


@rule(404, "shared-cacheable-credentialed", fixes=("F5",), weaknesses=(524,))
def shared_cacheable_credentialed(host: Host) -> Iterator[Hit]:
    """An answer to one user's cookies may be stored for everybody.

    `Cache-Control: public` or `s-maxage` lets CDNs and proxies keep an answer that was made for a request with
    cookies, and that other sites may read with credentials.

    ## Why it matters
    What one user may see is then served to the next one: names, orders, tokens. Such leaks need no attacker.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Content-Type: application/json
    Cache-Control: public, max-age=300
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    An export without cookies:

    ```http
    # recorded by: chrome-devtools, sanitized
    GET https://api.example/you
    Origin: https://app.example

    200
    Content-Type: application/json
    Cache-Control: public, max-age=300
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Quiet
    A picture is the same for all, though the browser sent its cookies along:

    ```http
    GET https://api.example/logo.png
    Origin: https://app.example
    Cookie: sid

    200
    Content-Type: image/png
    Cache-Control: public, max-age=300
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    A lifetime alone is not meant for the caches of others:

    ```http
    GET https://api.example/they
    Origin: https://app.example
    Cookie: sid

    200
    Content-Type: application/json
    Cache-Control: max-age=300
    Last-Modified: Fri, 28 Nov 2025 10:00:00 GMT
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Settle
    Cookies are left out of the capture: record it again with them, and see whether this request carries any.
    """
    for endpoint in host.saying("names"):
        possible = [
            answer
            for answer in host.policy(endpoint)
            if answer.allows_credentials
            and answer.acao not in (None, "*")
            and answer.declared_public
            and answer.storage is Storage.SHARED
            and answer.cookie is not Presence.NO
            and not {"cookie", "*"} & set(answer.vary)
            and (answer.status or 0) < 300
        ]
        seen = [answer for answer in possible if answer.cookie is Presence.YES]
        answers = seen or possible
        if not answers or host.data(endpoint) is Data.PUBLIC:
            continue
        # Who has no cookie gets an answer too, which may be the same one.
        anonymous = any(
            answer.cookie is Presence.NO and 200 <= (answer.status or 0) < 300 and not answer.preflight
            for answer in host.policy(endpoint)
        )
        yield Hit(
            endpoint,
            "Shared caches may keep the answer to a request with one user's cookies, and give it to others."
            if seen
            else "Shared caches may keep an answer that allows credentials; whether it had any is not recorded.",
            Severity.LOW if anonymous else Severity.MEDIUM,
            tuple(answers),
            Confidence.PROVEN if seen else Confidence.SUSPECTED,
            settle="" if seen else "Record it again with cookies: does this request carry any?",
            why="Cache-Control allows it by name"
            + ("; without cookies there is an answer too, perhaps the same" if anonymous else ""),
        )


@rule(405, "cache-served-wrong-origin", fixes=("F5",), weaknesses=(349,))
def cache_served_wrong_origin(host: Host) -> Iterator[Hit]:
    """A cache has served one site the answer that was made for another.

    The answer came out of a cache (`Age`, `X-Cache: HIT`) and its `Access-Control-Allow-Origin` names another origin
    than the one that asked, or is missing, while the server itself answers this origin rightly.

    ## Why it matters
    It is no risk any more, it has happened: the browser blocked the page, and whoever fills the cache (also on
    purpose, by asking first) decides which site works.

    ## Fires
    ```http
    GET https://cdn.example/data.json
    Origin: https://app.example

    200
    X-Cache: MISS
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://cdn.example/data.json
    Origin: https://shop.example

    200
    X-Cache: MISS
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://shop.example

    GET https://cdn.example/data.json
    Origin: https://app.example

    200
    X-Cache: HIT
    Age: 12
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://shop.example
    ```

    ## Quiet
    A fixed value, cached or not, names one origin only; others are refused:

    ```http
    GET https://cdn.example/data.json
    Origin: https://shop.example

    200
    X-Cache: MISS
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://cdn.example/data.json
    Origin: https://shop.example

    200
    X-Cache: HIT
    Age: 12
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example
    ```

    Of one who asks past the cache, the server shows that its value is fixed for the others too:

    ```http
    GET https://cdn.example/fixed.json
    Origin: https://app.example

    200
    X-Cache: MISS
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://cdn.example/fixed.json
    Origin: https://shop.example

    200
    X-Cache: MISS
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://cdn.example/fixed.json
    Origin: https://blog.example

    200
    X-Cache: HIT
    Age: 12
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    Ask the server past the cache (another query string) with the origin that was served wrongly: does it get its own?
    """
    for endpoint in host.having("stored", "cached"):
        wrong = [a for a in host.seen(endpoint) if _is_from_cache(a) and is_content(a) and host.crosses(a)]
        wrong = [a for a in wrong if a.acao != "*" and not a.reflects]
        if not wrong:
            continue
        fresh = [a for a in host.policy(endpoint) if is_content(a) and not a.stored]
        proven = [a for a in wrong if _is_proven(endpoint, a, fresh)]
        doubtful = [a for a in wrong if _is_likely(host, endpoint, a, fresh)]
        if not proven and not doubtful:
            continue
        shown = (proven or doubtful)[0]
        yield Hit(
            endpoint,
            f"A cache gave {shown.origin} "
            + (
                f"the answer made for {shown.acao}." if shown.acao else "an answer without Access-Control-Allow-Origin."
            ),
            Severity.HIGH,
            tuple(proven or doubtful),
            Confidence.PROVEN if proven else Confidence.SUSPECTED,
            settle="Ask past the cache (another query string) with the origin that was served wrongly.",
            origin=shown.origin or "",
        )


@rule(406, "preflight-cached-by-cdn", fixes=("F5",), weaknesses=(349,))
def preflight_cached_by_cdn(host: Host) -> Iterator[Hit]:
    """A shared cache answers preflights, and is not told what they ask for.

    The answer to `OPTIONS` came out of a cache, and its `Vary` names neither `Access-Control-Request-Method` nor
    `Access-Control-Request-Headers`.

    ## Why it matters
    The answer to one page's question is given to another page, with another origin, method or header: requests fail
    by chance, or a permission reaches whom it was not meant for. The browser has its own cache for preflights
    (`Access-Control-Max-Age`), which knows all of this.

    ## Fires
    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Age: 30
    X-Cache: HIT
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Vary: Origin
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Age: 30
    X-Cache: HIT
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
    ```
    """
    told = {"access-control-request-method", "access-control-request-headers", "*"}
    for endpoint in host.preflighted:
        answers = tuple(a for a in host.policy(endpoint) if a.preflight and a.stored and not told & set(a.vary))
        if answers:
            yield Hit(
                endpoint,
                "A shared cache answers preflights without regard to the method and headers that they ask for.",
                Severity.MEDIUM,
                answers,
            )


def _is_from_cache(answer: Answer) -> bool:
    """A cache gave it, with the headers that it shows.

    A 304 without the header leaves the stored one in force; and of what is in its own cache a browser may show a part.
    """
    if answer.made_up or not (answer.stored or answer.cached):
        return False
    whole = answer.status != 304 and (not answer.cached or answer.observed is Observed.BLOCKED)
    return bool(answer.allow_origin) or whole


def _is_proven(endpoint: Endpoint, wrong: Answer, fresh: list[Answer]) -> bool:
    """The server lets the asker in by that very URL; or it filled the cache for the one named, and names each asker.

    A 304 without a sign of a shared cache may be the server's own.
    """
    if wrong.status == 304 and wrong.allow_origin and not wrong.stored:
        return False
    right = [a for a in fresh if a.origin == wrong.origin and a.lets_in]
    if share(endpoint, wrong, right):
        return True
    filled = [a for a in fresh if a.reflects and a.acao == wrong.acao]
    return any(answer.reflects for answer in right) and share(endpoint, wrong, filled)


def _is_likely(host: Host, endpoint: Endpoint, wrong: Answer, fresh: list[Answer]) -> bool:
    """The server lets the asker in, or names each asker, though perhaps by another URL."""
    if any(a.origin == wrong.origin and a.lets_in for a in fresh):
        return True
    if wrong.allow_origin:
        named = [other for other in fresh if other.acao == wrong.acao and other.origin is not None]
        # Where the server itself gives others that name, it is fixed, and no cache mixed anything up.
        return bool(named) and all(other.reflects for other in named)
    # The URL was asked without Origin, and the server lets the asker in where no cache answers.
    filled = [a for a in fresh if a.origin is None and not a.allow_origin and not a.varies]
    return share(endpoint, wrong, filled) and wrong.origin in host.once(_let_in)


def _let_in(host: Host) -> set[str | None]:
    """The origins that the server itself lets in, on whatever endpoint."""
    return {answer.origin for _, answer in host.crossing if answer.lets_in and not answer.stored}
