"""One page per rule, and the list of them all."""

from coranalyze.rules import Rule, all_rules
from coranalyze.rules.rule import GROUPS
from coranalyze.sections import sections
from docs.generate.settings import settings
from docs.generate.text import bullets, linked, page, reference, section

FOLDER = "rules/"


def pages() -> dict[str, str]:
    return {f"{FOLDER}index.md": index()} | {f"{FOLDER}{rule.code}.md": rule_page(rule) for rule in all_rules()}


def index() -> str:
    """Group by group, a rule a line."""
    groups = []
    for number, subject in GROUPS.items():
        rows = [
            f"| [{rule.code}]({rule.code}.md) | `{rule.name}` | {_cell(rule.page.title)} |"
            for rule in all_rules()
            if rule.group == number
        ]
        if rows:
            table = "\n".join(["| code | name | says |", "|---|---|---|", *rows])
            groups.append(section(f"{number} {subject[0].upper()}{subject[1:]}", table))
    opening = (
        f"{len(all_rules())} rules look at all that a capture holds of a server, and say what is wrong with its "
        "policy. The first digit of a code is the rule's subject: `--select COR1` takes the rules of origin trust. A "
        "finding is *proven* by the capture, or *suspected*, with what would settle it. Its severity comes from who "
        "could attack, with whose credentials, to read what."
    )
    return page("Rules", "What coranalyze finds in CORS policies.", [opening, *groups])


def rule_page(rule: Rule) -> str:
    told = rule.page
    _, _, under = sections(rule.check)
    within = ", ".join(f"[{code}]({code}.md)" for code in rule.within)
    facts = [
        f"Subject: [{GROUPS[rule.group]}](index.md)",
        f"On the command line: `coranalyze explain {rule.code}`",
        *([f"Silent where a rule that says it all fires on the same endpoint: {within}"] if within else []),
    ]
    return page(
        f"{rule.code} {rule.name}",
        told.title,
        [
            f"**{told.title}**",
            linked(told.text, ""),
            section("Why it matters", linked(told.why, "")),
            section("Fires", linked(under["Fires"], "")),
            section("Quiet", "Looks alike, and is no such fault.", linked(under["Quiet"], "")),
            section("How to settle a suspicion", linked(told.settle, "")),
            section("What to set", settings(rule.fixes)),
            section("References", bullets([reference(name) for name in rule.references])),
            section("About this rule", bullets(facts)),
        ],
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
