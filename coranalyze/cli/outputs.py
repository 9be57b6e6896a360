"""Output files: opened before the work, written beside their place, renamed when they are whole."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from coranalyze.cli.choices import SUFFIXES, Format


class OutputError(Exception):
    """A target that cannot be written; the message says which and why."""


_unfinished: set[str] = set()
"""Files that are written to, by the names that they have until they are whole."""


def discard_unfinished() -> None:
    """At the end of the process: however it came, no part of a file is left."""
    while _unfinished:
        Path(_unfinished.pop()).unlink(missing_ok=True)


class Target:
    """One file to be. A run that ends early leaves what stood there before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.is_dir():
                raise IsADirectoryError(21, "it is a folder")
            if path.exists() and not path.is_file():
                # To be put in its place would end /dev/null, or a pipe that somebody reads from.
                raise OSError(22, "it is a device or a pipe; redirect stdout into it instead")
            handle, self._temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent or ".")
            _unfinished.add(self._temporary)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
        self._file: IO[bytes] = os.fdopen(handle, "wb")

    def write(self, chunks: Iterable[bytes]) -> None:
        """Write everything and put the file in its place, with the mode that a new file gets."""
        try:
            with self._file as file:
                for chunk in chunks:
                    file.write(chunk)
            os.chmod(self._temporary, _mode(self.path))
            os.replace(self._temporary, self.path)
            _unfinished.discard(self._temporary)
        except OSError as error:
            self.discard()
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def discard(self) -> None:
        self._file.close()
        Path(self._temporary).unlink(missing_ok=True)
        _unfinished.discard(self._temporary)


class Output(Target):
    """One report, in the format that its suffix tells, or in another."""

    def __init__(self, path: Path, format: Format | None = None) -> None:
        self.format = format if format is not None else format_of(path)
        super().__init__(path)


def open_outputs(paths: Iterable[Path], format: Format | None = None) -> list[Output]:
    """All targets, or none: what was opened goes when one cannot be. Without `format` the suffix tells it."""
    opened: list[Output] = []
    try:
        for path in paths:
            opened += [Output(path, format)]
    except OutputError:
        for output in opened:
            output.discard()
        raise
    return opened


def format_of(path: Path) -> Format:
    """By the longest suffix that fits; raises OutputError where none does."""
    name = path.name.lower()
    fitting = [suffix for suffix in SUFFIXES if name.endswith(suffix)]
    if not fitting:
        known = ", ".join(SUFFIXES)
        raise OutputError(f"{path}: the suffix tells the format, and {path.suffix or 'none'} is not one of {known}")
    return SUFFIXES[max(fitting, key=len)]


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
