"""The paths that a user names → the files they stand for."""

import glob
import os
from collections.abc import Iterator

from coranalyze.sources.opened import NotACapture

STDIN = "-"
SUFFIXES = (
    ".har", ".har.gz", ".harp", ".zhar", ".flow", ".flow.gz", ".mitm", ".mitm.gz", ".dump", ".dump.gz", ".cors.jsonl",
    ".cors.jsonl.gz", ".http", ".har.zip",
)  # fmt: skip
"""What is picked up in a folder. A file that is named is opened whatever it is called."""


def is_capture_name(name: str) -> bool:
    """Whether a file of this name is picked up in a folder."""
    return name.lower().endswith(SUFFIXES)


def expand(path: str) -> Iterator[str | NotACapture]:
    """The files behind one path: itself, the captures in a folder and below, what a pattern matches; sorted."""
    if path == STDIN:
        yield path
    elif os.path.isdir(path):
        yield from _in_folder(path)
    elif os.path.lexists(path) or not glob.has_magic(path):
        yield path
    else:
        matches = sorted(glob.glob(path, recursive=True))
        if not matches:
            yield NotACapture(path, "no file matches")
        for match in matches:
            if os.path.isdir(match):
                yield from _in_folder(match)
            else:
                yield match


def _in_folder(folder: str) -> Iterator[str | NotACapture]:
    found = False
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            # A pipe would be waited for.
            if is_capture_name(name) and os.path.isfile(path := os.path.join(parent, name)):
                found = True
                yield path
    for error in closed:
        yield NotACapture(str(error.filename or folder), error.strerror or str(error))
    if not found and not closed:
        yield NotACapture(folder, "no capture in this folder")
