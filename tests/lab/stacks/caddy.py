"""Caddy in front of an application: a case's policy is what stands in the site's block of the Caddyfile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, OTHER, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import PUBLIC_READ, PUT_ONLY, READ, wide

_SITE = """\
http://{host}:{port} {{
    bind 127.0.0.1
    {policy}
    reverse_proxy 127.0.0.1:{backend} {{
        {proxy}
    }}
}}
"""
ORIGIN = "{http.request.header.Origin}"
TELL = f"""\
header @own Access-Control-Allow-Origin {ORIGIN}
header @own Access-Control-Allow-Credentials true
header Vary Origin
"""
LISTS = """\
header @preflight Access-Control-Allow-Methods "GET, POST, PUT"
header @preflight Access-Control-Allow-Headers "x-token"
header @preflight Access-Control-Max-Age 600
"""
PREFLIGHT = "@preflight method OPTIONS\n" + LISTS + "respond @preflight 204\n"
OWN = "@own header_regexp Origin ^https://(app|help)\\.{dots}$\n"
LIST = OWN + TELL + PREFLIGHT

CASES = (
    Case("caddy-any", "caddy", TELL.replace("@own ", "") + PREFLIGHT, ("COR101",), "the placeholder of the header"),
    Case("caddy-suffix", "caddy", "@own header_regexp Origin ^https://.*{dots}$\n" + TELL + PREFLIGHT, ("COR103",),
         ".* with nothing between", wide(SISTER, "https://notour{site}")),
    Case("caddy-star", "caddy", 'header Access-Control-Allow-Origin *\nheader Access-Control-Allow-Credentials true\n'
         + PREFLIGHT, ("COR501",), "* with credentials"),
    Case("caddy-twice", "caddy", {"policy": LIST, "proxy": "header_up X-Backend list"}, ("COR502",),
         "the application sends the header too"),
    Case("caddy-bare-preflight", "caddy", OWN + TELL.replace("@own ", "@answer ").replace("header @answer",
         "@answer {\nheader_regexp Origin ^https://(app|help)\\.{dots}$\nnot method OPTIONS\n}\nheader @answer", 1)
         + PREFLIGHT, ("COR605",), "the preflight has no origin", PUT_ONLY),
    Case("caddy-inert", "caddy", LIST.replace('"x-token"', '"x-token, cookie, host"'), ("COR514",),
         "names that no script may send", PUT_ONLY),
    Case("caddy-vary-other", "caddy", OWN + TELL.replace("Vary Origin", "Vary Accept-Encoding")
         .replace("header @own Access-Control-Allow-Credentials true\n", ""), ("COR401", "COR402"),
         "Vary, but not Origin", PUBLIC_READ, login=False),
    Case("caddy-http-drift", "caddy", OWN.replace("^https:", "^https?:") + TELL + PREFLIGHT, ("COR301",),
         "http of the house too", wide("http://app.{site}")),
    Case("caddy-list", "caddy", LIST, (), "a list"),
    Case("caddy-files", "caddy", "header Access-Control-Allow-Origin *\n", (),
         "* on public data that is stored, and 304",
         (Visit(APP, (Call("/public", cache="default"), Call("/public", cache="default"), Call("/public",
         cache="no-cache"))),
          Visit(OTHER, (Call("/public", cache="no-cache"),))), login=False),
    Case("caddy-one-owner", "caddy", {"policy": LIST, "proxy": "header_up X-Backend list\n"
         "header_down -Access-Control-Allow-Origin\nheader_down -Access-Control-Allow-Credentials"}, (),
         "the application sends the header too, and it is taken away"),
    Case("caddy-star-not-found", "caddy", "header Access-Control-Allow-Origin *\n", (), "* on public errors",
         visits(Call("/missing"), Call("/error"), READ), login=False),
)  # fmt: skip


def _site(case: Case, port: int, backend: int) -> str:
    policy = case.policy if isinstance(case.policy, dict) else {"policy": case.policy, "proxy": ""}
    text = _SITE.format(host=case.server, port=port, backend=backend, **policy)
    return text.replace("{site}", case.site).replace("{dots}", case.site.replace(".", "\\."))


@contextmanager
def serving(cases: Sequence[Case], folder: Path, backend: int) -> Iterator[dict[str, int]]:
    folder.mkdir()
    port = free_port()
    head = "{\nadmin off\nauto_https off\nlog {\noutput discard\n}\norder header first\n}\n"
    config = folder / "Caddyfile"
    config.write_text(head + "".join(_site(case, port, backend) for case in cases), "utf-8")
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command: list[str | Path] = ["caddy", "run", "--config", config, "--adapter", "caddyfile"]
    with running(command, env=environment) as caddy:
        await_port(port, lambda: caddy.poll() is None)
        yield {case.server: port for case in cases}
