"""Handling: whether a server's CORS handling gave an answer, and whether it refuses."""

from __future__ import annotations

from coranalyze.causes.case import ACAH, ACAM, Case
from coranalyze.endpoint.asked import CORS_ERROR


def is_of_cors(case: Case) -> bool:
    """The CORS handling answered: it set headers of CORS, or says that it looked at the request's."""
    response = case.response
    vary = (response.get("vary") or "").lower()
    return (
        response.has(ACAM)
        or response.has(ACAH)
        or "access-control-request-" in vary
        or response.has(CORS_ERROR)
        or (case.layer is not None and "CORS" in case.layer.name)
    )


def said(case: Case) -> tuple[str, ...]:
    """The handling's own words on what it refuses, as evidence."""
    error = case.response.get(CORS_ERROR)
    return (f"`{CORS_ERROR}: {error}`",) if error is not None else ()


def refuses_by_policy(case: Case) -> bool:
    """The handling itself refuses the origin: on a preflight, or on the request too, as Spring's (403) and
    BlackSheep's (400) do.
    """
    spoken = case.response.has(CORS_ERROR)
    return is_of_cors(case) and (case.preflighted or spoken or (case.status == 403 and case.sibling is None))
