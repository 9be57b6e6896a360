"""Causes A, third part: a tunnel answered with a page of its own."""

from __future__ import annotations

from coranalyze.causes.case import ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.fixed_texts import is_html
from coranalyze.endpoint.layer import Kind, Layer

_NGROK = "ngrok-skip-browser-warning"
_TUNNELS = {
    ".ngrok.io": _NGROK, ".ngrok.app": _NGROK, ".ngrok.dev": _NGROK, ".ngrok-free.app": _NGROK,
    ".ngrok-free.dev": _NGROK, ".ngrok.pizza": _NGROK, ".loca.lt": "bypass-tunnel-reminder",
    ".localtunnel.me": "bypass-tunnel-reminder", ".devtunnels.ms": "X-Tunnel-Skip-AntiPhishing-Page", ".lhr.life": "",
    ".serveo.net": "", ".tunnelmole.net": "", ".pinggy.link": "",
}  # fmt: skip
"""End of the host → the request header that skips the warning; empty where none is known."""
_WARNING = frozenset({200, 401, 403, 511})
"""Statuses of warning pages: localtunnel's is 511, and was 401 once."""
_NGROK_WARNING = "ERR_NGROK_6024"


@pattern("tunnel-interstitial")
def tunnel_interstitial(case: Case) -> Told | None:
    """A tunnel answered in place of the server behind it

    Free tunnels such as ngrok and localtunnel show browsers a warning page before the first visit. A fetch gets that
    page, which has no CORS headers, though the preflight was passed on and answered well.

    ## How to recognise it
    A host of a tunnel, HTML where data was asked for, and no `Access-Control-Allow-Origin`.

    Not every such answer is the warning: a code in `ngrok-error-code` other than `ERR_NGROK_6024` says what is wrong
    with the tunnel.

    ## What to do
    Send the header that skips the page (`ngrok-skip-browser-warning`, `bypass-tunnel-reminder` for localtunnel,
    `X-Tunnel-Skip-AntiPhishing-Page` for dev tunnels) with every request and allow it in
    `Access-Control-Allow-Headers`; or use a tunnel without such a page.

    ## Example
    ```http
    OPTIONS https://abcd-12.ngrok-free.app/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: content-type

    GET https://abcd-12.ngrok-free.app/items
    Origin: https://app.example
    Content-Type: application/json

    200
    Content-Type: text/html
    ```

    The tunnel is down and says so:

    ```http
    GET https://abcd-12.ngrok-free.app/items
    Origin: https://app.example

    404
    Content-Type: text/html
    ngrok-error-code: ERR_NGROK_3200
    ```

    ## Not
    ```http
    GET https://abcd-12.ngrok-free.app/items
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    The application behind the tunnel has no such page:

    ```http
    GET https://abcd-12.ngrok-free.app/itmes
    Origin: https://app.example

    404
    X-Powered-By: Express
    Content-Type: text/html; charset=utf-8
    ```
    """
    if not case.lacks_acao:
        return None
    code = case.response.get("ngrok-error-code") or ""
    if code not in ("", _NGROK_WARNING):
        return Told(
            f"The tunnel {case.host} answered {case.question} with an error of its own (status {case.status}, "
            f"{code}): the server behind it was not asked, or gave no answer.",
            f"Look up {code} in ngrok's list of errors; see that the tunnel and the server behind it run.",
        )
    skips = next((header for end, header in _TUNNELS.items() if case.host.endswith(end)), None)
    if case.preflighted or skips is None or not is_html(case.response):
        return None
    itself = case.layer is not None and case.layer.itself and case.layer.kind is Kind.TUNNEL
    passed_on = case.layer is not None and case.layer.kind is Kind.APPLICATION
    if not itself and (passed_on or case.status not in _WARNING):
        return None
    evidence = [f"`{case.host}` is a tunnel, and HTML came where a script asked"]
    if case.preflight is not None and case.preflight.response.has(ACAO):
        evidence.append("the preflight was answered with the CORS headers: that answer came from the server behind it")
    return Told(
        f"The tunnel {case.host} answered {case.asked} with a page of its own (status {case.status}), "
        "not with what the server behind it says.",
        f"Send the header {skips or 'that its page names'} and list it in Access-Control-Allow-Headers; or use a "
        "tunnel without such a page.",
        tuple(evidence),
        settle="" if itself else "Open the URL in a fresh private window: the tunnel's own page appears.",
        layer=Layer(case.host, Kind.TUNNEL, "the host is a tunnel's", itself=itself, likely=not itself),
        header=skips.lower(),
    )
