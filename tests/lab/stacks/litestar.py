"""Litestar with its CORSConfig. A case's policy is its settings; `{site}` in them is the case's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.lab.policies.case import APP, FOREIGN, PRIVATE, SISTER, Call, Case, Visit, visits
from tests.lab.policies.servers.python import asgi
from tests.lab.stacks.visits import BEARER, COOKIES, JSON, PUBLIC_READ, PUT_ONLY, READ, WITH_COOKIES, wide

OWN = ["https://app.{site}", "https://help.{site}"]
LIST: dict[str, Any] = {
    "allow_origins": OWN, "allow_credentials": True, "allow_methods": ["GET", "POST", "PUT"],
    "allow_headers": ["X-Token"],
}  # fmt: skip

CASES = (
    Case("litestar-dot", "litestar", {"allow_origins": [], "allow_origin_regex": r"https://app.{site}",
         "allow_credentials": True}, ("COR106",), "a dot that is not escaped",
         wide("https://app-{site}", "https://evil{site}", SISTER)),
    Case("litestar-glob", "litestar", {**LIST, "allow_origins": ["https://*.{site}"]}, ("COR109",), "every sub-domain",
         wide(SISTER, "https://blog.{site}", "https://wiki-7.{site}", "https://evil{site}")),
    Case("litestar-star", "litestar", {"allow_origins": ["*"], "allow_credentials": True},
         ("COR203", "COR101", "COR501"), "* with credentials"),
    Case("litestar-shared-host", "litestar", {**LIST, "allow_origins": [],
         "allow_origin_regex": r"https://[a-z0-9-]+\.netlify\.app"}, ("COR110",), "previews on a shared host",
         wide("https://deploy-preview-12.netlify.app", "https://somebody-else.netlify.app")),
    Case("litestar-literal-star", "litestar", {**LIST, "allow_methods": ["*"], "allow_headers": ["*"]}, (),
         "stars for methods and headers, with credentials: preflights are told names in their place", PUT_ONLY),
    Case("litestar-header", "litestar", {**LIST, "allow_headers": ["Content-Type"]}, ("COR604",),
         "x-token is not listed; the answer is 400 and does not say so", PUT_ONLY),
    Case("litestar-method", "litestar", {**LIST, "allow_methods": ["GET", "POST"]}, ("COR604",),
         "PUT is not listed; the answer is 400 and does not say so", PUT_ONLY),
    Case("litestar-expose-all", "litestar", {**LIST, "expose_headers": [
         "Content-Type", "Content-Length", "Cache-Control", "Last-Modified", "Expires", "Content-Language", "X-Total"]},
         ("COR807",), "exposes what all may read anyhow", visits(*COOKIES)),
    Case("litestar-list", "litestar", LIST, (), "a list"),
    Case("litestar-anchored", "litestar", {**LIST, "allow_origins": [],
         "allow_origin_regex": r"https://(app|help)\.{escaped}"}, (), "a pattern that is held",
         wide(SISTER, "https://app-{site}", "https://evil{site}", "https://app.{site}.evil.test")),
    Case("litestar-public", "litestar", {"allow_origins": ["*"]}, (), "* on public data", PUBLIC_READ, login=False),
    Case("litestar-graphql", "litestar", {**LIST, "allow_headers": ["Content-Type"]}, (),
         "one path that is asked for everything, by POST with JSON",
         visits(Call("/graphql", "POST", JSON, True, body="{}"))),
    Case("litestar-previews", "litestar", {**LIST, "allow_origins": [*OWN, "https://ours-git-main.vercel.app"]}, (),
         "one preview by its full name on a shared host; another tenant is refused",
         (Visit(APP, (WITH_COOKIES,)), Visit("https://ours-git-main.vercel.app", (READ,)),
          Visit("https://not-ours.vercel.app", (READ,)))),
    Case("litestar-bearer-any", "litestar", {"allow_origins": ["*"], "allow_headers": ["Authorization"]}, (),
         "* where a key that each customer has for himself opens it: made for all the web's pages",
         (Visit("https://customer-one.test", (Call(headers=BEARER),)), Visit(FOREIGN, (Call(headers=BEARER),))),
         login=False),
)  # fmt: skip


def _application(case: Case) -> Any:
    from litestar import Litestar, get, post, put
    from litestar.config.cors import CORSConfig
    from litestar.datastructures import CacheControlHeader

    private = CacheControlHeader.from_header(PRIVATE)

    @get("/data", cache_control=private)
    async def read() -> dict[str, str]:
        return {}

    @put("/data", cache_control=private)
    async def write() -> dict[str, str]:
        return {}

    @post("/graphql", cache_control=private, status_code=200)
    async def query() -> dict[str, str]:
        return {}

    @get("/public", cache_control=CacheControlHeader(public=True, max_age=60))
    async def public() -> dict[str, str]:
        return {}

    settings = {name: _sited(value, case) for name, value in case.policy.items()}
    return Litestar([read, write, query, public], cors_config=CORSConfig(**settings), openapi_config=None)


def _sited(value: Any, case: Case) -> Any:
    if isinstance(value, list):
        return [_sited(each, case) for each in value]
    if not isinstance(value, str):
        return value
    return value.replace("{site}", case.site).replace("{escaped}", case.site.replace(".", r"\."))


@contextmanager
def serving(cases: Sequence[Case]) -> Iterator[dict[str, int]]:
    served = {case.server: _application(case) for case in cases}
    with asgi(served) as port:
        yield dict.fromkeys(served, port)
