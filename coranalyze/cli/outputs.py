"""Outputs: opened before the work, written beside their place, put into it when they are whole."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from coranalyze.cli.choices import SUFFIXES, Format
from coranalyze.sources import storage
from coranalyze.sources.inputs import STDIN, expand


class OutputError(Exception):
    """A target that cannot be written; the message says which and why."""


_unfinished: set[str] = set()
"""Files that are written to, by the names that they have until they are whole."""


def discard_unfinished() -> None:
    """At the end of the process: however it came, no part of a file is left."""
    while _unfinished:
        with suppress(OSError):
            os.unlink(_unfinished.pop())


class Target:
    """One file to be, by its path or by the URL of its place in a storage. A run that ends early leaves what stood
    there before.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = storage.shown(str(path))
        """As it may be printed."""
        self._url = str(path) if storage.is_url(str(path)) else ""
        self._place = Path(path)
        self._temporary = self._temporary_name()
        try:
            self._check()
            # Known before it is there: a signal can come at any moment.
            _unfinished.add(self._temporary)
            handle = os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except (OSError, storage.StorageError) as error:
            _unfinished.discard(self._temporary)
            raise self._failed(error) from error
        self._file: IO[bytes] = os.fdopen(handle, "wb")

    def _temporary_name(self) -> str:
        name = f"{os.urandom(8).hex()}.part"
        if self._url:
            return os.path.join(tempfile.gettempdir(), f"coranalyze.{name}")
        return str(self._place.parent / f".{self._place.name[:40]}.{name}")

    def _check(self) -> None:
        path = self._place
        if self._url:
            storage.check_writable(self._url)
        elif path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        elif path.exists() and not path.is_file():
            # To be put in its place would end /dev/null, or a pipe that somebody reads from.
            raise OSError(22, "it is a device or a pipe; redirect stdout into it instead")

    def write(self, chunks: Iterable[bytes]) -> None:
        """Write everything and put the file in its place, with the mode that a new file gets."""
        try:
            with self._file as file:
                for chunk in chunks:
                    file.write(chunk)
            if self._url:
                storage.put(self._temporary, self._url)
                self.discard()
            else:
                os.chmod(self._temporary, _mode(self._place))
                os.replace(self._temporary, self._place)
                _unfinished.discard(self._temporary)
        except (OSError, storage.StorageError) as error:
            self.discard()
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> OutputError:
        return OutputError(f"{self.path} cannot be written: {getattr(error, 'strerror', None) or error}")

    def discard(self) -> None:
        # What cannot be written out any more, or is gone with its folder, is no loss.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.unlink(self._temporary)
        _unfinished.discard(self._temporary)


class Output(Target):
    """One report, in the format that its suffix tells, or in another."""

    def __init__(self, path: Path | str, format: Format | None = None) -> None:
        self.format = format if format is not None else format_of(path)
        super().__init__(path)


def open_outputs(paths: Iterable[Path | str], format: Format | None = None) -> list[Output]:
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


def refuse_inputs(targets: Iterable[Path | str], inputs: Iterable[Path | str], instead: str) -> None:
    """Raises OutputError where a target is one of the inputs, links followed; `instead`: what to do about it.

    A report in the place of the only recording of a failure cannot be undone.
    """
    wanted = {_identity(str(target)): str(target) for target in targets}
    if not wanted:
        return
    for path in map(str, inputs):
        for named in (path,) if storage.is_url(path) else expand(path):
            if isinstance(named, str) and named != STDIN and (target := wanted.get(_identity(named))) is not None:
                told = storage.shown(target)
                raise OutputError(f"{told} is one of the inputs, and would be replaced: {instead}")


def _identity(path: str) -> tuple[int, int] | str:
    """What two names of one file have in common; hard links and file systems that ignore case are seen through."""
    if storage.is_url(path):
        return path
    try:
        found = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)


def format_of(path: Path | str) -> Format:
    """By the longest suffix that fits; raises OutputError where none does."""
    name = str(path).lower()
    fitting = [suffix for suffix in SUFFIXES if name.endswith(suffix)]
    if not fitting:
        known, told = ", ".join(SUFFIXES), storage.shown(str(path))
        raise OutputError(
            f"{told}: the suffix tells the format, and {Path(told).suffix or 'none'} is not one of {known}"
        )
    return SUFFIXES[max(fitting, key=len)]


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
