"""The report of `explain`: the page of a reason, and what a pasted message says about it."""

from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.text import Text

from coranalyze.causes import Pattern
from coranalyze.console.messages import messages_of
from coranalyze.console.names import names_of
from coranalyze.explain import Entry, Explanation, Page
from coranalyze.reports import cause_pages, rule_pages
from coranalyze.reports.canvas import Row, fields, mark, to_text
from coranalyze.reports.explained_setting import setting_of
from coranalyze.reports.remedies import Setting
from coranalyze.reports.settings import shown
from coranalyze.reports.wording import BROWSERS, browser_name, step_name
from coranalyze.rules import Rule
from coranalyze.visible import visible

MANY = 3
"""A name for so many reasons has no page of its own: the reasons are listed."""
NO_SETTING = "no CORS setting of a server mends this"


def render(
    found: Sequence[Entry], *, width: int = 80, color: bool = False, unicode: bool = True, stack: str | None = None
) -> str:
    """Every explanation as text; a page that was told is not told again. `stack`: whose settings are shown."""
    return to_text(_parts(found, stack), width=width, color=color, unicode=unicode)


def render_json(found: Sequence[Entry], *, stack: str | None = None) -> str:
    """`{"explanations": […]}`, one a line; each with `snippets` where a stack is named."""
    lines = ",\n".join(
        msgspec.json.encode({**_plain(explanation), **_snippets(explanation, stack)}).decode() for explanation in found
    )
    return f'{{"explanations": [\n{lines}\n]}}\n'


def _parts(found: Sequence[Entry], stack: str | None) -> Iterator[RenderableType]:
    told: set[Page] = set()
    settings: list[Setting | None] = []
    for index, explanation in enumerate(found):
        if index:
            yield Text("")
        if isinstance(explanation, Rule):
            yield from rule_pages.page(explanation)
        elif isinstance(explanation, Pattern):
            yield from cause_pages.page(explanation)
        else:
            yield from _explanation(explanation, told)
        if stack is not None:
            setting = setting_of(explanation, stack)
            if setting is None or setting not in settings:
                yield fields([("fix", shown(setting) if setting is not None else NO_SETTING)])
            settings.append(setting)


def _explanation(explanation: Explanation, told: set[Page]) -> Iterator[RenderableType]:
    yield from _from_message(explanation)
    if len(explanation.others) >= MANY:
        yield from _many(explanation)
    elif explanation.page not in told:
        told.add(explanation.page)
        yield from _page(explanation.page)
    else:
        yield Text.assemble((str(explanation.page.reason), "bold"), ": as told above")


def _snippets(entry: Entry, stack: str | None) -> dict[str, object]:
    if stack is None:
        return {}
    setting = setting_of(entry, stack)
    return {"snippets": [snippet._asdict() for snippet in setting.snippets] if setting is not None else []}


def _from_message(explanation: Explanation) -> Iterator[RenderableType]:
    if explanation.browser is None:
        return
    browser = browser_name(explanation.browser)
    what = "console message" if explanation.facts or " " in explanation.query else "code"
    stage = {"preflight": ", about the preflight", "redirect": ", about a redirect"}.get(explanation.stage or "", "")
    yield Text(f"{browser}'s {what}{stage}", style="dim")
    rows: list[Row] = [(_LABELS.get(name, name), visible(value)) for name, value in explanation.facts.items()]
    rows += [("that is", Text(visible(sentence), style="bold")) for sentence in explanation.says]
    if rows:
        yield fields(rows)
    others = explanation.others
    if 0 < len(others) < MANY:
        yield Text(f"  The same words may stand for: {', '.join(page.reason for page in others)}.", style="dim")
    yield Text("")


_LABELS = {"first_url": "first URL", "url": "URL", "value": "value", "initiator": "asked by"}


def _many(explanation: Explanation) -> Iterator[RenderableType]:
    yield Text("This says only that it failed. It may stand for:")
    rows = [(str(page.reason), page.title) for page in dict.fromkeys((explanation.page, *explanation.others))]
    yield fields(rows, label=max(len(name) for name, _ in rows))
    yield Text("A HAR of the failure, given to `analyze`, says which; so may the lines beside it in the console.")


def _page(page: Page) -> Iterator[RenderableType]:
    suffix = "" if page.is_cors else "   (not CORS)"
    yield Text.assemble((str(page.reason), "bold"), f"  {page.title}", (suffix, "dim"))
    yield Text("")
    rows: list[Row] = [
        ("happened", page.happened),
        ("why", page.why),
        ("do first", Text(page.first, style="bold")),
        ("check", _list(page.check)),
        ("causes", _list(page.causes)),
    ]
    rows += [
        ("step", Text.assemble(f"{step_name(step)}: {step.sentence}\n", (step.url, "dim"), overflow="fold"))
        for step in page.steps
    ]
    if page.reference:
        rows.append(("laid down", page.reference))
    names, messages = names_of(page.reason), messages_of(page.reason)
    for browser, label in BROWSERS.items():
        said = [*names.get(browser, ()), *messages.get(browser, ())]
        if said:
            rows.append((label, _list(said)))
    if page.misconception is not None:
        rows.append(("mind", f"Often heard: {page.misconception.claim} Not so. {page.misconception.truth}"))
    yield fields(rows)


def _list(items: Sequence[str]) -> RenderableType:
    from rich.table import Table

    if len(items) == 1:
        return Text(items[0], overflow="fold")
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for item in items:
        grid.add_row(mark("none"), Text(item, overflow="fold"))
    return grid


def _plain(explanation: Entry) -> dict[str, object]:
    if isinstance(explanation, Rule):
        return rule_pages.plain(explanation)
    if isinstance(explanation, Pattern):
        return cause_pages.plain(explanation)
    page = explanation.page
    return {
        "query": explanation.query,
        "browser": explanation.browser,
        "stage": explanation.stage,
        "facts": dict(explanation.facts),
        "says": list(explanation.says),
        "reason": page.reason,
        "may_also_be": [other.reason for other in explanation.others],
        "cors": page.is_cors,
        "title": page.title,
        "happened": page.happened,
        "why": page.why,
        "do_first": page.first,
        "check": list(page.check),
        "causes": list(page.causes),
        "steps": [{"url": step.url, "step": step.number or None, "sentence": step.sentence} for step in page.steps],
        "reference": page.reference or None,
        "names": {browser: list(names) for browser, names in names_of(page.reason).items()},
        "messages": {browser: list(templates) for browser, templates in messages_of(page.reason).items()},
        "misconception": page.misconception._asdict() if page.misconception is not None else None,
    }
