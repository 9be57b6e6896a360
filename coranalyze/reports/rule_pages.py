"""The rules for people and programs: the list of all, and the page of one."""

from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coranalyze.reports.canvas import Row, fields, to_text
from coranalyze.rules import Rule
from coranalyze.rules.rule import GROUPS


def render_list(rules: Sequence[Rule], *, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """Code, name and title, a rule a line, group by group."""
    return to_text(_list(rules, width), width=width, color=color, unicode=unicode)


def render_json(rules: Sequence[Rule]) -> str:
    """A JSON array, a rule a line."""
    return "[\n" + ",\n".join(msgspec.json.encode(plain(rule)).decode() for rule in rules) + "\n]\n"


def plain(rule: Rule) -> dict[str, object]:
    """A rule as JSON holds it."""
    page = rule.page
    return {
        "rule": rule.code,
        "name": rule.name,
        "group": GROUPS[rule.group],
        "title": page.title,
        "text": page.text,
        "why": page.why,
        "settle": page.settle or None,
        "fires": page.fires,
        "quiet": page.quiet,
        "fixes": rule.fixes,
        "references": rule.references,
        "within": rule.within,
    }


def page(rule: Rule) -> Iterator[RenderableType]:
    """The page of one rule."""
    told = rule.page
    yield Text.assemble((rule.code, "bold"), "  ", (rule.name, "bold"), f"  {told.title}")
    yield Text("")
    rows: list[Row] = []
    if told.text:
        rows.append(("meaning", prose(told.text)))
    rows.append(("why", prose(told.why)))
    if told.settle:
        rows.append(("to settle", prose(told.settle)))
    rows += [("fires", example(text)) for text in told.fires[:1]]
    rows += [("quiet", example(text)) for text in told.quiet[:1]]
    if rule.within:
        rows.append(("part of", ", ".join(rule.within) + ", where they fire on the same endpoint"))
    if rule.references:
        rows.append(("see", ", ".join(rule.references)))
    yield fields(rows)


def _list(rules: Sequence[Rule], width: int) -> Iterator[RenderableType]:
    if not rules:
        yield Text("no rule is selected")
    for group, subject in GROUPS.items():
        members = [rule for rule in rules if rule.group == group]
        if not members:
            continue
        if members[0] is not rules[0]:
            yield Text("")
        yield Text(subject, style="bold")
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", ratio=1)
        for rule in members:
            table.add_row(rule.code, rule.name, Text(rule.page.title, style="dim"))
        yield Padding(table, (0, 0, 0, 2))


def prose(text: str) -> Text:
    """Paragraphs joined to lines; back-quotes stay."""
    return Text("\n\n".join(" ".join(part.split()) for part in text.split("\n\n")))


def example(text: str) -> Text:
    return Text(text.strip(), style="dim", overflow="fold")
