"""What to set, a tab per stack."""

from collections.abc import Sequence
from textwrap import indent

from coranalyze.fixes import FIXES, STACKS, Context, find_stack, snippets


def settings(codes: Sequence[str]) -> str:
    """What the codes ask for, and how each stack does it; empty without codes."""
    if not codes:
        return ""
    aims = "\n".join(f"- {FIXES[code]}" for code in codes)
    return "\n\n".join([aims, *(tab for name in STACKS if (tab := _tab(name, codes)))])


def _tab(name: str, codes: Sequence[str]) -> str:
    stack = find_stack(name)
    assert stack is not None
    made = snippets(codes, Context(credentials="F4" in codes or None), name)
    parts = []
    for each in made:
        if len(made) > 1:
            parts.append(f"*{each.aim}*")
        parts += [each.note, f"```{each.language}\n{each.code}\n```" if each.code else ""]
    body = "\n\n".join(part for part in parts if part)
    return f'=== "{stack.title}"\n\n{indent(body, "    ")}' if body else ""
