"""Advice: what to do first about one fetch, where its own evidence says more than the page of the reason."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.near_miss import near_miss
from coranalyze.explain.pages import PAGES
from coranalyze.fetch import Fetch, Stage
from coranalyze.reports.failures import blocked_either_way
from coranalyze.reports.visible import visible

CALL_LAST_URL = (
    "Call the URL at the end of the redirects directly: after a redirect across origins the request's Origin is "
    "`null`, "
    "which no server should allow."
)
REDIRECTED_AWAY = (
    "See why the request is redirected to another origin (a login page?), where the page cannot follow it: answer 401 "
    "in place of a redirect to the callers of an API, or call the last URL directly."
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
    """One piece of advice for a fetch that is blocked, or blocked either way; empty for others."""
    verdict = fetch.verdict
    if blocked_either_way(verdict):
        first = verdict.conditions[0]
        return _by_detail(first.reason, first.detail) or (PAGES[first.reason].first if first.reason else "")
    if verdict.reason is None:
        return ""
    if verdict.reason is Reason.ACAO_MISSING:
        return _missing(fetch)
    if verdict.reason is Reason.ACAO_MISMATCH:
        return _mismatch(fetch)
    return _by_detail(verdict.reason, verdict.detail) or PAGES[verdict.reason].first


def _missing(fetch: Fetch) -> str:
    verdict = fetch.verdict
    sent = fetch.deciding
    status = sent.exchange.status if sent is not None else None
    if status is not None and status >= 400:
        return _refused_preflight(status) if verdict.stage is Stage.PREFLIGHT else _error(status)
    if verdict.stage is Stage.PREFLIGHT:
        return "Have the server answer OPTIONS at this URL with the CORS headers for this origin, as its other answers."
    if status is not None and 300 <= status < 400:
        return "Call the URL that the redirect leads to, or send Access-Control-Allow-Origin on the redirect as well."
    if verdict.hop and verdict.expected == "null":
        return REDIRECTED_AWAY
    if status is not None and verdict.expected not in ("", "null"):
        return (
            "If the page is meant to read it, put its origin on the server's list, so that it answers "
            f"Access-Control-Allow-Origin: {visible(verdict.expected)}"
        )
    return PAGES[Reason.ACAO_MISSING].first


def _mismatch(fetch: Fetch) -> str:
    verdict = fetch.verdict
    kind = near_miss(verdict.expected, verdict.received).kind
    if kind == "null-literal":
        return NO_NULL
    if kind == "origin-was-null":
        return CALL_LAST_URL if fetch.origin != "null" else SERVE_PAGE
    if kind == "other-origin":
        return IGNORES_ORIGIN
    return f"If the page is meant to read it, answer its origin exactly so: {visible(verdict.expected)}"


def _by_detail(reason: Reason | None, detail: str) -> str:
    """Advice that names the status, method or header itself."""
    if reason is Reason.PREFLIGHT_STATUS and detail.isdecimal():
        return _refused_preflight(int(detail))
    if reason is Reason.METHOD_NOT_ALLOWED and detail:
        return _method(visible(detail))
    if reason is Reason.HEADER_NOT_ALLOWED and detail:
        return _header(visible(detail))
    return ""


def _method(method: str) -> str:
    if method != method.upper():
        return f"Write the method in upper case in the page: `{method}` is not `{method.upper()}`."
    return f"Add {method} to Access-Control-Allow-Methods of the answer to OPTIONS."


def _header(name: str) -> str:
    if name.startswith("access-control-"):
        return f"Stop sending {name}: it is a response header, which the page has no use for."
    return f"Add {name} to Access-Control-Allow-Headers of the answer to OPTIONS, or stop sending it."


def _error(status: int) -> str:
    return (
        f"Find out why the server answered {status} (its log, or curl with the same request); "
        "then have error answers carry the CORS headers too."
    )


def _refused_preflight(status: int) -> str:
    if status in (401, 403, 407):
        return f"Let OPTIONS through without credentials: the preflight was answered {status} and never carries any."
    if status in (404, 405, 501):
        return f"Route OPTIONS at this path to the CORS handling: the preflight was answered {status}."
    if status == 400:
        return (
            "See what the body of the 400 says: many CORS layers answer so when origin, method or a header is not on "
            "their list."
        )
    return f"Find out why OPTIONS was answered {status} (the server's log, or curl -X OPTIONS)."
