"""A browser's session from start to end: what ends it, that nothing is left behind, that it asks for nothing itself."""

import json
import os
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.driving import Run, capturing, need
from tests.lab.scenario import Scenario, ok
from tests.lab.serving import served
from tests.lab.site import Site

SCENARIOS = (Scenario("one", "read(cross('a'))", {"a": ok()}),)
PROC = Path("/proc")


def processes(of: Path) -> dict[int, str]:
    """Running processes that name something below this folder, and their command lines."""
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if str(of) in command:
                found[int(folder.name)] = command
    return found


@contextmanager
def visited(browser: str, folder: Path, temporary: Path) -> Iterator[Run]:
    """A capture whose browser has run the scenario."""
    need(browser)
    site = Site(SCENARIOS, ["http"])
    with served(site, ["*.localhost"], folder) as ports:
        site.ports = ports
        arguments = (site.url, "--headless", "--browser", browser, "-o", "x.cors.jsonl")
        with capturing(*arguments, cwd=folder, TMPDIR=str(temporary)) as run:
            site.wait(run)
            yield run


@pytest.fixture
def temporary() -> Iterator[Path]:
    """For TMPDIR: what is left in it, or running on it, has been left behind. A short name: sockets lie in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def browser_of(run: Run) -> int:
    """The browser's main process: the one that the capture started."""
    (pid,) = (PROC / f"{run.process.pid}/task/{run.process.pid}/children").read_text("ascii").split()
    return int(pid)


def close(run: Run) -> None:
    """As a user closes the window: the main process is asked to end."""
    os.kill(browser_of(run), signal.SIGTERM)


def crash(run: Run) -> None:
    os.kill(browser_of(run), signal.SIGKILL)


def terminate(run: Run) -> None:
    run.process.terminate()


@pytest.mark.parametrize(
    ("browser", "end"), [("chromium", close), ("firefox", close), ("chromium", crash), ("chromium", terminate)]
)
def test_ends(browser: str, end: Callable[[Run], None], tmp_path: Path, temporary: Path) -> None:
    with visited(browser, tmp_path, temporary) as run:
        end(run)
        assert run.wait() == 0
    # A request that the browser's end cuts off is in the report too, as what it is.
    assert re.search(r"1 of 1 cross-origin request was blocked by CORS|1 by CORS, [12] for other reasons", run.stdout)
    assert ("the browser ended by itself (killed by signal 9" in run.stderr) is (end is crash)
    assert processes(temporary) == {}
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_only_the_page_asks(browser: str, tmp_path: Path, temporary: Path) -> None:
    with visited(browser, tmp_path, temporary) as run:
        # Services of browsers begin within the first seconds.
        threading.Event().wait(4)
        assert run.interrupt() == 0
    lines = [json.loads(line) for line in (tmp_path / "x.cors.jsonl").read_text("utf-8").splitlines()]
    hosts = {line["url"].split("/")[2].partition(":")[0] for line in lines if "url" in line}
    assert hosts == {"app.one.localhost", "api.two.localhost"}
