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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from coranalyze.cli import addon
from coranalyze.cli.browsers.trust import read_ca
from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies import programs
from tests.lab.policies.case import Case
from tests.lab.policies.pages import Pages, itinerary
from tests.lab.policies.right import RIGHT
from tests.lab.policies.servers import express, nginx, python
from tests.lab.policies.wrong import WRONG

RECORDED = Path(__file__).parent.parent / "recorded" / "policies.cors.jsonl.gz"
PATIENCE_S = 900
PREFERENCES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
NOISE = "*.google.com;*.googleapis.com;*.gvt1.com"
"""What the browser itself asks for; it goes past the proxy, to nowhere."""


Serving = Callable[[Sequence[Case], Path], AbstractContextManager[Mapping[str, int]]]
"""Serves the cases of all stacks with files in a folder; gives server → port on loopback."""


def record(cases: Sequence[Case], path: Path, serving: Serving) -> int:
    """Record every case into a new file; how many stops the browser made. Raises TimeoutError."""
    pages = Pages(itinerary(cases))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # servers of Debian read it as users of their own
        routes = {"pages": stack.enter_context(pages.serving()), **stack.enter_context(serving(cases, folder))}
        raw = folder / "raw.cors.jsonl"
        proxy = stack.enter_context(_proxy(routes, raw, folder))
        ca = read_ca(folder / "mitmproxy" / "mitmproxy-ca-cert.pem")
        stack.enter_context(_chromium(pages.url(0), proxy, ca.spki_sha256, folder / "profile"))
        if not pages.ended.wait(PATIENCE_S):
            raise TimeoutError(f"the browser stopped at {pages.url(pages.reached)}")
        programs.visit(cases, proxy)
        stack.close()
        _keep(raw, path, cases)
    return len(pages.stops)


def by_stack(cases: Sequence[Case]) -> list[tuple[str, list[Case]]]:
    return [(each, [case for case in cases if case.stack == each]) for each in sorted({case.stack for case in cases})]


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    """The servers of this lab."""
    with ExitStack() as stack:
        routes: dict[str, int] = {}
        for name, own in by_stack(cases):
            port = stack.enter_context(_serving(name, own, folder / name))
            routes |= {case.server: port for case in own}
        yield routes


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
        "-s", addon.path(),
    ]  # fmt: skip
    environment = {**os.environ, "LAB_ROUTES": str(table)}
    with running(command, env=environment, stdout=subprocess.DEVNULL) as mitmdump:
        await_port(port, lambda: mitmdump.poll() is None)
        yield port


@contextmanager
def _chromium(url: str, proxy: int, spki_sha256: str, profile: Path) -> Iterator[None]:
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES))
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--ignore-certificate-errors-spki-list={spki_sha256}", f"--proxy-server=127.0.0.1:{proxy}",
        f"--proxy-bypass-list={NOISE};<-loopback>",
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints", url,
    ]  # fmt: skip
    with running(command, stdout=subprocess.DEVNULL):
        yield


def _keep(raw: Path, path: Path, cases: Sequence[Case]) -> None:
    """The lines on the cases' own hosts, packed so that equal lines give equal bytes."""
    bases = [base for case in cases for base in (case.base, case.base.replace("http", "ws", 1))]
    hosts = tuple(f'"url":"{base}/' for base in bases)
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
    stops = record((*WRONG, *RIGHT), target, serving)
    print(f"{target}: {len(WRONG) + len(RIGHT)} cases, {stops} pages, {target.stat().st_size:,} bytes")
