"""COR4xx: caches that hand one site's answer to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coranalyze.endpoint import Answer, Endpoint, Storage
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Data
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule


@rule(401, "dynamic-acao-without-vary", fixes=("F5",), weaknesses=(524,), within=(405,))
def dynamic_acao_without_vary(host: Host) -> Iterator[Hit]:
    """The answer depends on who asks, and no `Vary: Origin` tells caches so.

    The server picks `Access-Control-Allow-Origin` by the request's `Origin`. A cache that is not told keeps one answer
    for everybody: the next site gets an answer that names another one, and its browser blocks it.

    ## Why it matters
    It works in every test and fails for some users some of the time, after somebody else has filled the cache. With a
    CDN in front it hits all users; without, the browser's own cache is enough where one person uses two of the sites.

    ## Fires
    Two sites, two values, and neither answer has `Vary`:

    ```http
    GET https://api.example/prices
    Origin: https://app.example

    200
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/prices
    Origin: https://shop.example

    200
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://shop.example
    ```

    ## Quiet
    One fixed value for all who ask needs no `Vary`:

    ```http
    GET https://api.example/prices
    Origin: https://app.example

    200
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/prices
    Origin: https://other.test

    200
    Cache-Control: max-age=600
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    Ask the same URL with two origins that are both meant to be let in, or with one and without any. If the value
    changes, `Vary: Origin` is missing; if it stays, the value is fixed and nothing is wrong.
    """
    for endpoint in host.speaking:
        answers = [a for a in host.policy(endpoint) if not a.preflight and a.acao not in (None, "*") and not a.stored]
        bare = [answer for answer in answers if not answer.varies]
        if not bare:
            continue
        proven = _picks(endpoint, answers)
        if not proven and (not all(a.reflects for a in bare) or _silent(host, endpoint) or _fixed(answers)):
            continue
        values = ", ".join(sorted({answer.acao or "" for answer in answers})[:3])
        severity, why = _reach(bare)
        yield Hit(
            endpoint,
            f"Access-Control-Allow-Origin depends on who asks ({values}) and Vary: Origin is missing."
            if proven
            else f"Access-Control-Allow-Origin repeats the one origin that asked ({values}) without Vary: Origin: "
            "right only if the value is fixed.",
            severity,
            tuple(bare),
            Confidence.PROVEN if proven else Confidence.SUSPECTED,
            settle="Ask the same URL with another origin that is let in, or without Origin: does the value change?",
            why=why,
        )


@rule(402, "acao-presence-without-vary", fixes=("F5",), weaknesses=(349,), within=(401, 405))
def acao_presence_without_vary(host: Host) -> Iterator[Hit]:
    """Without the right `Origin` the CORS headers are left out, and that answer has no `Vary: Origin`.

    Requests without `Origin` (an image, a visit) or from a site that is refused get the same content without
    `Access-Control-Allow-Origin`. Without `Vary: Origin` on *that* answer a cache gives it to the site that is allowed.

    ## Why it matters
    The classic is a picture: the page shows it with `<img>`, the browser caches the answer without CORS headers, and
    when a script fetches the same URL the cached copy is blocked. `Vary` on the answers that have the headers does not
    help: it is the other ones that get stored.

    ## Fires
    ```http
    GET https://cdn.example/logo.png
    Sec-Fetch-Mode: no-cors

    200
    Content-Type: image/png
    Cache-Control: max-age=3600

    GET https://cdn.example/logo.png
    Origin: https://app.example

    200
    Content-Type: image/png
    Cache-Control: max-age=3600
    Access-Control-Allow-Origin: *
    ```

    ## Quiet
    Both answers say that `Origin` matters:

    ```http
    GET https://cdn.example/logo.png
    Sec-Fetch-Mode: no-cors

    200
    Cache-Control: max-age=3600
    Vary: Origin

    GET https://cdn.example/logo.png
    Origin: https://app.example

    200
    Cache-Control: max-age=3600
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin
    ```

    ## Settle
    Ask one URL with and without `Origin` and compare the two answers.
    """
    for endpoint in host.speaking:
        readable = [answer for answer in host.policy(endpoint) if _is_content(answer)]
        given = [answer for answer in readable if answer.allow_origin and not answer.stored]
        bare = [answer for answer in readable if not answer.allow_origin and not answer.varies]
        if not given or not bare:
            continue
        same = [answer for answer in bare if _share(endpoint, answer, given)]
        severity, why = _reach(same or bare)
        if not same and severity is Severity.INFO:
            continue
        whom = "requests without Origin" if any(answer.origin is None for answer in same or bare) else "refused origins"
        yield Hit(
            endpoint,
            f"The answer to {whom} has neither Access-Control-Allow-Origin nor Vary: Origin; from a cache it blocks "
            "the sites that are allowed.",
            severity,
            (*(same or bare), given[0]),
            Confidence.PROVEN if same else Confidence.SUSPECTED,
            settle="Ask one URL with and without Origin and compare the two answers.",
            why=why,
        )


@rule(403, "origin-in-other-header", fixes=("F5",), weaknesses=(349,))
def origin_in_other_header(host: Host) -> Iterator[Hit]:
    """A cacheable answer repeats the request's `Origin` outside of CORS, and no `Vary: Origin` tells caches so.

    A redirect that leads back to the page that asked, or `Timing-Allow-Origin` with that page's name: whatever depends
    on `Origin` must not be stored for everybody.

    ## Why it matters
    Whoever asks first decides what all others get from the cache. With a redirect that means: where they are sent.

    ## Fires
    ```http
    GET https://api.example/login
    Origin: https://app.example

    301
    Location: https://app.example/welcome
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *

    GET https://api.example/login
    Origin: https://other.test

    301
    Location: https://other.test/welcome
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *
    ```

    ## Quiet
    The same, not to be stored:

    ```http
    GET https://api.example/login
    Origin: https://app.example

    302
    Location: https://app.example/welcome
    Cache-Control: no-store
    Access-Control-Allow-Origin: *

    GET https://api.example/login
    Origin: https://other.test

    302
    Location: https://other.test/welcome
    Cache-Control: no-store
    Access-Control-Allow-Origin: *
    ```

    ## Settle
    Ask the same URL with another origin: is it repeated as well?
    """
    for endpoint in host.endpoints:
        found: dict[str, list[Answer]] = {}
        for answer in host.policy(endpoint):
            if answer.repeats_origin and answer.storage is not Storage.NONE and not answer.varies:
                for name in answer.repeats_origin:
                    found.setdefault(name, []).append(answer)
        for name, answers in found.items():
            proven = len({answer.origin for answer in answers}) > 1
            shared = any(answer.storage is Storage.SHARED for answer in answers)
            yield Hit(
                endpoint,
                f"A cacheable answer repeats the request's Origin in {name} without Vary: Origin.",
                Severity.MEDIUM if shared else Severity.LOW,
                tuple(answers),
                Confidence.PROVEN if proven else Confidence.SUSPECTED,
                settle="Ask the same URL with another origin: is it repeated as well?",
                fact=name,
                header=name,
            )


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
    """
    for endpoint in host.speaking:
        answers = [
            answer
            for answer in host.policy(endpoint)
            if answer.allows_credentials
            and answer.acao not in (None, "*")
            and answer.storage is Storage.SHARED
            and answer.cookie.value == "yes"
            and not {"cookie", "*"} & set(answer.vary)
            and (answer.status or 0) < 300
        ]
        if not answers or host.data(endpoint) is Data.PUBLIC:
            continue
        declared = any(answer.declared_public for answer in answers)
        yield Hit(
            endpoint,
            "Shared caches may keep an answer that was made for one user's cookies, and give it to others.",
            Severity.MEDIUM if declared else Severity.LOW,
            tuple(answers),
            why="Cache-Control allows it by name" if declared else "a lifetime is given, and nothing forbids it",
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

    ## Settle
    Ask the server past the cache (another query string) with the origin that was served wrongly: does it get its own?
    """
    for endpoint in host.endpoints:
        wrong = [a for a in endpoint.answers if (a.stored or a.cached) and _is_content(a) and host.crosses(a)]
        # A 304 without the header leaves the stored one in force.
        wrong = [a for a in wrong if a.acao != "*" and not a.reflects and (a.allow_origin or a.status != 304)]
        if not wrong:
            continue
        fresh = [a for a in host.policy(endpoint) if _is_content(a) and not a.stored]
        right = [[a for a in fresh if a.origin == bad.origin and (a.reflects or a.acao == "*")] for bad in wrong]
        proven = [bad for bad, good in zip(wrong, right, strict=True) if _share(endpoint, bad, good)]
        doubtful = [
            bad
            for bad, good in zip(wrong, right, strict=True)
            if good or (bad.acao and any(other.reflects and other.acao == bad.acao for other in fresh))
        ]
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
    for endpoint in host.endpoints:
        answers = tuple(a for a in host.policy(endpoint) if a.preflight and a.stored and not told & set(a.vary))
        if answers:
            named = any(answer.acao != "*" for answer in answers)
            yield Hit(
                endpoint,
                "A shared cache answers preflights without regard to the method and headers that they ask for.",
                Severity.MEDIUM if named else Severity.LOW,
                answers,
                why="" if named else "the cached answer is the same for every site (`*`)",
            )


def _is_content(answer: Answer) -> bool:
    """An answer that holds what was asked for, and that caches may keep by its method."""
    return not answer.preflight and answer.method in ("GET", "HEAD") and (answer.status or 0) in (*range(200, 300), 304)


def _picks(endpoint: Endpoint, answers: list[Answer]) -> bool:
    """The values differ, and not only because the URLs do."""
    own = {answer.acao for answer in answers if answer.reflects}
    if len(own) > 1:
        return True
    return any(a.acao != b.acao and _share(endpoint, a, [b]) for a in answers for b in answers)


def _fixed(answers: list[Answer]) -> bool:
    """Somebody else got the same value."""
    return len({answer.acao for answer in answers}) == 1 and not all(answer.reflects for answer in answers)


def _silent(host: Host, endpoint: Endpoint) -> bool:
    """Some content came without Access-Control-Allow-Origin: the question is that of COR402."""
    return any(_is_content(answer) and not answer.allow_origin for answer in host.policy(endpoint))


def _share(endpoint: Endpoint, answer: Answer, others: Iterable[Answer]) -> bool:
    """The answer and one of the others were given for the same URL."""
    urls = endpoint.answers[answer].urls()
    return any(urls & endpoint.answers[other].urls() for other in others)


def _reach(answers: Iterable[Answer]) -> tuple[Severity, str]:
    """How far a wrong answer could get: no cache, the browser's own, or one that many share."""
    answers = tuple(answers)
    if all(answer.storage is Storage.NONE for answer in answers):
        return Severity.INFO, "no cache may keep these answers"
    if any(answer.storage is Storage.SHARED and answer.through_cache for answer in answers):
        return Severity.MEDIUM, "a shared cache stands on the way and may keep it"
    return Severity.LOW, "browsers and caches may keep it; no shared cache was seen"
