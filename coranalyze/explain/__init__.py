"""Explanations: the page of a reason, of a browser's own code, or of a pasted console message."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple

from coranalyze.causes import Pattern, all_patterns, find_pattern
from coranalyze.console.names import all_codes
from coranalyze.console.paste import Found, find_code, find_messages, find_part
from coranalyze.cors.steps import Reason
from coranalyze.explain.page import Page
from coranalyze.explain.pages import PAGES
from coranalyze.explain.says import says
from coranalyze.rules import Rule, all_rules, find_rule

__all__ = ["PAGES", "Entry", "Explanation", "Page", "candidates", "close_matches", "explain", "look_up"]


class Explanation(NamedTuple):
    """A page, and what the code or message that led to it says beyond the page."""

    page: Page
    query: str
    browser: str | None = None
    """Whose code or message it was."""
    stage: str | None = None
    facts: Mapping[str, str] = MappingProxyType({})
    """What the message names: url, first_url, origin, status, value, header, method, …"""
    says: tuple[str, ...] = ()
    """What these facts mean, a sentence each."""
    others: tuple[Page, ...] = ()
    """Pages of further reasons that the same code or wording may stand for."""


Entry = Explanation | Rule | Pattern
"""Whatever has a page."""


def look_up(text: str) -> list[Entry]:
    """What is known of a rule (code or name), of what `explain` takes, and of a cause; empty where nothing is.

    Some reasons, rules and causes share a name: then each is told.
    """
    found: list[Entry] = [each for each in (find_rule(text),) if each is not None]
    found += explain(text)
    found += [each for each in (find_pattern(text),) if each is not None]
    return found


def explain(text: str) -> list[Explanation]:
    """The explanations of a reason, a browser's code or pasted console text; empty where nothing is known of it.

    A part of a message will do, where messages of one reason only have it.
    """
    text = text.strip()
    try:
        return [Explanation(PAGES[Reason(text.lower())], text)]
    except ValueError:
        pass
    code = find_code(text)
    found = [code] if code else find_messages(text)
    if not found:
        # A part that several messages have in common explains none of them.
        found = parts if len(parts := find_part(text)) == 1 else []
    return [_explanation(each) for each in found]


def candidates(text: str) -> list[Reason]:
    """The reasons that a part of a console message may stand for, where they are several."""
    found = [each.reason for each in find_part(text)]
    return found if len(found) > 1 else []


def close_matches(text: str) -> list[str]:
    """Known codes that look like `text`, the closest first."""
    ours = [name for rule in all_rules() for name in (rule.code, rule.name)]
    ours += [pattern.name for pattern in all_patterns()]
    known = {code.lower(): code for code in (*all_codes(), *Reason, *ours)}
    key = text.strip().lower()
    if begun := [code for known_as, code in known.items() if key and known_as.startswith(key)]:
        return begun[:5]
    close = get_close_matches(key, known, n=5, cutoff=0.6)
    within = [code for code in known if len(key) > 3 and key in code and code not in close]
    return [known[code] for code in (*close, *within)][:5]


def _explanation(found: Found) -> Explanation:
    return Explanation(
        PAGES[found.reason],
        found.text,
        found.browser,
        found.stage,
        found.facts,
        says(found),
        tuple(PAGES[reason] for reason in found.others),
    )
