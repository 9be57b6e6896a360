"""Flask applications, one for each case."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, request

from tests.fixes.cases import Case
from tests.fixes.servers.wsgi import by_name


def _fixed(case: Case | None) -> Flask:
    app = Flask("fixes")
    app.logger.disabled = True
    names: dict[str, Any] = {"app": app}
    for snippet in case.snippets("flask") if case else ():
        exec(snippet.code, names)

    @app.before_request
    def authenticate() -> Any:
        return ("", 401) if request.path == "/private" and "X-Token" not in request.headers else None

    @app.route("/data", methods=["GET", "POST", "PUT"])
    @app.route("/private", methods=["PUT"])
    def data() -> dict[str, int]:
        return {"answer": 42}

    @app.route("/error")
    def error() -> str:
        raise RuntimeError

    return app


def serving(cases: Sequence[Case]) -> AbstractContextManager[dict[str, str]]:
    return by_name({"bare": _fixed(None), **{case.name: _fixed(case) for case in cases}})
