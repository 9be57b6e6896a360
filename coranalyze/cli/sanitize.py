"""`coranalyze sanitize`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from coranalyze.sources import Capture
    from coranalyze.sources.har_writer import Sanitized


def sanitize(
    captures: Annotated[list[str], typer.Argument(metavar="IN", help="A HAR, flow file or capture; - for stdin.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.har", help="The copy; - for stdout.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Put the copy in the place of the HAR; then several may be given.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No talk on stderr.")] = False,
) -> None:
    """Write a HAR that is safe to share and gives the same analysis.

    Bodies, cookies, credentials, tokens and header values that are no evidence are not in it; secrets in URLs, values
    of parameters, addresses and long numbers of people are replaced, equal ones alike. The copy of a copy is the same
    file.
    """
    from coranalyze.cli import streams
    from coranalyze.cli.outputs import OutputError, refuse_inputs
    from coranalyze.sources.inputs import STDIN

    if in_place is (output is not None):
        streams.fail("where to? --output OUT.har writes a copy, --in-place takes the place of the HAR")
    if output is not None:
        if len(captures) > 1:
            streams.fail(f"{output}: a copy is made of one capture")
        if str(output) == STDIN:
            _print(_opened(captures), quiet)
            return
        try:
            refuse_inputs([output], captures, "name another file, or use --in-place to put the copy in its place")
        except OutputError as error:
            streams.fail(str(error))
        _write(_opened(captures), output, quiet)
        return
    for path in captures:
        if not path.lower().endswith(".har"):
            streams.fail(f"{path}: --in-place writes HAR files only, and the name says that this is none")
        _write(_opened([path]), Path(path), quiet)


def _opened(paths: list[str]) -> Capture:
    """The one capture; ends with code 2 where there is none, or more."""
    from coranalyze.cli import streams
    from coranalyze.sources import NotACapture, open_captures
    from coranalyze.sources.storage import shown

    opened = list(open_captures(paths))
    if len(opened) != 1:
        streams.fail(f"{shown(paths[0])}: {len(opened)} captures, and a copy is made of one")
    (source,) = opened
    if isinstance(source, NotACapture):
        streams.fail(f"{source.path}: {source.reason}")
    return source


def _write(source: Capture, path: Path, quiet: bool) -> None:
    """A file that holds the copy already stays as it is."""
    from coranalyze import __version__
    from coranalyze.cli import streams
    from coranalyze.cli.choices import Format
    from coranalyze.cli.outputs import Output, OutputError
    from coranalyze.sources.har_writer import Sanitized

    try:
        target = Output(path, Format.JSON)
    except OutputError as error:
        streams.fail(str(error))
    copy = Sanitized(source, __version__)
    try:
        made = copy.render()
        if path.exists() and path.read_bytes() == made:
            return
        target.write([made])
    except OutputError as error:
        streams.fail(str(error))
    finally:
        target.discard()
    if not quiet:
        _tell(copy, source, str(path))


def _print(source: Capture, quiet: bool) -> None:
    """The copy to stdout."""
    from coranalyze import __version__
    from coranalyze.cli import streams
    from coranalyze.sources.har_writer import Sanitized

    copy = Sanitized(source, __version__)
    streams.write_bytes([copy.render()])
    if not quiet:
        _tell(copy, source, "the copy to stdout")


def _tell(copy: Sanitized, source: Capture, where: str) -> None:
    from coranalyze.cli import streams
    from coranalyze.sources.har_writer import kinds

    streams.say(f"wrote {where}: {source.entries - source.skips:,} entries of {source.path}, no bodies")
    gone = "; ".join(kinds(copy.counts))
    streams.say(f"not in it: {gone}" if gone else "there was nothing to take out beside bodies")
    streams.say("host names, paths and header names are in it: read it before you share it")
