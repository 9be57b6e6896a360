"""Cases on Koa, Fastify, Hono and hapi."""

from __future__ import annotations

from tests.lab.policies.case import APP, FOREIGN, SISTER, TOKEN, Call, Case, Visit, visits
from tests.lab.stacks.visits import (
    APP_ONLY,
    BEARER,
    COOKIES,
    JSON,
    PUBLIC_READ,
    PUT,
    PUT_ONLY,
    READ,
    WITH_COOKIES,
    wide,
)

KOA = "credentials: true, allowHeaders: 'x-token', maxAge: 600"
KOA_LIST = f"app.use(cors({{ origin: ctx => own.includes(ctx.get('Origin')) ? ctx.get('Origin') : '', {KOA} }}));"
FASTIFY = "credentials: true, methods: ['GET', 'POST', 'PUT'], allowedHeaders: ['X-Token'], maxAge: 600"
HONO = "credentials: true, allowMethods: ['GET', 'POST', 'PUT'], allowHeaders: ['X-Token'], maxAge: 600"
HAPI = "credentials: true, additionalHeaders: ['X-Token'], maxAge: 600"
EXTENSIONS = (
    "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
    "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn",
)

CASES = (
    # Koa
    Case("koa-any", "koa", f"app.use(cors({{ origin: ctx => ctx.get('Origin'), {KOA} }}));", ("COR101",),
         "the usual answer to the star that does not work"),
    Case("koa-substring", "koa",
         f"app.use(cors({{ origin: ctx => ctx.get('Origin').indexOf(site) >= 0 ? ctx.get('Origin') : '', {KOA} }}));",
         ("COR105", "COR103", "COR104"), "indexOf", wide(SISTER, "https://my{site}", "https://{site}.evil.test")),
    Case("koa-http", "koa",
         "const ours = new RegExp('^https?://(app|help)[.]' + site + '$');"
         f"app.use(cors({{ origin: ctx => ours.test(ctx.get('Origin')) ? ctx.get('Origin') : '', {KOA} }}));",
         ("COR301",), "https? in the pattern", wide(SISTER, "http://app.{site}")),
    Case("koa-errors", "koa", KOA_LIST.replace("maxAge", "keepHeadersOnError: false, maxAge"), ("COR702",),
         "errors lose the headers", visits(WITH_COOKIES, Call("/error", credentials=True), foreign=False)),
    Case("koa-star-varies", "koa", "app.use(async (ctx, next) => { ctx.set('Access-Control-Allow-Origin', '*');"
         " ctx.vary('Origin'); await next(); });", ("COR808",), "one answer for all, and caches split by origin",
         (*PUBLIC_READ, Visit("https://api.{site}", (Call("/public"),))), login=False),
    Case("koa-week", "koa", KOA_LIST.replace("600", "31536000"), ("COR802",), "a year", PUT_ONLY),
    Case("koa-glob", "koa",
         "const glob = new RegExp('^https://*.' + site + '$');"
         f"app.use(cors({{ origin: ctx => glob.test(ctx.get('Origin')) ?"
         f" ctx.get('Origin') : '', {KOA} }}));", ("COR107", "COR103"), "a glob that is read as a regular expression",
         wide(SISTER, "https://x{site}", "https://evil{site}")),
    Case("koa-boundary", "koa",
         "const ours = new RegExp('^https://app[.]' + site.replace('.', '[.]') + '([^a-z0-9.]|$)');"
         f"app.use(cors({{ origin: ctx => ours.test(ctx.get('Origin')) ? ctx.get('Origin') : '', {KOA} }}));",
         ("COR108", "COR104"), "a name is taken to end at a hyphen", wide("https://app.{site}-x.evil.test",
         "https://app.{site}.evil.test")),
    Case("koa-response-header", "koa", KOA_LIST, ("COR515", "COR607"), "a header of answers, in the request",
         (Visit(APP, (Call(method="PUT", headers={"Access-Control-Allow-Origin": "*"}, credentials=True),)),)),
    Case("koa-tracing", "koa", KOA_LIST, ("COR607",), "a tracing library adds its header",
         (Visit(APP, (WITH_COOKIES,
         Call(headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
          credentials=True))),)),
    Case("koa-mirror", "koa", KOA_LIST.replace(", allowHeaders: 'x-token'", ""), ("COR806",), "any header is repeated",
         (Visit(APP, (PUT, Call(method="PUT", headers={"X-Anything": "1"}, credentials=True))),)),
    Case("koa-first", "koa", f"app.use(cors({{ origin: ctx => own.includes(ctx.get('Origin')) ? ctx.get('Origin') :"
         f" own[0], {KOA} }}));", (), "who is not on the list is told the first of it: a refusal"),
    Case("koa-list", "koa", KOA_LIST, (), "a list"),
    Case("koa-errors-too", "koa", KOA_LIST, (), "errors keep the headers",
         visits(WITH_COOKIES, Call("/error", credentials=True))),
    # Fastify
    Case("fastify-any", "fastify", f"app.register(cors, {{ origin: true, {FASTIFY} }});", ("COR101",), "origin: true"),
    Case("fastify-prefix", "fastify",
         f"app.register(cors, {{ origin: new RegExp('^https://app[.]' + site.replace('.', '[.]')), {FASTIFY} }});",
         ("COR104",), "no $ in the pattern", wide("https://app.{site}.evil.test")),
    Case("fastify-auth-first", "fastify",
         "app.addHook('onRequest', async (request, reply) => { if (!request.headers['x-token']) return"
         f" reply.code(401).send({{}}); }}); app.register(cors, {{ origin: own, {FASTIFY} }});", ("COR601",),
         "a hook that asks for a token before", PUT_ONLY),
    Case("fastify-not-routed", "fastify",
         f"app.register(cors, {{ origin: own, preflightContinue: true, {FASTIFY} }});", (),
         "preflights go on to the application, where the library itself has put an OPTIONS", PUT_ONLY),
    Case("fastify-localhost", "fastify",
         f"app.register(cors, {{ origin: [...own, /^http:..localhost:[0-9]+$/], {FASTIFY} }});",
         ("COR112",), "developers' machines, in production", wide("http://localhost:5173")),
    Case("fastify-method-case", "fastify",
         f"app.register(cors, {{ origin: own, {FASTIFY} }});".replace("'PUT'", "'patch'"),
         ("COR512", "COR606"), "patch is not PATCH", (Visit(APP, (Call(method="PATCH", headers=TOKEN,
         credentials=True),)),)),
    Case("fastify-header", "fastify", f"app.register(cors, {{ origin: own, {FASTIFY} }});", ("COR607",),
         "authorization is not listed", visits(Call(headers=BEARER), foreign=False), login=False),
    Case("fastify-get-alone", "fastify",
         "app.register(cors, { hook: 'preHandler', delegator: (request, done) => done(null,"
         f" {{ origin: request.method === 'GET'"
         f" ? own : false, {FASTIFY} }}) }});", ("COR703",), "answers to POST are forgotten",
         (Visit(APP, (WITH_COOKIES, Call(method="POST", credentials=True), Call(method="POST", credentials=True))),)),
    Case("fastify-list", "fastify", f"app.register(cors, {{ origin: own, {FASTIFY} }});", (), "a list"),
    Case("fastify-uneven", "fastify",
         "app.register(cors, { hook: 'preHandler', delegator: (request, done) => done(null, request.url === '/public' ?"
         f" {{ origin: '*', credentials: false }} : {{ origin: own, {FASTIFY} }}) }});", (),
         "public data for all, the rest for its own", visits(Call("/public"), WITH_COOKIES)),
    Case("fastify-development", "fastify", "app.register(cors, { origin: true, credentials: true });", (),
         "any origin of a developer's machine, on that machine",
         (Visit("http://localhost:3000", COOKIES), Visit("http://localhost:8081", COOKIES)),
         host="localhost:4000", scheme="http"),
    # Hono
    Case("hono-any", "hono", f"app.use(cors({{ origin: origin => origin, {HONO} }}));", ("COR101",),
         "a function that gives back what it gets", visits(*COOKIES)),
    Case("hono-subdomain", "hono",
         f"app.use(cors({{ origin: origin => origin.endsWith('.' + site) ? origin : own[0], {HONO} }}));", ("COR109",),
         "every sub-domain", wide(SISTER, "https://blog.{site}", "https://k8s-test.{site}")),
    Case("hono-previews", "hono",
         "const previews = /^https:[/][/][a-z0-9-]+[.]vercel[.]app$/;"
         f"app.use(cors({{ origin: origin => previews.test(origin) ? origin : own[0], {HONO} }}));",
         ("COR110",), "every tenant of a shared host", wide("https://ours-git-x.vercel.app",
         "https://stranger.vercel.app")),
    Case("hono-redirect", "hono",
         "app.use(async (context, next) => context.req.path === '/data' ? context.redirect('/data/', 308) : next());"
         f"app.use(cors({{ origin: own, {HONO} }}));", ("COR602",), "a slash is put at the end first", PUT_ONLY),
    Case("hono-extensions", "hono",
         f"app.use(cors({{ origin: origin => origin.startsWith('chrome-extension:') ? origin : own[0], {HONO} }}));",
         ("COR115",), "every extension", (Visit(APP, (WITH_COOKIES,)), *(Visit(each, (WITH_COOKIES,),
         client=True) for each in EXTENSIONS))),
    Case("hono-list", "hono", f"app.use(cors({{ origin: own, {HONO} }}));", (), "a list"),
    Case("hono-font", "hono", "app.use(cors());", (), "* on a font", visits(Call("/font.woff2", kind="font")),
         login=False),
    Case("hono-graphql", "hono", f"app.use(cors({{ origin: own, {HONO.replace('X-Token', 'Content-Type')} }}));", (),
         "GraphQL for its own pages", visits(Call("/graphql", "POST", JSON, True, body="{}"))),
    Case("hono-one-extension", "hono", f"app.use(cors({{ origin: [...own, '{EXTENSIONS[0]}'], {HONO} }}));", (),
         "the one extension of the house, by its id", (Visit(APP, (WITH_COOKIES,)),
         *(Visit(each, (WITH_COOKIES,), client=True) for each in EXTENSIONS))),
    Case("hono-grpc", "hono", f"app.use(cors({{ origin: own, exposeHeaders: ['grpc-status', 'grpc-message'],"
         f" {HONO.replace('X-Token', 'Content-Type')} }}));", (), "gRPC for browsers",
         visits(Call("/graphql", "POST", {"Content-Type": "application/grpc-web+proto"}, True, body="x"))),
    Case("hono-staging", "hono", f"app.use(cors({{ origin: [...own, 'http://localhost:3000'], {HONO} }}));", (),
         "a staging server that developers use", (Visit("http://localhost:3000", (READ, PUT)), Visit(FOREIGN, (READ,))),
         host="api.staging.{site}", login=False),
    Case("hono-native", "hono", f"app.use(cors({{ origin: [...own, 'capacitor://localhost'], {HONO} }}));", (),
         "the house's own mobile application", (Visit(APP, (WITH_COOKIES,)),
         Visit("capacitor://localhost", (WITH_COOKIES,), client=True), Visit(FOREIGN, (WITH_COOKIES,)))),
    # hapi
    Case("hapi-any", "hapi", f"return {{ origin: ['*'], {HAPI} }};", ("COR101",), "the default list, with credentials"),
    Case("hapi-subdomains", "hapi", f"return {{ origin: ['https://*.' + site], {HAPI} }};", ("COR109",),
         "every sub-domain",
         wide(SISTER, "https://blog.{site}", "https://old-2.{site}")),
    Case("hapi-header", "hapi", "return { origin: own, credentials: true, maxAge: 600 };", ("COR605",),
         "x-token is not among the defaults; then the answer has no headers at all", PUT_ONLY),
    Case("hapi-exposes", "hapi",
         f"return {{ origin: own, additionalExposedHeaders: ['Authorization', 'X-Auth-Token'], {HAPI} }};", ("COR205",),
         "tokens in headers that scripts may read", visits(*COOKIES)),
    Case("hapi-list", "hapi", f"return {{ origin: own, {HAPI} }};", (),
         "a list; hapi exposes WWW-Authenticate by itself"),
    Case("hapi-public", "hapi", "return { origin: 'ignore' };", (), "* on public data", PUBLIC_READ, login=False),
    Case("hapi-key-by-customer", "hapi", "return { origin: 'ignore', additionalHeaders: ['X-API-Key'],"
         " additionalExposedHeaders: ['X-RateLimit-Remaining'] };", (),
         "* on what a key opens that stands in the customers' pages",
         (Visit("https://customer.test", (Call(headers={"X-API-Key": "pk_live_1"}),)),
          Visit("https://other-customer.example", (Call(headers={"X-API-Key": "pk_live_2"}),))), login=False),
    Case("hapi-app-only", "hapi", f"return {{ origin: own, {HAPI} }};", (), "a list of which only one is ever seen",
         APP_ONLY),
)  # fmt: skip
