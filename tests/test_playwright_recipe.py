"""The script of docs/recipes/playwright.md, word for word: Chromium goes through the addon, also to localhost."""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from coranalyze.analysis import analyze
from tests.addons.lab import Proxy
from tests.lab.driving import need
from tests.lab.serving import served

PAGE = Path(__file__).parent.parent / "docs" / "recipes" / "playwright.md"
ASKS = "<title>shop</title><script>fetch('{api}/cart', {{method: 'PUT'}})</script>"
LAUNCH = "playwright.chromium.launch("


def script() -> str:
    found = re.search(r"^( *)```python\n(.*?)^\1```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return dedent(found[2])


async def answer(request: Request) -> Response:
    if request.url.path == "/cart":
        return Response(headers={"Access-Control-Allow-Origin": "*"})
    return HTMLResponse(ASKS.format(api=f"http://127.0.0.1:{request.url.port}"))


def test_the_recorder_sees_what_a_har_of_playwright_does_not(tmp_path: Path) -> None:
    need("chromium")
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "OPTIONS", "PUT"])])
    options = ("--set", "cors_out=e2e.cors.jsonl", "--set", "cors_scope=~d localhost | ~d 127.0.0.1")
    with served(app, ["localhost"], tmp_path) as ports, Proxy(tmp_path, *options) as proxy:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        # Only what differs here: ports, and Debian's browser in place of the one that Playwright downloads.
        changed = script().replace(LAUNCH, f"{LAUNCH}executable_path='/usr/bin/chromium', args={root}, ")
        changed = changed.replace("127.0.0.1:8080", f"127.0.0.1:{proxy.port}").replace("5173", str(ports.http))
        done = subprocess.run([sys.executable, "-c", changed], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert proxy.stop() == 0
    (fetch,) = [fetch for fetch in analyze(str(tmp_path / "e2e.cors.jsonl")).fetches if fetch.cross_origin]
    assert (fetch.method, fetch.origin) == ("PUT", f"http://localhost:{ports.http}")
    conditions = {condition.reason for condition in fetch.verdict.conditions} | {fetch.reason}
    assert "method-not-allowed" in conditions
