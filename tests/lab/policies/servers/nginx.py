"""nginx: a right policy with room for one fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.fixes.servers.nginx import running_nginx
from tests.fixes.servers.running import free_port
from tests.lab.policies.case import PRIVATE, Case

_HTTP = """\
server_tokens off;
map_hash_bucket_size 256;
variables_hash_bucket_size 128;
server_names_hash_bucket_size 128;
proxy_cache_path %(folder)s/cache keys_zone=lab:1m;
default_type application/json;
%(servers)s
"""
_SERVER = """
map $http_origin $allowed_%(name)s { default ""; %(allowed)s }
map $allowed_%(name)s $credentials_%(name)s { default true; "" ""; }
%(maps)s
server {
    listen 127.0.0.1:%(port)d;
    server_name %(host)s;
    %(extra)s
    location / {
        %(headers)s
        %(preflight)s
        add_header Cache-Control "%(caching)s" always;
        types { }
        default_type "%(mime)s";
        %(answer)s
    }
}
"""


class Policy(NamedTuple):
    """Values are nginx text: `$allowed` and `$credentials` are the listed origin and `true`; empty sends no header."""

    origin: str = "$allowed"
    credentials: str = "$credentials"
    vary: str = "Origin"
    methods: str = "GET, HEAD, POST, PUT"
    headers: str = "content-type, x-token"
    max_age: str = "7200"
    allowed: tuple[str, ...] = ("https://app.{site}", "https://help.{site}")
    more: str = ""
    """On every answer."""
    preflight_origin: str | None = None
    preflight_credentials: str | None = None
    """None: as on the others."""
    preflight: str = "return 204;"
    """What follows the headers of a preflight; empty for none of its own."""
    answer: str = "return 200 '{}';"
    caching: str = PRIVATE
    mime: str = "application/json"
    maps: str = ""
    extra: str = ""
    """In `server`."""


def _lines(policy: Policy, preflight: bool) -> str:
    origin, credentials = policy.origin, policy.credentials
    if preflight:
        origin = origin if policy.preflight_origin is None else policy.preflight_origin
        credentials = credentials if policy.preflight_credentials is None else policy.preflight_credentials
    told = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": credentials, "Vary": policy.vary}
    if preflight:
        told |= {
            "Access-Control-Allow-Methods": policy.methods,
            "Access-Control-Allow-Headers": policy.headers,
            "Access-Control-Max-Age": policy.max_age,
        }
    lines = [f'add_header {name} "{value}" always;' for name, value in told.items() if value]
    return "\n".join([*lines, policy.more])


def _server(case: Case, port: int) -> str:
    policy: Policy = case.policy
    name = case.name.replace("-", "_")
    preflight = ""
    if policy.preflight:
        preflight = f"if ($request_method = OPTIONS) {{ {_lines(policy, True)} {policy.preflight} }}"
    text = _SERVER % {
        "name": name, "host": case.server.partition(":")[0], "port": port, "maps": policy.maps, "extra": policy.extra,
        "allowed": " ".join(f'"{origin}" $http_origin;' for origin in policy.allowed),
        "headers": _lines(policy, False), "preflight": preflight,
        "caching": policy.caching, "mime": policy.mime, "answer": policy.answer,
    }  # fmt: skip
    text = text.replace("{site}", case.site).replace("{port}", str(port))
    for variable in ("allowed", "credentials", "own"):
        text = text.replace(f'"${variable}"', f"${variable}_{name}").replace(f"${variable} ", f"${variable}_{name} ")
    return text


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[int]:
    port = free_port()
    servers = "".join(_server(case, port) for case in cases)
    with running_nginx(_HTTP % {"folder": folder, "servers": servers}, folder, port):
        yield port
