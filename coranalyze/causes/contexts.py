"""Causes D, second part: who asks, from where, and for what."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.response import WRONG_OR_MISSING
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Presence
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.fetch import Credentials, Observed, Outcome, Role, Stage

_ELEMENTS = {
    "font": "a style sheet loads it as a font (@font-face), which always takes CORS",
    "script": "a <script> loads it, as a module or with `crossorigin`",
    "style": "a <link> with `crossorigin` loads it",
    "stylesheet": "a <link> with `crossorigin` loads it",
    "image": "an <img> with `crossorigin`, or a style sheet, loads it",
    "track": "a <track> loads it",
    "texttrack": "a <track> loads it",
    "audio": "an <audio> with `crossorigin` loads it",
    "video": "a <video> with `crossorigin` loads it",
    "media": "a media element with `crossorigin` loads it",
    "manifest": "a <link rel=manifest> loads it",
    "worker": "a worker's script imports it",
}


@pattern("null-origin-context")
def null_origin_context(case: Case) -> Told | None:
    """The page itself has the origin `null`

    Pages from `file://`, in a sandboxed frame without `allow-same-origin`, from `data:`, and some web views have no
    origin. Their requests carry `Origin: null`, and everybody can make such a page.

    ## How to recognise it
    `Origin: null` on the first request of the chain, before any redirect.

    ## What to do
    Serve the page over http or https; for a sandboxed frame add `allow-same-origin` if the content is your own. Never
    allow `null` on the server.

    ## Example
    ```http
    GET https://api.example/items
    Origin: null

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Not
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    ```
    """
    if case.fetch.origin != "null" or case.reason not in WRONG_OR_MISSING:
        return None
    return Told(
        f"The page that asked {case.server} has no origin (`Origin: null`): a local file, a sandboxed frame or a "
        "web view.",
        "Give the page a real origin (serve it over https, outside of a sandbox); do not allow `null`.",
        (f"known by: {case.fetch.origin_evidence}",) if case.fetch.origin_evidence else (),
    )


@pattern("service-worker")
def service_worker(case: Case) -> Told | None:
    """A service worker answered, and not with what was asked for

    A service worker of the page's own site stands between page and network. If it answers a CORS request with an opaque
    response (from a cache that was filled without CORS), or its own fetch fails, the page's request fails, whatever the
    server says.

    ## How to recognise it
    The capture marks the answer as the service worker's (`_fetchedViaServiceWorker`), and as failed.

    ## What to do
    Have the worker fetch and cache such URLs with CORS (`mode: 'cors'`, `crossorigin` on the element), and look at the
    worker's own requests in the capture. Unregister it once to see whether the failure goes.

    ## Example
    The plain-text notation has no word for service workers; in a HAR it is `"_fetchedViaServiceWorker": true` beside
    `"_error": "net::ERR_FAILED"`.

    ## Not
    ```http
    GET https://cdn.example/a.js
    Origin: https://app.example

    200
    ```
    """
    if not case.sent.service_worker or case.fetch.observed is not Observed.BLOCKED:
        return None
    return Told(
        f"The page's service worker answered {case.asked}, and the browser refused its answer.",
        "Look at the worker's own requests; have it fetch and cache this URL with CORS, or leave it to the network. "
        "Unregister it once to see whether the failure goes.",
        ("the capture marks the answer as the service worker's, and as failed",),
        settle="The worker's code, or its own requests in the capture, show what it answered with.",
        layer=Layer("the page's service worker", Kind.BROWSER, "the capture says so", itself=True),
    )


@pattern("subresource-cors", fixes=("F1",))
def subresource_cors(case: Case) -> Told | None:
    """An element loads it with CORS; nobody called fetch

    Fonts, module scripts and everything with the attribute `crossorigin` are loaded in CORS mode. The server of such
    assets has to allow the page like any API.

    ## How to recognise it
    `Sec-Fetch-Dest: font`, `script`, `image` and the like, with `Sec-Fetch-Mode: cors`.

    ## What to do
    Send `Access-Control-Allow-Origin: *` with public assets. If the file is not meant for others, serve it from the
    page's own host, or drop `crossorigin`.

    ## Example
    ```http
    GET https://cdn.example/inter.woff2
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: font

    200
    Content-Type: font/woff2
    ```

    ## Not
    ```http
    GET https://cdn.example/data.json
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: empty

    200
    Content-Type: application/json
    ```
    """
    kind = case.destination
    if case.reason is not Reason.ACAO_MISSING or kind not in _ELEMENTS or case.stage is Stage.PREFLIGHT:
        return None
    if case.status is not None and case.status >= 400:
        return None
    return Told(
        f"An element of {case.page} loads {case.spot} in CORS mode as {kind}, and {case.server} does not allow it.",
        f"Send Access-Control-Allow-Origin: * from {case.server} with such assets, if they are public; or serve the "
        "file from the page's own host.",
        (_ELEMENTS[kind],),
    )


@pattern("cookie-absent")
def cookie_absent(case: Case) -> Told | None:
    """CORS passed; the server saw no cookie

    The browser handed the answer to the page, so CORS is fine. The answer is 401 because the request carried no cookie:
    the page asked without credentials, the cookie is `SameSite`, or the browser blocks third-party cookies.

    ## How to recognise it
    An allowed answer with 401 to a request without `Cookie` and `Authorization`, in a capture that would show
    them, where cookies of the host are known.

    ## What to do
    Ask with `credentials: 'include'`. From another site the cookie needs `SameSite=None; Secure`; browsers that block
    third-party cookies need both under one site.

    ## Example
    ```http
    POST https://api.example.net/login
    Origin: https://app.example
    Content-Type: text/plain

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Set-Cookie: sid=1; SameSite=Lax

    GET https://api.example.net/me
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site

    401
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    ## Not
    The request carries its token; that is what was refused:

    ```http
    GET https://api.example.net/me
    Origin: https://app.example
    Authorization: Bearer x

    401
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    request = case.sent.request
    if case.fetch.outcome is not Outcome.ALLOWED or case.status != 401:
        return None
    if request.has("cookie") or request.has("authorization") or not _shown(case):
        return None
    cookies, sent = case.siblings.cookies, case.siblings.cookie_sent
    omitted = case.fetch.credentials is Credentials.NOT_INCLUDE
    if not cookies and sent is None:
        return None
    kept = sorted(name for name, same_site in cookies.items() if same_site != "none")
    evidence = [f"{case.host} set the cookie {name}" for name in sorted(cookies)[:3]]
    if sent is not None:
        evidence.append(f"{sent} was asked with cookies")
    why = "the page asked without credentials" if omitted else "SameSite or the blocking of third-party cookies"
    if kept and not omitted:
        why = f"{', '.join(kept[:3])} is not `SameSite=None`, so it does not go along from another site"
    return Told(
        f"CORS passed: {case.asked} was answered 401, and it carried no cookie ({why}).",
        "Ask with `credentials: 'include'`"
        + ("" if not kept else f"; set {kept[0]} with `SameSite=None; Secure` if other sites are to use it")
        + ". No CORS header is missing.",
        tuple(evidence),
        settle="Send the request once with the cookie (curl, or a page of the same site): if it passes, that is it.",
    )


def _shown(case: Case) -> bool:
    """Whether the capture would show a cookie: a sanitized one does not."""
    return any(
        seen.answer.cookie is Presence.NO and seen.answer.status == case.status and seen.answer.role is Role.ACTUAL
        for seen in case.same_endpoint
    )
