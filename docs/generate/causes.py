"""One page per cause of a failure, and the list of them all."""

from coranalyze.causes import Pattern, all_patterns
from coranalyze.sections import sections
from docs.generate.settings import settings
from docs.generate.text import linked, page, section

FOLDER = "causes/"
RULES = "../rules/"


def pages() -> dict[str, str]:
    return {f"{FOLDER}index.md": index()} | {f"{FOLDER}{each.name}.md": cause_page(each) for each in all_patterns()}


def index() -> str:
    rows = [f"| [`{each.name}`]({each.name}.md) | {each.page.title} |" for each in all_patterns()]
    opening = (
        "The [reason](../reasons/index.md) is what the browser checked; the cause is what is behind it, and often not "
        "CORS. It comes with what says so, who answered as far as the headers tell, and what to do first. What the "
        "capture cannot prove is *suspected*, with what would settle it."
    )
    return page("Causes", "What is really behind a CORS error.", [opening, "\n".join([*_HEAD, *rows])])


_HEAD = ("| cause | means |", "|---|---|")


def cause_page(pattern: Pattern) -> str:
    told = pattern.page
    _, _, under = sections(pattern.recognise)
    return page(
        pattern.name,
        told.title,
        [
            f"**{told.title}**",
            linked(told.text, RULES),
            section("How to recognise it", linked(told.recognise, RULES)),
            section("What to do", linked(told.do, RULES)),
            section("Example", linked(under.get("Example", ""), RULES)),
            section("Looks alike, and is not", linked(under.get("Not", ""), RULES)),
            section("What to set", settings(pattern.fixes)),
            section("On the command line", f"`coranalyze explain {pattern.name}`"),
        ],
    )
