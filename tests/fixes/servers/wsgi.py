"""WSGI applications under their names on one port, in a thread."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import shift_path_info

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def hosting(applications: Mapping[str, Application]) -> Iterator[dict[str, str]]:
    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return applications[shift_path_info(environ) or ""](environ, start_response)

    with make_server("127.0.0.1", 0, dispatch, handler_class=_Silent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield {name: f"http://127.0.0.1:{server.server_port}/{name}" for name in applications}
        server.shutdown()
        thread.join()
