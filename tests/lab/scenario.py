"""Scenario: what servers answer, and what a page does with it."""

from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What a server answers to one method on one path."""

    status: int = 200
    headers: tuple[str, ...] = ()
    """`name: value`; `{page}`, `{cross}`, `{third}` and so on stand for the origins of `HOSTS`, `{here}` for the path
    of the scenario."""
    body: str = "{}"
    mime: str = "application/json"


class Scenario(NamedTuple):
    """One thing that a page does, and what it gets."""

    name: str
    script: str
    """A JavaScript expression with the functions of `page.js`; what it gives is one result or an array of them."""
    answers: Mapping[str, Answer]
    """`METHOD step` → answer, or `step` for every other method; all hosts answer alike."""
    on_wire: bool = True
    """Whether anything of it reaches the proxy."""


HOSTS = {
    "page": "app.one.localhost",
    "same": "api.one.localhost",
    "jar": "jar.one.localhost",
    "cross": "api.two.localhost",
    "third": "api.three.localhost",
}
"""The page's own host, two hosts of its site (one that sets cookies), and two of other sites."""


def ok(*headers: str, status: int = 200) -> Answer:
    """An answer with these headers; `*`, `null` and `{…}` alone stand for an Access-Control-Allow-Origin."""
    return Answer(status, tuple(map(_header, headers)))


def preflight(*headers: str, status: int = 204) -> Answer:
    return ok(*headers, status=status)


def redirect(to: str, *headers: str, status: int = 302) -> Answer:
    return Answer(status, (*map(_header, headers), f"location: {to}"))


def _header(text: str) -> str:
    short = {"acam": "access-control-allow-methods", "acah": "access-control-allow-headers"}
    if text in ("*", "null") or text.startswith("{"):
        return f"access-control-allow-origin: {text}"
    name, colon, value = text.partition(":")
    return f"{short.get(name, name)}{colon}{value}"


CREDENTIALS = "access-control-allow-credentials: true"
