"""Varnish, a shared cache, in front of an application. A case's policy is VCL; `{host}` is its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, FOREIGN, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import PUT, READ, WITH_COOKIES

STORED = Call("/public")
PAUSE = Call(kind="pause")
IN_TURN = (Visit(APP, (STORED, STORED)), Visit(SISTER, (STORED, STORED)))


class Policy(NamedTuple):
    backend: str = "list"
    received: str = ""
    """In `vcl_recv`."""
    fetched: str = ""
    """In `vcl_backend_response`."""
    delivered: str = ""
    """In `vcl_deliver`."""
    asked: str = ""
    """In `vcl_backend_fetch`, for what the cache keeps."""


PREFLIGHT = """\
set resp.http.Access-Control-Allow-Methods = "GET, POST, PUT";
set resp.http.Access-Control-Allow-Headers = "x-token";
set resp.http.Access-Control-Max-Age = "600";
"""
ORIGIN = "set resp.http.Access-Control-Allow-Origin = req.http.Origin;"
TRUE = 'set resp.http.Access-Control-Allow-Credentials = "true";'
OWN = 'if (req.http.Origin ~ "^https://(app|help)\\.{dots}$") {'
VARY = 'set resp.http.Vary = "Origin";'
HITS = 'if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; }'

CASES = (
    Case("varnish-mixed-up", "varnish", Policy("bare", delivered=HITS), ("COR405",),
         "the copy that was made for one origin is given to another", IN_TURN, login=False),
    Case("varnish-mixed-up-quietly", "varnish", Policy("bare"), ("COR405", "COR401"),
         "the same, and nothing but Age says so",
         (Visit(SISTER, (STORED, PAUSE)), Visit(APP, (STORED, STORED))), login=False),
    Case("varnish-shared", "varnish", Policy("list", fetched='set beresp.http.Cache-Control = "public, s-maxage=300";'
         " unset beresp.http.Set-Cookie;", received="unset req.http.X-None;"), ("COR404",),
         "private data is stored for all",
         visits(WITH_COOKIES, foreign=False)),
    Case("varnish-any", "varnish", Policy("none", delivered=f"{ORIGIN} {TRUE} {VARY}"), ("COR101",), "req.http.Origin",
         visits(WITH_COOKIES)),
    Case("varnish-substring", "varnish", Policy("none",
         delivered=f'if (req.http.Origin ~ "{{site}}") {{ {ORIGIN} {TRUE} }} {VARY}'),
         ("COR105", "COR103", "COR104"), "a pattern without ends",
         (Visit(APP, (WITH_COOKIES,)), Visit("https://{site}.evil.test", (WITH_COOKIES,)), Visit("https://evil{site}",
          (WITH_COOKIES,)), Visit(FOREIGN, (WITH_COOKIES,)))),
    Case("varnish-errors", "varnish", Policy("list", received='if (req.url == "/limit") { return (synth(429)); }'),
         ("COR702",), "its own answers have no headers", visits(WITH_COOKIES, Call("/limit", credentials=True),
         foreign=False)),
    Case("varnish-preflights", "varnish", Policy("options", received='if (req.method == "OPTIONS") { return (hash); }',
         asked='set bereq.method = "OPTIONS";', delivered=HITS), ("COR406", "COR405"),
         "answers to OPTIONS are stored, by URL alone", (Visit(APP, (WITH_COOKIES, PUT, PAUSE)), Visit(SISTER, (PUT,
         )))),
    Case("varnish-star", "varnish", Policy("star", delivered=HITS), (), "* on public data, from the cache",
         visits(STORED, STORED),
         login=False),
    Case("varnish-vary", "varnish", Policy("list", delivered=HITS), (), "a copy for each origin", visits(STORED,
         STORED),
         login=False),
    Case("varnish-list", "varnish", Policy("none", delivered=f"{OWN} {ORIGIN} {TRUE} }} {VARY}"), (),
         "a list at the edge", visits(WITH_COOKIES, READ)),
    Case("varnish-static", "varnish", Policy("star", delivered=HITS), (), "* on a font, from the cache",
         visits(Call("/a.woff2", kind="font")), login=False, host="static.{site}"),
)  # fmt: skip


def _vcl(cases: Sequence[Case], backend: int) -> str:
    head = f'vcl 4.1;\nbackend app {{ .host = "127.0.0.1"; .port = "{backend}"; }}\n'
    parts = {"recv": "", "backend_fetch": "", "backend_response": "", "deliver": ""}
    for case in cases:
        policy: Policy = case.policy
        received = f'set req.http.X-Backend = "{policy.backend}"; {policy.received}'
        asked = f"if (bereq.http.Access-Control-Request-Method) {{ {policy.asked} }}"
        for part, name, text in (
            ("recv", "req", received),
            ("backend_fetch", "bereq", asked),
            ("backend_response", "bereq", policy.fetched),
            ("deliver", "req", policy.delivered),
        ):
            own = text.replace("{site}", case.site).replace("{dots}", case.site.replace(".", "\\."))
            parts[part] += f'if ({name}.http.Host == "{case.server}") {{ {own} }}\n'
    parts["recv"] += 'if (req.method == "GET" && req.url == "/public") { unset req.http.Cookie; return (hash); }\n'
    parts["recv"] += 'if (req.method != "GET" || req.http.Cookie) { return (pass); }\n'
    return head + "".join(f"sub vcl_{name} {{\n{text}}}\n" for name, text in parts.items())


@contextmanager
def serving(cases: Sequence[Case], folder: Path, backend: int) -> Iterator[dict[str, int]]:
    folder.mkdir()
    port = free_port()
    vcl = folder / "lab.vcl"
    vcl.write_text(_vcl(cases, backend), "utf-8")
    command: list[str | Path] = [
        "varnishd", "-F", "-j", "none", "-n", folder / "work", "-f", vcl, "-a", f"127.0.0.1:{port}",
        "-s", "malloc,16m", "-T", "none",
    ]  # fmt: skip
    with running(command) as varnish:
        await_port(port, lambda: varnish.poll() is None)
        yield {case.server: port for case in cases}
