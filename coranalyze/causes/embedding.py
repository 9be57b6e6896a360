"""Causes that are not CORS: what may not be embedded, by its own policy, by that of the page, or by what it is."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.cors.checks import COEP_FRAME, REQUIRE_CORP
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.layer import Kind, Layer


@pattern("embedder-block")
def embedder_block(case: Case) -> Told | None:
    """The resource may not be embedded, which is not CORS

    `Cross-Origin-Resource-Policy` of the resource keeps it out of other sites' pages; a page with
    `Cross-Origin-Embedder-Policy` asks every resource to opt in; Opaque Response Blocking keeps data away from elements
    that load images or scripts. All three look like CORS errors, and no CORS header changes the first. Chromium has the
    same error for a page that its X-Frame-Options or `frame-ancestors` keep out of a frame.

    ## How to recognise it
    A request of an element, without CORS; `Cross-Origin-Resource-Policy: same-origin` or `same-site` on the answer, or
    `net::ERR_BLOCKED_BY_RESPONSE`, `net::ERR_BLOCKED_BY_ORB`.

    ## What to do
    If it is meant for all, send `Cross-Origin-Resource-Policy: cross-origin`. Or load it with CORS (`crossorigin`).

    ## Example
    A page that embeds only what lets itself be embedded:

    ```http
    GET https://app.example/
    Sec-Fetch-Mode: navigate
    Sec-Fetch-Dest: document

    200
    Cross-Origin-Embedder-Policy: require-corp

    GET https://cdn.example/logo.png
    Referer: https://app.example/
    Sec-Fetch-Mode: no-cors
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: image

    200
    ```

    A frame in such a page, which needs a policy of its own:

    ```http
    GET https://app.example/
    Sec-Fetch-Mode: navigate
    Sec-Fetch-Dest: document

    200
    Cross-Origin-Embedder-Policy: require-corp

    GET https://video.example/player
    Referer: https://app.example/
    Sec-Fetch-Mode: navigate
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: iframe

    200
    Cross-Origin-Resource-Policy: cross-origin
    ```

    A resource that is for its own site:

    ```http
    GET https://cdn.example/logo.png
    Referer: https://app.example/
    Sec-Fetch-Mode: no-cors
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: image

    200
    Cross-Origin-Resource-Policy: same-origin
    ```

    ## Not
    ```http
    GET https://cdn.example/logo.png
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site
    Sec-Fetch-Dest: image

    200
    Cross-Origin-Resource-Policy: same-origin
    ```
    """
    browser = Layer("the browser", Kind.BROWSER, "it holds the answer back from the page", itself=True)
    recorded = (f"the capture recorded `{case.sent.error}`",) if case.sent.error else ()
    if case.reason is Reason.ORB:
        return Told(
            f"The browser emptied the answer of {case.asked}: an element asked for it, and it is no image, script, "
            "style or media (Opaque Response Blocking).",
            "See why the URL answers something else (an error page in HTML?); read data with fetch and CORS.",
            recorded,
            layer=browser,
        )
    if case.reason is not Reason.CORP:
        return None
    detail, in_frame = case.fetch.verdict.detail, case.fetch.mode == "navigate"
    if in_frame and detail in (COEP_FRAME, REQUIRE_CORP):
        return _without_embedder_policy(case, browser, ("the page came with `Cross-Origin-Embedder-Policy`",))
    if detail == REQUIRE_CORP:
        return Told(
            f"{case.page} embeds only what lets itself be embedded (`Cross-Origin-Embedder-Policy: require-corp`), "
            f"and {case.asked} has no Cross-Origin-Resource-Policy. That is not CORS.",
            "Send `Cross-Origin-Resource-Policy: cross-origin` (`same-site` for one's own) with the resource, or "
            "load it with CORS (the `crossorigin` attribute).",
            ("the page came with `Cross-Origin-Embedder-Policy: require-corp`",),
            layer=browser,
            header="cross-origin-resource-policy",
        )
    policy = case.response.get("cross-origin-resource-policy")
    if policy is None and in_frame:
        return _kept_out_of_a_frame(case, browser, recorded)
    why = f"keeps it to {policy} pages" if policy else "or the page's embedder policy keeps it out"
    return Told(
        f"{case.asked} may not be embedded by {case.page}: its Cross-Origin-Resource-Policy {why}. That is not CORS.",
        "If it is meant for all, send `Cross-Origin-Resource-Policy: cross-origin`; or load it with CORS (the "
        "`crossorigin` attribute).",
        (f"`Cross-Origin-Resource-Policy: {policy}`",) if policy else recorded,
        layer=browser,
        header="cross-origin-resource-policy",
    )


def _kept_out_of_a_frame(case: Case, browser: Layer, recorded: tuple[str, ...]) -> Told:
    """A page in a frame: by its own X-Frame-Options or frame-ancestors, else by the policy of the page around it."""
    framing = [name for name in ("X-Frame-Options", "Content-Security-Policy") if case.response.has(name.lower())]
    if framing:
        return Told(
            f"{case.asked} may not stand in a frame of {case.page}: its {' and its '.join(framing)} may say so. That "
            "is not CORS.",
            f"If it is meant to, name {case.page} in `frame-ancestors` of its Content-Security-Policy, and send no "
            "X-Frame-Options with it.",
            recorded,
            settle="The console names the header that refuses the frame.",
            layer=browser,
        )
    settle = "The console says “Cross-Origin-Embedder-Policy” where that is it."
    return _without_embedder_policy(case, browser, recorded, settle)


def _without_embedder_policy(case: Case, browser: Layer, said: tuple[str, ...], settle: str = "") -> Told:
    return Told(
        f"{case.asked} may not stand in a frame of {case.page}, whose Cross-Origin-Embedder-Policy asks frames for one "
        "of their own. That is not CORS.",
        "Send `Cross-Origin-Embedder-Policy: require-corp` and `Cross-Origin-Resource-Policy: cross-origin` with the "
        "page in the frame.",
        said,
        settle=settle,
        layer=browser,
    )
