"""Causes C, second part: the answer lacks what would allow the page."""

from __future__ import annotations

from coranalyze.causes.case import ACAC, ACAO, Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import FOREIGN, Answer


@pattern("actual-lacks-what-preflight-had", fixes=("F1",))
def actual_lacks_what_preflight_had(case: Case) -> Told | None:
    """The preflight had the CORS headers, the answer itself has not

    OPTIONS is answered by a CORS handler (or the gateway), the request itself by a handler that adds nothing. The
    browser checks both.

    ## How to recognise it
    The preflight passes; the answer is a success without `Access-Control-Allow-Origin`, or without
    `Access-Control-Allow-Credentials` where the preflight had it.

    ## What to do
    Set `Access-Control-Allow-Origin` and `-Credentials` on every answer, not on OPTIONS only. Where the page is of
    another site and others are let in, ask first whether it is meant to be: if not, refuse it in the preflight, as what
    it sends takes effect.

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
    if case.preflighted or case.status is None or case.status >= 300:
        return None
    late = preflight is not None and _is_refused_late(case)
    if case.let_in_instead is not None and not late:
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
        _advice(case, lacks, late),
        (f"the preflight has `{lacks}: {preflight.response.get(lacks)}`",),
        header=lacks.lower(),
        only_if_meant=late,
    )


def _allowed_by_options(case: Case) -> Told | None:
    """It needed no preflight; but those of the same path allow the page, and no other answer of this server does."""
    seen = case.sibling
    if case.reason is not Reason.ACAO_MISSING or seen is None or not seen.answer.preflight:
        return None
    if seen.endpoint.template != case.where[1]:
        return None
    late = _is_refused_late(case)
    return Told(
        f"Preflights of {case.spot} are answered with Access-Control-Allow-Origin for {case.page}, {case.fetch.method} "
        f"itself ({case.status}) without it.",
        _advice(case, "Access-Control-Allow-Origin", late),
        (f"{seen} has it",),
        header=ACAO,
        only_if_meant=late,
    )


def _is_refused_late(case: Case) -> bool:
    """Another site's page that only preflights let in, while others are let in on answers proper: perhaps a stranger,
    whom the preflight should have refused. The header on the answer would let them read as well (COR101)."""
    if case.reason is not Reason.ACAO_MISSING or case.relation not in FOREIGN:
        return False
    # Elsewhere it may be let in as everybody is: what counts first is this endpoint, then the whole server.
    seen = (list(case.same_endpoint), case.siblings.allowed.values())
    return any(_names_others_only(case.origin, [each.answer for each in some]) for some in seen)


def _names_others_only(origin: str | None, answers: list[Answer]) -> bool:
    """Of these, answers proper let others in by name, and never this one."""
    proper = [a for a in answers if not a.preflight and a.is_policy and 200 <= (a.status or 0) < 300]
    return any(a.reflects and a.origin != origin for a in proper) and all(a.acao not in ("*", origin) for a in proper)


def _advice(case: Case, lacks: str, late: bool) -> str:
    method = case.fetch.method
    if not late:
        return f"Set {lacks} on the answer to {method} too, not on OPTIONS only."
    return (
        f"If {case.page} is not meant to send {method} here, have the preflight refuse it too: the server answered "
        f"{case.status}, so the request took effect. Only if it is meant to, set {lacks} on the answer to {method}."
    )
