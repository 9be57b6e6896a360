"""`coranalyze analyze`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coranalyze.cli.choices import Browser, FailOn, Format, IgnoreOption, SelectOption
from coranalyze.cli.config import ConfigOption, IsolatedOption
from coranalyze.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from coranalyze.analysis import Analysis
    from coranalyze.cli.gate import Gate
    from coranalyze.issues.baseline import Baseline
    from coranalyze.issues.suppression import Suppression
    from coranalyze.large.pool import Pool

_kept: list[Analysis] = []
"""Holds the analysis until the process ends: to take it apart object by object would only cost time."""


def analyze(
    context: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Captures: files, folders, globs, URLs, - for stdin.")
    ],
    format: Annotated[Format, typer.Option("--format", "-f", help="What goes to stdout.")] = Format.TEXT,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            path_type=str,
            help="Write a file too (or a URL: s3://…); its suffix says the format. Repeatable.",
        ),
    ] = None,
    report_dir: Annotated[
        str | None,
        typer.Option(
            "--report-dir", metavar="DIR", path_type=str, help="Write all reports and charts into this folder."
        ),
    ] = None,
    browser: Annotated[
        Browser, typer.Option("--browser", help="Whose verdicts; auto goes by each request's User-Agent.")
    ] = Browser.AUTO,
    include_host: Annotated[
        list[str] | None,
        typer.Option("--include-host", metavar="GLOB", help="Only requests to such hosts. Repeatable."),
    ] = None,
    exclude_host: Annotated[
        list[str] | None, typer.Option("--exclude-host", metavar="GLOB", help="No requests to such hosts. Repeatable.")
    ] = None,
    first_party: Annotated[
        list[str] | None,
        typer.Option("--first-party", metavar="DOMAIN", help="A domain of yours: it may be trusted. Repeatable."),
    ] = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    min_severity: Annotated[
        Severity, typer.Option("--min-severity", help="Leave out findings that are less severe.")
    ] = Severity.INFO,
    console_log: Annotated[
        list[Path] | None,
        typer.Option("--console-log", metavar="FILE", help="What the browser's console said, as text. Repeatable."),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option("--stack", metavar="NAME", help="Show what to set on this server: nginx, fastapi, …"),
    ] = None,
    verdicts_only: Annotated[bool, typer.Option("--verdicts-only", help="No rules, no causes: quicker.")] = False,
    keep_values: Annotated[bool, typer.Option("--keep-values", help="Do not mask what looks secret in URLs.")] = False,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")] = FailOn.NEVER,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="What is in it is known: only what is new fails the run."),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", metavar="FILE", help="Write a baseline of what is found now.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="Share large captures out to N processes.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="tcp://…", help="Share large captures out to the workers of a Dask cluster."
        ),
    ] = None,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Text: the first screen only. No talk on stderr.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Text: every failure, with every step taken.")
    ] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress bar on long reads.")] = False,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Tell what is blocked while a capture file grows; report at its end or Ctrl-C."),
    ] = False,
) -> None:
    """Read captures and tell which cross-origin requests were blocked, at which step, and what to do first."""
    from functools import partial

    from coranalyze.cli import streams
    from coranalyze.cli.choices import check_stack
    from coranalyze.cli.outputs import OutputError, open_outputs, refuse_inputs
    from coranalyze.cli.rendering import chunks
    from coranalyze.cli.report_folder import open_folder
    from coranalyze.issues.baseline import BaselineError
    from coranalyze.large.pool import PoolError
    from coranalyze.rules.selection import UnknownRule

    check_stack(stack)
    if workers is not None and scheduler is not None:
        streams.fail("--workers and --scheduler: one of them")
    if verdicts_only and fail_on not in (FailOn.NEVER, FailOn.BLOCKED, FailOn.NEW):
        streams.fail(
            f"--fail-on {fail_on.value} goes by findings, and --verdicts-only makes none: take --fail-on blocked, "
            "or leave --verdicts-only away"
        )
    if verbose and not quiet and context.obj is not None:
        _tell_sources(context)
    try:
        written: list[Path | str] = [*(output or []), *([write_baseline] if write_baseline is not None else [])]
        refuse_inputs(written, [*paths, *(console_log or [])], "name another file for what is written")
        known = _read_baseline(baseline)
        outputs = open_outputs(output or [])
        folder = open_folder(report_dir) if report_dir is not None else None
        kept = open_outputs([write_baseline], Format.JSON) if write_baseline is not None else []
    except (OutputError, BaselineError) as error:
        streams.fail(str(error))
    try:
        judged = partial(
            _reading(
                paths,
                follow=follow,
                quiet=quiet,
                keep_values=keep_values,
                console_logs=[str(path) for path in console_log or []],
                pool=_pool(workers, scheduler),
                formats=[
                    format,
                    *(target.format for target in outputs),
                    *(folder.formats if folder is not None else []),
                ],
            ),
            browser=browser,
            keep_values=keep_values,
            include_hosts=tuple(include_host or ()),
            exclude_hosts=tuple(exclude_host or ()),
            first_parties=tuple(first_party or ()),
            select=tuple(select or ()),
            ignore=tuple(ignore or ()),
            min_severity=min_severity,
            verdicts_only=verdicts_only,
        )
        analysis = _run(judged, not (quiet or no_progress))
        _kept[:] = [analysis]
        unread = _tell_unread(analysis)
        gate = _gate(analysis, fail_on, known, context)
        for target in outputs:
            target.write(chunks(analysis, target.format, gate=gate, verbose=verbose, stack=stack))
        for target in kept:
            target.write([_baseline_of(analysis)])
        if folder is not None:
            folder.write(analysis, partial(chunks, gate=gate, verbose=verbose, stack=stack))
        if not quiet:
            for target in (*outputs, *kept, *((folder,) if folder is not None else ())):
                streams.say(f"wrote {target.path}")
        if not unread or outputs or folder or format is not Format.TEXT:
            _print(analysis, format, gate, quiet=quiet, verbose=verbose, stack=stack)
    except (OutputError, PoolError, UnknownRule) as error:
        streams.fail(str(error))
    finally:
        for target in (*outputs, *kept, *((folder,) if folder is not None else ())):
            target.discard()
    if unread:
        raise typer.Exit(2)
    if fail_on is not FailOn.NEVER:
        _check_wanted(analysis, fail_on)
    if gate is not None:
        for sentence in gate.sentences() if not quiet else ():
            streams.say(sentence)
        if gate.fails:
            raise typer.Exit(1)


def _reading(
    paths: list[str], *, follow: bool, quiet: bool, keep_values: bool, console_logs: list[str], pool: Pool[Any] | None,
    formats: list[Format],
) -> Callable[..., Analysis]:  # fmt: skip
    """What reads the captures: all at once, one as it grows, or large ones piece by piece."""
    from functools import partial

    from coranalyze.analysis import analyze
    from coranalyze.large.cuts import is_large

    if follow:
        return partial(_following(analyze, paths, quiet, keep_values), console_logs=console_logs)
    # What a console said can be about any fetch: they are all kept at hand for it.
    if console_logs or not is_large(paths, shared=pool is not None):
        return partial(analyze, *paths, console_logs=console_logs)
    from coranalyze.cli.rendering import rows_for
    from coranalyze.large.run import analyze_large

    return partial(analyze_large, paths, rows=rows_for(formats), pool=pool)


def _pool(workers: int | None, scheduler: str | None) -> Pool[Any] | None:
    from coranalyze.cli import streams

    if workers is None and scheduler is None:
        return None
    from coranalyze.large.pool import PoolError
    from coranalyze.large.workers import cluster, processes

    try:
        return cluster(scheduler) if scheduler is not None else processes(workers or 1)
    except PoolError as error:
        streams.fail(str(error))


def _following(
    read: Callable[..., Analysis], paths: list[str], quiet: bool, keep_values: bool
) -> Callable[..., Analysis]:
    """`read` for the one capture file that is named, as it grows."""
    from functools import partial

    from coranalyze.cli import streams
    from coranalyze.cli.following import interrupted, tell
    from coranalyze.sources import follow
    from coranalyze.sources.storage import is_url

    if len(paths) != 1 or paths[0] == "-" or is_url(paths[0]):
        streams.fail("--follow takes one capture file of this machine (*.cors.jsonl, *.cors.jsonl.gz)")
    captures = follow(paths[0], interrupted(), keep_values=keep_values)
    return partial(read, captures=captures, watch=None if quiet else tell)


def _read_baseline(path: Path | None) -> Baseline | None:
    if path is None:
        return None
    from coranalyze.cli.gate import read_baseline

    return read_baseline(path)


def _baseline_of(analysis: Analysis) -> bytes:
    from coranalyze.issues import issues
    from coranalyze.issues.baseline import Baseline

    return Baseline.of(issues(analysis)).render().encode()


def _gate(analysis: Analysis, fail_on: FailOn, known: Baseline | None, context: typer.Context) -> Gate | None:
    """None where nothing can fail and nothing is accepted."""
    suppressions: list[Suppression] = context.obj.suppressions if context.obj is not None else []
    if fail_on is FailOn.NEVER and known is None and not suppressions:
        return None
    from coranalyze.cli.gate import Gate

    return Gate(analysis, fail_on, known, suppressions)


def _check_wanted(analysis: Analysis, fail_on: FailOn) -> None:
    """End with code 2 where the choice of hosts leaves nothing: a gate that checked nothing has not passed."""
    from coranalyze.cli import streams
    from coranalyze.reports.headline import nothing_wanted

    if nothing := nothing_wanted(analysis):
        streams.fail(
            f"--fail-on {fail_on.value} has nothing to check: {nothing}; mend --include-host and --exclude-host"
        )


def _tell_sources(context: typer.Context) -> None:
    """Where each value that is no default came from."""
    from coranalyze.cli import streams
    from coranalyze.sources.storage import shown

    names = {"DEFAULT_MAP": str(context.obj.path), "COMMANDLINE": "the command line"}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is not None and source.name in names and name != "paths":
            told = list(map(shown, map(str, value))) if isinstance(value, list | tuple) else shown(str(value))
            streams.say(f"{name.replace('_', '-')} = {told} (from {names[source.name]})")


def _run(judged: Callable[..., Analysis], with_progress: bool) -> Analysis:
    import gc

    from coranalyze.cli.progress import progress

    # One run, one analysis, nothing in it cyclic: a collector that walks it again and again takes a third of the time.
    gc.disable()
    with progress(with_progress) as report:
        return judged(progress=report)


def _tell_unread(analysis: Analysis) -> bool:
    """A sentence for each input that could not be read; whether that is all of them."""
    from coranalyze.cli import streams

    unread = [source for source in analysis.inputs if source.error]
    for source in unread:
        streams.say(f"{source.path}: {source.error}")
    captures = [source for source in analysis.inputs if source.format != "console"]
    if not all(source.error for source in captures):
        return False
    if any(Path(source.path).exists() for source in captures):
        streams.say(
            "nothing could be read; a capture is a HAR (DevTools, Network, Export HAR), a mitmproxy flow file, a "
            "file of the addon (*.cors.jsonl) or plain text"
        )
    return True


def _print(
    analysis: Analysis, format: Format, gate: Gate | None, *, quiet: bool, verbose: bool, stack: str | None
) -> None:
    import sys

    from coranalyze.cli import streams
    from coranalyze.cli.rendering import chunks

    if format is not Format.TEXT:
        streams.write_bytes(chunks(analysis, format, gate=gate, stack=stack))
        return
    from coranalyze.reports import terminal

    streams.write_text(
        terminal.render(
            analysis, width=streams.width(), color=streams.has_color(sys.stdout), verbose=verbose, brief=quiet,
            unicode=streams.is_unicode(sys.stdout), stack=stack,
        )
    )  # fmt: skip
