"""Causes A, first part: something that is not the server answered with a page for people."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.fixed_texts import is_html
from coranalyze.causes.leads import PUBLISH, access_proxy, is_forwarded_port
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.exchange import Exchange

_CHALLENGES = frozenset({202, 403, 405, 429, 503})


@pattern("bot-challenge")
def bot_challenge(case: Case) -> Told | None:
    """A bot challenge answered in place of the server

    A protection in front of the server (Cloudflare, DataDome and others) wants to see whether a person asks. It answers
    with a page that only a navigation can solve; a preflight or a fetch never can, and the page has no CORS headers.

    ## How to recognise it
    Status 403, 429 or 503 (AWS WAF: 202 or 405), mostly with HTML where data was asked for, and a header that the
    protection sets on its challenges alone, such as `cf-mitigated: challenge`, `x-amzn-waf-action` or `x-dd-b`. What it
    sets on every answer that it lets through (`cf-ray`, `x-datadome`) says nothing.

    ## What to do
    Let the API's path, and OPTIONS on it, skip the challenge.

    ## Example
    ```http
    GET https://api.example/items
    Origin: https://app.example

    403
    Content-Type: text/html; charset=UTF-8
    Server: cloudflare
    cf-mitigated: challenge
    CF-RAY: 8f00000000000000-FRA
    ```

    ## Not
    The CDN only passed the application's own refusal on:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    403
    Content-Type: application/json
    Server: cloudflare
    CF-RAY: 8f00000000000000-FRA
    ```

    So did DataDome, as the mark on the success shows:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    X-DataDome: protected
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/upload
    Origin: https://app.example

    403
    X-DataDome: protected
    Content-Type: text/html
    ```
    """
    layer = case.layer
    if layer is None or layer.kind is not Kind.CHALLENGE or not layer.itself:
        return None
    if case.status not in _CHALLENGES or not case.lacks_acao:
        return None
    return Told(
        f"{layer.name} answered {case.question} with a challenge for people (status {case.status}), "
        "which only a navigation can solve.",
        f"Add a rule in {layer.name} that lets the path of the API, and OPTIONS on it, skip the challenge.",
    )


@pattern("access-proxy")
def access_proxy_login(case: Case) -> Told | None:
    """An access proxy sent the request to a login page

    A proxy that asks people to sign in (Cloudflare Access, oauth2-proxy, an identity-aware proxy) stands in front of
    the server. It answers requests without its cookie with a redirect to its login page. Preflights never carry
    cookies, and a fetch cannot sign in.

    ## How to recognise it
    A redirect to a login of such a proxy, on the preflight or on the request; or 401 with its mark:
    `x-goog-iap-generated-response`, or HTML from Vercel with `_vercel_sso_nonce` or at a host of `vercel.app`.

    ## What to do
    Let OPTIONS through in the proxy, have it answer 401 in place of a redirect, or sign in before the page calls.

    ## Example
    ```http
    GET https://tools.example/api/items
    Origin: https://app.example

    302
    Location: https://team.cloudflareaccess.com/cdn-cgi/access/login/tools.example
    ```

    A protected preview on Vercel:

    ```http
    OPTIONS https://shop-git-next-acme.vercel.app/api/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    401
    Server: Vercel
    X-Vercel-Id: fra1::abc
    Content-Type: text/html; charset=utf-8
    ```

    ## Not
    ```http
    GET https://tools.example/api/items
    Origin: https://app.example

    302
    Location: https://tools.example/api/items/
    ```
    """
    if case.reason is None:
        return None
    for exchange in [*case.redirects, case.sent]:
        name = access_proxy(exchange)
        if name:
            return _asks_for_login(case, name, exchange)
    return _protected_deployment(case)


def _asks_for_login(case: Case, name: str, exchange: Exchange) -> Told:
    location = exchange.response.get("location")
    advice = f"Let OPTIONS through in {name}"
    if location is None:
        sentence, status, layer = f"asks {case.question} for a login", f"status {exchange.status}", None
        advice += ", and sign in there before the page calls, with its cookies."
    else:
        sentence = f"sent {case.question} to its login page"
        status = f"status {exchange.status} with `Location: {location}`"
        layer = Layer(name, Kind.PROXY, "the redirect leads to its login", itself=True)
        advice += (
            " and have it answer requests without a session with 401 in place of a redirect; or sign in there before "
            "the page calls."
        )
    if is_forwarded_port(case.host):
        advice = PUBLISH
    return Told(f"{name} stands in front of {case.server} and {sentence}.", advice, (status,), layer=layer)


def _protected_deployment(case: Case) -> Told | None:
    """Vercel's Deployment Protection: a page that asks to sign in, with 401, before previews and other deployments."""
    if case.status != 401 or not case.response.has("x-vercel-id") or not is_html(case.response):
        return None
    sure = any(value.startswith("_vercel_sso_nonce") for value in case.response.values("set-cookie"))
    if not case.lacks_acao or not (sure or case.host.endswith(".vercel.app")):
        return None
    return Told(
        f"Vercel's Deployment Protection stands in front of {case.server} and answered {case.question} with a page for "
        "signing in (status 401).",
        "Call a deployment that is not protected (the production domain), or let OPTIONS at this path through in the "
        "project's Deployment Protection and send the header x-vercel-protection-bypass.",
        settle="" if sure else "Open the URL in a fresh private window: Vercel's sign-in appears.",
        layer=Layer(
            "Vercel's Deployment Protection",
            Kind.PROXY,
            "it sets the cookie `_vercel_sso_nonce`" if sure else "HTML came with 401 from a deployment on Vercel",
            itself=sure,
            likely=not sure,
        ),
    )
