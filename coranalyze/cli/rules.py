"""`coranalyze rules`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from coranalyze.cli.choices import Answer, IgnoreOption, SelectOption


def rules(
    select: SelectOption = None,
    ignore: IgnoreOption = None,
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
