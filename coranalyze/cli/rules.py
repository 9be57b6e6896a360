"""`coranalyze rules`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from coranalyze.cli.choices import Answer


def rules(
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="RULES", help="Only such rules: COR1, COR401, … Repeatable.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULES", help="Without such rules. Repeatable.")
    ] = None,
    format: Annotated[Answer, typer.Option("--format", "-f", help="What goes to stdout.")] = Answer.TEXT,
) -> None:
    """List the rules, a line each. `coranalyze explain COR101` shows the page of one."""
    from coranalyze.cli import streams
    from coranalyze.reports import rule_pages
    from coranalyze.rules import choose_rules
    from coranalyze.rules.selection import UnknownRule

    try:
        chosen = choose_rules(select or [], ignore or [])
    except UnknownRule as error:
        streams.fail(str(error))
    if format is Answer.JSON:
        streams.write_bytes([rule_pages.render_json(chosen).encode()])
        return
    streams.write_text(
        rule_pages.render_list(
            chosen, width=streams.width(), color=streams.has_color(sys.stdout), unicode=streams.is_unicode(sys.stdout)
        )
    )
