"""nginx, Caddy and Apache httpd in front of an application that sets the CORS headers itself, on what it answers."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from coranalyze.fixes import Snippet
from tests.fixes.cases import APP
from tests.fixes.servers.nginx import configuration, in_http
from tests.fixes.servers.running import await_port, free_port, in_thread, running

PROGRAMS = {"nginx": "nginx", "caddy": "caddy", "apache": "apache2"}
_NGINX = """\
%(outside)s
server {
    listen 127.0.0.1:%(port)d;
    location / {
        %(inside)s
        proxy_pass http://127.0.0.1:%(upstream)d;
    }
}
"""
_CADDY = """\
{
    admin off
    auto_https off
}
http://127.0.0.1:%(port)d {
    bind 127.0.0.1
    log {
        output discard
    }
    %(outside)s
    reverse_proxy 127.0.0.1:%(upstream)d {
        %(inside)s
    }
}
"""
_MODULES = ("mpm_event", "authz_core", "headers", "setenvif", "rewrite", "proxy", "proxy_http")
_APACHE = """\
%(modules)s
%(user)s
ServerName 127.0.0.1
DefaultRuntimeDir %(folder)s
PidFile %(folder)s/pid
ErrorLog %(folder)s/error.log
Listen 127.0.0.1:%(port)d
<VirtualHost 127.0.0.1:%(port)d>
    %(inside)s
    ProxyPass / http://127.0.0.1:%(upstream)d/
</VirtualHost>
"""


class Application(BaseHTTPRequestHandler):
    """Lets one page in; `/error` forgets the headers, `/gone` never answers, preflights are refused."""

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.path == "/gone":
            self.close_connection = True
            return
        self.send_response(500 if self.path == "/error" else 200)
        if self.headers["Origin"] == APP and self.path == "/data":
            self.send_header("Access-Control-Allow-Origin", APP)
            self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_OPTIONS(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def proxy(stack: str, snippets: Sequence[Snippet], folder: Path) -> Iterator[str]:
    """The base URL of the proxy with these snippets, each part of them where its note says that it stands."""
    code = "\n".join(snippet.code for snippet in snippets)
    port, config, log = free_port(), folder / "config", folder / "error.log"
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), Application)) as upstream:
        values = {"folder": folder, "port": port, "upstream": upstream}
        match stack:
            case "nginx":
                outside, inside = in_http(code)
                template = configuration(_NGINX, folder)
                command: list[str | Path] = ["nginx", "-c", config, "-e", log]
            case "caddy":
                inside = "\n".join(re.findall(r"^header_down .*$", code, re.MULTILINE))
                outside = re.sub(r"^header_down .*$", "", code, flags=re.MULTILINE)
                template, command = _CADDY, ["caddy", "run", "--adapter", "caddyfile", "--config", config]
            case _:
                outside, inside = "", code
                modules = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in _MODULES]
                values |= {"modules": "\n".join(modules), "user": "User nobody" if os.geteuid() == 0 else ""}
                template, command = _APACHE, ["apache2", "-f", config, "-DFOREGROUND"]
        config.write_text(template % {**values, "outside": outside, "inside": inside}, "utf-8")
        # Caddy keeps its configuration and its certificates in these two folders.
        own = {**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        with running(command, env=own) as server:
            await_port(port, lambda: server.poll() is None, log)
            yield f"http://127.0.0.1:{port}"
