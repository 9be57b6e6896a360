"""MIME types as far as CORS needs them. https://mimesniff.spec.whatwg.org/#parsing-a-mime-type"""

from coranalyze.cors.headers import HTTP_WHITESPACE, Headers, is_token, split_value

JAVASCRIPT = frozenset(
    f"{kind}/{name}"
    for kind in ("application", "text")
    for name in ("javascript", "ecmascript", "x-javascript", "x-ecmascript")
) | frozenset(
    ["text/jscript", "text/livescript"] + [f"text/javascript1.{minor}" for minor in range(6)]
)  # fmt: skip


def essence(value: str) -> str | None:
    """`type/subtype` in lower case; None where the value does not parse as a MIME type.

    https://mimesniff.spec.whatwg.org/#parse-a-mime-type
    """
    kind, slash, rest = value.strip(HTTP_WHITESPACE).partition("/")
    if not slash or not is_token(kind):
        return None
    subtype = rest.partition(";")[0].rstrip(HTTP_WHITESPACE)
    return f"{kind}/{subtype}".lower() if is_token(subtype) else None


def extract_essence(headers: Headers) -> str | None:
    """The essence of the last `Content-Type` value that parses and is not `*/*`.

    https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
    """
    found = None
    for part in split_value(headers.get("content-type") or ""):
        candidate = essence(part)
        if candidate is not None and candidate != "*/*":
            found = candidate
    return found


def is_javascript(mime: str | None) -> bool:
    """https://mimesniff.spec.whatwg.org/#javascript-mime-type"""
    return mime in JAVASCRIPT
