"""Django with the settings of each case."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tests.fixes.cases import Case
from tests.fixes.servers.wsgi import Application, by_name

AUTHENTICATE = f"{__name__}.authenticate"
CORS = "corsheaders.middleware.CorsMiddleware"


def authenticate(get_response: Any) -> Any:
    from django.http import HttpResponse

    def middleware(request: Any) -> Any:
        if request.path.endswith("/private") and "X-Token" not in request.headers:
            return HttpResponse(status=401)
        return get_response(request)

    return middleware


def _data(request: Any) -> Any:
    from django.http import HttpResponse, JsonResponse

    return JsonResponse({"answer": 42}) if request.method in ("GET", "PUT") else HttpResponse(status=405)


def _error(request: Any) -> Any:
    raise RuntimeError


def _urls() -> list[Any]:
    from django.urls import path

    return [path("data", _data), path("private", _data), path("error", _error)]


def application(urls: Sequence[Any], settings: Mapping[str, Any]) -> Application:
    """Django with these URL patterns and settings, whatever others run in the same process."""
    import django
    from django.conf import settings as process
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    if not process.configured:
        process.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], INSTALLED_APPS=["corsheaders"], LOGGING_CONFIG=None)
        django.setup()
    own = {"ROOT_URLCONF": type("urls", (), {"urlpatterns": urls}), **settings}
    with override_settings(**own):
        handler = WSGIHandler()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with override_settings(**own):
            return [b"".join(handler(environ, start_response))]

    return answer


def _fixed(case: Case | None) -> Application:
    # As met in the wild: the middleware of CORS stands last.
    settings: dict[str, Any] = {"MIDDLEWARE": [AUTHENTICATE, *([CORS] if case else [])]}
    for snippet in case.snippets("django") if case else ():
        exec(snippet.code, settings)
    return application(_urls(), {name: value for name, value in settings.items() if name.isupper()})


def serving(cases: Sequence[Case]) -> AbstractContextManager[dict[str, str]]:
    return by_name({"bare": _fixed(None), **{case.name: _fixed(case) for case in cases}})
