"""Causes D, second part: who asks, from where, and for what."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.response import WRONG_OR_MISSING
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.fetch import Observed, Stage

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
