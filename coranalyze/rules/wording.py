"""Words that several rules share."""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.cors import codes
from coranalyze.cors.steps import Reason

_SHOWN = 4


def known_as(
    reason: Reason, *, preflight: bool = False, repeated_lines: bool = False, in_firefox: Reason | None = None
) -> str:
    """` (Chromium: MissingAllowOriginHeader, Firefox: CORSMissingAllowOrigin)`: what to look for in a console.

    `in_firefox`: its reason, where it stops at another one.
    """
    names = codes.aliases(reason, "preflight" if preflight else "actual", repeated_lines=repeated_lines)
    if in_firefox is not None:
        names["firefox"] = codes.firefox_code(in_firefox) or ""
    told = ", ".join(f"{browser.capitalize()}: {code}" for browser, code in names.items() if code)
    return f" ({told})" if told else ""


def listed(values: Iterable[str]) -> str:
    """`a, b, c, d and 3 more`, sorted."""
    each = sorted(set(values))
    more = len(each) - _SHOWN
    return ", ".join(each[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
