"""Falcon: its own middleware, and middleware by hand. A case's policy gives the middleware."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.fixes.servers.wsgi import Application
from tests.lab.policies.case import APP, FOREIGN, PRIVATE, SISTER, TOKEN, Call, Case, Visit, visits
from tests.lab.policies.servers.python import wsgi
from tests.lab.stacks.visits import BEARER, COOKIES, PUBLIC_READ, READ, wide


def middleware(**settings: Any) -> Callable[[Case], list[Any]]:
    def made(case: Case) -> list[Any]:
        import falcon

        own = {name: _sited(value, case) for name, value in settings.items()}
        return [falcon.CORSMiddleware(**own)]

    return made


def _sited(value: Any, case: Case) -> Any:
    return [each.format(site=case.site) for each in value] if isinstance(value, list) else value


class ByHand:
    """What many an application has in place of a library."""

    def __init__(self, headers: Callable[[Any, str], dict[str, str]]) -> None:
        self.headers = headers

    def process_response(self, request: Any, response: Any, resource: Any, succeeded: bool) -> None:
        for name, value in self.headers(request, request.get_header("Origin") or "").items():
            response.set_header(name, value)
        if request.method == "OPTIONS":
            response.status = 204
            response.data = b""


def by_hand(headers: Callable[[Case, Any, str], dict[str, str]]) -> Callable[[Case], list[Any]]:
    return lambda case: [ByHand(lambda request, origin: headers(case, request, origin))]


def _allowed(origin: str, **more: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, POST, PUT",
        "Access-Control-Allow-Headers": "x-token, content-type, authorization, x-csrf-token",
        "Access-Control-Max-Age": "600", "Vary": "Origin",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }  # fmt: skip


CREDENTIALS = {"Access_Control_Allow_Credentials": "true"}


def _own(case: Case, origin: str, **more: str) -> dict[str, str]:
    listed = origin in (f"https://app.{case.site}", f"https://help.{case.site}")
    return _allowed(origin, **more) if listed else {"Vary": "Origin"}


def _by_label(case: Case, request: Any, origin: str) -> dict[str, str]:
    inside = origin.startswith("https://") and origin.endswith("." + case.site)
    return (
        _allowed(origin, **CREDENTIALS, Access_Control_Expose_Headers="X-CSRF-Token") if inside else {"Vary": "Origin"}
    )


class Served:
    """What every case's application has: private and public data, a token in a header, an error."""

    def on_get(self, request: Any, response: Any) -> None:
        response.media = {}
        public = request.path in ("/public", "/healthz")
        response.set_header("Cache-Control", "public, max-age=60" if public else PRIVATE)
        if request.path == "/form":
            response.set_header("X-CSRF-Token", "7f3a")

    on_post = on_put = on_get


CASES = (
    Case("falcon-any", "falcon", middleware(allow_origins="*", allow_credentials="*"), ("COR101",),
         "both stars: any origin is told back, with credentials"),
    Case("falcon-null", "falcon", middleware(allow_origins=["https://app.{site}", "null"],
         allow_credentials=["https://app.{site}", "null"]), ("COR102",), "null on the list, for a webview"),
    Case("falcon-key-in-url", "falcon", middleware(), ("COR201",), "* on what a key in the URL opens",
         visits(Call("/data?api_key=4f1d5c3e9ab2")), login=False),
    Case("falcon-csrf", "falcon", by_hand(_by_label), ("COR202", "COR205"),
         "the token against forged requests, for every sub-domain",
         (Visit(APP, (Call("/form", credentials=True),)), *wide(SISTER, "https://blog.{site}", "https://old.{site}",
          "https://x9.{site}"))),
    Case("falcon-unused", "falcon", by_hand(lambda case, _, origin: _own(case, origin, **CREDENTIALS)), ("COR204",),
         "credentials allowed, a bearer token used", visits(Call(headers=BEARER)), login=False),
    Case("falcon-inert-names", "falcon", by_hand(lambda case, _, origin: _own(case, origin,
         Access_Control_Allow_Headers="x-token, Cookie, Host, Origin, Sec-Fetch-Mode")), ("COR514",),
         "headers that no script can send", visits(Call(method="PUT", headers=TOKEN)), login=False),
    Case("falcon-public", "falcon", middleware(), (), "* on public data", PUBLIC_READ, login=False),
    Case("falcon-list", "falcon", middleware(allow_origins=["https://app.{site}", "https://help.{site}"],
         allow_credentials=["https://app.{site}", "https://help.{site}"]), (), "a list", visits(*COOKIES)),
    Case("falcon-health", "falcon", middleware(), (), "* on a health check",
         (Visit("https://status.{site}", (Call("/healthz"),)), Visit(FOREIGN, (Call("/healthz"),))), login=False),
    Case("falcon-star-to-session", "falcon", middleware(), (),
         "* on what a session opens: with the session's cookie no browser lets it be read", visits(READ)),
)  # fmt: skip


def _application(case: Case) -> Application:
    import falcon

    application: Any = falcon.App(middleware=case.policy(case))
    for path in ("/data", "/public", "/healthz", "/form"):
        application.add_route(path, Served())
    return application  # type: ignore[no-any-return]


@contextmanager
def serving(cases: Sequence[Case]) -> Iterator[dict[str, int]]:
    served = {case.server: _application(case) for case in cases}
    with wsgi(served) as port:
        yield dict.fromkeys(served, port)
