"""Records all cases: `python -m tests.lab.policies.record [FILE]`, by default into the file that the tests score.

It starts the servers, mitmdump with the addon, and a headless Chromium that visits every page; half a minute. It needs
chromium, nginx, node and npm.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import Case
from tests.lab.policies.pages import Pages, itinerary
from tests.lab.policies.right import RIGHT
from tests.lab.policies.servers import express, nginx, python
from tests.lab.policies.wrong import WRONG

ROOT = Path(__file__).parent.parent.parent.parent
RECORDED = Path(__file__).parent.parent / "recorded" / "policies.cors.jsonl.gz"
PATIENCE_S = 300
PREFERENCES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
NOISE = "*.google.com;*.googleapis.com;*.gvt1.com"
"""What the browser itself asks for; it goes past the proxy, to nowhere."""


def record(cases: Sequence[Case], path: Path) -> int:
    """Record every case into a new file; how many stops the browser made. Raises TimeoutError."""
    pages = Pages(itinerary(cases))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        routes = {"pages": stack.enter_context(pages.serving())}
        by_stack = {each: [case for case in cases if case.stack == each] for each in {case.stack for case in cases}}
        for each, own in sorted(by_stack.items()):
            port = stack.enter_context(_serving(each, own, folder / each))
            routes |= {case.server: port for case in own}
        raw = folder / "raw.cors.jsonl"
        proxy = stack.enter_context(_proxy(routes, raw, folder))
        stack.enter_context(_chromium(pages.url(0), proxy, folder / "profile"))
        if not pages.ended.wait(PATIENCE_S):
            raise TimeoutError(f"the browser stopped at {pages.url(pages.reached)}")
        stack.close()
        _keep(raw, path)
    return len(pages.stops)


def _serving(stack: str, cases: Sequence[Case], folder: Path) -> AbstractContextManager[int]:
    match stack:
        case "nginx":
            return nginx.serving(cases, folder)
        case "express":
            return express.serving(cases, folder)
        case "flask":
            return python.flask(cases)
        case "django":
            return python.django(cases)
        case _:
            return python.starlette(cases)


@contextmanager
def _proxy(routes: dict[str, int], raw: Path, folder: Path) -> Iterator[int]:
    table = folder / "routes.json"
    table.write_text(json.dumps(routes), "utf-8")
    port = free_port()
    command: list[str | Path] = [
        Path(sys.executable).with_name("mitmdump"), "--quiet", "--listen-host", "127.0.0.1", "--listen-port", str(port),
        "--set", f"confdir={folder / 'mitmproxy'}", "--set", "connection_strategy=lazy", "--set", f"cors_out={raw}",
        "--set", "cors_live=false", "-s", Path(__file__).with_name("routing.py"),
        "-s", ROOT / "addons" / "cors_capture.py",
    ]  # fmt: skip
    environment = {**os.environ, "LAB_ROUTES": str(table)}
    with running(command, env=environment, stdout=subprocess.DEVNULL) as mitmdump:
        await_port(port, lambda: mitmdump.poll() is None)
        yield port


@contextmanager
def _chromium(url: str, proxy: int, profile: Path) -> Iterator[None]:
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES))
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--ignore-certificate-errors", f"--proxy-server=127.0.0.1:{proxy}", f"--proxy-bypass-list={NOISE};<-loopback>",
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints", url,
    ]  # fmt: skip
    with running(command, stdout=subprocess.DEVNULL):
        yield


def _keep(raw: Path, path: Path) -> None:
    """The lines on the cases' own hosts, packed so that equal lines give equal bytes."""
    hosts = tuple(f'"url":"{case.base}/' for case in (*WRONG, *RIGHT))
    kept = [
        line
        for line in raw.read_text("utf-8").splitlines(keepends=True)
        if '"url":' not in line or (any(host in line for host in hosts) and "/lab/page" not in line)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("".join(kept).encode(), 9, mtime=0))


if __name__ == "__main__":
    logging.disable()  # the exceptions of cases that fail on purpose
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    stops = record((*WRONG, *RIGHT), target)
    print(f"{target}: {len(WRONG) + len(RIGHT)} cases, {stops} pages, {target.stat().st_size:,} bytes")
