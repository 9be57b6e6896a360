"""What to set, on every stack: the page shows one, and its script the one that the reader chooses."""

from collections.abc import Callable

import msgspec

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.failure import Failure
from coranalyze.finding import Finding
from coranalyze.reports.html.tables import Table
from coranalyze.reports.settings import Setting, Settings, codes_of, seen_by
from coranalyze.visible import visible

Code = tuple[str, str]
"""A note and code; either may be empty."""


class Fix(msgspec.Struct):
    number: int
    """Of the set of snippets in the data."""
    aims: list[str]
    """What is to be reached, the same on every stack."""
    title: str = ""
    """Of the stack that is shown first; empty where none was named or guessed."""
    evidence: str = ""
    """The header that the stack was guessed from."""
    snippets: list[Code] = []


class Fixes:
    """Makes the fixes of one page; equal ones share their snippets."""

    def __init__(self, analysis: Analysis, stack: str | None = None) -> None:
        self._first = Settings(analysis, stack)
        self._on = {name: Settings(analysis, name) for name in fixes.STACKS}
        self._snippets: Table[Code] = Table()
        self._sets: Table[tuple[tuple[str, tuple[int, ...]], ...]] = Table()

    def of_failure(self, failure: Failure) -> Fix | None:
        fetches, cause = seen_by(failure), failure.cause
        return self._fix(codes_of(fetches[0], cause), lambda settings: settings.of_fetches(fetches, cause))

    def of_finding(self, finding: Finding) -> Fix | None:
        return self._fix(finding.fixes, lambda settings: settings.of_finding(finding))

    def document(self) -> dict[str, object]:
        """For the script: titles, snippets, and for each fix the numbers of its snippets by stack."""
        stacks = {name: stack.title for name in fixes.STACKS if (stack := fixes.find_stack(name)) is not None}
        return {"stacks": stacks, "snippets": self._snippets.values, "sets": [dict(each) for each in self._sets.values]}

    def _fix(self, codes: tuple[str, ...], ask: Callable[[Settings], Setting | None]) -> Fix | None:
        if not codes:
            return None
        found = {name: ask(settings) for name, settings in self._on.items()}
        numbers = tuple(
            (name, tuple(self._snippets.at(code) for code in _codes(setting)))
            for name, setting in found.items()
            if setting is not None
        )
        fix = Fix(self._sets.at(numbers), [fixes.FIXES[code] for code in codes])
        first = ask(self._first)
        if first is not None:
            fix.title, fix.evidence, fix.snippets = first.title, visible(first.evidence), _codes(first)
        return fix


def _codes(setting: Setting) -> list[Code]:
    return [(snippet.note, snippet.code.expandtabs(4).rstrip("\n")) for snippet in setting.snippets]
