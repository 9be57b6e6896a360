"""Advice: what to do first about one fetch, where its own evidence says more than the page of the reason."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.near_miss import near_miss
from coranalyze.explain.pages import PAGES
from coranalyze.fetch import Fetch, Stage
from coranalyze.reports.failures import deciding, hidden_status
from coranalyze.reports.visible import visible

CALL_LAST_URL = (
    "Call the URL at the end of the redirects directly: after a redirect across origins the request's Origin is "
    "`null`, "
    "which no server should allow."
)
SERVE_PAGE = "Give the page a real origin (serve it over https, outside of a sandbox); do not allow `null`."
NO_NULL = (
    "Take `null` away: it refuses nobody and opens the answer to sandboxed pages of any site. Answer this page's "
    "origin if "
    "it is meant to read, and no Access-Control-Allow-Origin if not."
)
IGNORES_ORIGIN = (
    "Find out who set this origin: a fixed value where several origins ask, or a copy cached for another one "
    "(answer the origin that asks, with `Vary: Origin`)."
)


def do_first(fetch: Fetch) -> str:
    """One piece of advice for a blocked fetch; empty for others."""
    verdict = fetch.verdict
    if verdict.reason is None:
        return ""
    hidden = hidden_status(fetch)
    if hidden is not None:
        return _hidden(hidden, verdict.stage)
    if verdict.reason is Reason.ACAO_MISSING and verdict.stage is Stage.PREFLIGHT:
        return "Have the server answer OPTIONS at this URL with the CORS headers for this origin, as its other answers."
    sent = deciding(fetch)
    if verdict.reason is Reason.ACAO_MISSING and sent is not None and 300 <= (sent.exchange.status or 0) < 400:
        return "Call the URL that the redirect leads to, or send Access-Control-Allow-Origin on the redirect as well."
    if verdict.reason is Reason.PREFLIGHT_STATUS and verdict.received.isdecimal():
        return _hidden(int(verdict.received), Stage.PREFLIGHT)
    if verdict.reason is Reason.METHOD_NOT_ALLOWED and verdict.detail:
        return _method(visible(verdict.detail))
    if verdict.reason is Reason.HEADER_NOT_ALLOWED and verdict.detail:
        return _header(visible(verdict.detail))
    if verdict.reason is Reason.ACAO_MISMATCH:
        kind = near_miss(verdict.expected, verdict.received).kind
        if kind == "null-literal":
            return NO_NULL
        if kind == "origin-was-null":
            return CALL_LAST_URL if fetch.origin != "null" else SERVE_PAGE
        if kind == "other-origin":
            return IGNORES_ORIGIN
        return f"If the page is meant to read it, answer its origin exactly so: {visible(verdict.expected)}"
    return PAGES[verdict.reason].first


def _method(method: str) -> str:
    if method != method.upper():
        return f"Write the method in upper case in the page: `{method}` is not `{method.upper()}`."
    return f"Add {method} to Access-Control-Allow-Methods of the answer to OPTIONS."


def _header(name: str) -> str:
    if name.startswith("access-control-"):
        return f"Stop sending {name}: it is a response header, which the page has no use for."
    return f"Add {name} to Access-Control-Allow-Headers of the answer to OPTIONS, or stop sending it."


def _hidden(status: int, stage: Stage | None) -> str:
    if stage is not Stage.PREFLIGHT:
        return (
            f"Find out why the server answered {status} (its log, or curl with the same request); "
            "then have error answers carry the CORS headers too."
        )
    if status in (401, 403, 407):
        return f"Let OPTIONS through without credentials: the preflight was answered {status} and never carries any."
    if status in (404, 405, 501):
        return f"Route OPTIONS at this path to the CORS handling: the preflight was answered {status}."
    return f"Find out why OPTIONS was answered {status} (the server's log, or curl -X OPTIONS)."
