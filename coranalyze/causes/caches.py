"""Causes D, first part: caches."""

from __future__ import annotations

from coranalyze.causes.case import ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.response import WRONG_OR_MISSING
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Storage
from coranalyze.endpoint.layer import Kind
from coranalyze.endpoint.response import STATUS_OF_CACHE, says_stored


def stored(case: Case) -> str:
    """The sign that a cache gave the answer; empty without one."""
    if case.sent.cached:
        return "it came out of the browser's cache"
    age = case.response.get("age") or ""
    if age.isascii() and age.isdigit() and int(age[:12]) > 0:
        return f"`Age: {age}` says that a cache has held it for {int(age[:12])} s"
    names = case.response.names()
    for name in STATUS_OF_CACHE:
        value = case.response.get(name) if name in names else None
        if value is not None and says_stored(value):
            return f"`{name}: {value}` says that it came out of a cache"
    return ""


def _varies(value: str | None) -> bool:
    names = {name.strip() for name in (value or "").lower().split(",")}
    return "origin" in names or "*" in names


@pattern("304-without-cors", fixes=("F7",))
def revalidated_without_cors(case: Case) -> Told | None:
    """A 304 answered without the CORS headers

    The page asked whether its copy is still good, and the answer "not modified" went past the code that adds the CORS
    headers.

    ## How to recognise it
    Status 304 without `Access-Control-Allow-Origin`, where the full answer has it.

    ## What to do
    Have the CORS middleware wrap the code that answers 304 (conditional GET, ETag middleware, static files).

    ## Example
    The script itself made the request conditional, as its preflight shows:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: if-none-match

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: if-none-match

    GET https://api.example/items
    Origin: https://app.example
    If-None-Match: "1"

    304
    ```

    ## Not
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    ```
    """
    if case.status != 304 or case.response.has(ACAO):
        return None
    return Told(
        f"{case.server} answered {case.asked} with 304, and this answer lacks Access-Control-Allow-Origin.",
        "Have the CORS handling cover what answers 304 (ETag or conditional-GET middleware, static files).",
        (f"{case.sibling} of the same server has it",) if case.sibling is not None else (),
        settle=""
        if case.reason is not None
        else "The headers of the stored answer count too, and the capture does not hold them.",
    )


@pattern("cache-poisoned", fixes=("F5",))
def cache_poisoned(case: Case) -> Told | None:
    """A cache gave out an answer that was made for somebody else

    A CDN, a proxy or the browser stored the answer to a request from another page, or without `Origin`, and gave it to
    this page. The server itself would have answered rightly. It comes and goes, and is gone with the cache off.

    ## How to recognise it
    The answer has an `Age` or says HIT, and carries another origin or none; another answer to the same URL is right.

    ## What to do
    Send `Vary: Origin` with every answer, also with those to requests without `Origin`, and put `Origin` into the cache
    key of the CDN. Then empty the cache. A constant `*` needs neither.

    ## Example
    ```http
    GET https://cdn.example/data.json
    Origin: https://one.example

    200
    Access-Control-Allow-Origin: https://one.example
    Cache-Control: public, max-age=600
    X-Cache: Miss from cloudfront

    GET https://cdn.example/data.json
    Origin: https://two.example

    200
    Access-Control-Allow-Origin: https://one.example
    Cache-Control: public, max-age=600
    Age: 12
    X-Cache: Hit from cloudfront
    ```

    An answer to a preflight:

    ```http
    OPTIONS https://cdn.example/cart
    Origin: https://two.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://one.example
    Access-Control-Allow-Methods: PUT
    Age: 12
    ```

    ## Not
    ```http
    GET https://cdn.example/data.json
    Origin: https://two.example

    200
    Access-Control-Allow-Origin: https://one.example
    ```
    """
    if case.reason not in WRONG_OR_MISSING or case.status is None or case.status >= 300:
        return None
    sign = stored(case)
    if not sign:
        return None
    received = case.response.get(ACAO)
    if case.preflighted:
        return _stored_preflight(case, sign, received)
    at_url = case.same_url
    right = next((seen for seen in at_url if seen.answer.acao in (case.origin, "*")), None)
    # Who asked when the copy was made, if it is that.
    maker = any(seen.answer.origin == received for seen in at_url)
    shown = [f"{right} at the same URL has the right one"] if right is not None else []
    if maker:
        shown.append(
            f"`{received}` asked for the same URL"
            if received is not None
            else "the same URL was asked for without Origin too"
        )
    if not shown and received is None and not case.sent.cached:
        return None
    whose = f"for `{received}`" if received is not None else "without Access-Control-Allow-Origin"
    return Told(
        f"A cache answered {case.asked} with a copy that was stored {whose}.",
        "Send `Vary: Origin` with every answer of this URL (or a constant `*`), put Origin into the cache's key, and "
        "empty the cache.",
        (sign, *shown),
        # A value that is fixed would look the same.
        settle=""
        if right is not None or (maker and received is None)
        else "Ask again with the cache off: if the answer is right then, the copy was made for another.",
    )


def _stored_preflight(case: Case, sign: str, received: str | None) -> Told:
    """Answers to OPTIONS are not cacheable. RFC 9110 9.3.7"""
    whose = f"for `{received}`" if received is not None else "without Access-Control-Allow-Origin"
    return Told(
        f"A cache answered the preflight of {case.asked} with a copy that was stored {whose}.",
        "Have the cache pass OPTIONS on (it is no method whose answers may be kept), and empty it.",
        (sign,),
    )


@pattern("vary-missing", fixes=("F5",))
def vary_missing(case: Case) -> Told | None:
    """The answer depends on the origin and does not say so

    The same URL was answered with `Access-Control-Allow-Origin` for this page and without it (or for another), and the
    answers do not carry `Vary: Origin`. Any cache on the way, the browser's own included, may mix them up.

    ## How to recognise it
    The same URL with different CORS headers in one capture, and no `Vary: Origin`.

    ## What to do
    Always send `Vary: Origin`, also with answers to requests without `Origin`; or a constant `*`.

    ## Example
    ```http
    GET https://cdn.example/logo.svg
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Cache-Control: max-age=600

    GET https://cdn.example/logo.svg
    Origin: https://app.example

    200
    Cache-Control: max-age=600
    ```

    ## Not
    ```http
    GET https://cdn.example/logo.svg
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin

    GET https://cdn.example/logo.svg
    Origin: https://other.example

    200
    Vary: Origin
    ```
    """
    if case.reason not in WRONG_OR_MISSING or case.preflighted or case.status is None or case.status >= 300:
        return None
    if case.origin == "null" or _varies(case.response.get("vary")):
        return None
    right = [seen for seen in case.same_url if seen.answer.acao == case.origin and not seen.answer.varies]
    if not right:
        return None
    # Where nobody else asked and nothing may be stored, no cache can have mixed up whom an answer was for.
    answers = [seen.answer for seen in case.same_endpoint]
    if all(answer.origin == case.origin and answer.storage is Storage.NONE for answer in answers):
        return None
    received = case.response.get(ACAO)
    has = f"for `{received}`" if received is not None else "without Access-Control-Allow-Origin"
    return Told(
        f"{case.asked} was answered {has}, and another time for {case.origin}; neither answer says `Vary: Origin`.",
        "Send `Vary: Origin` with every answer of this URL (or a constant `*`), so that no cache mixes them up.",
        (f"{right[0]} at the same URL allows the page",),
        settle="Ask again with the cache off: if the answer is right then, a cache mixed them up; if not, servers "
        "differ.",
    )


@pattern("cdn-drops-origin", fixes=("F5",))
def cdn_drops_origin(case: Case) -> Told | None:
    """The CDN does not pass Origin on to the object store

    Object stores (S3, Google Cloud Storage) send CORS headers only to requests that carry `Origin`. Where the CDN in
    front does not forward it, or does not key its cache by it, who asked first decides for everybody.

    ## How to recognise it
    An object store or a CDN answers; some objects of the host carry `Access-Control-Allow-Origin` and others do not.

    ## What to do
    Have the CDN forward `Origin` (with the two `Access-Control-Request-…` headers) and key on it, or let it add the
    CORS headers itself.

    ## Example
    ```http
    GET https://static.example/a.json
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Server: AmazonS3
    X-Amz-Cf-Id: a
    X-Cache: Miss from cloudfront

    GET https://static.example/b.json
    Origin: https://app.example

    200
    Server: AmazonS3
    X-Amz-Cf-Id: b
    X-Cache: Hit from cloudfront
    Age: 400
    ```

    ## Not
    ```http
    GET https://api.example/a.json
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Server: uvicorn

    GET https://api.example/b.json
    Origin: https://app.example

    200
    Server: uvicorn
    ```
    """
    layer = case.layer
    if case.reason is not Reason.ACAO_MISSING or case.preflighted or case.status is None or case.status >= 300:
        return None
    sibling = case.sibling
    if sibling is None or layer is None or layer.kind not in (Kind.STORAGE, Kind.CDN):
        return None
    sign = stored(case)
    return Told(
        f"{layer.name} answered {case.asked} without Access-Control-Allow-Origin, and other objects of {case.server} "
        "with it: who asked first decides.",
        f"Have the CDN of {case.server} forward Origin and put it into its cache key, or add the CORS headers in the "
        "CDN.",
        (f"{sibling} has the header", sign),
        settle="" if sign else "Ask twice for a fresh object, first without and then with Origin.",
    )
