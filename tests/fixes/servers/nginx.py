"""nginx in front of nothing: a process for each case, since all snippets use the same variables."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.fixes.cases import Case
from tests.fixes.servers.running import await_port, free_port, running

_CONFIG = """\
daemon off;
master_process off;
pid %(folder)s/pid;
error_log %(folder)s/error.log;
events {}
http {
    access_log off;
    %(temporary)s
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


def temporary_paths(folder: Path) -> str:
    """So that nothing is written but in this folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)


def in_http(code: str) -> tuple[str, str]:
    """What of a snippet stands in `http`, and what in `location`."""
    maps = re.findall(r"^map .*?^}$", code, re.MULTILINE | re.DOTALL)
    for each in maps:
        code = code.replace(each, "")
    return "\n".join(maps), code


@contextmanager
def _one(case: Case | None, folder: Path) -> Iterator[str]:
    folder.mkdir()
    maps, headers = in_http("\n".join(snippet.code for snippet in case.snippets("nginx")) if case else "")
    port = free_port()
    config = folder / "nginx.conf"
    values = {"folder": folder, "temporary": temporary_paths(folder), "maps": maps, "headers": headers, "port": port}
    config.write_text(_CONFIG % values, "utf-8")
    with running(["nginx", "-c", config, "-e", folder / "error.log"]) as nginx:
        await_port(port, lambda: nginx.poll() is None, folder / "error.log")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        bases = {"bare": stack.enter_context(_one(None, folder / "bare"))}
        bases |= {case.name: stack.enter_context(_one(case, folder / case.name)) for case in cases}
        yield bases
