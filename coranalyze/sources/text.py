"""The plain-text HTTP notation of documentation, tests and `judge`.

    GET https://api.example/users
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: *

Request line and headers, an empty line, the status (`200`, `200 OK`, `HTTP/1.1 200 OK`, or `failed` with the error
where there was no response) and headers; an empty line before the next exchange. `#` begins a comment, `>` and `<` of
curl's output are left out. Exchanges follow each other by 10 ms.

A comment `# recorded by: chrome-devtools` (a name of `sources.dialects`, `, sanitized` after it) says whose view it is;
by default it is a proxy's that sees everything. An error that a browser recorded beside a status stands after it:
`200 net::ERR_FAILED`. So does the code with which a server closed a WebSocket right after the handshake:
`101 closed 1008`.
"""

import re
from collections.abc import Iterator

import msgspec

from coranalyze.cors.headers import HTTP_WHITESPACE, TOKEN
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.sources.dialects import TOOLS
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.opened import Capture, NotACapture
from coranalyze.sources.redact import Redactor

DIALECT = Dialect(name="plain-text", family=Family.WIRE)
"""What is written is all there is, preflights first."""
LONGEST = 64 << 20
"""Bytes of a text: it is written by hand."""
STEP_MS = 10.0
DURATION_MS = 5.0

_REQUEST = re.compile(r"([^\s:]+)[ \t]+([A-Za-z][A-Za-z0-9+.\-]*:\S+)(?:[ \t]+HTTP/[0-9.]+)?")
_STATUS = re.compile(r"(?:HTTP/[0-9.]+[ \t]+)?([1-9][0-9]{2})(?:[ \t]+(.*))?", re.DOTALL)
_FAILED = re.compile(r"failed(?:[ \t]+(.*))?", re.IGNORECASE | re.DOTALL)
_RECORDED_BY = re.compile(r"^#[ \t]*recorded by:[ \t]*([a-z0-9\-]+)(?:[ \t]*(,[ \t]*sanitized))?[ \t]*+$", re.MULTILINE)
_CURL_MARK = re.compile(r"[<>](?: |$)")


class _Block:
    """One exchange as it is read."""

    def __init__(self, method: str, url: str, line: int) -> None:
        self.method = method
        self.url = url
        self.line = line
        self.request: list[tuple[str, str]] = []
        self.response: list[tuple[str, str]] = []
        self.answered = False
        self.status: int | None = None
        self.error = ""
        self.close_code: int | None = None


def parse_text(text: str, *, keep_values: bool = False) -> list[Exchange]:
    """The exchanges of a text. Raises ValueError that names the line, and not what stands on it: it may be secret."""
    redactor = Redactor(keep_values)
    exchanges = []
    for i, block in enumerate(_blocks(text)):
        started = (i + 1) * STEP_MS
        exchanges.append(
            Exchange(
                entry=i,
                method=block.method,
                url=redactor.url(block.url),
                request=redactor.headers(block.request, redactor.request),
                response=redactor.headers(block.response, redactor.response),
                status=block.status,
                started=started,
                ended=started + DURATION_MS,
                error=redactor.text(block.error),
                close_code=block.close_code,
            )
        )
    return exchanges


def dialect_of_text(text: str) -> Dialect:
    """Whose view the text is, by its `# recorded by:`; raises ValueError for a tool that is not known."""
    told = _RECORDED_BY.search(text)
    if told is None:
        return DIALECT
    known = {manner.dialect.name: manner.dialect for manner in TOOLS.values()}
    if told[1] not in known:
        raise ValueError(f"no such tool: {told[1]}; one of {', '.join(sorted(known))}")
    return msgspec.structs.replace(known[told[1]], credentials_recorded=not told[2])


def open_text(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in a text; raises NotACapture."""
    if len(data) > LONGEST:
        raise NotACapture(path, f"text of more than {LONGEST >> 20} MiB, and no capture of a browser or proxy")
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise NotACapture(path, "text that is not UTF-8") from None
    try:
        exchanges = parse_text(text, keep_values=keep_values)
        dialect = dialect_of_text(text)
    except ValueError as error:
        raise NotACapture(path, str(error)) from None

    def read(_: Capture) -> Iterator[Exchange]:
        yield from exchanges

    return Capture(path, "text", dialect, read, entries=len(exchanges))


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    target: list[tuple[str, str]] | None = None
    """The header list that a line belongs to; None after an empty line."""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip(HTTP_WHITESPACE)
        if _CURL_MARK.match(line):
            line = line[1:].strip(HTTP_WHITESPACE)
        if line.startswith("#"):
            continue
        if not line:
            target = None
        elif block is not None and not block.answered and (target is None or _is_answer(line)):
            _answer(block, line, number)
            target = block.response
        elif target is not None and _REQUEST.fullmatch(line) is None:
            target.append(_header(line, number))
        else:
            if block is not None:
                _check(block)
                yield block
            block = _request(line, number)
            target = block.request
    if block is None:
        raise ValueError("line 1: no request, such as `GET https://api.example/`")
    _check(block)
    yield block


def _check(block: _Block) -> None:
    if not block.answered:
        raise ValueError(f"line {block.line}: this request has no status line (`failed` where no response came)")


def _is_answer(line: str) -> bool:
    return _STATUS.fullmatch(line) is not None or _FAILED.fullmatch(line) is not None


def _request(line: str, number: int) -> _Block:
    match = _REQUEST.fullmatch(line)
    if match is None or TOKEN.fullmatch(match[1]) is None:
        raise ValueError(f"line {number}: no request line (METHOD and absolute URL)")
    return _Block(match[1], match[2], number)


def _answer(block: _Block, line: str, number: int) -> None:
    block.answered = True
    failed = _FAILED.fullmatch(line)
    if failed is not None:
        block.error = failed[1] or ""
        return
    status = _STATUS.fullmatch(line)
    if status is None:
        raise ValueError(f"line {number}: no status (`200`, `HTTP/1.1 200 OK` or `failed`)")
    block.status = int(status[1])
    if (status[2] or "").startswith(("net::", "NS_")):
        block.error = status[2]
    elif (status[2] or "").startswith("closed "):
        code = status[2].removeprefix("closed ")
        block.close_code = int(code) if len(code) == 4 and code.isascii() and code.isdigit() else None


def _header(line: str, number: int) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or TOKEN.fullmatch(name) is None:
        raise ValueError(f"line {number}: no header (`Name: value`)")
    value = value.strip(HTTP_WHITESPACE)
    if name.lower() == "cookie":
        # `Cookie: sid` names a cookie; elsewhere that would be a value without name.
        value = "; ".join(part if "=" in part else f"{part.strip()}=" for part in value.split(";"))
    return name, value
