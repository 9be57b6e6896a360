"""Express: a case's policy is JavaScript that gets `app`, `cors` and `site`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.express import PACKAGES
from tests.fixes.servers.npm import installed
from tests.fixes.servers.running import running
from tests.lab.policies.case import Case

_HEAD = """\
const express = require("express");
const cors = require("cors");
const served = {};
const host = (name, site, policy) => {
  const app = express();
  app.set("env", "test");
  policy(app, site);
  app.all("/data", (request, response) => response.set("Cache-Control", "private, no-store").json({}));
  app.get("/public", (request, response) => response.set("Cache-Control", "public, max-age=60").json({}));
  app.get("/error", () => { throw new Error("expected"); });
  served[name] = app;
};
"""
_TAIL = """\
const server = require("http").createServer((request, response) => served[request.headers.host](request, response));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[int]:
    folder.mkdir()
    hosts = "".join(
        f"host({json.dumps(case.server)}, {json.dumps(case.site)}, (app, site) => {{ {case.policy} }});\n"
        for case in cases
    )
    script = folder / "server.js"
    script.write_text(_HEAD + hosts + _TAIL, "utf-8")
    (folder / "node_modules").symlink_to(installed(*PACKAGES) / "node_modules")
    with running(["node", script], stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        port = node.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"node did not start; run it by hand: node {script}")
        yield int(port)
