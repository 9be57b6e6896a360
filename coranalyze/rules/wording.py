"""Words that several rules share."""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.cors import codes
from coranalyze.cors.steps import Reason

_SHOWN = 4


def known_as(reason: Reason, *, preflight: bool = False, repeated_lines: bool = False) -> str:
    """` (Chromium: MissingAllowOriginHeader, Firefox: CORSMissingAllowOrigin)`: what to look for in a console."""
    names = codes.aliases(reason, "preflight" if preflight else "actual", repeated_lines=repeated_lines)
    told = ", ".join(f"{browser.capitalize()}: {code}" for browser, code in names.items())
    return f" ({told})" if told else ""


def listed(values: Iterable[str]) -> str:
    """`a, b, c, d and 3 more`, sorted."""
    each = sorted(set(values))
    more = len(each) - _SHOWN
    return ", ".join(each[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
