"""WSGI applications on one port, in a thread."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import shift_path_info

from tests.fixes.servers.running import in_thread

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def hosting(application: Application) -> AbstractContextManager[int]:
    """Serve one application; its port."""
    return in_thread(make_server("127.0.0.1", 0, application, handler_class=_Silent))


@contextmanager
def by_name(applications: Mapping[str, Application]) -> Iterator[dict[str, str]]:
    """Serve each under its name as the first part of the path; name → base URL."""

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return applications[shift_path_info(environ) or ""](environ, start_response)

    with hosting(dispatch) as port:
        yield {name: f"http://127.0.0.1:{port}/{name}" for name in applications}
