"""One browser in a profile of its own, from its start to its end."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coranalyze.cli.browsers import chromium, firefox
from coranalyze.cli.browsers.find import Browser, Family
from coranalyze.cli.browsers.trust import CA

PATIENCE = 5.0
"""Seconds that a browser gets to end by itself."""

LONGEST_FOLDER = 40
"""Characters of the temporary folder: the path of a socket has at most 107, and what Chromium adds takes over 60."""


class Session:
    """A running browser."""

    def __init__(self, process: "subprocess.Popen[bytes]", talk: Path) -> None:
        self.process = process
        self._talk = talk

    def is_open(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """How it ended, with the last line that it wrote to stderr."""
        lines = self._talk.read_text("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        code = self.process.returncode
        ended = f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"{ended}: {last[:200]}" if last else ended


@contextmanager
def opened(browser: Browser, url: str, proxy: str, ca: CA, *, headless: bool) -> Iterator[Session]:
    """A browser on that page, through the proxy (HOST:PORT); closed and its profile gone at the end.

    Raises MarionetteError, OSError or TimeoutError where it does not start.
    """
    with tempfile.TemporaryDirectory(
        prefix="coranalyze-", dir=_visible_to(browser), ignore_cleanup_errors=True
    ) as name:
        profile = Path(name, "profile")
        profile.mkdir()
        talk = Path(name, "stderr.txt")
        command = _prepare(browser, profile, url, proxy, ca, headless=headless)
        with talk.open("wb") as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                env=_environment(Path(name)), start_new_session=True,
            )  # fmt: skip
        try:
            yield Session(process, talk)
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Close it politely, then by force, with the processes that it started."""
    _signal(process, hard=False)
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    _signal(process, hard=True)
    process.wait()


def _signal(process: "subprocess.Popen[bytes]", *, hard: bool) -> None:
    if sys.platform == "win32":
        if process.poll() is None:
            process.kill() if hard else process.terminate()
        return
    # It leads a group of its own; helpers may outlive it, and would write into the profile that is being removed.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)


def _prepare(browser: Browser, profile: Path, url: str, proxy: str, ca: CA, *, headless: bool) -> list[str]:
    if browser.family is Family.FIREFOX:
        firefox.prepare(browser.path, profile, proxy, ca)
        return firefox.command(browser.path, profile, url, headless=headless)
    chromium.prepare(profile)
    sandbox = sys.platform != "linux" or os.geteuid() != 0
    return chromium.command(browser.path, profile, url, proxy, ca, headless=headless, sandbox=sandbox)


def _environment(folder: Path) -> dict[str, str]:
    # Chromium leaves a folder with its sockets among the temporary files when it is not closed by its window.
    private = {"TMPDIR": str(folder)} if sys.platform == "linux" else {}
    return {**os.environ, **firefox.ENVIRONMENT, **private}


def _visible_to(browser: Browser) -> Path | None:
    """Where its profile may lie; None for the usual temporary folder."""
    snap = Path("/snap/bin", browser.name)
    if browser.path.startswith("/snap/") or snap.exists():
        # It sees another /tmp than everybody else, and of the home folder only what is its own.
        folder = Path.home() / "snap" / browser.name / "common"
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    if sys.platform == "linux" and len(tempfile.gettempdir()) > LONGEST_FOLDER:
        return Path("/tmp")
    return None
