"""Express applications, one for each case, in one node."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.cases import Case
from tests.fixes.servers.npm import installed
from tests.fixes.servers.running import running

PACKAGES = ("express@5.3.0", "cors@2.8.6")
_HEAD = """\
const express = require("express");
const root = express();
"""
_APPLICATION = """\
{
const app = express();
%(before)s
app.use("/private", (request, response, next) =>
  request.headers["x-token"] ? next() : response.status(401).end());
app.get("/data", (request, response) => response.json({ answer: 42 }));
app.post("/data", (request, response) => response.json({ answer: 42 }));
app.put(["/data", "/private"], (request, response) => response.json({ answer: 42 }));
app.get("/error", () => { throw new Error("expected"); });
root.use("/%(name)s", app);
}
"""
_TAIL = """\
root.set("env", "test");
const server = root.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


def _application(case: Case) -> str:
    # Vary before all, as its note says.
    before = "\n".join(snippet.code for snippet in reversed(case.snippets("express")))
    return _APPLICATION % {"name": case.name, "before": before}


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, str]]:
    script = folder / "server.js"
    bare = _APPLICATION % {"name": "bare", "before": ""}
    script.write_text(_HEAD + bare + "".join(map(_application, cases)) + _TAIL, "utf-8")
    (folder / "node_modules").symlink_to(installed(*PACKAGES) / "node_modules")
    # Its standard error tells of the exceptions that the cases mean to happen.
    with running(["node", script], stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        port = node.stdout.readline().strip()
        assert port, "node did not start; run it by hand: node " + str(script)
        yield {name: f"http://127.0.0.1:{port}/{name}" for name in ("bare", *(case.name for case in cases))}
