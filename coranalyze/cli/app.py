"""The typer app: its verbs, and how a run ends."""

import logging
import os
import sys
from contextlib import suppress
from errno import ENOSPC, EPIPE
from pathlib import Path
from typing import Annotated

import typer

from coranalyze.cli import addon, analyze, capture, diff, explain, init, judge, rules, sanitize, streams

EXIT_CODES = (
    "Exit codes: 0 done, whatever was found, or nothing at or above --fail-on; 1 something at or above --fail-on; "
    "2 wrong usage, no input that could be read, or an internal error; 130 interrupted."
)

app = typer.Typer(
    name="coranalyze",
    help="Why cross-origin requests failed: browser-exact CORS verdicts from captured traffic.\n\n"
    "`coranalyze FILE` is short for `coranalyze analyze FILE`.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = frozenset({"addon", "analyze", "capture", "diff", "explain", "init", "judge", "rules", "sanitize"})
app.command("analyze", short_help="Report what was blocked in captures, and why.", epilog=EXIT_CODES)(analyze.analyze)
app.command("capture", short_help="Record a browser session, then report on it.", epilog=EXIT_CODES)(capture.capture)
app.command("judge", short_help="Judge one exchange or chain, step by step.", epilog=EXIT_CODES)(judge.judge)
app.command("explain", short_help="Explain a code or a console message.", epilog=EXIT_CODES)(explain.explain)
app.command("rules", short_help="List the rules.", epilog=EXIT_CODES)(rules.rules)
app.command("diff", short_help="What changed between two captures.", epilog=EXIT_CODES)(diff.diff)
app.command("addon", short_help="Print the path of the mitmproxy addon.", epilog=EXIT_CODES)(addon.addon)
app.command("init", short_help="Write a commented configuration file.", epilog=EXIT_CODES)(init.init)
app.command("sanitize", short_help="Write a HAR that is safe to share.", epilog=EXIT_CODES)(sanitize.sanitize)

_GLOBAL = frozenset({"-h", "--help", "--version", "--install-completion", "--show-completion"})


def _version(wanted: bool) -> None:
    if wanted:
        from coranalyze import __version__

        typer.echo(f"coranalyze {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program as a whole."""


def with_verb(arguments: list[str]) -> list[str]:
    """`analyze` put in front where the first argument is no verb but a file, or an option of `analyze`."""
    if not arguments:
        return arguments
    first = arguments[0]
    if first in VERBS or first in _GLOBAL or first.split("=")[0] in _GLOBAL:
        return arguments
    looks_like_path = first.startswith("-") or any(sign in first for sign in "./\\*?") or os.path.exists(first)
    return ["analyze", *arguments] if looks_like_path else arguments


def run(arguments: list[str] | None = None) -> None:
    """Run the app; every end that can be expected is one sentence and an exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Libraries of storages log each attempt, with its URL and a traceback: one sentence of ours tells it.
    logging.lastResort = logging.NullHandler()
    try:
        app(args=with_verb(arguments), prog_name="coranalyze")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if _was_interrupted(error):
            sys.exit(130)
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in (EPIPE, ENOSPC)):
            streams.say(f"this does not fit: {error.strerror}" if isinstance(error, OSError) else "out of memory")
            sys.exit(2)
        _report_bug(error, verbose="-v" in arguments or "--verbose" in arguments)
        sys.exit(2)


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: an import that it breaks off may raise an error of its own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _report_bug(error: Exception, *, verbose: bool) -> None:
    """Where it happened, in code; not what the error says of itself, which may be captured text."""
    import platform
    import traceback

    from coranalyze import __version__

    met: BaseException | None = error
    while met is not None and verbose:
        streams.say(f"Traceback of {type(met).__name__} (most recent call last):")
        with suppress(OSError):
            traceback.print_tb(met.__traceback__)
        met = met.__cause__ or met.__context__
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{'/'.join(Path(place.filename).parts[-3:])}:{place.lineno}"
    known = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    told = "the lines above" if verbose else "this line (-v shows more, and nothing of the capture)"
    streams.say(
        f"internal error: {type(error).__name__}{known} at {where}, coranalyze {__version__}, "
        f"Python {platform.python_version()}: please report it as an issue of the project, with {told}"
    )
