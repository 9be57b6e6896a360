"""Asks a real server over loopback as a browser would, and has the engine judge what came."""

import http.client
from typing import NamedTuple
from urllib.parse import urlsplit

from coranalyze.analysis import analyze
from coranalyze.cors.safelist import is_safelisted_method, unsafe_request_header_names
from coranalyze.fetch import Fetch, Outcome
from coranalyze.sources.text import parse_text

API = "https://api.shop.example"
"""What the served address stands for: the page's and the server's names have nothing to do with loopback."""
TIMEOUT_S = 20


class Answered(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    """Names in lower case."""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def names(self, name: str) -> set[str]:
        """The list in a header, in lower case."""
        return {part.strip().lower() for value in self.values(name) for part in value.split(",")}


class Asked(NamedTuple):
    allowed: bool
    preflight: Answered | None
    actual: Answered
    """Sent even where the preflight fails."""


def send(base: str, path: str, method: str, headers: dict[str, str]) -> Answered:
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT_S)
    try:
        connection.request(method, url.path + path, headers=headers)
        response = connection.getresponse()
        response.read()
        return Answered(response.status, [(name.lower(), value) for name, value in response.getheaders()])
    finally:
        connection.close()


def ask(
    base: str, path: str, origin: str, method: str = "GET", headers: dict[str, str] | None = None,
    credentials: bool = False,
) -> Asked:  # fmt: skip
    """`fetch(path, {method, headers, credentials})` from a page of `origin`, preflight included where it needs one."""
    own = headers or {}
    unsafe = unsafe_request_header_names(own.items())
    told = []
    preflight = None
    if unsafe or not is_safelisted_method(method):
        asked = {"Origin": origin, "Access-Control-Request-Method": method, "Sec-Fetch-Mode": "cors"}
        if unsafe:
            asked["Access-Control-Request-Headers"] = ",".join(unsafe)
        preflight = send(base, path, "OPTIONS", asked)
        told.append(_text("OPTIONS", path, asked, preflight))
    sent = {"Origin": origin, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site", **own}
    if credentials:
        sent |= {"Cookie": "sid=1", "Sec-Fetch-Storage-Access": "active"}
    actual = send(base, path, method, sent)
    told.append(_text(method, path, sent, actual))
    fetches = analyze(parse_text("\n\n".join(told)), browser="chromium").fetches
    if len(fetches) > 1:
        # A request after a preflight that does not allow it is no browser's: they are judged apart.
        assert _outcome(fetches[0], credentials) is Outcome.BLOCKED, fetches[0].verdict
        return Asked(False, preflight, actual)
    return Asked(_outcome(fetches[0], credentials) is Outcome.ALLOWED, preflight, actual)


def _outcome(fetch: Fetch, credentials: bool) -> Outcome:
    """Of a verdict that hangs on the credentials mode, which nothing on the wire tells, the answer for this one."""
    mode = f"credentials={'include' if credentials else 'not-include'}"
    outcomes = [condition.outcome for condition in fetch.verdict.conditions if condition.assumption == mode]
    outcome = outcomes[0] if outcomes else fetch.outcome
    assert outcome in (Outcome.ALLOWED, Outcome.BLOCKED), fetch.verdict
    return outcome


def _text(method: str, path: str, headers: dict[str, str], answered: Answered) -> str:
    request = "".join(f"{name}: {value}\n" for name, value in headers.items())
    response = "".join(f"{name}: {value}\n" for name, value in answered.headers)
    return f"{method} {API}{path}\n{request}\n{answered.status}\n{response}"
