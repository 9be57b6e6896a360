"""Runs the command line under an audit hook, and where the system allows in a network namespace without interfaces."""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.cli.run import ROOT

_HOOK = """\
import os, sys
log = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND)
SENDING = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "urllib.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
def told(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
        os.write(log, f"open {os.fsdecode(arguments[0])}\\n".encode() if not isinstance(arguments[0], int) else b"")
    elif event.startswith(SENDING):
        os.write(log, f"{event} {arguments!r}\\n".encode())
sys.dont_write_bytecode = True
sys.addaudithook(told)
"""
MAIN = "from coranalyze.cli import main; main()"


class Done(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    events: list[str]
    """Files that were opened to write (`open PATH`), and everything that could send something."""


@cache
def _in_namespace() -> bool:
    """Whether a process without any network can be made here."""
    try:
        return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


IN_NAMESPACE = _in_namespace()


def watched(*arguments: str, cwd: Path = ROOT, alone: bool = False, program: str = MAIN, **environment: str) -> Done:
    """`coranalyze ARGUMENTS`; `alone` without a network, where even loopback is down."""
    apart = ["unshare", "-rn"] if alone and IN_NAMESPACE else []
    with tempfile.NamedTemporaryFile() as log:
        done = subprocess.run(
            [*apart, sys.executable, "-c", _HOOK + program, *arguments],
            capture_output=True, cwd=cwd, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "WATCHED": log.name, **environment},
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr, Path(log.name).read_text("utf-8").splitlines())
