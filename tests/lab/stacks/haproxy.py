"""HAProxy, a gateway that answers preflights itself: a case's policy is rules of its frontend; `{site}` is its domain.
`preflight` and `answer` are what it says to preflights and on answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import PUT, PUT_ONLY, READ, WITH_COOKIES, wide

_CONFIG = """\
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
backend app
    server one 127.0.0.1:{backend}
backend none
    server one 127.0.0.1:1
{frontends}
"""
_FRONTEND = """\
frontend {name}
    bind 127.0.0.1:{port}
    http-request set-var(txn.origin) req.hdr(Origin)
    acl own var(txn.origin) -m str {own}
    acl path_limit path /limit
    http-request set-header X-Backend {backend}
    {before}
    http-request return status {status} {preflight} if METH_OPTIONS {when}
    http-request deny deny_status 429 if path_limit
    use_backend none if {{ path /down }}
    default_backend app
    {answer}
"""
ALLOW = "Access-Control-Allow-"
LISTS = f'hdr {ALLOW}Methods "GET, POST, PUT" hdr {ALLOW}Headers x-token hdr Access-Control-Max-Age 600 hdr Vary Origin'
ORIGIN = f'hdr {ALLOW}Origin "%[var(txn.origin)]"'
TRUE = f"hdr {ALLOW}Credentials true"


class Policy(NamedTuple):
    trusted: str = "own"
    """Condition under which answers get the headers; empty: always."""
    own: str = "https://app.{site} https://help.{site}"
    origin: str = "%[var(txn.origin)]"
    preflight: str = f"{ORIGIN} {TRUE} {LISTS}"
    before: str = ""
    backend: str = "none"
    status: int = 204
    verb: str = "set-header"
    asked: str = "own"
    """Condition under which a preflight is answered."""
    bare: bool = False
    """Nothing is put on answers."""


def _frontend(case: Case, port: int) -> str:
    policy: Policy = case.policy
    when = f" if {policy.trusted}" if policy.trusted else ""
    told = {"Origin": policy.origin, "Credentials": "true"}
    lines = [f'http-response {policy.verb} {ALLOW}{name} "{value}"{when}' for name, value in told.items()]
    text = _FRONTEND.format(
        name=case.name, port=port, own=policy.own, before=policy.before, backend=policy.backend, status=policy.status,
        preflight=policy.preflight, when=policy.asked,
        answer="" if policy.bare else "\n    ".join([*lines, "http-response add-header Vary Origin"]),
    )  # fmt: skip
    return text.replace("{site}", case.site)


REPLICAS = (
    "http-request set-var(txn.turn) rand(2)\n    http-request set-header X-Backend list if { var(txn.turn) -m int 1 }"
)
INSIDE = "{ var(txn.origin) -m end %s }"

CASES = (
    Case("haproxy-any", "haproxy", Policy(trusted="", asked=""), ("COR101",), "the Origin as it comes"),
    Case("haproxy-subdomains", "haproxy", Policy(trusted=INSIDE % ".{site}", asked=INSIDE % ".{site}"), ("COR109",),
         "ends with a dot and the domain",
         wide(SISTER, "https://blog.{site}", "https://k8s-7.{site}")),
    Case("haproxy-suffix", "haproxy", Policy(trusted=INSIDE % "{site}", asked=INSIDE % "{site}"), ("COR103",),
         "ends with the domain",
         wide("https://cheap-{site}", SISTER)),
    Case("haproxy-adds", "haproxy", Policy(backend="list", verb="add-header"), ("COR502",), "one more header",
         visits(WITH_COOKIES, PUT)),
    Case("haproxy-write-any", "haproxy", Policy(asked="", status=200), ("COR209",),
         "any preflight is answered with yes", PUT_ONLY),
    Case("haproxy-errors", "haproxy", Policy(backend="list", bare=True), ("COR702",),
         "its own 429 and 503 have no headers", visits(WITH_COOKIES, Call("/limit", credentials=True),
         Call("/down", credentials=True), foreign=False)),
    Case("haproxy-week", "haproxy", Policy(preflight=f"{ORIGIN} {TRUE} {LISTS}".replace("600", "604800")), ("COR802",),
         "a week", PUT_ONLY),
    Case("haproxy-to-https", "haproxy",
         Policy(before="http-request redirect location https://api.{site}/data code 301"),
         ("COR602",), "the way to https comes before all", (Visit("http://app.{site}", (PUT,)),), scheme="http"),
    Case("haproxy-actual-bare", "haproxy", Policy(bare=True), ("COR609",),
         "the gateway answers preflights, nobody the rest",
         visits(PUT, READ, foreign=False)),
    Case("haproxy-replicas", "haproxy", Policy(bare=True, before=REPLICAS), ("COR704",),
         "one of two servers has no CORS",
         (Visit(APP, (READ,) * 12),), login=False),
    Case("haproxy-glob", "haproxy", Policy(origin="https://*.{site}", trusted=""), ("COR504",), "a glob",
         visits(WITH_COOKIES)),
    Case("haproxy-fixed-front", "haproxy", Policy(origin="http://app.{site}", trusted=""), ("COR508", "COR301"),
         "the scheme of long ago", (Visit(APP, (WITH_COOKIES, READ)), Visit(APP, (WITH_COOKIES,)))),
    Case("haproxy-list", "haproxy", Policy(), (), "a gateway that answers preflights"),
    Case("haproxy-fixed", "haproxy", Policy(origin="https://app.{site}", trusted="",
         preflight=f'hdr {ALLOW}Origin "https://app.{{site}}" {TRUE} {LISTS}'), (), "one origin, whoever asks"),
    Case("haproxy-backend-owns", "haproxy", Policy(backend="list", bare=True), (),
         "the application says it, the gateway answers preflights", visits(WITH_COOKIES)),
    Case("haproxy-down", "haproxy", Policy(), (), "503 to a stranger without headers",
         (Visit("https://evil.test", (Call("/down"),)), Visit("https://api.{site}", (READ,)))),
)  # fmt: skip


@contextmanager
def serving(cases: Sequence[Case], folder: Path, backend: int) -> Iterator[dict[str, int]]:
    folder.mkdir()
    ports = {case.server: free_port() for case in cases}
    config = folder / "haproxy.cfg"
    frontends = "\n".join(_frontend(case, ports[case.server]) for case in cases)
    config.write_text(_CONFIG.format(backend=backend, frontends=frontends), "utf-8")
    with running(["haproxy", "-db", "-f", config]) as haproxy:
        for port in ports.values():
            await_port(port, lambda: haproxy.poll() is None)
        yield ports
