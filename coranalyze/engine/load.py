"""What elements and EventSource ask of a response that CORS let through: status and MIME type.

https://html.spec.whatwg.org/multipage/server-sent-events.html, #fetch-a-classic-script, #fetch-a-single-module-script
"""

from __future__ import annotations

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import Tainting
from coranalyze.cors.mime import extract_essence, is_javascript
from coranalyze.cors.steps import Ended, Step
from coranalyze.engine.request import Request

_NEVER_SCRIPT = ("image/", "audio/", "video/")


def load_answers(actual: Request, profile: Profile, tainting: Tainting) -> list[tuple[str, Ended | None]]:
    """(assumption, failure or None) for each way that the response could be used; one entry where it is certain."""
    exchange = actual.exchange
    status = exchange.status or 0
    ok = 200 <= status <= 299
    kind = actual.destination or exchange.resource_type
    refused = Ended(Step.LOAD_STATUS, str(status), "200 to 299", str(status))
    if _is_event_source(actual):
        return [("", _event_source(actual, status))]
    if kind == "script":
        if not ok and not (profile.classic_script_runs_3xx and 300 <= status <= 399):
            return [("", refused)]
        return _script(actual, tainting)
    if kind in ("style", "stylesheet"):
        if not ok and not (profile.style_any_mime_loads and 300 <= status <= 399):
            return [("", refused)]
        return [("", None)]
    if kind == "font" and not ok:
        return [("", refused)]
    return [("", None)]


def _script(actual: Request, tainting: Tainting) -> list[tuple[str, Ended | None]]:
    response = actual.exchange.response
    mime = extract_essence(response)
    if is_javascript(mime):
        return [("", None)]
    wrong = Ended(Step.LOAD_MIME, mime or "", "text/javascript", mime or "")
    nosniff = (response.get("x-content-type-options") or "").partition(",")[0].strip().lower() == "nosniff"
    if nosniff or (mime is not None and (mime.startswith(_NEVER_SCRIPT) or mime == "text/csv")):
        return [("", wrong)]
    if tainting != "cors":
        return [("", None)]
    # Sec-Fetch-Dest is `script` for both kinds.
    return [("script=classic", None), ("script=module", wrong)]


def _is_event_source(actual: Request) -> bool:
    if actual.exchange.resource_type == "eventsource":
        return True
    # fetch() may ask for the same type, but would be preflighted for the Cache-Control that EventSource always sends.
    return (
        actual.headers.get("accept") == "text/event-stream"
        and actual.headers.get("cache-control") == "no-cache"
        and actual.destination in ("", "empty")
        and actual.exchange.resource_type in ("", "other")
    )


def _event_source(actual: Request, status: int) -> Ended | None:
    mime = extract_essence(actual.exchange.response)
    if status != 200:
        return Ended(Step.LOAD_STATUS, str(status), "200", str(status))
    if mime != "text/event-stream":
        return Ended(Step.LOAD_MIME, mime or "", "text/event-stream", mime or "")
    return None
