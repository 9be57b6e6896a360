"""What is broken, which fix codes mend it, and what must hold with the snippet in a real server."""

from collections.abc import Callable
from typing import NamedTuple

from coranalyze import fixes
from tests.fixes.asking import ask, send

APP = "https://app.shop.example"
SISTER = "https://help.shop.example"
FOREIGN = "https://evil.example"
TOKEN = {"X-Token": "1"}
"""What `/private` wants; everything else there is answered 401."""


class Case(NamedTuple):
    name: str
    codes: tuple[str, ...]
    holds: Callable[[str], bool]
    """Asked of a server's base URL: false without the snippet, true with it."""
    method: str = ""
    header: str = ""
    credentials: bool = False
    whole: bool = False
    """As of a failure: the setting is all that the server has."""
    also: str = ""
    """One more origin that asks the same."""

    def snippets(self, stack: str) -> list[fixes.Snippet]:
        asking = filter(None, (APP, self.also))
        wanted = [fixes.Context.of(origin, self.method, self.header, self.credentials) for origin in asking]
        return fixes.snippets(self.codes, fixes.Context.together(wanted)._replace(whole=self.whole), stack)


def _reads(base: str) -> bool:
    return ask(base, "/data", APP).allowed


def _pattern(base: str) -> bool:
    lookalikes = ("https://evilshop.example", "https://app.shop.example.evil.test", "https://appxshop.example")
    return (
        ask(base, "/data", APP).allowed
        and ask(base, "/data", SISTER).allowed
        and not any(ask(base, "/data", origin).allowed for origin in (*lookalikes, "http://app.shop.example"))
    )


def _reads_with_cookies(base: str) -> bool:
    return ask(base, "/data", APP, credentials=True).allowed


def _varies(base: str) -> bool:
    asked: tuple[dict[str, str], ...] = ({}, {"Origin": APP}, {"Origin": FOREIGN})
    return all("origin" in send(base, "/data", "GET", headers).names("vary") for headers in asked)


def _preflight_passes(base: str) -> bool:
    asked = ask(base, "/private", APP, "PUT", TOKEN)
    return asked.allowed and asked.actual.status == 200


def _error_is_readable(base: str) -> bool:
    return ask(base, "/error", APP).allowed


def _put_with_token(base: str) -> bool:
    return ask(base, "/data", APP, "PUT", TOKEN).allowed


def _post_of_json(base: str) -> bool:
    return ask(base, "/data", APP, "POST", {"Content-Type": "application/json"}).allowed


def _keeps_preflight(base: str) -> bool:
    preflight = ask(base, "/data", APP, "PUT", TOKEN).preflight
    return preflight is not None and preflight.values("access-control-max-age") == ["7200"]


def _exposes(base: str) -> bool:
    return "x-total-count" in send(base, "/data", "GET", {"Origin": APP}).names("access-control-expose-headers")


def _all_at_once(base: str) -> bool:
    return all(
        ask(base, "/data", origin, "PUT", TOKEN, credentials=True).allowed
        and ask(base, "/private", origin, "PUT", TOKEN).actual.status == 200
        and ask(base, "/error", origin, credentials=True).allowed
        for origin in (APP, SISTER)
    )


CASES = (
    Case("reads", ("F1",), _reads),
    Case("pattern", ("F2",), _pattern),
    Case("cookies", ("F4",), _reads_with_cookies, credentials=True),
    Case("varies", ("F1", "F5"), _varies),
    Case("preflight", ("F6", "F8", "F1"), _preflight_passes, "PUT", "x-token"),
    Case("unrouted", ("F6", "F1"), _preflight_passes, "PUT", "x-token", whole=True),
    Case("errors", ("F1", "F7"), _error_is_readable),
    Case("lists", ("F8",), _put_with_token, "PUT", "x-token"),
    Case("posts", ("F8",), _post_of_json, "POST", "content-type"),
    Case("max-age", ("F8", "F9"), _keeps_preflight, "PUT", "x-token"),
    Case("expose", ("F10",), _exposes, header="x-total-count"),
    Case("together", ("F8", "F7", "F6", "F4", "F1"), _all_at_once, "PUT", "x-token", credentials=True, also=SISTER),
)
