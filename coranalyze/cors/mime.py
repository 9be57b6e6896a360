"""MIME types as far as CORS needs them. https://mimesniff.spec.whatwg.org/#parsing-a-mime-type"""

from coranalyze.cors.headers import HTTP_WHITESPACE, Headers, is_token

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
    for value in headers.values("content-type"):
        for part in _split_outside_quotes(value):
            candidate = essence(part)
            if candidate is not None and candidate != "*/*":
                found = candidate
    return found


def is_javascript(mime: str | None) -> bool:
    return mime in JAVASCRIPT


def is_json(mime: str | None) -> bool:
    return mime is not None and (mime in ("application/json", "text/json") or mime.endswith("+json"))


def _split_outside_quotes(value: str) -> list[str]:
    parts, quoted, start = [], False, 0
    for i, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            parts.append(value[start:i])
            start = i + 1
    return [*parts, value[start:]]
