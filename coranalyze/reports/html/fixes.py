"""What to set, on every stack: the page shows one, and its script the one that the reader chooses."""

from collections.abc import Sequence

import msgspec

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.failure import Failure
from coranalyze.finding import Finding
from coranalyze.reports.html.tables import Table
from coranalyze.reports.remedies import Remedies, Remedy, Setting
from coranalyze.visible import visible

Code = tuple[str, str]
"""A note and code; either may be empty."""


class Fix(msgspec.Struct):
    number: int = 0
    """Of the set of snippets in the data."""
    aims: list[str] = []
    """What is to be reached, the same on every stack."""
    title: str = ""
    """Of the stack that is shown first; empty where none was named or guessed."""
    evidence: str = ""
    """The header that the stack was guessed from."""
    snippets: list[Code] = []
    failures: tuple[int, ...] = ()
    """Numbers of those that it mends together; the snippets stand at the first."""
    at: int = 0
    """Number of the failure where the snippets stand; 0: here."""


class Fixes:
    """Makes the fixes of one page; equal ones share their snippets."""

    def __init__(self, analysis: Analysis, found: Sequence[Failure], stack: str | None = None) -> None:
        self._remedies = Remedies(analysis, found, stack)
        self._stack = stack
        self._snippets: Table[Code] = Table()
        self._sets: Table[tuple[tuple[str, tuple[int, ...]], ...]] = Table()

    def of_failure(self, number: int) -> Fix | None:
        remedy = self._remedies.of_failure(number)
        return self._fix(remedy, number) if remedy is not None else None

    def of_finding(self, finding: Finding) -> Fix | None:
        remedy = self._remedies.of_finding(finding)
        return self._fix(remedy, 0) if remedy is not None else None

    def document(self) -> dict[str, object]:
        """For the script: titles, snippets, and for each fix the numbers of its snippets by stack."""
        stacks = {name: stack.title for name in fixes.STACKS if (stack := fixes.find_stack(name)) is not None}
        return {"stacks": stacks, "snippets": self._snippets.values, "sets": [dict(each) for each in self._sets.values]}

    def _fix(self, remedy: Remedy, card: int) -> Fix:
        first = remedy.failures[0] if remedy.failures else 0
        if first != card:
            return Fix(at=first)
        numbers = tuple(
            (name, tuple(self._snippets.at(code) for code in _codes(setting)))
            for name in fixes.STACKS
            if (setting := remedy.on(name)) is not None
        )
        aims = [fixes.FIXES[code] for code in remedy.codes]
        fix = Fix(self._sets.at(numbers), aims, failures=remedy.failures)
        shown = remedy.on(self._stack)
        if shown is not None:
            fix.title, fix.evidence, fix.snippets = shown.title, visible(shown.evidence), _codes(shown)
        return fix


def _codes(setting: Setting) -> list[Code]:
    return [(snippet.note, snippet.code.expandtabs(4).rstrip("\n")) for snippet in setting.snippets]
