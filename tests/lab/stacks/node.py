"""Koa, Fastify, Hono and hapi: a case's policy is JavaScript. It gets `app` (hapi: `server`), `site` and `own`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.npm import installed
from tests.fixes.servers.running import running
from tests.lab.policies.case import Case

PACKAGES = {
    "koa": ("koa@3.0.0", "@koa/cors@5.0.0"),
    "fastify": ("fastify@5.2.0", "@fastify/cors@10.0.2"),
    "hono": ("hono@4.6.14", "@hono/node-server@1.13.7"),
    "hapi": ("@hapi/hapi@21.3.12",),
}
_COMMON = """\
const http = require("http");
const ports = {};
const PRIVATE = "private, no-store";
const PUBLIC = "public, max-age=60";
const listen = (name, handler) => new Promise(done => {
  const server = http.createServer(handler);
  server.listen(0, "127.0.0.1", () => { ports[name] = server.address().port; done(); });
});
const hosts = [];
const host = (name, site, policy) => hosts.push([name, site, policy]);
const list = site => ["https://app." + site, "https://help." + site];
"""
_HEADS = {
    "koa": """\
const Koa = require("koa"), cors = require("@koa/cors");
const run = async ([name, site, policy]) => {
  const app = new Koa();
  app.silent = true;
  policy(app, site, list(site));
  app.use(async ctx => {
    if (ctx.path === "/error") throw new Error("expected");
    ctx.set("Cache-Control", ctx.path === "/public" ? PUBLIC : PRIVATE);
    ctx.body = {};
  });
  await listen(name, app.callback());
};
""",
    "fastify": """\
const Fastify = require("fastify"), cors = require("@fastify/cors");
const run = async ([name, site, policy]) => {
  const app = Fastify();
  await policy(app, site, list(site));
  for (const method of ["GET", "POST", "PUT", "PATCH"])
    app.route({ method, url: "/data", handler: async (_, reply) => reply.header("Cache-Control", PRIVATE).send({}) });
  app.get("/public", async (request, reply) => reply.header("Cache-Control", PUBLIC).send({}));
  app.get("/error", async () => { throw new Error("expected"); });
  await app.ready();
  await listen(name, (request, response) => app.routing(request, response));
};
""",
    "hono": """\
const { Hono } = require("hono"), { cors } = require("hono/cors");
const { getRequestListener } = require("@hono/node-server");
const run = async ([name, site, policy]) => {
  const app = new Hono();
  app.onError((error, context) => context.text("error", 500));
  policy(app, site, list(site));
  const data = context => context.json({}, 200, { "Cache-Control": PRIVATE });
  app.get("/data", data).post("/data", data).put("/data", data).post("/graphql", data);
  app.get("/public", context => context.json({}, 200, { "Cache-Control": PUBLIC }));
  app.get("/font.woff2", context => context.body("", 200, { "Content-Type": "font/woff2", "Cache-Control": PUBLIC }));
  app.get("/error", () => { throw new Error("expected"); });
  await listen(name, getRequestListener(app.fetch));
};
""",
    "hapi": """\
const Hapi = require("@hapi/hapi");
const run = async ([name, site, policy]) => {
  const own = list(site);
  const server = Hapi.server({ port: 0, host: "127.0.0.1", debug: false, routes: { cors: policy(null, site, own) } });
  const handler = caching => (request, h) => h.response({}).header("Cache-Control", caching);
  server.route({ method: ["GET", "POST", "PUT"], path: "/data", handler: handler(PRIVATE) });
  server.route({ method: "GET", path: "/public", handler: handler(PUBLIC) });
  server.route({ method: "GET", path: "/error", handler: () => { throw new Error("expected"); } });
  await server.start();
  ports[name] = server.info.port;
};
""",
}
_TAIL = """\
(async () => {
  for (const each of hosts) await run(each);
  console.log(JSON.stringify(ports));
})();
"""


@contextmanager
def serving(stack: str, cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    folder.mkdir()
    hosts = "".join(
        f"host({json.dumps(case.server)}, {json.dumps(case.site)}, (app, site, own) => {{ {case.policy} }});\n"
        for case in cases
    )
    script = folder / "server.js"
    script.write_text(_COMMON + _HEADS[stack] + hosts + _TAIL, "utf-8")
    (folder / "node_modules").symlink_to(installed(*PACKAGES[stack]) / "node_modules")
    with running(["node", script], stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        ports = node.stdout.readline().strip()
        if not ports:
            raise RuntimeError(f"node did not start; run it by hand: node {script}")
        yield json.loads(ports)
