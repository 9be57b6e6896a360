"""Case: one host with one policy, and what pages ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

PRIVATE = "private, no-store"
TOKEN = {"X-Token": "1"}


class Call(NamedTuple):
    """What a page asks of a path."""

    path: str = "/data"
    method: str = "GET"
    headers: Mapping[str, str] = {}
    credentials: bool = False
    body: str | None = None
    cache: str = "no-store"
    kind: Literal["fetch", "socket", "events", "font", "script", "image", "pause"] = "fetch"
    """How: `fetch(path, …)`, a WebSocket, an EventSource, an element in mode cors; or not at all, for a second."""

    def options(self) -> dict[str, Any]:
        options = {
            "method": self.method,
            "headers": dict(self.headers),
            "credentials": "include" if self.credentials else "omit",
            "cache": self.cache,
        }
        return options if self.body is None else {**options, "body": self.body}


class Visit(NamedTuple):
    """A page of an origin, and what it calls. `{site}` stands for the case's own registrable domain."""

    origin: str
    calls: tuple[Call, ...]
    sandboxed: bool = False
    """In a sandboxed frame of that page: then its origin is `null`."""
    client: bool = False
    """Sent by a program that is no browser, with that Origin as it stands."""


APP = "https://app.{site}"
SISTER = "https://help.{site}"
FOREIGN = "https://evil.test"
OTHER = "https://news.example"

READ = Call()
READ_WITH_COOKIES = Call(credentials=True)
WRITE = Call(method="PUT", headers=TOKEN, credentials=True)
BOTH = (READ_WITH_COOKIES, READ)
VISITS = (
    Visit(APP, (READ_WITH_COOKIES, READ, WRITE)),
    Visit(SISTER, BOTH),
    Visit(FOREIGN, BOTH),
    Visit(OTHER, BOTH),
    Visit(FOREIGN, BOTH, sandboxed=True),
)
"""Every class of origin, with and without cookies."""


def visits(*calls: Call, foreign: bool = True) -> tuple[Visit, ...]:
    """The same calls from every class of origin."""
    others = (Visit(FOREIGN, calls), Visit(OTHER, calls), Visit(FOREIGN, calls, sandboxed=True)) if foreign else ()
    return (Visit(APP, calls), Visit(SISTER, calls), *others)


class Case(NamedTuple):
    name: str
    """Also the label of its registrable domain."""
    stack: str
    """Who serves it."""
    policy: Any
    """What the stack's server makes the policy from."""
    rules: tuple[str, ...] = ()
    """Rules of which one at least must fire; none for a policy that is right."""
    why: str = ""
    """What is wrong, or what looks wrong and is not."""
    visits: tuple[Visit, ...] = VISITS
    host: str = "api.{site}"
    scheme: str = "https"
    login: bool = True
    """The visitor signs in first: the host sets a session cookie."""
    first_parties: tuple[str, ...] = ()

    @property
    def site(self) -> str:
        return f"{self.name}.example"

    @property
    def server(self) -> str:
        """Host, with a port where it is not the scheme's own."""
        return self.host.format(site=self.site)

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.server}"
