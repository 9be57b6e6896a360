"""Tornado: headers by hand in `set_default_headers`, as its users write them. A case's policy fills a handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.lab.policies.case import APP, PRIVATE, SISTER, TOKEN, Call, Case, Visit, visits
from tests.lab.stacks.looped import in_loop
from tests.lab.stacks.visits import BEARER, COOKIES, PUT, PUT_ONLY, READ, WITH_COOKIES, wide

Headers = Callable[[Any, str, Case], dict[str, str]]
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, PUT, OPTIONS",
    "Access-Control-Allow-Headers": "x-token, x-requested-with, authorization",
    "Access-Control-Max-Age": "600",
}  # fmt: skip


def listed(handler: Any, origin: str, case: Case) -> dict[str, str]:
    if origin not in (f"https://app.{case.site}", f"https://help.{case.site}"):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin",
        **(PREFLIGHT if handler.request.method == "OPTIONS" else {}),
    }  # fmt: skip


def also(**more: str) -> Headers:
    """The list, and with it these headers, `_` for `-`; empty ones are taken away."""

    def headers(handler: Any, origin: str, case: Case) -> dict[str, str]:
        told = listed(handler, origin, case)
        if "Access-Control-Allow-Origin" in told:
            told |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in told.items() if value}

    return headers


def star(handler: Any, origin: str, case: Case) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": "*", **PREFLIGHT}


def ports(handler: Any, origin: str, case: Case) -> dict[str, str]:
    host, _, port = origin.removeprefix("https://").partition(":")
    trusted = host == f"app.{case.site}" and (not port or port.isdigit())
    told = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"} if trusted else {}
    return {"Vary": "Origin", **told}


def by_hand(headers: Headers, options: bool = True, **more: Any) -> dict[str, Any]:
    return {"headers": headers, "options": options, **more}


CASES = (
    Case("tornado-star-bearer", "tornado", by_hand(star), ("COR201",), "* on what a bearer token opens",
         visits(Call(headers=BEARER)), login=False),
    Case("tornado-no-options", "tornado", by_hand(star, options=False), ("COR603",), "no handler for OPTIONS: 405",
         visits(Call(method="PUT", headers=TOKEN)), login=False),
    Case("tornado-ports", "tornado", by_hand(ports), ("COR114",), "every port of the host",
         wide("https://app.{site}:8444", "https://app.{site}:9443", SISTER)),
    Case("tornado-avoidable", "tornado", by_hand(also()), ("COR803",), "X-Requested-With alone asks for a preflight",
         (Visit(APP, (Call(headers={"X-Requested-With": "XMLHttpRequest"}, credentials=True),)),)),
    Case("tornado-debug", "tornado", by_hand(also(
         Access_Control_Expose_Headers="X-Backend-Server, X-Debug-Trace", X_Backend_Server="10.4.0.17:8080",
         X_Debug_Trace="app.py:112 handler.get")), ("COR206",), "says which machine answered", visits(*COOKIES)),
    Case("tornado-no-max-age", "tornado", by_hand(also(Access_Control_Max_Age="")), ("COR801", "COR804"),
         "no Max-Age, and the same preflight time and again", (Visit(APP, (PUT,)), Visit(APP, (PUT,)), Visit(APP, (PUT,
         )))),
    Case("tornado-list", "tornado", by_hand(listed), (), "a list"),
    Case("tornado-conditional", "tornado", by_hand(star, etag=True), (), "public, stored, asked for again: 304",
         (Visit(APP, (Call("/tile", cache="no-cache"), Call("/tile", cache="no-cache"))),
          Visit("https://blog.test", (Call("/tile", cache="default"), Call("/tile", cache="no-cache")))), login=False),
    Case("tornado-double-submit", "tornado", by_hand(listed, xsrf=True), (),
         "the token against forged requests in a cookie of its own", visits(WITH_COOKIES, PUT)),
    Case("tornado-options", "tornado", by_hand(listed), (), "OPTIONS that a page asks by itself",
         visits(Call(method="OPTIONS", credentials=True), READ)),
    Case("tornado-max-age-long", "tornado", by_hand(also(Access_Control_Max_Age="86400")), (),
         "a day is more than Chromium keeps, and Firefox' cap", PUT_ONLY),
)  # fmt: skip


def _application(case: Case) -> Any:
    from tornado import web

    policy = case.policy

    class Data(web.RequestHandler):
        def set_default_headers(self) -> None:
            for name, value in policy["headers"](self, self.request.headers.get("Origin", ""), case).items():
                self.set_header(name, value)

        def get(self) -> None:
            self.set_header("Cache-Control", "public, max-age=0" if policy.get("etag") else PRIVATE)
            if policy.get("xsrf"):
                self.set_cookie("_xsrf", "2|9c1e", secure=True, samesite="None")
            self.finish({"answer": 42})

        put = get

    class WithOptions(Data):
        def options(self) -> None:
            self.set_status(204)
            self.finish()

    handler = WithOptions if policy["options"] else Data
    return web.Application([("/data", handler), ("/tile", handler)], log_function=lambda _: None)


@contextmanager
def serving(cases: Sequence[Case]) -> Iterator[dict[str, int]]:
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    async def start() -> dict[str, int]:
        ports = {}
        for case in cases:
            sockets = bind_sockets(0, "127.0.0.1")
            HTTPServer(_application(case)).add_sockets(sockets)
            ports[case.server] = sockets[0].getsockname()[1]
        return ports

    with in_loop(start) as ports:
        yield ports
