"""FastAPI applications, one for each case, in one uvicorn."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from tests.fixes.cases import Case


def _application() -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def authenticate(request: Request, call_next: Any) -> Response:
        if request.url.path.endswith("/private") and "x-token" not in request.headers:
            return JSONResponse({}, 401)
        answer: Response = await call_next(request)
        return answer

    @app.get("/data")
    @app.post("/data")
    @app.put("/data")
    @app.put("/private")
    def data() -> dict[str, int]:
        return {"answer": 42}

    @app.get("/error")
    def error() -> None:
        raise RuntimeError

    return app


def _fixed(case: Case | None) -> Any:
    names: dict[str, Any] = {"app": _application()}
    for snippet in case.snippets("starlette") if case else ():
        if snippet.language == "python":
            exec(snippet.code, names)
    return names.get("asgi", names["app"])


@contextmanager
def serving(cases: Sequence[Case]) -> Iterator[dict[str, str]]:
    routes = [Mount(f"/{case.name}", _fixed(case)) for case in cases]
    application = Starlette(routes=[*routes, Mount("/bare", _fixed(None))])
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "uvicorn did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield {name: f"http://127.0.0.1:{port}/{name}" for name in ("bare", *(case.name for case in cases))}
    finally:
        server.should_exit = True
        thread.join()
