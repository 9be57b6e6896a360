"""What to set, on every stack: the page shows one, and its script the one that the reader chooses."""

from collections.abc import Sequence

import msgspec

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.failure import Failure
from coranalyze.reports.html.tables import Table
from coranalyze.reports.remedies import Remedies, Remedy, Setting
from coranalyze.visible import visible

Code = tuple[str, str]
"""A note and code; either may be empty."""
Link = tuple[str, str]
"""Anchor of a card, and what it is called."""


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
    mended: list[Link] = []
    """Cards whose failures and findings it mends together; the snippets stand at the first."""
    at: Link | None = None
    """The card where the snippets stand; None: here."""


class Fixes:
    """Makes the fixes of one page; equal ones share their snippets."""

    def __init__(
        self, analysis: Analysis, found: Sequence[Failure], anchors: Sequence[str], stack: str | None = None
    ) -> None:
        """`anchors`: of the findings that are shown."""
        self._remedies = Remedies(analysis, found, stack)
        self._findings = [(anchor, finding.rule) for anchor, finding in zip(anchors, analysis.findings, strict=False)]
        self._stack = stack
        self._snippets: Table[Code] = Table()
        self._sets: Table[tuple[tuple[str, tuple[int, ...]], ...]] = Table()

    def of_failure(self, number: int) -> Fix | None:
        return self._fix(self._remedies.of_failure(number), _failure(number))

    def of_finding(self, position: int) -> Fix | None:
        return self._fix(self._remedies.of_finding(position), self._findings[position])

    def document(self) -> dict[str, object]:
        """For the script: titles, snippets, and for each fix the numbers of its snippets by stack."""
        stacks = {name: stack.title for name in fixes.STACKS if (stack := fixes.find_stack(name)) is not None}
        return {"stacks": stacks, "snippets": self._snippets.values, "sets": [dict(each) for each in self._sets.values]}

    def _fix(self, remedy: Remedy | None, card: Link) -> Fix | None:
        if remedy is None:
            return None
        mended = list(map(_failure, remedy.failures))
        mended += [self._findings[at] for at in remedy.findings if at < len(self._findings)]
        if mended[0] != card:
            return Fix(at=mended[0])
        numbers = tuple(
            (name, tuple(self._snippets.at(code) for code in _codes(setting)))
            for name in fixes.STACKS
            if (setting := remedy.on(name)) is not None
        )
        aims = [fixes.FIXES[code] for code in remedy.codes]
        fix = Fix(self._sets.at(numbers), aims, mended=mended)
        shown = remedy.on(self._stack)
        if shown is not None:
            fix.title, fix.evidence, fix.snippets = shown.title, visible(shown.evidence), _codes(shown)
        return fix


def _failure(number: int) -> Link:
    return f"failure-{number}", f"failure {number}"


def _codes(setting: Setting) -> list[Code]:
    return [(snippet.note, snippet.code.expandtabs(4).rstrip("\n")) for snippet in setting.snippets]
