"""`coranalyze sanitize`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def sanitize(
    capture: Annotated[str, typer.Argument(metavar="IN", help="A HAR, flow file or capture; - for stdin.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.har", help="The copy.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No talk on stderr.")] = False,
) -> None:
    """Write a HAR that is safe to share and gives the same analysis.

    Bodies, cookies, credentials, tokens and header values that are no evidence are not in it; secrets in URLs,
    addresses and long numbers of people are replaced, equal ones alike.
    """
    from coranalyze import __version__
    from coranalyze.cli import streams
    from coranalyze.cli.choices import Format
    from coranalyze.cli.outputs import Output, OutputError
    from coranalyze.sources import NotACapture, open_captures
    from coranalyze.sources.har_writer import Sanitized, kinds

    opened = list(open_captures([capture]))
    if len(opened) != 1:
        streams.fail(f"{capture}: {len(opened)} captures, and a copy is made of one")
    (source,) = opened
    if isinstance(source, NotACapture):
        streams.fail(f"{source.path}: {source.reason}")
    try:
        target = Output(output, Format.JSON)
    except OutputError as error:
        streams.fail(str(error))
    copy = Sanitized(source, __version__)
    try:
        target.write([copy.render()])
    except OutputError as error:
        streams.fail(str(error))
    finally:
        target.discard()
    if not quiet:
        streams.say(f"wrote {output}: {source.entries - len(source.skipped):,} entries of {source.path}, no bodies")
        gone = "; ".join(kinds(copy.counts))
        streams.say(f"not in it: {gone}" if gone else "there was nothing to take out beside bodies")
        streams.say("host names, paths and header names are in it: read it before you share it")
