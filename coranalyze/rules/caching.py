"""COR401 to COR403: answers that depend on who asks, and do not say so to caches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coranalyze.endpoint import Answer, Endpoint, Storage
from coranalyze.finding import Confidence, Severity
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
    for endpoint in host.saying("names"):
        given = [a for a in host.policy(endpoint) if not a.preflight and a.acao not in (None, "*")]
        answers = [answer for answer in given if not answer.stored]
        bare = [answer for answer in answers if not answer.varies]
        if not bare:
            continue
        proven = _picks(endpoint, answers)
        if not proven and (not all(a.reflects for a in bare) or _silent(host, endpoint) or _fixed(given)):
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
    for endpoint in host.varied:
        readable = [answer for answer in host.policy(endpoint) if is_content(answer)]
        given = [answer for answer in readable if answer.allow_origin and not answer.stored]
        bare = [answer for answer in readable if not answer.allow_origin and not answer.varies]
        # Both to one and the same origin: the policy of another server or another day, or COR405.
        let_in = {answer.origin for answer in given if answer.lets_in}
        bare = [answer for answer in bare if answer.origin not in let_in]
        if not given or not bare:
            continue
        same = [answer for answer in bare if share(endpoint, answer, given)]
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

    A redirect that leads back to the page that asked, `Timing-Allow-Origin` or the `frame-ancestors` of a
    `Content-Security-Policy` with that page's name, a header such as `X-Request-Origin`: whatever depends on `Origin`
    must not be stored for everybody.

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

    Everybody gets the same value:

    ```http
    GET https://api.example/old
    Origin: https://app.example

    301
    Location: https://app.example/new
    Timing-Allow-Origin: https://app.example
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *

    GET https://api.example/old
    Origin: https://other.test

    301
    Location: https://app.example/new
    Timing-Allow-Origin: https://app.example
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *
    ```

    Everybody gets the same list:

    ```http
    GET https://api.example/widget
    Origin: https://app.example

    200
    Content-Security-Policy: frame-ancestors https://app.example
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *

    GET https://api.example/widget
    Origin: https://other.test

    200
    Content-Security-Policy: frame-ancestors https://app.example
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *
    ```

    ## Settle
    Ask the same URL with another origin: is it repeated as well?
    """
    for endpoint in host.having("repeats_origin"):
        found: dict[str, list[Answer]] = {}
        for answer in host.policy(endpoint):
            if answer.repeats_origin and answer.storage is not Storage.NONE and not answer.varies:
                for name in answer.repeats_origin:
                    found.setdefault(name, []).append(answer)
        for name, answers in found.items():
            proven = len({answer.origin for answer in answers}) > 1
            if not proven and (name in _LISTS or _is_constant(host.policy(endpoint), name, answers[0].origin)):
                continue
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


_LISTS = ("content-security-policy", "x-frame-options")
"""Headers that mostly name the one front end, whoever asks."""


def _is_constant(policy: Iterable[Answer], name: str, origin: str | None) -> bool:
    """Somebody else got the same origin in this header."""
    return any(f"{name}: {origin}" in answer.names_another for answer in policy)


def is_content(answer: Answer) -> bool:
    """An answer that holds what was asked for, and that caches may keep by its method."""
    return not answer.preflight and answer.method in ("GET", "HEAD") and (answer.status or 0) in (*range(200, 300), 304)


def share(endpoint: Endpoint, answer: Answer, others: Iterable[Answer]) -> bool:
    """The answer and one of the others were given for the same URL."""
    urls = endpoint.answers[answer].urls()
    return any(urls & endpoint.answers[other].urls() for other in others)


def _picks(endpoint: Endpoint, answers: list[Answer]) -> bool:
    """The values differ, and not only because the URLs do."""
    own = {answer.acao for answer in answers if answer.reflects}
    if len(own) > 1:
        return True
    return any(a.acao != b.acao and share(endpoint, a, [b]) for a in answers for b in answers)


def _fixed(answers: list[Answer]) -> bool:
    """Somebody else got the same value."""
    return len({answer.acao for answer in answers}) == 1 and not all(answer.reflects for answer in answers)


def _silent(host: Host, endpoint: Endpoint) -> bool:
    """Some content came without Access-Control-Allow-Origin: the question is that of COR402."""
    return any(is_content(answer) and not answer.allow_origin for answer in host.policy(endpoint))


def _reach(answers: Iterable[Answer]) -> tuple[Severity, str]:
    """How far a wrong answer could get: no cache, the browser's own, or one that many share."""
    answers = tuple(answers)
    if all(answer.storage is Storage.NONE for answer in answers):
        return Severity.INFO, "no cache may keep these answers"
    if any(answer.storage is Storage.SHARED and answer.through_cache for answer in answers):
        return Severity.MEDIUM, "a shared cache stands on the way and may keep it"
    return Severity.LOW, "browsers and caches may keep it; no shared cache was seen"
