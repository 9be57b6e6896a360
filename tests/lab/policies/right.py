"""Cases that are right, though a tool that looks at one header alone would report them."""

from __future__ import annotations

from typing import Any

from coranalyze import fixes
from tests.fixes.servers.nginx import in_http
from tests.lab.policies.applications import flask, own, starlette
from tests.lab.policies.case import APP, FOREIGN, Call, Case, Visit, visits
from tests.lab.policies.servers.nginx import Policy
from tests.lab.policies.servers.python import COMMON, CORS
from tests.lab.policies.wrong import DJANGO_HEADERS, EXPRESS

PUBLIC = "public, max-age=3600"
READ = visits(Call())
STAR = Policy(origin="*", credentials="", vary="", caching=PUBLIC)


FIXED = ("F6", "F1", "F4", "F8", "F9")
"""What the snippets in the lab set, all at once."""


def snippet(stack: str, site: str) -> str:
    """The setting that the fixes give for the case's own front end, as code."""
    context = fixes.Context.of(f"https://app.{site}", "PUT", "x-token", True)
    return "\n".join(each.code for each in reversed(fixes.snippets(FIXED, context, stack)))


def _from_snippet(app: Any, case: Case) -> Any:
    names = {"app": app}
    exec(snippet(case.stack, case.site), names)
    return names.get("asgi")


def _django_from_snippet(site: str) -> dict[str, Any]:
    names: dict[str, Any] = {"MIDDLEWARE": [COMMON, CORS]}
    exec(snippet("django", site), names)
    return {name: value for name, value in names.items() if name.isupper() and name != "CORS"}


def _nginx_from_snippet(site: str) -> Policy:
    maps, headers = in_http(snippet("nginx", site))
    return Policy(origin="", credentials="", vary="", preflight="", maps=maps, more=headers)


def _no_cors(app: Any, case: Case) -> None:
    pass


def _wrapped(app: Any, case: Case) -> Any:
    from starlette.middleware.cors import CORSMiddleware

    return CORSMiddleware(
        app, allow_origins=own(case), allow_methods=["GET", "PUT"], allow_headers=["x-token"], max_age=7200,
        allow_credentials=True,
    )  # fmt: skip


RIGHT = (
    Case("list-flask", "flask", lambda app, case: flask(app, origins=own(case), supports_credentials=True), (),
         "a list; refusals have no Vary and may not be stored"),
    Case("list-starlette", "starlette",
         lambda app, case: starlette(app, allow_origins=own(case), allow_credentials=True), (),
         "a list; credentials are told on refusals too, which are answered 400"),
    Case("list-django", "django", DJANGO_HEADERS, (), "a list"),
    Case("list-express", "express", f'app.use(cors({{ {EXPRESS}, allowedHeaders: "x-token" }}))', (),
         "a list; credentials are told on refusals too"),
    Case("list-nginx", "nginx", Policy(), (), "a list"),
    Case("snippet-starlette", "starlette", _from_snippet, (), "what the fixes say"),
    Case("snippet-flask", "flask", _from_snippet, (), "what the fixes say"),
    Case("snippet-django", "django", _django_from_snippet("snippet-django.example"), (), "what the fixes say"),
    Case("snippet-express", "express", snippet("express", "snippet-express.example").replace("const cors =", "//"), (),
         "what the fixes say"),
    Case("snippet-nginx", "nginx", _nginx_from_snippet("snippet-nginx.example"), (), "what the fixes say"),
    Case("anchored-starlette", "starlette",
         lambda app, case: starlette(app, allow_origin_regex=rf"https://(app|help)\.{case.name}\.example",
                                     allow_credentials=True), (), "a pattern that is held"),
    Case("anchored-express", "express",
         r'app.use(cors({ origin: new RegExp("^https://(app|help)[.]" + site.replace(".", "[.]") + "$"),'
         ' credentials: true, maxAge: 7200, allowedHeaders: "x-token" }))', (), "a pattern that is held"),
    Case("anchored-django", "django",
         {**DJANGO_HEADERS, "CORS_ALLOWED_ORIGINS": [], "CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://(app|help)\.{site}$"]},
         (), "a pattern that is held"),
    Case("fixed", "nginx", Policy(origin="https://app.{site}", credentials="true", vary=""), (),
         "one origin, whoever asks: a refusal for all others"),
    Case("fixed-cached", "nginx", Policy(origin="https://app.{site}", credentials="", vary="", caching=PUBLIC), (),
         "one origin for all needs no Vary", READ, login=False),
    Case("star-public", "nginx", STAR, (), "* on public data", READ, login=False),
    Case("star-express", "express", "app.use(cors())", (), "* on public data", visits(Call("/public")), login=False),
    Case("star-cookie", "nginx", STAR, (), "* on public data, to visitors with a cookie too",
         visits(Call(credentials=True), Call())),
    Case("font", "nginx", STAR._replace(mime="font/woff2"), (), "* on a font", visits(Call("/a.woff2")), login=False),
    Case("image", "nginx", STAR._replace(mime="image/png"), (), "* on an image", visits(Call("/a.png"))),
    Case("script", "nginx", STAR._replace(mime="text/javascript"), (), "* on a script", visits(Call("/a.js")),
         login=False),
    Case("star-302", "nginx", STAR._replace(answer="return 302 /lab/none;"), (), "* on a redirect", READ, login=False),
    Case("star-401", "nginx", STAR._replace(answer="return 401;", caching="no-store"), (), "* on a refusal", READ,
         login=False),
    Case("star-204", "nginx", STAR._replace(answer="return 204;", caching="no-store"), (), "* on nothing", READ),
    Case("reflects-public", "flask", lambda app, case: flask(app), (), "any origin, without credentials: like *",
         visits(Call("/public")), login=False),
    Case("bearer", "express", "app.use(cors({ origin: true, maxAge: 7200 }))", (),
         "any origin, but only a token that an attacker does not have opens it",
         visits(Call(headers={"Authorization": "Bearer lab"})), login=False),
    Case("no-cors", "flask", _no_cors, (), "no CORS at all: for its own pages only",
         (*visits(Call(credentials=True)), Visit("https://api.{site}", (Call(credentials=True),)))),
    Case("two-brands", "nginx", Policy(allowed=("https://app.{site}", "https://help.{site}", "https://shop.brand.test")),
         (), "two domains of one owner",
         (*visits(Call(credentials=True)), Visit("https://shop.brand.test", (Call(credentials=True),))),
         first_parties=("brand.test",)),
    Case("partner", "django", {**DJANGO_HEADERS, "CORS_ALLOWED_ORIGINS": ["https://app.{site}", "https://pay.partner.test"]},
         (), "a partner by name",
         (Visit(APP, (Call(credentials=True),)), Visit("https://pay.partner.test", (Call(credentials=True),)),
          Visit(FOREIGN, (Call(credentials=True),)))),
    Case("exposes-paging", "express",
         f'app.use(cors({{ {EXPRESS}, allowedHeaders: "x-token",'
         ' exposedHeaders: ["ETag", "Link", "X-Total-Count"] }))',
         (), "harmless headers exposed"),
    Case("no-private-network", "nginx", Policy(more='add_header Access-Control-Allow-Private-Network "false" always;'),
         (), "a refusal of private network access"),
    Case("errors-too", "starlette", _wrapped, (), "errors have the headers",
         visits(Call(credentials=True), Call("/error", credentials=True))),
    Case("development", "express", 'app.use(cors({ origin: "http://localhost:3000", maxAge: 7200 }))', (),
         "a developer's own machine", (Visit("http://localhost:3000", (Call("/public"),)),),
         host="localhost:8000", scheme="http", login=False),
)  # fmt: skip
