"""Where findings and failures stand in the capture files, for reports that machines place in a source tree."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import quote

from coranalyze.analysis import Analysis
from coranalyze.visible import visible

Lines = Mapping[tuple[int, int], int]
"""(input, entry) → line of the file, counted from 1; entries whose line is not known are missing."""


class Place(NamedTuple):
    """A line of a capture file."""

    path: str
    """With forward slashes; relative to `root` where it lies below it, else the bare name."""
    line: int

    @property
    def uri(self) -> str:
        """The path as a relative URI reference."""
        return quote(self.path, safe="/")


def place_of(analysis: Analysis, input: int, entry: int, lines: Lines, root: str) -> Place:
    """`root` is the absolute path of the folder that reported paths are relative to."""
    return Place(visible(_below(analysis.inputs[input].path, root)), lines.get((input, entry), 1))


@lru_cache(maxsize=1024)
def _below(path: str, root: str) -> str:
    # A member of an archive is reported at the archive.
    file = PurePath(path.partition("!")[0])
    if path == "-":
        return "stdin"
    if "://" in path:
        return path.partition("?")[0].rpartition("/")[2]
    if not file.is_absolute():
        return file.name if ".." in file.parts else file.as_posix()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
