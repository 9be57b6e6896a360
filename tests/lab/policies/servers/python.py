"""Starlette, Flask and Django."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.fixes.servers.django import application
from tests.fixes.servers.running import await_port, free_port
from tests.fixes.servers.wsgi import Application, hosting
from tests.lab.policies.case import PRIVATE, Case


def starlette(cases: Sequence[Case]) -> AbstractContextManager[int]:
    """`policy(app, case)` adds middleware, or gives back the application to serve."""
    return asgi({case.server: _starlette(case) for case in cases})


@contextmanager
def asgi(served: dict[str, Any]) -> Iterator[int]:
    """Each application answers under its host; the port."""
    import uvicorn

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        await served[dict(scope["headers"])[b"host"].decode()](scope, receive, send)

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(dispatch, port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    await_port(port, thread.is_alive)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


def _starlette(case: Case) -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    def data(_: Any) -> JSONResponse:
        return JSONResponse({}, headers={"Cache-Control": PRIVATE})

    def error(_: Any) -> None:
        raise RuntimeError

    app = Starlette(
        routes=[
            Route("/data", data, methods=["GET", "POST", "PUT"]),
            Route("/public", lambda _: JSONResponse({}, headers={"Cache-Control": "public, max-age=60"})),
            Route("/error", error),
        ]
    )
    return case.policy(app, case) or app


@contextmanager
def flask(cases: Sequence[Case]) -> Iterator[int]:
    """`policy(app, case)` sets the application up."""
    with wsgi({case.server: _flask(case) for case in cases}) as port:
        yield port


def _flask(case: Case) -> Application:
    from flask import Flask

    app = Flask(case.name)
    app.logger.disabled = True

    @app.route("/data", methods=["GET", "POST", "PUT"])
    def data() -> Any:
        return {}, {"Cache-Control": PRIVATE}

    @app.route("/public")
    def public() -> Any:
        return {}, {"Cache-Control": "public, max-age=60"}

    @app.route("/error")
    def error() -> Any:
        raise RuntimeError

    case.policy(app, case)
    return app


@contextmanager
def django(cases: Sequence[Case]) -> Iterator[int]:
    """`policy` is a mapping of settings; `{site}` in their texts is the case's."""
    with wsgi({case.server: _django(case) for case in cases}) as port:
        yield port


CORS = "corsheaders.middleware.CorsMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
AUTHENTICATE = f"{__name__}.authenticate"


def authenticate(get_response: Any) -> Any:
    """Django middleware: who has no token is answered 401, whatever the method."""
    from django.http import HttpResponse

    def middleware(request: Any) -> Any:
        return get_response(request) if "X-Token" in request.headers else HttpResponse(status=401)

    return middleware


def _urls() -> list[Any]:
    from django.http import JsonResponse
    from django.urls import path

    def answer(caching: str) -> Any:
        return lambda request: JsonResponse({}, headers={"Cache-Control": caching})

    return [
        path("data", answer(PRIVATE)),
        path("public", answer("public, max-age=60")),
    ]


def _django(case: Case) -> Application:
    settings = {name: _sited(value, case) for name, value in case.policy.items()}
    return application(_urls(), {"MIDDLEWARE": [CORS, COMMON], **settings})


def _sited(value: Any, case: Case) -> Any:
    if isinstance(value, list):
        return [_sited(each, case) for each in value]
    return value.replace("{site}", case.site) if isinstance(value, str) else value


def wsgi(served: dict[str, Application]) -> AbstractContextManager[int]:
    """As `asgi`."""
    return hosting(lambda environ, start_response: served[environ["HTTP_HOST"]](environ, start_response))
