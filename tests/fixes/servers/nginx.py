"""nginx in front of nothing: a process for each case, since all snippets use the same variables."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.fixes.cases import Case
from tests.fixes.servers.running import await_port, free_port, running

_HEAD = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    {http}
}}
"""
_SERVER = """\
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
"""


def configuration(http: str, folder: Path) -> str:
    """With this in `http`; nothing is written but in the folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    return _HEAD.format(folder=folder, temporary=temporary, http=http)


@contextmanager
def running_nginx(http: str, folder: Path, port: int) -> Iterator[None]:
    """A process with this in `http` while the block runs, once it listens on the port; `folder` is made."""
    folder.mkdir()
    config, log = folder / "nginx.conf", folder / "error.log"
    config.write_text(configuration(http, folder), "utf-8")
    with running(["nginx", "-c", config, "-e", log]) as nginx:
        await_port(port, lambda: nginx.poll() is None, log)
        yield


def in_http(code: str) -> tuple[str, str]:
    """What of a snippet stands in `http`, and what in `location`."""
    maps = re.findall(r"^map .*?^}$", code, re.MULTILINE | re.DOTALL)
    for each in maps:
        code = code.replace(each, "")
    return "\n".join(maps), code


@contextmanager
def _one(case: Case | None, folder: Path) -> Iterator[str]:
    maps, headers = in_http("\n".join(snippet.code for snippet in case.snippets("nginx")) if case else "")
    port = free_port()
    with running_nginx(_SERVER % {"maps": maps, "headers": headers, "port": port}, folder, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        bases = {"bare": stack.enter_context(_one(None, folder / "bare"))}
        bases |= {case.name: stack.enter_context(_one(case, folder / case.name)) for case in cases}
        yield bases
