"""COR805 to COR810: more than is needed."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.checks import SAFELISTED_RESPONSE_HEADERS
from coranalyze.cors.safelist import is_forbidden_method, is_safelisted_method
from coranalyze.endpoint import Answer, Endpoint
from coranalyze.endpoint.asked import tokens
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Data
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import listed

MANY_METHODS = 3
"""Unused methods from which a list is worth a word: a shorter one may only mean that the capture is short."""
MANY_HEADERS = 15
MANY_EXPOSED = 20


@rule(805, "methods-overbroad", fixes=("F8",))
def methods_overbroad(host: Host) -> Iterator[Hit]:
    """More methods are allowed than pages use.

    `Access-Control-Allow-Methods` lists methods that nobody asked for in this capture, or `TRACE` and `CONNECT`, which
    scripts can never send.

    ## Why it matters
    It is no hole: whoever is let in may still only do what the server does for them. A short list shows at a glance
    what pages of other sites are meant to do. The capture may not show everything that is used.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PUT, TRACE
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST, PUT, DELETE
    ```
    """
    # In another case it is meant all the same (COR512).
    used = {(answer.requested_method or answer.method).upper() for _, answer in host.crossing} | {"*", "OPTIONS"}
    found: list[tuple[Endpoint, Answer]] = []
    extra: set[str] = set()
    impossible: set[str] = set()
    for endpoint, answer in host.crossing:
        if not answer.preflight:
            continue
        methods = tokens(answer.allow_methods) or ()
        never = {method for method in methods if is_forbidden_method(method)}
        unused = {m for m in methods if not is_safelisted_method(m.upper()) and m.upper() not in used} - never
        if never or len(unused) >= MANY_METHODS:
            found.append((endpoint, answer))
            extra |= unused
            impossible |= never
    told = f"never to be sent by scripts: {listed(impossible)}" if impossible else f"not used here: {listed(extra)}"
    yield from _each(found, f"Access-Control-Allow-Methods lists more than is needed ({told}).")


@rule(806, "headers-overbroad", fixes=("F8",))
def headers_overbroad(host: Host) -> Iterator[Hit]:
    """All request headers are allowed that somebody asks for, or many that nobody uses.

    Some servers copy `Access-Control-Request-Headers` into the answer, which allows everything, as `*` would.

    ## Why it matters
    It is no hole by itself. It is wider than it looks, and nobody decided on it.

    ## Fires
    Whatever is asked for is allowed:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-one

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: x-one

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-three,x-two

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: x-three,x-two
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-one

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type, x-one
    ```

    ## Settle
    Ask for a header with a random name: is it allowed as well? Some frameworks answer with the allowed ones among
    those asked for, which looks the same.
    """
    preflights = [(e, a) for e, a in host.crossing if a.preflight and a.allow_headers]
    used = {name for _, answer in preflights for name in answer.requested_headers}
    echoed = [(e, a) for e, a in preflights if len(a.requested_headers) and _names(a) == list(a.requested_headers)]
    if len({answer.requested_headers for _, answer in echoed}) > 1 and len(echoed) == len(preflights):
        yield from _each(
            echoed, "Access-Control-Allow-Headers repeats whatever headers are asked for.", Confidence.SUSPECTED,
            "Ask for a header with a random name: is it allowed as well?",
        )  # fmt: skip
        return
    wide = [(e, a) for e, a in preflights if len(set(_names(a)) - used) >= MANY_HEADERS]
    extra = {name for _, answer in wide for name in _names(answer)} - used
    yield from _each(wide, f"Access-Control-Allow-Headers lists {len(extra)} headers that no page here sends.")


@rule(807, "expose-overbroad-or-redundant", fixes=("F10",))
def expose_overbroad(host: Host) -> Iterator[Hit]:
    """`Access-Control-Expose-Headers` lists what scripts may read anyway, or a great deal.

    `Cache-Control`, `Content-Language`, `Content-Length`, `Content-Type`, `Expires`, `Last-Modified` and `Pragma` can
    always be read.

    ## Why it matters
    It costs some bytes on every answer, and a long list is one that nobody has looked at.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: Content-Type, X-Total-Count
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: ETag, X-Total-Count
    ```
    """
    found: list[tuple[Endpoint, Answer]] = []
    needless: set[str] = set()
    most = 0
    for endpoint in host.saying("expose_headers"):
        for answer in host.policy(endpoint):
            names = {name.lower() for name in tokens(answer.expose_headers) or ()}
            if names & SAFELISTED_RESPONSE_HEADERS or len(names) >= MANY_EXPOSED:
                found.append((endpoint, answer))
                needless |= names & SAFELISTED_RESPONSE_HEADERS
                most = max(most, len(names))
    told = f"can be read anyway: {listed(needless)}" if needless else f"{most} names"
    yield from _each(found, f"Access-Control-Expose-Headers lists more than is needed ({told}).")


@rule(808, "vary-origin-with-constant-star", fixes=("F5",))
def vary_origin_with_constant_star(host: Host) -> Iterator[Hit]:
    """`Vary: Origin`, though everybody gets the same `*`.

    ## Why it matters
    Caches keep a copy for each site that asks, and one for those without `Origin`, though all are equal. Some
    frameworks do so on purpose, because their other answers do depend on `Origin`.

    ## Fires
    ```http
    GET https://cdn.example/font.woff2
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Vary: Origin

    GET https://cdn.example/font.woff2
    Sec-Fetch-Mode: no-cors

    200
    Access-Control-Allow-Origin: *
    Vary: Origin
    ```

    ## Quiet
    Without `Origin` the header is left out, so the answers differ:

    ```http
    GET https://cdn.example/font.woff2
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Vary: Origin

    GET https://cdn.example/font.woff2
    Sec-Fetch-Mode: no-cors

    200
    Vary: Origin
    ```
    """
    found: list[tuple[Endpoint, Answer]] = []
    for endpoint in host.varied:
        answers = [a for a in host.policy(endpoint) if not a.preflight and (a.status or 0) < 300]
        if not all(answer.acao == "*" and "origin" in answer.vary for answer in answers):
            continue
        if any(a.origin is None for a in answers) and any(a.origin is not None for a in answers):
            found += [(endpoint, answer) for answer in answers]
    yield from _each(found, "Everybody gets *, so Vary: Origin only splits caches.")


@rule(809, "cors-unused", fixes=("F1",))
def cors_unused(host: Host) -> Iterator[Hit]:
    """Other sites are let in, and none of them asks.

    ## Why it matters
    What is not needed can be left out, and then nothing can be wrong with it. The capture may not show everybody who
    asks.

    ## Fires
    ```http
    GET https://app.example/api/items
    Sec-Fetch-Site: same-origin
    Sec-Fetch-Mode: cors

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://old.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    Static files for everybody:

    ```http
    GET https://cdn.example/app.js
    Sec-Fetch-Mode: no-cors

    200
    Content-Type: text/javascript
    Access-Control-Allow-Origin: *
    ```

    A page of another site asked, and the capture does not show how (some exporters drop `Origin`):

    ```http
    POST https://api.example/items
    Referer: https://app.example/

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    if host.crossing or any(host.used(endpoint) or _may_be_asked(host, endpoint) for endpoint in host.speaking):
        return
    found = [
        (endpoint, answer)
        for endpoint in host.speaking
        if host.data(endpoint) is not Data.PUBLIC
        for answer in host.policy(endpoint)
        if answer.allow_origin and (answer.page is not None or answer.origin is not None)
    ]
    yield from _each(found, "Access-Control-Allow-Origin is sent, and no page of another origin asks.")


def _may_be_asked(host: Host, endpoint: Endpoint) -> bool:
    """Whether a page of another origin asked in a mode that the capture does not show: Origin need not be in it."""
    return any(
        answer.mode == "unknown" and answer.origin is None and answer.page not in (None, host.server.origin)
        for answer in host.policy(endpoint)
    )


@rule(810, "acac-without-acao")
def acac_without_acao(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Credentials` without `Access-Control-Allow-Origin` says nothing.

    Several frameworks and proxies send it on every answer, also where they refuse the site.

    ## Why it matters
    It has no effect. It only shows that the server would allow credentials to the sites that it lets in.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://foreign.test

    200
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```
    """
    bearing = host.having("allow_credentials")
    found = [(e, a) for e in bearing for a in host.policy(e) if a.allow_credentials and not a.allow_origin]
    yield from _each(found, "Access-Control-Allow-Credentials stands alone, on refusals or by mistake: no effect.")


def _each(
    found: list[tuple[Endpoint, Answer]], message: str, confidence: Confidence = Confidence.PROVEN, settle: str = ""
) -> Iterator[Hit]:
    """One hit per endpoint, all of one finding, for information."""
    answers: dict[str, list[Answer]] = {}
    endpoints = {endpoint.template: endpoint for endpoint, _ in found}
    for endpoint, answer in found:
        answers.setdefault(endpoint.template, []).append(answer)
    for template, shown in answers.items():
        yield Hit(endpoints[template], message, Severity.INFO, tuple(shown), confidence, settle=settle)


def _names(answer: Answer) -> list[str]:
    return [name.lower() for name in tokens(answer.allow_headers) or () if name != "*"]
