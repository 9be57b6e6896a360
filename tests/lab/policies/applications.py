"""Policies of Python applications, right ones and wrong ones."""

from __future__ import annotations

from typing import Any

from tests.lab.policies.case import APP, SISTER, Case


def own(case: Case) -> list[str]:
    return [origin.format(site=case.site) for origin in (APP, SISTER)]


def starlette(app: Any, **settings: Any) -> None:
    from starlette.middleware.cors import CORSMiddleware

    defaults: dict[str, Any] = {"allow_methods": ["GET", "PUT"], "allow_headers": ["x-token"], "max_age": 7200}
    app.add_middleware(CORSMiddleware, **{**defaults, **settings})


def flask(app: Any, **settings: Any) -> None:
    from flask_cors import CORS

    CORS(app, **{"allow_headers": ["x-token"], "max_age": 7200, **settings})


def from_query(app: Any, case: Case) -> None:
    from flask import request

    def trust(response: Any) -> Any:
        response.headers["Access-Control-Allow-Origin"] = request.args.get("client", "")
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.vary.add("Origin")
        return response

    app.after_request(trust)


def by_origin(app: Any, case: Case) -> None:
    from flask import request

    flask(app, origins=own(case), supports_credentials=True)

    def check() -> Any:
        return None if request.headers.get("Origin") in own(case) else ("", 403)

    app.before_request(check)


def runs_app(app: Any, case: Case) -> None:
    flask(app, origins=own(case), supports_credentials=True, automatic_options=False)

    def remember(response: Any) -> Any:
        response.set_cookie("sid", "renewed", secure=True, httponly=True, samesite="None")
        return response

    app.after_request(remember)


def fails_on_options(app: Any, case: Case) -> None:
    from flask import request

    flask(app, origins=own(case), supports_credentials=True)

    def check() -> None:
        if request.method == "OPTIONS":
            raise KeyError("token")

    app.before_request(check)


def alternates(app: Any, case: Case) -> None:
    from itertools import cycle

    from flask import request

    replicas = cycle([True, False])

    def one_of_two(response: Any) -> Any:
        origin = request.headers.get("Origin")
        response.vary.add("Origin")
        if origin in own(case) and (request.method != "GET" or next(replicas)):
            response.headers["Access-Control-Allow-Origin"] = origin
        return response

    app.after_request(one_of_two)


def behind_authentication(app: Any, case: Case) -> None:
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.responses import JSONResponse

    starlette(app, allow_origins=own(case), allow_credentials=True)

    async def authenticate(request: Any, call_next: Any) -> Any:
        if "x-token" not in request.headers:
            return JSONResponse({}, 401, {"WWW-Authenticate": "Token"})
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=authenticate)
