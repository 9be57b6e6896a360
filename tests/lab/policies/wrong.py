"""Cases with exactly one fault that a capture can show."""

from __future__ import annotations

from tests.lab.policies.applications import (
    alternates,
    behind_authentication,
    by_origin,
    fails_on_options,
    flask,
    from_query,
    own,
    runs_app,
    starlette,
)
from tests.lab.policies.case import APP, FOREIGN, SISTER, TOKEN, Call, Case, Visit, visits
from tests.lab.policies.servers.nginx import Policy
from tests.lab.policies.servers.python import AUTHENTICATE, COMMON, CORS, SECURITY

OWN = ["https://app.{site}", "https://help.{site}"]
EXPRESS = 'origin: ["https://app." + site, "https://help." + site], credentials: true, maxAge: 7200'
DJANGO = {"CORS_ALLOWED_ORIGINS": OWN, "CORS_ALLOW_CREDENTIALS": True, "CORS_PREFLIGHT_MAX_AGE": 7200}
DJANGO_HEADERS = {**DJANGO, "CORS_ALLOW_HEADERS": ["content-type", "x-token"]}
BEARER = {"Authorization": "Bearer lab"}
PUT = (Call(method="PUT", headers=TOKEN, credentials=True),)
PUBLIC = (Call("/public"),)


def wide(*more: str) -> tuple[Visit, ...]:
    """Own front end and sister, and pages of these origins, with cookies."""
    calls = (Call(credentials=True),)
    return tuple(Visit(origin, calls) for origin in (APP, SISTER, FOREIGN, *more))


WRONG = (
    # 1: origin trust
    Case("any-flask", "flask", lambda app, case: flask(app, supports_credentials=True), ("COR101",), "default origins"),
    Case(
        "any-starlette", "starlette",
        lambda app, case: starlette(app, allow_origins=["*"], allow_credentials=True), ("COR101",), '["*"] reflects',
    ),
    Case("any-express", "express", "app.use(cors({ origin: true, credentials: true }))", ("COR101",), "origin: true"),
    Case(
        "any-django", "django",
        {**DJANGO_HEADERS, "CORS_ALLOW_ALL_ORIGINS": True}, ("COR101",), "all origins with credentials",
    ),
    Case(
        "any-nginx", "nginx", Policy(origin="$http_origin", credentials="true"), ("COR101",), "$http_origin as it comes"
    ),
    Case(
        "null-express", "express",
        EXPRESS.replace('["https', '["null", "https').join(("app.use(cors({ ", " }))")), ("COR102",),
        "null on the list",
    ),
    Case(
        "null-nginx", "nginx", Policy(maps='map $allowed_null_nginx $own_null_nginx { default $http_origin; "" null; }',
        origin="$own"), ("COR102",), "null as refusal",
    ),
    Case(
        "any-subdomain", "django",
        {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://[a-z0-9-]+\.{site}$"], "CORS_ALLOW_CREDENTIALS": True},
        ("COR109",), "every sub-domain", wide("https://blog.{site}", "https://old-2019.{site}", "https://x7.{site}"),
    ),
    Case(
        "tenants", "starlette",
        lambda app, case: starlette(app, allow_origin_regex=r"https://[a-z0-9-]+\.github\.io", allow_credentials=True),
        ("COR110",), "every tenant of a shared host", wide("https://ours.github.io", "https://stranger.github.io"),
    ),
    Case(
        "playground", "express",
        f"app.use(cors({{ {EXPRESS} }}))".replace(" + site]", ' + site, "https://cdpn.io"]'),
        ("COR111",), "codepen", wide("https://cdpn.io"),
    ),
    Case(
        "localhost", "flask",
        lambda app, case: flask(app, origins=[*own(case), "http://localhost:3000"], supports_credentials=True),
        ("COR112",), "the developer's machine", wide("http://localhost:3000"),
    ),
    Case(
        "intranet", "nginx", Policy(allowed=("https://app.{site}", "https://help.{site}", "http://wiki.local")),
        ("COR113",), "a name of the intranet", wide("http://wiki.local"),
    ),
    Case(
        "ports", "starlette",
        lambda app, case: starlette(
            app, allow_origin_regex=rf"https://app\.{case.site}(:\d+)?", allow_credentials=True
        ),
        ("COR114",), "every port", wide("https://app.{site}:8443", "https://app.{site}:9090"),
    ),
    Case(
        "suffix", "django",
        {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://.*{site}$"], "CORS_ALLOW_CREDENTIALS": True},
        ("COR103",), "evil{site} too", wide("https://evil{site}"),
    ),
    Case(
        "prefix", "express", r'app.use(cors({ origin: new RegExp("^https://app\\." + site), credentials: true }))',
        ("COR104",), "app.{site}.evil.test too", wide("https://app.{site}.evil.test"),
    ),
    Case(
        "query", "flask", from_query, ("COR119",), "the origin is taken from the query",
        (
            Visit(APP, (Call("/data?client=https://app.{site}", credentials=True),)),
            Visit(SISTER, (Call("/data?client=https://help.{site}", credentials=True),)),
            Visit(FOREIGN, (Call("/data?client=https://app.{site}"), Call("/data?client=https://help.{site}"))),
        ),
    ),
    # 2: credentials and exposure
    Case(
        "private-star", "express", "app.use(cors({ maxAge: 7200 }))", ("COR201",), "* on what a token opens",
        visits(Call(headers=BEARER)), login=False,
    ),
    Case(
        "cookie-star", "nginx",
        Policy(maps='map $http_cookie $own_cookie_star { default $http_origin; "" "*"; }', origin="$own",
        credentials="true"), ("COR203",), "* without a cookie, any origin with one",
    ),
    Case(
        "unused", "flask", lambda app, case: flask(app, origins=own(case), supports_credentials=True,
        allow_headers=["authorization"]), ("COR204",), "no cookie anywhere", visits(Call(headers=BEARER)), login=False,
    ),
    Case(
        "exposes", "django", {**DJANGO_HEADERS, "CORS_EXPOSE_HEADERS": ["X-CSRF-Token"]}, ("COR205",), "a token exposed"
    ),
    Case(
        "write-any", "nginx",
        Policy(origin="", credentials="", preflight_origin="$http_origin", preflight_credentials="true"), ("COR209",),
        "any origin may write", visits(*PUT, Call(credentials=True)),
    ),
    Case(
        "origin-auth", "flask", by_origin, ("COR210",), "the Origin header is the key",
        (*visits(Call(), foreign=True), Visit("https://api.{site}", (Call(),))), login=False,
    ),
    # 3: transport and network
    Case(
        "http-origin", "express",
        'app.use(cors({ origin: ["https://app." + site, "http://app." + site], credentials: true, maxAge: 7200 }))',
        ("COR301",), "http origin", wide("http://app.{site}"),
    ),
    Case(
        "http-api", "nginx", Policy(allowed=("http://app.{site}",)), ("COR302",), "credentials over http",
        (Visit("http://app.{site}", (Call(credentials=True),)), Visit("http://evil.test", (Call(credentials=True),))),
        scheme="http",
    ),
    Case("private-network", "nginx", Policy(more='add_header Access-Control-Allow-Private-Network "true" always;'),
         ("COR303", "COR305"), "private network access"),
    Case(
        "internal", "express", "app.use(cors())", ("COR304",), "* inside of a private network", visits(Call()),
        host="wiki-{site}.internal", login=False,
    ),
    # 4: caching
    Case(
        "no-vary", "nginx", Policy(vary="", caching="public, max-age=600", credentials=""), ("COR401",), "no Vary",
        visits(Call()), login=False,
    ),
    Case(
        "vary-refusal", "flask", lambda app, case: flask(app, origins=own(case)), ("COR402",), "no Vary on refusals",
        visits(*PUBLIC), login=False,
    ),
    Case(
        "shared-cache", "nginx", Policy(caching="public, s-maxage=600"), ("COR404",), "shared caches keep it"
    ),
    Case(
        "poisoned", "nginx",
        Policy(
            origin="", credentials="", vary="", preflight="", more="add_header X-Cache $upstream_cache_status always;",
            answer=(
                "proxy_cache lab; proxy_cache_key $host$uri; proxy_cache_valid 10m; proxy_ignore_headers Vary;"
                " proxy_set_header Host behind.$host; proxy_pass http://127.0.0.1:{port};"
            ),
            maps="server { listen 127.0.0.1:{port}; server_name behind.api.{site};"
            ' location / { add_header Access-Control-Allow-Origin "$allowed" always; add_header Vary Origin always;'
            " return 200 '{}'; } }",
            caching="public, max-age=600",
        ),
        ("COR405",), "a cache gives one origin's copy to another", visits(Call(), Call()), login=False,
    ),
    # 5: headers that never work
    Case("star-credentials", "nginx", Policy(origin="*", credentials="true"), ("COR501",), "* with credentials"),
    Case(
        "twice", "nginx", Policy(more='add_header Access-Control-Allow-Origin "$allowed" always;'), ("COR502",),
        "proxy and application",
    ),
    Case("list", "nginx", Policy(origin="https://app.{site}, https://help.{site}"), ("COR503",), "a list"),
    Case("pattern", "nginx", Policy(origin="https://*.{site}"), ("COR504",), "a pattern"),
    Case("slash", "nginx", Policy(origin="https://app.{site}/"), ("COR505",), "a slash"),
    Case("no-scheme", "nginx", Policy(origin="app.{site}"), ("COR506",), "no scheme"),
    Case("default-port", "nginx", Policy(origin="https://app.{site}:443"), ("COR507",), "the default port"),
    Case("true-spelt", "nginx", Policy(credentials="True"), ("COR509",), "True is not true"),
    Case(
        "star-literal", "express", f'app.use(cors({{ {EXPRESS}, allowedHeaders: "*" }}))', ("COR510",),
        "* for headers, with credentials",
    ),
    Case("method-case", "nginx", Policy(methods="GET, put"), ("COR512",), "put is not PUT"),
    Case("semicolons", "nginx", Policy(methods="GET; PUT"), ("COR513",), "semicolons"),
    Case(
        "wrong-answer", "nginx",
        Policy(methods="", headers="", more='add_header Access-Control-Allow-Methods "GET, PUT" always;'
        ' add_header Access-Control-Allow-Headers "x-token" always;', preflight_origin="$allowed", preflight="",
        answer="if ($request_method = OPTIONS) { add_header Access-Control-Allow-Origin $allowed_wrong_answer always;"
        ' add_header Access-Control-Allow-Credentials true always; return 204; } return 200;'), ("COR516",),
        "lists on the wrong answer",
    ),
    Case("max-age-unit", "nginx", Policy(max_age="1h"), ("COR517",), "a unit"),
    Case(
        "misspelt", "nginx",
        Policy(methods="", more='add_header Access-Control-Allow-Method "GET, PUT" always;'), ("COR518",), "misspelt",
    ),
    # 6: preflight
    Case("auth-first", "starlette", behind_authentication, ("COR601",), "authentication first", visits(*PUT)),
    Case(
        "auth-first-django", "django", {**DJANGO_HEADERS, "MIDDLEWARE": [AUTHENTICATE, CORS, COMMON]}, ("COR601",),
        "authentication first", visits(*PUT),
    ),
    Case(
        "redirected", "django", {**DJANGO_HEADERS, "MIDDLEWARE": [SECURITY, CORS, COMMON], "SECURE_SSL_REDIRECT": True},
        ("COR602",), "OPTIONS is redirected to https", visits(*PUT),
    ),
    Case(
        "unrouted", "nginx", Policy(preflight="", answer="limit_except GET PUT { deny all; } return 200 '{}';",
        extra="error_page 403 =405 /none;"), ("COR603", "COR601"), "OPTIONS is not routed", visits(*PUT),
    ),
    Case("options-fails", "flask", fails_on_options, ("COR604",), "OPTIONS fails", visits(*PUT)),
    Case(
        "no-acao", "nginx", Policy(preflight_origin="", preflight_credentials=""), ("COR605", "COR609"),
        "nothing on the preflight",
    ),
    Case(
        "method-missing", "express", f'app.use(cors({{ {EXPRESS}, methods: ["GET", "POST"] }}))', ("COR606",),
        "PUT is not listed",
    ),
    Case(
        "header-missing", "flask",
        lambda app, case: flask(app, origins=own(case), supports_credentials=True, allow_headers=["content-type"]),
        ("COR607",), "x-token is not listed",
    ),
    Case("no-acac", "nginx", Policy(preflight_credentials=""), ("COR608", "COR705"), "no credentials on the preflight"),
    Case(
        "actual-lacks", "nginx", Policy(origin="", credentials="", preflight_origin="$allowed",
        preflight_credentials="$credentials"), ("COR609",), "nothing on the answer", visits(*PUT, foreign=False),
    ),
    Case("runs-app", "flask", runs_app, ("COR610",), "OPTIONS runs the application"),
    Case(
        "redirect-away", "nginx", Policy(answer="return 302 https://cdn.{site}/data;"), ("COR611",),
        "redirected to another origin", visits(Call(), foreign=False),
    ),
    # 7: consistency
    Case(
        "by-path", "nginx",
        Policy(extra="location /data { add_header Cache-Control no-store always; return 200 '{}'; }"), ("COR701",),
        "an inner add_header drops the others", visits(Call("/other"), Call(), foreign=False),
    ),
    Case(
        "errors", "express",
        'app.use((request, response, next) => request.path === "/error" ? response.status(429).end() : next());'
        f"app.use(cors({{ {EXPRESS} }}))", ("COR702",), "a limit answers before the headers are set",
        visits(Call(credentials=True), Call("/error", credentials=True), foreign=False),
    ),
    Case(
        "errors-starlette", "starlette", lambda app, case: starlette(app, allow_origins=own(case)), ("COR702",),
        "the answer 500 bypasses the middleware", visits(Call(), Call("/error"), foreign=False), login=False,
    ),
    Case(
        "by-method", "express", 'app.get("/data", cors({ origin: "https://app." + site, maxAge: 7200 }));', ("COR703",),
        "on GET alone", (Visit(APP, (Call(), Call(method="POST"))),), login=False,
    ),
    Case(
        "by-replica", "flask", alternates, ("COR704",), "one of two servers",
        (Visit(APP, (Call(),) * 6),), login=False,
    ),
    Case(
        "credentials-drift", "nginx", Policy(credentials="", preflight_credentials="$credentials"),
        ("COR705", "COR609"), "credentials on the preflight alone",
    ),
    # 8: hygiene
    Case(
        "no-max-age", "nginx", Policy(max_age=""), ("COR801", "COR804"), "browsers keep preflights for 5 s",
        visits(*PUT, *PUT, foreign=False),
    ),
    Case("max-age-week", "django", {**DJANGO_HEADERS, "CORS_PREFLIGHT_MAX_AGE": 604800}, ("COR802",), "over all caps"),
    Case(
        "star-varies", "nginx", Policy(origin="*", credentials="", caching="public, max-age=600"), ("COR808",),
        "Vary splits caches", (*visits(Call("/public")), Visit("https://api.{site}", (Call("/public"),))), login=False,
    ),
    Case(
        "overbroad", "nginx", Policy(methods="GET, HEAD, POST, PUT, PATCH, DELETE, TRACE, CONNECT"), ("COR805",),
        "methods that nobody uses",
    ),
)  # fmt: skip
