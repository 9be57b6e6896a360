"""`coranalyze diff`"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from coranalyze.cli.choices import Browser, FailOn
from coranalyze.cli.config import ConfigOption, IsolatedOption

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis
    from coranalyze.issues.difference import Difference


class DiffFormat(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A capture, or a folder of them.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="What to compare with it.")],
    format: Annotated[DiffFormat, typer.Option("--format", "-f", help="What goes to stdout.")] = DiffFormat.TEXT,
    same: Annotated[
        list[str] | None,
        typer.Option(
            "--same",
            metavar="HOST=HOST",
            help="A host of BEFORE, and its name in AFTER: api.staging.example=api.example. Repeatable.",
        ),
    ] = None,
    browser: Annotated[Browser, typer.Option("--browser", help="Whose verdicts.")] = Browser.AUTO,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="What, of all that is new in AFTER, makes the exit code 1.")
    ] = FailOn.NEVER,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """Tell what changed between two captures: newly blocked, newly allowed, policies header by header, findings.

    Requests are the same where method, path template, host and page are; ports play no part.
    """
    from coranalyze.cli import streams
    from coranalyze.issues.difference import difference
    from coranalyze.reports import difference as report
    from coranalyze.sources.storage import shown

    hosts = _hosts(same or [])
    found = difference(_read(before, browser), _read(after, browser), hosts)
    before, after = shown(before), shown(after)
    match format:
        case DiffFormat.JSON:
            streams.write_bytes([report.render_json(found).encode()])
        case DiffFormat.MARKDOWN:
            streams.write_text(report.render_markdown(found, before, after))
        case DiffFormat.TEXT:
            streams.write_text(
                report.render(
                    found, before, after, width=streams.width(), color=streams.has_color(sys.stdout),
                    unicode=streams.is_unicode(sys.stdout),
                )
            )  # fmt: skip
    if _fails(found, fail_on):
        raise typer.Exit(1)


def _hosts(same: list[str]) -> dict[str, str]:
    """Host before → host after; ends with code 2 where one is missing or is no host name."""
    from coranalyze.cli import streams

    hosts: dict[str, str] = {}
    for each in same:
        before, _, after = each.partition("=")
        if not before or not after or any(sign in each for sign in "/: "):
            streams.fail(f"--same {each}: two host names with = between them, as in api.staging.example=api.example")
        hosts[before] = after
    return hosts


def _read(path: str, browser: Browser) -> Analysis:
    from coranalyze.analysis import analyze
    from coranalyze.cli import streams

    analysis = analyze(path, browser=browser)
    errors = [source for source in analysis.inputs if source.error]
    for source in errors:
        streams.say(f"{source.path}: {source.error}")
    if len(errors) == len(analysis.inputs):
        raise typer.Exit(2)
    return analysis


def _fails(found: Difference, fail_on: FailOn) -> bool:
    match fail_on:
        case FailOn.NEVER:
            return False
        case FailOn.BLOCKED:
            return bool(found.newly_blocked or found.blocked_after)
        case FailOn.NEW:
            return bool(found.newly_blocked or found.blocked_after or found.appeared)
        case _:
            from coranalyze.finding import Severity

            least = Severity(fail_on.value)
            return any(finding.severity.rank <= least.rank for finding in found.appeared)
