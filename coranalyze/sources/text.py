"""The plain-text HTTP notation of docs, tests and `coranalyze judge`.

    GET https://api.example/users
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *

Request line, headers, a blank line, status line, headers; a blank line between exchanges. `failed` instead of a
status, with an error if there is one, means that no response came. `#` starts a comment line; the `> ` and `< ` of
curl -v are tolerated.
"""

from __future__ import annotations

import re

from coranalyze.cors.headers import Headers, is_token
from coranalyze.cors.origin import without_fragment
from coranalyze.exchange import Exchange
from coranalyze.sources.redact import Redactor

STEP_MS = 10.0
_REQUEST = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s+([A-Za-z][A-Za-z0-9+.\-]*:\S+)(?:\s+HTTP/[0-9.]+)?")
_STATUS = re.compile(r"(?:HTTP/[0-9.]+\s+)?([1-9][0-9]{2})(?:\s.*)?")
_FAILED = re.compile(r"failed(?:\s+(.*))?")


def parse_text(text: str, *, keep_values: bool = False) -> list[Exchange]:
    """The exchanges of a text, each 10 ms after the one before.

    Raises ValueError that names the line.
    """
    redactor = Redactor(keep_values)
    exchanges: list[Exchange] = []
    request: tuple[str, str] | None = None
    status: int | None = None
    error = ""
    sent: list[tuple[str, str]] = []
    received: list[tuple[str, str]] = []
    answered = False

    def close() -> None:
        nonlocal request, status, error, sent, received, answered
        if request is None:
            return
        started = len(exchanges) * STEP_MS
        method, url = request
        exchanges.append(
            Exchange(
                entry=len(exchanges),
                method=method,
                url=redactor.url(without_fragment(url)),
                request=redactor.request_headers(sent),
                response=redactor.response_headers(received),
                status=status,
                started=started,
                ended=started + STEP_MS / 2,
                error=error,
            )
        )
        request, status, error, sent, received, answered = None, None, "", [], [], False

    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith(("> ", "< ")):
            line = line[2:].strip()
        if not line or line in (">", "<") or line.startswith("#"):
            continue
        if request is not None and not answered and (match := _FAILED.fullmatch(line)):
            error, answered = match[1] or "", True
        elif match := _REQUEST.fullmatch(line):
            close()
            request = (match[1], match[2])
        elif request is None:
            raise ValueError(f"line {number}: expected a request line such as `GET https://api.example/`, found {line[:60]!r}")
        elif not answered and (match := _STATUS.fullmatch(line)):
            status, answered = int(match[1]), True
        else:
            name, colon, value = line.partition(":")
            if not colon or not is_token(name):
                raise ValueError(f"line {number}: expected a header line `Name: value`, found {line[:60]!r}")
            (received if answered else sent).append((name, value.strip()))
    if request is not None and not answered:
        raise ValueError("the last request has no status line; write `failed` where no response came")
    close()
    return exchanges
