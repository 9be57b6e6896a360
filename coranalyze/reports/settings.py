"""What to set on the server, beside a failure or a finding: on the stack that the user named, or on the one guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from coranalyze.analysis import Analysis
from coranalyze.failure import Failure
from coranalyze.reports.canvas import Code, Listing, Row
from coranalyze.reports.remedies import Remedies, Remedy, Setting
from coranalyze.reports.wording import listed
from coranalyze.visible import visible


class SettingRows:
    """Settings as rows of cards; each stands once, on the first card that it is for."""

    def __init__(self, analysis: Analysis, found: Sequence[Failure], stack: str | None = None) -> None:
        self._remedies = Remedies(analysis, found, stack)
        self._findings = analysis.findings
        self._stack = stack
        self._told: dict[tuple[str, ...], str] = {}

    def of_failure(self, number: int) -> Iterator[Row]:
        yield from self._rows(self._remedies.of_failure(number), str(number))

    def of_finding(self, position: int) -> Iterator[Row]:
        yield from self._rows(self._remedies.of_finding(position), self._findings[position].rule)

    def _rows(self, remedy: Remedy | None, card: str) -> Iterator[Row]:
        setting = remedy.on(self._stack) if remedy is not None else None
        if remedy is None or setting is None:
            return
        key = tuple(snippet.code + snippet.note for snippet in setting.snippets)
        if key in self._told:
            yield "fix", f"as told at {self._told[key]}"
            return
        self._told[key] = card
        rules = dict.fromkeys(self._findings[position].rule for position in remedy.findings)
        yield "fix", shown(setting, [*map(str, remedy.failures), *rules])


def shown(setting: Setting, names: Sequence[str] = ()) -> Listing:
    """The stack, and each snippet below its note. `names`: of the failures and rules that it is for."""
    guessed = f" (a guess, from `{visible(setting.evidence)}`; --stack names another)" if setting.evidence else ""
    several = f", for {listed(names)} together" if len(names) > 1 else ""
    parts: list[Text | Code] = [Text.assemble("on ", setting.title, several, (guessed, "dim"))]
    for snippet in setting.snippets:
        if snippet.note:
            parts.append(Text(snippet.note, overflow="fold"))
        parts += map(Code, snippet.code.expandtabs(4).splitlines())
    return Listing(tuple(parts))
