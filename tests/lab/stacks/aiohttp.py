"""aiohttp: aiohttp-cors, and handlers by hand, WebSockets among them. A case's policy sets its application up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.lab.policies.case import APP, FOREIGN, OTHER, PRIVATE, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.looped import in_loop
from tests.lab.stacks.visits import COOKIES, PUBLIC_READ, READ, WITH_COOKIES, wide

Policy = Callable[[Any, Case], None]
Headers = Callable[[Any, str, Case], dict[str, str]]
SOCKET = Call("/socket", kind="socket")
EVENTS = Call("/events", kind="events", credentials=True)


def own(case: Case) -> tuple[str, ...]:
    return (f"https://app.{case.site}", f"https://help.{case.site}")


def library(*origins: str, **options: Any) -> Policy:
    """aiohttp-cors on all routes; no origins: those of the case."""

    def setup(app: Any, case: Case) -> None:
        import aiohttp_cors

        settings = {"allow_credentials": True, "allow_headers": ["X-Token"], "max_age": 600, **options}
        named = [origin.format(site=case.site) for origin in origins]
        allowed = aiohttp_cors.ResourceOptions(**settings)
        cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(named or own(case), allowed))
        for route in list(app.router.routes()):
            cors.add(route)

    return setup


def middleware(headers: Headers) -> Policy:
    """A middleware that puts headers on what the handler gave, and on nothing that a handler raised."""

    def setup(app: Any, case: Case) -> None:
        from aiohttp import web

        @web.middleware
        async def cors(request: Any, handler: Any) -> Any:
            preflight = request.method == "OPTIONS"
            response = web.Response(status=204) if preflight else await handler(request)
            response.headers.update(headers(request, request.headers.get("Origin", ""), case))
            return response

        app.middlewares.append(cors)

    return setup


def _listed(request: Any, origin: str, case: Case) -> dict[str, str]:
    return _trusted(origin) if origin in own(case) else {"Vary": "Origin"}


def _trusted(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin",
        "Access-Control-Allow-Methods": "GET, PUT", "Access-Control-Allow-Headers": "x-token",
        "Access-Control-Max-Age": "600",
    }  # fmt: skip


def _suffix(request: Any, origin: str, case: Case) -> dict[str, str]:
    return _trusted(origin) if origin.endswith(case.site) else {"Vary": "Origin"}


def _referer(request: Any, origin: str, case: Case) -> dict[str, str]:
    page = urlsplit(request.headers.get("Referer", ""))
    return _trusted(f"{page.scheme}://{page.netloc}") if page.netloc else {"Vary": "Origin"}


def _no_vary(request: Any, origin: str, case: Case) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin} if origin in own(case) else {}


def _socket_checks(app: Any, case: Case) -> None:
    app["origins"] = own(case)


def _open_socket(app: Any, case: Case) -> None:
    app["origins"] = None


CASES = (
    Case("aiohttp-any", "aiohttp", library("*", allow_headers="*", expose_headers="*"), ("COR101",),
         "the star of the library tells any origin back"),
    Case("aiohttp-null", "aiohttp", library("https://app.{site}", "null"), ("COR102",), "null on the list",
         (Visit(APP, COOKIES), Visit(FOREIGN, COOKIES, sandboxed=True))),
    Case("aiohttp-suffix", "aiohttp", middleware(_suffix), ("COR103",), "endswith without a dot",
         wide(SISTER, "https://my{site}")),
    Case("aiohttp-referer", "aiohttp", middleware(_referer), ("COR119", "COR101"), "whoever links is trusted",
         visits(WITH_COOKIES)),
    Case("aiohttp-no-vary", "aiohttp", middleware(_no_vary), ("COR401", "COR402"), "a list without Vary, stored",
         PUBLIC_READ, login=False),
    Case("aiohttp-socket", "aiohttp", _open_socket, ("COR211",),
         "a WebSocket for every page, with the session's cookie",
         visits(SOCKET)),
    Case("aiohttp-errors", "aiohttp", middleware(_listed), ("COR702",), "errors that a handler raises have no headers",
         visits(WITH_COOKIES, Call("/missing", credentials=True), Call("/forbidden", credentials=True), foreign=False)),
    Case("aiohttp-list", "aiohttp", library(), (), "a list; no Vary, and nothing may be stored", visits(*COOKIES)),
    Case("aiohttp-socket-list", "aiohttp", _socket_checks, (), "a WebSocket that refuses other origins",
         visits(SOCKET)),
    Case("aiohttp-socket-public", "aiohttp", _open_socket, (), "a WebSocket with public prices, nobody signs in",
         (Visit(APP, (SOCKET,)), Visit(OTHER, (SOCKET,))), login=False),
    Case("aiohttp-events", "aiohttp", library(), (), "events, for its own pages", visits(EVENTS)),
    Case("aiohttp-errors-too", "aiohttp", library(), (), "errors have the headers too",
         visits(READ, Call("/missing"), Call("/forbidden"))),
)  # fmt: skip


def _application(case: Case) -> Any:
    from aiohttp import web

    async def data(request: Any) -> Any:
        return web.json_response({}, headers={"Cache-Control": PRIVATE})

    async def public(request: Any) -> Any:
        return web.json_response({}, headers={"Cache-Control": "public, max-age=60"})

    async def missing(request: Any) -> Any:
        raise web.HTTPNotFound

    async def forbidden(request: Any) -> Any:
        raise web.HTTPForbidden

    async def events(request: Any) -> Any:
        return web.Response(text="data: 1\n\n", content_type="text/event-stream", headers={"Cache-Control": PRIVATE})

    async def socket(request: Any) -> Any:
        origins = request.app.get("origins")
        if origins and request.headers.get("Origin") not in origins:
            raise web.HTTPForbidden
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.close()
        return opened

    app = web.Application()
    app.add_routes([
        web.get("/data", data), web.put("/data", data), web.get("/public", public), web.get("/missing", missing),
        web.get("/forbidden", forbidden), web.get("/events", events), web.get("/socket", socket),
    ])  # fmt: skip
    case.policy(app, case)
    return app


@contextmanager
def serving(cases: Sequence[Case]) -> Iterator[dict[str, int]]:
    from aiohttp import web

    async def start() -> dict[str, int]:
        ports = {}
        for case in cases:
            runner = web.AppRunner(_application(case), access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            ports[case.server] = runner.addresses[0][1]
        return ports

    with in_loop(start) as ports:
        yield ports
