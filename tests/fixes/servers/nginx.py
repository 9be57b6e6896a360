"""nginx in front of nothing: a process for each case, since all snippets use the same variables."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.fixes.cases import Case

_CONFIG = """\
daemon off;
master_process off;
pid %(folder)s/pid;
error_log %(folder)s/error.log;
events {}
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    %(maps)s
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            %(headers)s
            try_files /none @app;
        }
        location /private {
            %(headers)s
            if ($http_x_token = "") { return 401; }
            return 200;
        }
        location /error {
            %(headers)s
            return 502;
        }
        location /data {
            %(headers)s
            return 200;
        }
    }
}
"""


def _parts(case: Case | None) -> tuple[str, str]:
    """What stands in `http`, and what in `location`."""
    code = "\n".join(snippet.code for snippet in case.snippets("nginx")) if case else ""
    maps = re.findall(r"^map .*?^}$", code, re.MULTILINE | re.DOTALL)
    for each in maps:
        code = code.replace(each, "")
    return "\n".join(maps), code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _one(case: Case | None, folder: Path) -> Iterator[str]:
    folder.mkdir()
    maps, headers = _parts(case)
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(_CONFIG % {"folder": folder, "maps": maps, "headers": headers, "port": port}, "utf-8")
    with subprocess.Popen(["nginx", "-c", config, "-e", folder / "error.log"], stderr=subprocess.PIPE) as nginx:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert nginx.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        nginx.terminate()


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        bases = {"bare": stack.enter_context(_one(None, folder / "bare"))}
        bases |= {case.name: stack.enter_context(_one(case, folder / case.name)) for case in cases}
        yield bases
