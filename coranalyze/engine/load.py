"""What elements and EventSource ask of a response that CORS let through: status and MIME type.

https://html.spec.whatwg.org/multipage/server-sent-events.html, #fetch-a-classic-script, #fetch-a-single-module-script
"""

from __future__ import annotations

import re

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import Tainting
from coranalyze.cors.mime import extract_essence, is_javascript
from coranalyze.cors.steps import Ended, Step
from coranalyze.engine.request import Request
from coranalyze.exchange import Exchange, Family

_WHOLE = frozenset({"script", "style", "stylesheet", "font", "xhr", "manifest"})
_ELEMENTS = frozenset({"image", "audio", "video", "media", "script", "style", "stylesheet"})
_DOCUMENTS = frozenset({"text/html", "text/json", "application/json", "text/xml", "application/xml"})
_USED_BY_ELEMENTS = frozenset({"image/svg+xml", "application/dash+xml"})
"""Of XML, what is for images and media."""
_PLAYED = frozenset({"audio", "video", "media"})
MEDIA = _PLAYED | {"image"}
_FITS = {
    "script": "a script", "style": "a style sheet", "stylesheet": "a style sheet", "image": "an image",
    "audio": "media", "video": "media", "media": "media",
}  # fmt: skip
"""What has to be in the body, by what asked."""
# Of the types that Opaque Response Blocking never looks into, those that Chromium and Firefox both have.
_NEVER_SNIFFED = frozenset({
    "application/gzip", "application/msword", "application/pdf", "application/x-gzip", "application/x-protobuf",
    "application/zip", "multipart/byteranges", "multipart/signed", "text/csv", "text/event-stream",
})  # fmt: skip
_FOR_SCRIPTS = frozenset({
    "application/json", "text/json", "application/x-ndjson", "application/x-protobuf", "application/protobuf",
    "text/csv", "text/event-stream",
})  # fmt: skip
_CHARSET = re.compile(r';[ \t]*charset="?([^";, \t]+)', re.IGNORECASE)
_NO_CONTENT = (204, 205)
_NEVER_SCRIPT = ("image/", "audio/", "video/")


def load_answers(
    first: Request, actual: Request, profile: Profile, tainting: Tainting
) -> list[tuple[str, Ended | None]]:
    """(assumption, failure or None) for each way that the response could be used; one entry where it is certain.

    `first` and `actual` are the first and the last request of the redirect chain.
    """
    exchange = actual.exchange
    status = exchange.status or 0
    ok = 200 <= status <= 299
    kind = kind_of(first, actual)
    loads_3xx = profile.loads_3xx and 300 <= status <= 399
    refused = Ended(Step.LOAD_STATUS, str(status), "200 to 299", str(status))
    if tainting == "opaque" and profile.orb:
        blocked = Ended(Step.ORB, extract_essence(exchange.response) or "")
        if _is_refused_by_orb(actual, kind, profile):
            return [("", blocked)]
        if ok and _may_be_refused_by_orb(actual, kind, profile):
            return [(f"body=fit for {_FITS[kind]}", None), ("body=HTML, XML or JSON", blocked)]
    if _is_event_source(first) or _is_event_source(actual):
        return [("", _event_source(actual, status, profile))]
    if kind == "script":
        if not ok and not loads_3xx:
            return [("", refused)]
        ways = _script(actual, tainting)
        if ok or tainting != "cors" or ways[0][1] is not None:
            return ways
        # Sec-Fetch-Dest is `script` for both kinds.
        return ways if profile.modules_load_3xx else [("script=classic", None), ("script=module", refused)]
    if kind in ("style", "stylesheet"):
        if not ok and not (profile.style_any_mime_loads and 300 <= status <= 399):
            return [("", refused)]
        return [("", _style(actual, profile))]
    if kind == "font" and not ok and not loads_3xx:
        return [("", refused)]
    if kind in ("font", *MEDIA) and (status in _NO_CONTENT or _is_304_to_the_page(actual)):
        return [("", Ended(Step.LOAD_STATUS, str(status), "a response with a body", str(status)))]
    if kind in _PLAYED:
        return _played(exchange, profile, tainting)
    return [("", None)]


def kind_of(first: Request, actual: Request) -> str:
    """What a request is for, in the words of Sec-Fetch-Dest or the exporter; empty where nothing tells.

    Behind a redirect the header may be missing: insecure servers get none, and WebKit leaves it out here and there.
    """
    return actual.destination or first.destination or actual.exchange.resource_type


def is_for_scripts(exchange: Exchange) -> bool:
    """Whether an exchange of a type that nobody recorded brought what no element can use: JSON and the like."""
    if exchange.resource_type:
        return False
    mime = extract_essence(exchange.response) or ""
    return mime in _FOR_SCRIPTS or mime.endswith("+json") or mime.startswith("application/grpc")


def cut_answers(
    first: Request, actual: Request, mode: str, family: Family, profile: Profile
) -> list[tuple[str, Ended | None]]:
    """(assumption, failure or None) where the body broke off: fetch() and EventSource have their response before."""
    broken = Ended(Step.NO_RESPONSE, actual.exchange.error)
    kind = actual.exchange.resource_type
    if kind in _WHOLE or kind_of(first, actual) in _WHOLE:
        ways: list[tuple[str, Ended | None]] = [("response=needed whole", broken)]
        return [("response=taken as far as it came", None), *ways] if profile.cut_bodies_may_do else [("", broken)]
    if mode == "navigate":
        return [("", None)]
    if family is Family.BROWSER and kind in ("fetch", "eventsource"):
        return [("", None)]
    return [("response=taken as it comes", None), ("response=needed whole", broken)]


def _is_refused_by_orb(actual: Request, kind: str, profile: Profile) -> bool:
    """What Opaque Response Blocking decides by the headers alone. https://github.com/annevk/orb"""
    exchange = actual.exchange
    mime = extract_essence(exchange.response)
    if exchange.status == 206 and profile.orb_refuses_parts:
        if kind == "image" and not exchange.response.has("content-range"):
            return True
        if kind in _ELEMENTS and _is_document(mime):
            return True
    if mime in _NEVER_SNIFFED:
        return kind in _ELEMENTS
    if not _nosniff(actual) or (kind not in MEDIA and not (kind in _ELEMENTS and profile.orb_before_mime_check)):
        return False
    return profile.orb_refuses_nosniff_text if mime == "text/plain" else _is_document(mime)


def _may_be_refused_by_orb(actual: Request, kind: str, profile: Profile) -> bool:
    """Whether the body decides: what calls itself a document and is no such thing is let through.

    Measured, Chromium 150 and Firefox 140, on scripts, images and audio: HTML, JSON objects and XML are refused, and
    scripts and pictures of the same types used; so are bodies without a byte, by scripts.
    """
    if kind not in _FITS or (kind in ("style", "stylesheet") and not profile.style_any_mime_loads):
        return False
    exchange = actual.exchange
    is_empty = exchange.status in _NO_CONTENT or exchange.response.get("content-length") == "0"
    return not is_empty and not _nosniff(actual) and _is_document(extract_essence(exchange.response))


def _is_document(mime: str | None) -> bool:
    """HTML, JSON and XML, which elements have no use for."""
    if mime is None or mime in _USED_BY_ELEMENTS:
        return False
    return mime in _DOCUMENTS or mime.endswith(("+json", "+xml"))


def _played(exchange: Exchange, profile: Profile, tainting: Tainting) -> list[tuple[str, Ended | None]]:
    """What audio and video make of a status."""
    status = exchange.status or 0
    is_whole = status == 200 or (status == 206 and exchange.response.has("content-range"))
    match profile.media_statuses:
        case "any":
            return [("", None)]
        case "below-400":
            wanted, fits = "200 to 399", status <= 399
        case "ok" if tainting == "cors":
            wanted, fits = "200 to 299", 200 <= status <= 299
        case _:
            wanted, fits = "200, or 206 with Content-Range", is_whole
    return [("", None if fits else Ended(Step.LOAD_STATUS, str(status), wanted, str(status)))]


def _is_304_to_the_page(actual: Request) -> bool:
    """A 304 that nobody asked for, so that no stored response stands behind it."""
    if actual.exchange.status != 304 or actual.exchange.provisional:
        return False
    return "if-none-match" not in actual.headers and "if-modified-since" not in actual.headers


def _style(actual: Request, profile: Profile) -> Ended | None:
    """No type at all is as good as text/css, without nosniff."""
    mime = extract_essence(actual.exchange.response)
    strict = _nosniff(actual)
    if mime == "text/css" or (not strict and (mime is None or profile.style_any_mime_loads)):
        return None
    return Ended(Step.LOAD_MIME, mime or "", "text/css", mime or "")


def _nosniff(actual: Request) -> bool:
    value = actual.exchange.response.get("x-content-type-options") or ""
    return value.partition(",")[0].strip().lower() == "nosniff"


def _script(actual: Request, tainting: Tainting) -> list[tuple[str, Ended | None]]:
    response = actual.exchange.response
    mime = extract_essence(response)
    if is_javascript(mime):
        return [("", None)]
    wrong = Ended(Step.LOAD_MIME, mime or "", "text/javascript", mime or "")
    if _nosniff(actual) or (mime is not None and (mime.startswith(_NEVER_SCRIPT) or mime == "text/csv")):
        return [("", wrong)]
    if tainting != "cors":
        return [("", None)]
    # Sec-Fetch-Dest is `script` for both kinds.
    return [("script=classic", None), ("script=module", wrong)]


def _is_event_source(actual: Request) -> bool:
    if actual.exchange.resource_type == "eventsource":
        return True
    if actual.exchange.provisional and actual.exchange.resource_type == "other":
        return actual.headers.get("accept") == "text/event-stream"
    # fetch() may ask for the same type, but would be preflighted for the Cache-Control that EventSource always sends.
    return (
        actual.headers.get("accept") == "text/event-stream"
        and actual.headers.get("cache-control") == "no-cache"
        and actual.destination in ("", "empty")
        and actual.exchange.resource_type in ("", "other")
    )


def _event_source(actual: Request, status: int, profile: Profile) -> Ended | None:
    mime = extract_essence(actual.exchange.response)
    if status != 200:
        return Ended(Step.LOAD_STATUS, str(status), "200", str(status))
    if mime != "text/event-stream":
        return Ended(Step.LOAD_MIME, mime or "", "text/event-stream", mime or "")
    charset = _CHARSET.search(actual.exchange.response.get("content-type") or "")
    if profile.event_stream_is_utf8 and charset is not None and charset[1].lower() != "utf-8":
        return Ended(Step.LOAD_MIME, f"charset={charset[1]}", "charset=utf-8", f"charset={charset[1]}")
    return None
