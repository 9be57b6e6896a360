"""`coranalyze capture`"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coranalyze.cli.browsers.find import Browser
    from coranalyze.cli.browsers.session import Session
    from coranalyze.cli.live_table import Telling
    from coranalyze.cli.proxy import Proxy
    from coranalyze.cli.recorder import Recorder

CERTIFICATE = "mitmproxy-ca-cert.pem"
TICK = 0.2
"""Seconds between two looks at the browser and the proxy."""


def capture(
    context: typer.Context,
    url: Annotated[str | None, typer.Argument(metavar="[URL]", help="The page to open in a browser.")] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to record: *.cors.jsonl or *.cors.jsonl.gz."),
    ] = None,
    report_dir: Annotated[
        Path | None, typer.Option("--report-dir", metavar="DIR", help="Write all reports and charts into this folder.")
    ] = None,
    browser: Annotated[
        str, typer.Option("--browser", help="auto, chromium, chrome, edge, firefox, or the path of a program.")
    ] = "auto",
    headless: Annotated[bool, typer.Option("--headless", help="Open the browser without a window.")] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open none; say how to point a browser or a phone at the proxy.")
    ] = False,
    duration: Annotated[
        float | None, typer.Option("--duration", metavar="SECONDS", min=0, help="End by itself after this time.")
    ] = None,
    mode: Annotated[
        list[str] | None,
        typer.Option("--mode", help="mitmproxy's modes: regular, local:NAME, wireguard, reverse:URL. Repeatable."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for phones.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: a free one.")] = 0,
    insecure: Annotated[
        bool, typer.Option("--insecure", "-k", help="Accept every certificate of servers, self-signed ones too.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="The first screen of the report only. No talk on stderr.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Report every failure with every step.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No table of hosts while it runs.")] = False,
) -> None:
    """Record what a browser does, and report on it.

    Opens a browser of this system on URL, in a fresh profile, and records until it is closed or Ctrl-C is pressed. No
    certificate has to be installed: profile and certificate authority are made for this run and removed at its end.
    Cookies, credentials, tokens and bodies are never written.
    """
    from coranalyze.cli import streams

    plan = _Plan(
        page=_page(url), browser=_browser(browser) if url is not None and not no_browser else None, headless=headless,
        duration=duration, modes=tuple(mode or ("regular",)), host=host, port=port, insecure=insecure, quiet=quiet,
        table=not no_progress,
    )  # fmt: skip
    if plan.browser is not None and plan.modes != ("regular",):
        streams.fail("a browser is opened in the mode regular only: leave out the URL, or --mode")
    if report_dir is not None:
        _make(report_dir)
    files = _record(plan, _recorder(output))
    wanted = {"--quiet": quiet, "--verbose": verbose, "--no-progress": no_progress}
    options = [name for name, given in wanted.items() if given]
    if report_dir is not None:
        options.append(f"--report-dir={report_dir}")
    context.find_root().command.main(["analyze", *options, "--", *map(str, files)], prog_name="coranalyze")


class _Plan(NamedTuple):
    page: str
    browser: Browser | None
    headless: bool
    duration: float | None
    modes: tuple[str, ...]
    host: str
    port: int
    insecure: bool
    quiet: bool
    table: bool


def _page(url: str | None) -> str:
    """As the browser gets it: `shop.example` is https, names of this machine are http."""
    from urllib.parse import urlsplit

    from coranalyze.cli import streams

    if url is None:
        return ""
    text = url
    if "://" not in url:
        name = url.partition("/")[0].rpartition(":")[0] or url.partition("/")[0]
        local = name in ("localhost", "127.0.0.1", "[::1]") or name.endswith(".localhost")
        text = f"{'http' if local else 'https'}://{url}"
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or any(sign.isspace() for sign in text):
        streams.fail(f"{url!r} is no address of a page; write for instance https://shop.example/ or localhost:5173")
    return text


def _browser(wanted: str) -> Browser:
    from coranalyze.cli import streams
    from coranalyze.cli.browsers.find import NoBrowserError, find_browser

    try:
        return find_browser(wanted)
    except NoBrowserError as error:
        streams.fail(str(error))


def _recorder(output: str | None) -> Recorder:
    from coranalyze.cli import streams
    from coranalyze.cli.recorder import Recorder

    try:
        return Recorder(output)
    except ModuleNotFoundError as error:
        missing = (error.name or "mitmproxy").partition(".")[0]
        streams.fail(f"{missing} is not installed, and capturing needs it: pip install mitmproxy")


def _make(folder: Path) -> None:
    """Before the capture: afterwards it would be too late to name another."""
    from coranalyze.cli import streams

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        streams.fail(f"{folder} cannot be made: {error.strerror or error}")


def _record(plan: _Plan, recorder: Recorder) -> list[Path]:
    """Run until the end and clean up; the files with something in them."""
    from coranalyze.cli import streams
    from coranalyze.cli.ending import Ending
    from coranalyze.cli.live_table import telling
    from coranalyze.cli.proxy import ProxyError, Settings, running

    with ExitStack() as stack:
        stack.callback(recorder.files)
        ending = stack.enter_context(Ending())
        # 0700: the key of the CA is in it.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coranalyze-")))
        screen = stack.enter_context(telling(quiet=plan.quiet, table=plan.table))
        # Else the proxy connects to the server before it has seen any request: where that fails, no page's is recorded.
        options = {**recorder.options, "ssl_insecure": plan.insecure, "connection_strategy": "lazy"}
        settings = Settings(folder, options, plan.modes, plan.host, plan.port)
        try:
            proxy = stack.enter_context(running(settings, [recorder, recorder.addon], partial(_tell, screen)))
        except ProxyError as error:
            streams.fail(str(error).replace("cors_out", "--output"))
        session = _open(plan, proxy, folder, stack) if plan.browser is not None else None
        # From the first word on a signal ends it as it should.
        with ending.awaited():
            if not plan.quiet:
                for line in _opening(plan, proxy, folder):
                    streams.say(line)
            _attend(plan, proxy, session, recorder, screen)
    return _recorded(recorder, quiet=plan.quiet)


def _tell(screen: Telling, warning: str) -> None:
    """What mitmproxy and the addon warn of, with a way out where there is one."""
    hint = "; --insecure accepts such servers" if warning.startswith("Server TLS handshake failed. Cert") else ""
    screen.tell(warning + hint)


def _open(plan: _Plan, proxy: Proxy, folder: Path, stack: ExitStack) -> Session:
    from coranalyze.cli import streams
    from coranalyze.cli.browsers.marionette import MarionetteError
    from coranalyze.cli.browsers.session import opened
    from coranalyze.cli.browsers.trust import read_ca

    assert plan.browser is not None
    ca = read_ca(folder / CERTIFICATE)
    try:
        return stack.enter_context(
            opened(plan.browser, plan.page, f"{plan.host}:{proxy.port}", ca, headless=plan.headless)
        )
    except (MarionetteError, OSError) as error:
        streams.fail(f"{plan.browser.path} does not start: {error}; choose another with --browser")


def _attend(plan: _Plan, proxy: Proxy, session: Session | None, recorder: Recorder, screen: Telling) -> None:
    """Until the browser is closed or the time is over; Ctrl-C ends it from outside."""
    end = None if plan.duration is None else time.monotonic() + plan.duration
    while proxy.is_running() and (session is None or session.is_open()):
        screen.show(recorder.judge)
        left = TICK if end is None else min(TICK, end - time.monotonic())
        if left <= 0:
            return
        time.sleep(left)
    if session is not None and session.process.returncode:
        screen.tell(f"the browser ended by itself ({session.last_words()})")


def _recorded(recorder: Recorder, *, quiet: bool) -> list[Path]:
    from coranalyze.cli import streams

    files = recorder.files()
    if not files:
        streams.fail("nothing came through the proxy, so there is nothing to report")
    if not quiet:
        for file in files:
            streams.say(f"recorded {file}")
    return files


def _opening(plan: _Plan, proxy: Proxy, folder: Path) -> Iterable[str]:
    from coranalyze.cli.pointing import how_to_point

    if plan.browser is None:
        return how_to_point(plan.modes, plan.host, proxy, folder / CERTIFICATE)
    return [f"{plan.browser.name} opens {plan.page}; close it, or press Ctrl-C, for the report"]
