"""`coranalyze capture` with a real browser, in a process of its own, ended with Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
PROGRAMS = {"chromium": ("chromium",), "firefox": ("firefox-esr", "firefox")}
"""Browser → the programs of which one is needed; in Debian the first is also the package."""


def need(browser: str) -> None:
    """Skip the test where that browser is not installed."""
    if not any(map(shutil.which, PROGRAMS[browser])):
        pytest.skip(f"{browser} is not installed; on Debian: apt-get install {PROGRAMS[browser][0]}")


class Run:
    """A running `coranalyze capture`, and afterwards what it printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.stdout = self.stderr = ""

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        self.stdout, self.stderr = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@contextmanager
def capturing(*arguments: str, cwd: Path, **environment: str) -> Iterator[Run]:
    """`coranalyze capture ARGUMENTS`; killed with its browser when the block ends before it does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "coranalyze", "capture", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100", **environment},
    )  # fmt: skip
    run = Run(process)
    try:
        yield run
    finally:
        if process.poll() is None:
            process.terminate()
        if process.stdout is not None and not process.stdout.closed:
            run.wait()
