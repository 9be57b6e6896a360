"""Causes C, second part: the answer lacks what would allow the page."""

from __future__ import annotations

from coranalyze.causes.case import ACAC, ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.cors.steps import Reason


@pattern("actual-lacks-what-preflight-had", fixes=("F1",))
def actual_lacks_what_preflight_had(case: Case) -> Told | None:
    """The preflight had the CORS headers, the answer itself has not

    OPTIONS is answered by a CORS handler (or the gateway), the request itself by a handler that adds nothing. The
    browser checks both.

    ## How to recognise it
    The preflight passes; the answer is a success without `Access-Control-Allow-Origin`, or without
    `Access-Control-Allow-Credentials` where the preflight had it.

    ## What to do
    Set `Access-Control-Allow-Origin` and `-Credentials` on every answer, not on OPTIONS only.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    A GET that needs no preflight, where other requests of the same path do:

    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    GET https://api.example/cart
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/items
    Origin: https://app.example

    500
    ```
    """
    preflight = case.preflight
    if case.preflighted or case.status is None or case.status >= 300 or case.let_in_instead is not None:
        return None
    if preflight is None:
        return _allowed_by_options(case)
    if case.reason is Reason.ACAO_MISSING and preflight.response.has(ACAO):
        lacks = "Access-Control-Allow-Origin"
    elif case.reason is Reason.ACAC_NOT_TRUE and preflight.response.get(ACAC) == "true":
        lacks = "Access-Control-Allow-Credentials"
    else:
        return None
    return Told(
        f"The preflight of {case.asked} was answered with {lacks}, the request itself ({case.status}) without it.",
        f"Set {lacks} on the answer to {case.fetch.method} too, not on OPTIONS only.",
        (f"the preflight has `{lacks}: {preflight.response.get(lacks)}`",),
        header=lacks.lower(),
    )


def _allowed_by_options(case: Case) -> Told | None:
    """It needed no preflight; but those of the same path allow the page, and no other answer of this server does."""
    seen = case.sibling
    if case.reason is not Reason.ACAO_MISSING or seen is None or not seen.answer.preflight:
        return None
    if seen.endpoint.template != case.where[1]:
        return None
    return Told(
        f"Preflights of {case.spot} are answered with Access-Control-Allow-Origin for {case.page}, {case.fetch.method} "
        f"itself ({case.status}) without it.",
        f"Set Access-Control-Allow-Origin on the answer to {case.fetch.method} too, not on OPTIONS only.",
        (f"{seen} has it",),
        header=ACAO,
    )
