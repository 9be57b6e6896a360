"""What to set for something that is explained, on the stack that the reader names."""

from coranalyze import fixes
from coranalyze.causes import Pattern
from coranalyze.explain import Entry
from coranalyze.explain.says import in_page
from coranalyze.fixes.reasons import codes_of
from coranalyze.reports.remedies import Remedy, Setting
from coranalyze.rules import Rule


def setting_of(entry: Entry, stack: str) -> Setting | None:
    """None where nothing on a server mends it: the page has to change, or it is no matter of CORS.

    Raises LookupError for a stack that is none.
    """
    if fixes.find_stack(stack) is None:
        raise LookupError(f"no stack {stack!r}; there are {', '.join(fixes.STACKS)}")
    if isinstance(entry, Rule | Pattern):
        codes, context = entry.fixes, fixes.Context()
    else:
        facts = entry.facts
        codes = () if in_page(facts) else codes_of(entry.page.reason)
        context = fixes.Context.of(facts.get("origin"), facts.get("method", ""), facts.get("header", ""))
    # What is about credentials is explained with them.
    return Remedy(codes, context._replace(credentials="F4" in codes or None)).on(stack)
